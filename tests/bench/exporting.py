"""Measure an export: every labeled session of a database as CSV, with the usual columns, as a job in the background makes it.

    DATABASE_URL=postgres:///rd_10m python -m tests.bench.exporting

Twice: the first one loads code and reads from the disk what the pages asked for before have pushed out of memory. Prints one line of
JSON: labels, rows, rows a second of the second and of the first, and how far memory grew after the first thousands.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("REVIEW_DESK_PROCESS", "command")
django.setup()

from django.http import QueryDict  # noqa: E402
from django.utils import timezone  # noqa: E402

from labeling.exports.catalog import USUAL  # noqa: E402
from labeling.exports.making import write_rows  # noqa: E402
from labeling.exports.reading import snapshot  # noqa: E402
from labeling.filters import ReviewFilter  # noqa: E402
from labeling.filters.review_filter import Viewpoint  # noqa: E402
from labeling.models import Label, User  # noqa: E402
from labeling.queries.scopes import get_scope  # noqa: E402
from labeling.roles import Role  # noqa: E402
from sessions_app.models import Session  # noqa: E402
from tests.bench.cpu import own_database_seconds  # noqa: E402

# All that an automatic rater has judged.
QUERY = "auto=GOOD&auto=OK&auto=BAD&auto=N%2FA"
WARM_ROWS = 10_000


def main():
    person, _ = User.objects.get_or_create(email="bench@example.com", defaults={"name": "Bench", "role": Role.ADMIN, "all_agents": True})
    scope = get_scope(person)
    filtered = ReviewFilter(QueryDict(QUERY), queryset=Session.objects.visible_to(scope), request=Viewpoint(person, scope))
    filtered.is_valid()
    first, found = export(filtered, person), export(filtered, person)
    of_both = {"first_rate": first["rate"], "growth": max(first["growth"], found["growth"]), "problem": first["problem"] or found["problem"]}
    sys.stdout.write(json.dumps({"labels": Label.objects.count()} | found | of_both))


def export(filtered, person):
    memory = [0, 0]

    def note(rows):
        now = resident()
        if rows <= WARM_ROWS:
            memory[0] = now
        memory[1] = max(memory[1], now)

    with tempfile.TemporaryDirectory() as folder, snapshot(seconds=600):
        begun, python, database = time.monotonic(), time.process_time(), own_database_seconds()
        file = Path(folder) / "sessions.csv"
        writer, rows = write_rows(file, filtered, by=person, format="csv", columns=USUAL, query=QUERY, base="http://localhost", at=timezone.now(), note=note)
        writer.close()
        took, python, database = time.monotonic() - begun, time.process_time() - python, own_database_seconds() - database
        with file.open() as lines:
            written = sum(1 for line in lines if not line.startswith(("#", '"#', "\ufeff#"))) - 1
        wanted = filtered.qs.order_by().count()
    return {
        "rows": rows,
        "rate": rows / took,
        "python": python / rows * 1e6,
        "postgres": database / rows * 1e6,
        "growth": (memory[1] - memory[0]) / 1024**2,
        "problem": "" if rows == written == wanted else f"{written} lines of {rows} rows, wanted {wanted}",
    }


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
