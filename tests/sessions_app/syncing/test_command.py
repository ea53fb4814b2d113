"""`manage.py sync`, and the jobs that do the same."""

import pytest
from django.core.management import CommandError, call_command
from procrastinate.contrib.django.models import ProcrastinateJob

from labeling import tasks
from labeling.models import Event
from labeling.models.event import EventKind
from labeling.operations.connections import ask_for_sync
from sessions_app.models import Connection, IngestRun, Session
from tests.factories import ConnectionFactory

pytestmark = pytest.mark.django_db


def test_it_syncs_once_and_says_what_it_brought(vendor, connection, capsys):
    vendor.fill(3)

    call_command("sync", "--once")

    assert "3 new, 0 changed, 3 transcripts" in capsys.readouterr().out
    assert Session.objects.count() == 3
    event = Event.objects.get(kind=EventKind.INGESTED)
    assert (event.user, event.subject_kind, event.subject, event.after) == (None, "ingest_run", IngestRun.objects.get().pk, "3 new, 0 changed")


def test_it_fails_where_something_is_wrong_and_says_what(vendor, connection, capsys):
    vendor.refuses_with = 401

    with pytest.raises(CommandError, match="Not everything"):
        call_command("sync", "--once")

    assert "refuses the key (401)" in capsys.readouterr().out


def test_it_says_that_there_is_nothing_to_sync():
    ConnectionFactory(is_active=False)

    with pytest.raises(CommandError, match="no active connection"):
        call_command("sync", "--once")


def test_a_sync_that_brought_nothing_is_no_event(vendor, connection):
    call_command("sync", "--once")

    assert not Event.objects.filter(kind=EventKind.INGESTED).exists()


def test_the_worker_is_asked_for_what_is_due_and_once(connection):
    ConnectionFactory(data_source__is_primary=False, is_active=False)

    assert tasks.sync_due_connections(timestamp=0) == 1
    assert tasks.sync_due_connections(timestamp=0) == 0
    assert not ask_for_sync(connection_pk=connection.pk)

    assert [job.args for job in ProcrastinateJob.objects.filter(task_name="labeling.tasks.sync")] == [{"connection": connection.pk}]
    Connection.objects.update(is_active=False)
    assert tasks.sync_due_connections(timestamp=0) == 0


def test_the_nightly_work_forgets_old_runs_but_the_newest(connection):
    for place in range(3):
        run = IngestRun.objects.create(data_source=connection.data_source, kind="sync", state="finished")
        IngestRun.objects.filter(pk=run.pk).update(started_at=f"2025-01-0{place + 1}T00:00:00Z")

    tasks.clear_rejected_nightly(timestamp=0)

    assert IngestRun.objects.get() == run
