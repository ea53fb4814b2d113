"""How the installation fares in numbers, for a collector: what was counted, and what the database says right now."""

from collections.abc import Callable, Iterator

from django.db import DatabaseError, connection

from labeling.queries.health import FAILED_JOBS, JOBS
from sessions_app.queries.budget import OverBudget, within
from sessions_app.queries.connections import get_statuses

PART_MS = 500
Sample = tuple[dict[str, str], float]
Metric = tuple[str, str, str, list[Sample]]

LOCKS = """
    SELECT count(*), coalesce(extract(epoch FROM max(statement_timestamp() - waitstart)), 0)
    FROM pg_locks WHERE NOT granted AND (database IS NULL OR database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
ACTIVITY = """
    SELECT count(*), coalesce(extract(epoch FROM max(statement_timestamp() - xact_start)), 0), (SELECT max(age(datfrozenxid)) FROM pg_database)
    FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
WORKERS = "SELECT coalesce(extract(epoch FROM statement_timestamp() - max(last_heartbeat)), -1) FROM procrastinate_workers"
PLACES = "SELECT state, count(*) FROM labeling_assignment WHERE state IN ('open', 'claimed') GROUP BY state"


def get_measures() -> Iterator[Metric]:
    """This will ask each part by itself; one that does not answer in time is left out."""
    asked = [_part(part) for part in (_jobs, _workers, _locks, _activity, _places, _sync)]
    yield "review_desk_database_up", "gauge", "Whether the database answered every question.", [({}, float(all(part is not None for part in asked)))]
    for part in asked:
        yield from part or ()


def _part(ask: Callable[[], Iterator[Metric]]) -> list[Metric] | None:
    try:
        with within(PART_MS):
            return list(ask())
    except (OverBudget, DatabaseError):
        return None


def _row(sql: str) -> tuple[float, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return tuple(float(value) for value in cursor.fetchone())


def _jobs() -> Iterator[Metric]:
    with connection.cursor() as cursor:
        cursor.execute(JOBS)
        due, later, running, oldest = cursor.fetchone()
        cursor.execute(FAILED_JOBS)
        failed = cursor.fetchone()[0]
    samples = [({"state": state}, float(n)) for state, n in (("due", due), ("later", later), ("running", running), ("failed", failed))]
    yield "review_desk_jobs", "gauge", "Background jobs by state.", samples
    yield "review_desk_job_oldest_due_seconds", "gauge", "How long the oldest due job waits.", [({}, oldest.total_seconds() if oldest else 0.0)]


def _workers() -> Iterator[Metric]:
    yield "review_desk_worker_silent_seconds", "gauge", "Since the last sign of any worker; -1 when there was none.", [({}, _row(WORKERS)[0])]


def _locks() -> Iterator[Metric]:
    waiting, longest = _row(LOCKS)
    yield "review_desk_lock_waits", "gauge", "Who waits for a lock in the database right now.", [({}, waiting)]
    yield "review_desk_lock_wait_longest_seconds", "gauge", "How long the longest of them has waited.", [({}, longest)]


def _activity() -> Iterator[Metric]:
    connections, oldest, age = _row(ACTIVITY)
    yield "review_desk_database_connections", "gauge", "Connections to the database.", [({}, connections)]
    yield "review_desk_oldest_transaction_seconds", "gauge", "Age of the oldest open transaction.", [({}, oldest)]
    yield "review_desk_transaction_id_age", "gauge", "Transactions since the oldest unfrozen one; at 2,000 million the database stops.", [({}, age)]


def _places() -> Iterator[Metric]:
    with connection.cursor() as cursor:
        cursor.execute(PLACES)
        found = dict(cursor.fetchall())
    yield (
        "review_desk_queue_places",
        "gauge",
        "Places in queues that wait for a label.",
        [({"state": one}, float(found.get(one, 0))) for one in ("open", "claimed")],
    )


def _sync() -> Iterator[Metric]:
    known = [(one, one.lag) for one in get_statuses() if one.lag is not None]
    samples = [({"connection": str(one.connection.pk)}, lag.total_seconds()) for one, lag in known]
    yield "review_desk_sync_lag_seconds", "gauge", "How far behind its source a connection is.", samples
