"""Files made in the background: with whose rights, what is left when something goes wrong, and for how long."""

import os
import resource
import shutil
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import InternalError, connection, connections
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from labeling import tasks
from labeling.exports import background, progress, reading
from labeling.exports.background import Stopped, clear_exports, make_file
from labeling.exports.reading import snapshot
from labeling.models import Event, Export
from labeling.operations.exports import MOST_UNFINISHED, TooManyUnfinished, request_export
from sessions_app.models import Session
from tests.factories import AgentFactory, ExportFactory, SessionFactory, UserFactory
from tests.labeling.exported import read_csv

pytestmark = pytest.mark.django_db
BASE = "https://desk.example.com/"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.EXPORT_DIR = tmp_path / "exports"
    return settings.EXPORT_DIR


def made(export, **more):
    make_file(export_pk=export.pk, base=BASE, **more)
    export.refresh_from_db()
    return export


def names(folder):
    return [path.name for path in folder.iterdir()] if folder.is_dir() else []


def test_an_export_is_asked_of_the_worker_by_a_task_that_exists(manager):
    export = request_export(by=manager, format="csv", columns=["session_id"], query="channel=voice", base=BASE)

    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.args, job.lock) == ("labeling.tasks.make_export", {"export": export.pk, "base": BASE}, f"exports of {manager.pk}")
    assert app.tasks[job.task_name] is tasks.make_export
    assert (export.state, export.query, len(export.token)) == ("waiting", "channel=voice", 43)


def test_nobody_has_more_than_three_in_the_making(manager):
    wanted = {"by": manager, "format": "csv", "columns": ["session_id"], "query": "", "base": BASE}
    for _ in range(MOST_UNFINISHED):
        request_export(**wanted)

    with pytest.raises(TooManyUnfinished):
        request_export(**wanted)
    assert request_export(**wanted | {"by": UserFactory()})


def test_a_file_is_made_and_kept_for_a_day(manager, folder):
    sessions = SessionFactory.create_batch(3)
    before = timezone.now()

    export = made(ExportFactory(created_by=manager))

    assert (export.state, export.rows, export.expected_rows, export.problem) == ("ready", 3, 3, "")
    assert timedelta(hours=23, minutes=59) < export.expires_at - before <= timedelta(hours=24, minutes=1)
    [name] = names(folder)
    assert name.startswith(f"{export.token}.")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    content = (folder / name).read_bytes()
    assert len(content) == export.size
    assert {row["session_id"] for row in read_csv(content)[1]} == {str(session.pk) for session in sessions}


def test_an_export_is_an_event_without_text(manager):
    SessionFactory.create_batch(2)

    export = made(ExportFactory(created_by=manager, query="channel=voice", columns=["session_id", "transcript"]))

    event = Event.objects.get()
    assert (event.kind, event.user, event.subject_kind, event.subject) == ("exported", manager.pk, "export", export.pk)
    assert (event.before, event.after) == ("csv, 2 columns, text", "2 rows, masked")


def test_a_file_holds_what_its_maker_may_see_when_it_is_made(folder, agent, other_agent):
    person = UserFactory(may_unmask=True, all_agents=True)
    export = ExportFactory(created_by=person, columns=["session_id", "source"])
    own, _ = SessionFactory(seen_agent=agent), SessionFactory(seen_agent=other_agent)
    person.may_unmask, person.all_agents = False, False
    person.save()
    person.agents.set([agent])

    made(export)

    [name] = names(folder)
    assert read_csv((folder / name).read_bytes())[1] == [{"session_id": str(own.pk), "source": "••• ••• 0142"}]


@pytest.mark.parametrize(
    ("change", "given", "sentence"),
    [
        ({"is_active": False}, {}, "no longer covers reading sessions"),
        ({}, {"query": "channel=nonsense"}, "can no longer be read"),
    ],
)
def test_an_export_that_may_not_be_made_says_why(manager, folder, change, given, sentence):
    for name, value in change.items():
        setattr(manager, name, value)
    manager.save()

    export = made(ExportFactory(created_by=manager, **given))

    assert (export.state, names(folder), Event.objects.exists()) == ("failed", [], False)
    assert sentence in export.problem


def test_more_sessions_than_a_sheet_holds_are_refused_with_a_way_on(manager, folder, monkeypatch):
    monkeypatch.setattr(background, "MOST_EXCEL_ROWS", 1)
    SessionFactory.create_batch(2)

    export = made(ExportFactory(created_by=manager, format="xlsx"))

    assert (export.state, names(folder)) == ("failed", [])
    assert "Choose CSV" in export.problem
    assert made(ExportFactory(created_by=manager)).state == "ready"


@contextmanager
def little_room():
    """A disk that refuses: no file may grow beyond 4 kB. Not even the one that the tests' own output goes to, so not for long."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("format", ["csv", "jsonl", "xlsx"])
def test_a_disk_that_refuses_leaves_nothing_behind(manager, folder, format):
    SessionFactory.create_batch(30, agent_name="x" * 3000)
    export = ExportFactory(created_by=manager, format=format, columns=["session_id", "agent_name"])

    with little_room():
        made(export)

    assert (export.state, names(folder), Event.objects.exists()) == ("failed", [], False)
    assert export.problem.startswith("The file could not be written on the server.")


def test_an_unforeseen_fault_is_said_and_raised(manager, settings):
    settings.EXPORT_DIR = None
    export = ExportFactory(created_by=manager)

    with pytest.raises(TypeError):
        made(export)

    export.refresh_from_db()
    assert (export.state, export.problem.startswith("Something went wrong")) == ("failed", True)


def test_a_worker_that_ends_leaves_the_job_to_the_next_one(manager, folder):
    SessionFactory()
    export = ExportFactory(created_by=manager)

    with pytest.raises(Stopped):
        made(export, should_stop=lambda: True)
    assert names(folder) == []

    assert (made(export).state, len(names(folder))) == ("ready", 1)


def test_what_a_killed_worker_left_is_cleared_away(manager, folder):
    SessionFactory()
    export = ExportFactory(created_by=manager, state="running", rows=700)
    (folder / f"{export.token}.0123456789abcdef").mkdir(parents=True)
    (folder / f"{export.token}.0123456789abcdef" / "sessions").write_text("half")
    (folder / f"{export.token}.aaaaaaaaaaaaaaaa.csv").write_text("whole, and never told of")

    made(export)

    assert (export.state, export.rows) == ("ready", 1)
    assert [name.count(".") for name in names(folder)] == [2]
    assert "aaaaaaaaaaaaaaaa" not in names(folder)[0]


@pytest.mark.django_db(transaction=True)
def test_two_attempts_at_once_end_with_one_file(manager, folder):
    """A worker was given up as lost, and was only slow."""
    SessionFactory()
    export = ExportFactory(created_by=manager)

    def other_worker():
        make_file(export_pk=export.pk, base=BASE)
        connection.close()

    def meanwhile():
        with ThreadPoolExecutor(1) as pool:
            pool.submit(other_worker).result()
        return False

    made(export, should_stop=meanwhile)

    assert (export.state, len(names(folder)), Event.objects.count()) == ("ready", 1, 1)


def test_a_folder_that_goes_away_meanwhile_is_a_failure(manager, folder):
    SessionFactory()

    def sweep():
        shutil.rmtree(folder)
        return False

    assert made(ExportFactory(created_by=manager), should_stop=sweep).state == "failed"


def test_a_finished_export_is_not_made_again(manager, folder):
    export = made(ExportFactory(created_by=manager))
    name, size = names(folder), export.size
    SessionFactory()

    assert (made(export).size, names(folder)) == (size, name)


def test_files_go_when_their_day_is_over(manager, folder):
    over, running, ready = (made(ExportFactory(created_by=manager)) for _ in range(3))
    Export.objects.filter(pk=over.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    Export.objects.filter(pk=running.pk).update(state="running")
    (folder / f"{'x' * 43}.aaaaaaaaaaaaaaaa.csv").write_text("of an export that is gone")
    for name in ("0123456789abcdef", "fedcba9876543210"):
        (folder / f"spool.{name}").mkdir()
    yesterday = time.time() - 90_000
    os.utime(folder / "spool.fedcba9876543210", (yesterday, yesterday))

    assert clear_exports() == 3

    over.refresh_from_db()
    assert over.state == "expired"
    assert sorted(name.partition(".")[0] for name in names(folder)) == sorted([running.token, ready.token, "spool"])


def test_what_somebody_else_keeps_in_the_folder_stays(folder):
    """Who points the setting at a folder of their own loses nothing."""
    folder.mkdir()
    theirs = ["nobody.knows.csv", "spool.tex", "README", "x" * 44]
    for name in theirs:
        (folder / name).write_text("left by hand")
        os.utime(folder / name, (0, 0))

    assert clear_exports() == 0
    assert sorted(names(folder)) == sorted(theirs)


def test_what_was_not_made_within_a_day_has_failed(manager):
    lost, late = ExportFactory(created_by=manager, state="running"), ExportFactory(created_by=manager)
    Export.objects.filter(pk=lost.pk).update(created_at=timezone.now() - timedelta(hours=25))

    clear_exports()

    lost.refresh_from_db()
    late.refresh_from_db()
    assert (lost.state, lost.problem, late.state) == ("failed", "It was not made within a day. Make it again.", "waiting")


def test_clearing_where_nothing_was_ever_made_is_no_fault(folder):
    assert clear_exports() == 0


@pytest.mark.django_db(transaction=True)
def test_progress_is_seen_while_the_file_is_made(manager, monkeypatch):
    monkeypatch.setattr(progress, "EVERY_SECONDS", 0)
    monkeypatch.setattr(reading, "BATCH", 1)
    SessionFactory.create_batch(3)
    export = ExportFactory(created_by=manager)
    seen = []

    def look():
        seen.append(Export.objects.using(progress.ALIAS).filter(pk=export.pk).values_list("state", "rows", "expected_rows").get())
        return False

    made(export, should_stop=look)

    assert seen == [("running", 0, 3), ("running", 1, 3), ("running", 2, 3)]
    assert not hasattr(connections._connections, progress.ALIAS)


@pytest.mark.django_db(transaction=True)
def test_a_file_shows_one_moment_of_the_database(manager, folder, monkeypatch):
    monkeypatch.setattr(reading, "BATCH", 1)
    SessionFactory.create_batch(3)
    export = ExportFactory(created_by=manager, columns=["session_id", "issues", "label"])

    def change():
        Session.objects.using(progress.ALIAS).update(label_code="BAD")
        return False

    made(export, should_stop=change)

    [name] = names(folder)
    assert [row["label"] for row in read_csv((folder / name).read_bytes())[1]] == ["", "", ""]


@pytest.mark.django_db(transaction=True)
def test_reading_for_an_export_cannot_write():
    agent = AgentFactory()

    with pytest.raises(InternalError, match="read-only"), snapshot(seconds=5):
        agent.save()
