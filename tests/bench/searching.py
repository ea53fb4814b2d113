"""Measure what search asks of the database, on demo transcripts multiplied by SQL.

    createdb bench; DATABASE_URL=postgres:///bench python manage.py migrate; … seed_demo --sessions 20000
    DATABASE_URL=postgres:///bench python -m tests.bench.searching --sessions 1000000

Copies are spread over a year and get words of known rarity: rare20 stands in 20 of them, mid2k in 2,000 of a million.
"""

import argparse
import os
import random
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection  # noqa: E402

from labeling.models import SessionComments  # noqa: E402
from sessions_app.models import Session, Transcript  # noqa: E402
from sessions_app.queries.finding_windows import read_windows, windows  # noqa: E402
from sessions_app.queries.finding_words import Reach  # noqa: E402
from sessions_app.queries.search_text import read_search  # noqa: E402

FIRST_ID = 5_000_000_000_000_000
BEGIN, DAYS = datetime(2025, 11, 1, tzinfo=UTC), 365
GIVEN = {
    "id": f"{FIRST_ID} + i",
    "external_id": "'bench-' || i",
    "timestamp": "%(begin)s::timestamptz + i * %(step)s::interval",
    "source": "'+1' || (2000000000 + (i * 7919::bigint) %% 400000 * 13)",
    "conversation_id": "'bench-' || i",
    "channel_manager_sid": "'CA' || md5(i::text)",
}
HOUR = "floor(extract(epoch FROM %(begin)s::timestamptz + i * %(step)s::interval) / 3600)::integer"
MARKED = "||".join(
    f"CASE WHEN i %% {every} = {at} THEN ARRAY['{word}'] ELSE '{{}}' END"
    for word, every, at in [("rare20", 50_000, 7), ("rare200", 5_000, 77), ("mid2k", 500, 78), ("mid10k", 100, 79), ("mid50k", 20, 8)]
)
VECTOR = f"""ts_delete(held.search, ARRAY['zqxjh' || held.hour, 'zqxjd' || held.hour / 24])
    || array_to_tsvector(ARRAY['zqxjh' || {HOUR}, 'zqxjd' || {HOUR} / 24, 'only' || i] || {MARKED})"""
CASES = [
    "nosuchword",
    "rare20",
    "rare200",
    "mid2k",
    "mid10k",
    "mid50k",
    "you",
    "cancel",
    "cita",
    "refill insurance",
    '"thank you for calling"',
    '"blood pressure check"',
    '"one moment"',
    "refill -insurance",
    "0142",
]


def multiply(cursor, sessions):
    """The first time only. Indexes are built by autovacuum's rules, so analyze afterwards."""
    if Session.objects.filter(pk__gte=FIRST_ID).exists():
        return
    values = {"begin": BEGIN, "step": timedelta(days=DAYS) / sessions, "last": sessions - 1}
    cursor.execute(
        """
        CREATE TEMPORARY TABLE base AS
        SELECT row_number() OVER (ORDER BY session_id) - 1 AS n, session_id FROM sessions_app_transcript WHERE search IS NOT NULL
    """
    )
    source = "generate_series(0, %(last)s) AS i JOIN base ON base.n = (i * 7919::bigint) %% (SELECT count(*) FROM base)"
    for model, key, given in ((Session, "id", GIVEN), (Transcript, "session_id", {"session_id": GIVEN["id"], "hour": HOUR, "search": VECTOR})):
        columns = [field.column for field in model._meta.concrete_fields]
        picked = ", ".join(given.get(column, f'held."{column}"') for column in columns)
        names = ", ".join(f'"{column}"' for column in columns)
        table = model._meta.db_table
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {picked} FROM {source} JOIN {table} AS held ON held.{key} = base.session_id ORDER BY i", values)
    for model in (Session, Transcript):
        cursor.execute(f"VACUUM ANALYZE {model._meta.db_table}")


def measure(typed, reach, pages, repeats):
    asked, spent, queries = read_search(typed), [], []

    def timed(execute, *given):
        begun = time.perf_counter()
        try:
            return execute(*given)
        finally:
            queries.append(time.perf_counter() - begun)

    for page in range(pages):
        newest = BEGIN + timedelta(hours=random.Random(page).randrange(24 * DAYS // 4, 24 * DAYS))

        def find(within, limit, newest=newest):
            return list(Session.objects.live().filter(within, timestamp__lte=newest).newest_first().values_list("pk", flat=True)[:limit])

        best = None
        for _ in range(repeats):
            queries.clear()
            with connection.execute_wrapper(timed):
                read_windows(find, windows(asked, reach=reach, newest=newest), asked=asked, reach=reach, limit=51)
            best = min(best or 1e9, sum(queries) * 1000)
        spent.append(best)
    spent.sort()
    p95 = spent[int(len(spent) * 0.95) - 1]
    sys.stdout.write(f"{typed:26} {len(queries):2} queries  median {statistics.median(spent):6.1f} ms  p95 {p95:6.1f} ms  most {spent[-1]:6.1f} ms\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=200_000)
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--repeats", type=int, default=1, help="the best of so many counts, where other work shares the processors")
    given = parser.parse_args()
    with connection.cursor() as cursor:
        multiply(cursor, given.sessions)
    for reach in (Reach(see_judgments=True, may_unmask=True, comments=SessionComments), Reach()):
        sys.stdout.write("everything\n" if reach.see_judgments else "transcripts only\n")
        for typed in CASES:
            measure(typed, reach, given.pages, given.repeats)


if __name__ == "__main__":
    main()
