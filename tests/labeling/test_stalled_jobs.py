"""What a killed worker had begun is handed out again, also where the schedule has had the same wait meanwhile."""

import pytest
from asgiref.sync import async_to_sync
from django.db import connection

from labeling.tasks import fold_deltas_nightly, make_export, retry_stalled_jobs, sync_due_connections

pytestmark = pytest.mark.django_db(transaction=True)


def begun_by_a_worker_that_was_killed(*jobs):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '10 minutes') RETURNING id")
        [(worker,)] = cursor.fetchall()
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = ANY (%s)", [worker, list(jobs)])


def jobs():
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, status::text FROM procrastinate_jobs ORDER BY id")
        return dict(cursor.fetchall())


def test_what_was_begun_is_handed_out_again():
    export = make_export.defer(export=1, base="")
    begun_by_a_worker_that_was_killed(export)

    async_to_sync(retry_stalled_jobs.func)(None, 0)

    assert jobs() == {export: "todo"}


def test_a_job_that_waits_in_the_place_of_another_takes_it_and_stops_nobody_else():
    due, fold, export = sync_due_connections.defer(timestamp=1), fold_deltas_nightly.defer(timestamp=1), make_export.defer(export=1, base="")
    begun_by_a_worker_that_was_killed(due, fold, export)
    next_due = sync_due_connections.defer(timestamp=2)

    async_to_sync(retry_stalled_jobs.func)(None, 0)

    assert jobs() == {fold: "todo", export: "todo", next_due: "todo"}
