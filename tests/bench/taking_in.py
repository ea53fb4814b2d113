"""Measure what it costs to take in a file: sessions without transcripts, then with them. The database is to be empty and stays filled.

    createdb bench_taking_in
    DATABASE_URL=postgres:///bench_taking_in python manage.py migrate
    DATABASE_URL=postgres:///bench_taking_in python -m tests.bench.taking_in --bare 60000 --talks 6000

Prints sessions a second, and the processor time of a session in this process and in PostgreSQL: that does not depend on who else works
on the machine as much as the first does. Ends with 1 when what is in the database afterward is not what stood in the files.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("REVIEW_DESK_PROCESS", "command")
django.setup()

from django.contrib.postgres.search import SearchQuery  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import Sum  # noqa: E402

from labeling.forms.imports import guess_mapping  # noqa: E402
from labeling.imports.background import taker_of  # noqa: E402
from labeling.imports.folder import RefusedRows  # noqa: E402
from labeling.imports.running import Run  # noqa: E402
from labeling.models.file_import import ImportKind  # noqa: E402
from labeling.operations.imports import source_for_files  # noqa: E402
from sessions_app.codes import TranscriptState  # noqa: E402
from sessions_app.demo import generate  # noqa: E402
from sessions_app.ingest.shapes import find_shape  # noqa: E402
from sessions_app.models import Session, SessionDelta, Transcript  # noqa: E402
from tests.bench.cpu import own_database_seconds  # noqa: E402

UNTIL, SEED = datetime(2026, 11, 1, tzinfo=UTC), 7
# In each transcript once, so that a search finds every one of them.
WORD = "benchmarkword"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bare", type=int, default=60_000)
    parser.add_argument("--talks", type=int, default=6_000)
    parser.add_argument("--empty", action="store_true", help="take every session out of the database first")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON, for the table of make bench")
    options = parser.parse_args()
    if options.empty:
        empty()
    if Session.objects.exists():
        sys.exit("This database has sessions. Use an empty one.")
    with tempfile.TemporaryDirectory() as folder:
        rates = {
            name: take(Path(folder), name, rows, with_talks=name == "with transcripts")
            for name, rows in (("without transcripts", options.bare), ("with transcripts", options.talks))
        }
    differences = wrong(options.bare, options.talks)
    failed = report(differences)
    if options.json:
        problem = f"differs: {differences}" if differences else ""
        sys.stdout.write(json.dumps({"bare": rates["without transcripts"], "talks": rates["with transcripts"], "problem": problem}))
    sys.exit(failed)


def empty():
    with connection.cursor() as cursor:
        # A superuser's privilege: labels are protected, also where there are none.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"TRUNCATE {Session._meta.db_table}, {SessionDelta._meta.db_table} CASCADE")
        cursor.execute("RESET session_replication_role")


def take(folder, name, rows, *, with_talks):
    path = folder / "file"
    with path.open("w") as file:
        for demo in generate(rows, SEED, UNTIL, transcripts=with_talks):
            file.write(json.dumps(row_of(demo, name)) + "\n")
    with path.open("rb") as file, RefusedRows(folder / "refused") as refused:
        shape = find_shape(file)
        taker = taker_of(kind=ImportKind.SESSIONS, shape=shape, mapping=guess_mapping(shape, ImportKind.SESSIONS), source=source_for_files(name=name))
        run = Run(file, shape, taker, refused, lambda came: None)
        begun, python, database = time.monotonic(), time.process_time(), own_database_seconds()
        came = run.take_good()
        took, python, database = time.monotonic() - begun, time.process_time() - python, own_database_seconds() - database
    sys.stdout.write(
        f"{name}: {came.created} sessions of {path.stat().st_size / rows:,.0f} bytes, {rows / took:,.0f} a second; each {python / rows * 1e6:.0f} µs in Python "
        f"and {database / rows * 1e6:.0f} µs in PostgreSQL; highest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB; "
        f"load {os.getloadavg()[0]:.1f}\n"
    )
    return rows / took


def row_of(demo, name):
    row = demo.record | {"session_id": f"{name[:4]}-{demo.record['session_id']}"}
    if demo.transcript is None:
        return row
    said = [{"timestamp": demo.record["timestamp"], "source": "agent", "text": WORD}, *demo.transcript["transcription"]]
    return row | {"transcript": {"transcription": said, "actions": demo.transcript["actions"]}, "latency": demo.latency, "summary": demo.summary}


def wrong(bare, talks):
    found = {
        "sessions": (Session.objects.count(), bare + talks),
        "held": (Session.objects.filter(transcript_state=TranscriptState.HELD, turns__gt=0).count(), talks),
        "transcripts": (Transcript.objects.exclude(content_hash="").count(), talks),
        "counted": (SessionDelta.objects.aggregate(n=Sum("n"))["n"] or 0, bare + talks),
        "found by a word": (Transcript.objects.filter(search=SearchQuery(WORD, config="simple")).count(), talks),
    }
    return {name: numbers for name, numbers in found.items() if numbers[0] != numbers[1]}


def report(differences):
    for name, (there, wanted) in differences.items():
        sys.stdout.write(f"Wrong: {name} {there}, wanted {wanted}\n")
    return bool(differences)


if __name__ == "__main__":
    main()
