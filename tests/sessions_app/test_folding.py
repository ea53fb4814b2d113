"""Folding while others write, and while its connection is cut. What folding adds up to is asked in tests/labeling and tests/faults."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, connections

from sessions_app.models import SessionDay, SessionDelta, SessionTotal, Source
from sessions_app.operations import StillWritten, count_days, fold_deltas, upsert_sessions
from tests.factories import NOON, SourceFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def writing():
    """Somebody who is writing deltas and does not come to an end."""
    upsert_sessions(data_source=SourceFactory(is_primary=False), records=[{"session_id": "S-1", "timestamp": NOON.isoformat(), "agent_id": "1"}])
    other = connections.create_connection("default")
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("LOCK TABLE sessions_app_sessiondelta IN ROW EXCLUSIVE MODE")
    yield other
    other.close()


def fold():
    try:
        return fold_deltas(SessionDelta)
    finally:
        connection.close()


def wait_for_folding():
    """The process of the database that waits for the mark."""
    ends_at = time.monotonic() + 10
    while time.monotonic() < ends_at:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE query LIKE '%virtualtransaction%' AND pid <> pg_backend_pid() AND datname = current_database()"
            )
            if found := cursor.fetchone():
                return found[0]
        time.sleep(0.01)
    raise AssertionError("Nobody waits for the mark.")


def test_folding_waits_until_nobody_writes(writing):
    with ThreadPoolExecutor(1) as pool:
        folding = pool.submit(fold)
        wait_for_folding()
        assert not SessionTotal.objects.exists()
        writing.rollback()
        assert folding.result(timeout=30) == 0

    assert SessionTotal.objects.get().n == 1


def test_who_comes_while_folding_waits_is_not_held_up(writing):
    with ThreadPoolExecutor(1) as pool:
        folding = pool.submit(fold)
        wait_for_folding()
        upsert_sessions(data_source=Source.objects.get(), records=[{"session_id": "S-2", "timestamp": NOON.isoformat(), "agent_id": "1"}])
        assert not SessionTotal.objects.exists()
        writing.rollback()
        folding.result(timeout=30)

    # What came later waits for the next time.
    assert SessionTotal.objects.get().n == 1
    count_days(SessionDelta)
    assert sum(SessionDay.objects.values_list("n", flat=True)) == 2


def test_who_writes_for_too_long_ends_the_fold(writing, monkeypatch):
    monkeypatch.setattr("sessions_app.operations.folding.MARK_WAIT", 0.2)

    with pytest.raises(StillWritten):
        fold_deltas(SessionDelta)
    assert not SessionTotal.objects.exists()


def test_a_fold_whose_connection_is_cut_does_not_go_on_without_its_lock(writing):
    """Django connects anew, unasked; somebody else may fold by then, with a later mark."""
    with ThreadPoolExecutor(1) as pool:
        folding = pool.submit(fold)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [wait_for_folding()])
        time.sleep(0.3)
        writing.rollback()
        with pytest.raises(OperationalError):
            folding.result(timeout=30)

    assert not SessionTotal.objects.exists()
    assert fold_deltas(SessionDelta) == 0
    assert SessionTotal.objects.get().n == 1
