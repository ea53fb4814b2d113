"""A migration that is killed in its middle, while somebody holds it up: the next one finishes by itself, and what it made is right."""

import threading
import time
from contextlib import contextmanager

import psycopg
import pytest

from tests.faults.big_tables import fill
from tests.faults.killing import Killable
from tests.faults.test_migrations import BASELINE, database, own_address  # noqa: F401 - a fixture
from tests.repetitions import is_long

pytestmark = pytest.mark.skipif(not is_long(), reason="takes long: TRUST=1")
ROWS = 2_000
# The first and the seventh index of one migration, and what keeps their building waiting: an old snapshot, and a writer who is not done.
HELD_UP = {
    "session_channel_newest": "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM sessions_app_session",
    "transcript_search": "LOCK TABLE sessions_app_transcript IN ROW EXCLUSIVE MODE",
}
INDEXES, FILLING = "sessions_app 0003_browse_indexes", "labeling 0016_fill_squares"
MIGRATING = "FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'review-desk%%' AND query LIKE %s"


@pytest.fixture
def server(database):  # noqa: F811
    """Tables with rows, as the first migrations make them: the process that migrates, somebody who looks at it, and how to connect."""
    where = own_address(database)
    with Killable("migrating_process", database=database) as process:
        for target in BASELINE:
            assert process.work(" ".join(target)) == 0
        fill(where, ROWS)
        with psycopg.connect(**where, autocommit=True) as looking:
            yield process, looking, where


@pytest.mark.parametrize("server_ends_too", [True, False])
@pytest.mark.parametrize("index", HELD_UP)
def test_an_index_that_was_being_built_is_whole_after_the_next_migrate(server, index, server_ends_too):
    process, looking, where = server
    building = f'CREATE INDEX CONCURRENTLY "{index}"'
    assert process.work("sessions_app 0002_browse_columns") == 0

    with somebody(where, HELD_UP[index]):
        assert process.work(INDEXES, killed_after=lambda: wait_until_held_up(looking, building)) < 0
        if server_ends_too:
            end(looking, building)
        [(half_built, is_valid)] = looking.execute("SELECT indexrelid, indisvalid FROM pg_index WHERE indexrelid = %s::regclass", [index])
        assert not is_valid
        assert not is_recorded(looking, INDEXES)
        ended = begin(process, INDEXES)
        # What the server still builds by itself is waited for, and what it does not is taken away.
        wait_until_held_up(looking, *(("DROP INDEX", "Lock") if server_ends_too else ("pg_stat_progress_create_index", "Client")))

    assert ended() == 0
    assert is_recorded(looking, INDEXES)
    assert looking.execute("SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid").fetchall() == []
    found = looking.execute("SELECT to_regclass(name)::oid FROM unnest(%s::text[]) AS name", [list(HELD_UP)]).fetchall()
    assert (None,) not in found
    assert ((half_built,) in found) == (not server_ends_too)


def test_rows_that_were_being_filled_in_are_right_after_the_next_migrate(server):
    process, looking, where = server
    assert process.work("labeling 0015_squares") == 0
    looking.execute("UPDATE labeling_verdictdelta SET n = 1 + id % 3, weight = 1 + id % 7")
    looking.execute("UPDATE labeling_verdictdelta SET squares = 99 WHERE id = 1")

    with somebody(where, "SELECT id FROM labeling_verdictdelta WHERE id = 200 FOR UPDATE"):
        assert process.work(FILLING, killed_after=lambda: wait_until_held_up(looking, "UPDATE labeling_verdictdelta SET squares")) < 0
        assert looking.execute("SELECT id FROM labeling_verdictdelta WHERE squares <> 0").fetchall() == [(1,)]
        assert not is_recorded(looking, FILLING)
        ended = begin(process, FILLING)
        # The server goes on for who was killed, and cannot tell it.
        wait_until_held_up(looking, "UPDATE labeling_verdictdelta SET squares", times=2)

    assert ended() == 0
    assert is_recorded(looking, FILLING)
    assert looking.execute("SELECT id FROM labeling_verdictdelta WHERE squares <> weight * weight / n").fetchall() == [(1,)]


def wait_until_held_up(looking, statement, waits_for="Lock", times=1):
    deadline = time.monotonic() + 60
    while len(looking.execute(f"SELECT {MIGRATING} AND wait_event_type = %s", [f"%{statement}%", waits_for]).fetchall()) < times:
        assert time.monotonic() < deadline, "it was never held up"
        time.sleep(0.01)


def end(looking, statement):
    """As when the server went down too."""
    while looking.execute(f"SELECT pg_terminate_backend(pid) {MIGRATING}", [f"%{statement}%"]).fetchall():
        time.sleep(0.01)


def begin(process, target):
    """This will return what waits for the end, and says how it ended."""
    statuses = []
    thread = threading.Thread(target=lambda: statuses.append(process.work(target)), daemon=True)
    thread.start()

    def ended():
        thread.join(60)
        return statuses[0]

    return ended


@contextmanager
def somebody(where, statement):
    """Who says this in a transaction and leaves it open while the block lasts."""
    with psycopg.connect(**where) as other:
        other.execute(statement)
        yield
        other.rollback()


def is_recorded(looking, migration):
    return bool(looking.execute("SELECT FROM django_migrations WHERE app = %s AND name = %s", migration.split()).fetchall())
