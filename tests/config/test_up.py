"""`manage.py up`: what it says when it cannot start. That it starts is the browser's and the newcomer's test."""

import fcntl
import os
import socket
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from psycopg import errors

from config import processes
from labeling.demo import seeding
from labeling.management.commands import up
from labeling.models import Label, User
from sessions_app.models import Session
from tests.labeling.recomputation import check_everything_derived, check_session_deltas


@pytest.fixture
def folder(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    return tmp_path


@pytest.fixture
def free_port():
    with socket.socket() as probe:
        probe.bind((processes.HOST, 0))
        return probe.getsockname()[1]


@pytest.fixture
def started(monkeypatch):
    """Everything but the serving itself."""
    calls = []

    def run(*, port, folder, audit_log, when_ready):
        calls.append(port)
        when_ready()
        return 0

    monkeypatch.setattr(processes, "run", run)
    monkeypatch.setattr(processes, "prepare_static_files", lambda *arguments: None)
    monkeypatch.setattr(up, "DEMO_SESSIONS", 60)
    monkeypatch.setattr(connection, "close", lambda: None)
    return calls


@pytest.fixture
def embedded(settings, monkeypatch):
    """Demo people are made in the embedded database only; the tests may be running on another."""
    database = settings.DATABASES["default"]
    monkeypatch.setitem(database, "EMBEDDED", database.get("EMBEDDED", {}))


def start(port):
    words = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("up", port=port, stdout=words)
    assert ended.value.code == 0
    return words.getvalue()


def test_a_taken_port_is_one_sentence(folder):
    with socket.socket() as taken:
        taken.bind((processes.HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(CommandError, match=rf"^Port {port} is taken\. Stop what uses it, or run `make run PORT=\d+`\.$"):
            call_command("up", port=port)


def test_a_second_start_from_the_same_folder_is_one_sentence(folder, free_port):
    (folder / ".data").mkdir()
    with (folder / ".data" / "up.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        with pytest.raises(CommandError, match=r"^Review Desk already runs from this folder\."):
            call_command("up", port=free_port)


def test_a_folder_that_cannot_be_written_is_one_sentence(folder, free_port):
    (folder / ".data").write_text("a file is in the way")

    with pytest.raises(CommandError, match=r"^Review Desk cannot write to .*Make the folder writable and run the command again\.$"):
        call_command("up", port=free_port)


@pytest.mark.django_db
def test_a_database_of_a_newer_version_is_one_sentence_and_stays_as_it_is(folder, free_port, started):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('labeling', '0999_of_the_future', now())")

    with pytest.raises(CommandError, match=r"newer version of Review Desk \(it has labeling\.0999_of_the_future\)"):
        call_command("up", port=free_port)

    assert started == []


@pytest.mark.django_db
def test_the_first_start_makes_demo_people_and_says_their_sign_ins_once(folder, free_port, started, embedded, client):
    first, second = start(free_port), start(free_port)

    lines = [line.split() for line in first.splitlines() if "@" in line]
    assert [role for role, _, _ in lines] == ["admin", "manager", "reviewer", "reviewer"]
    assert f"http://localhost:{free_port}" in first
    assert "@" not in second
    _, email, password = lines[0]
    assert client.post("/accounts/login/", {"login": email, "password": password}).status_code == 302
    assert (Session.objects.count(), User.objects.count()) == (60, 4)
    assert Label.objects.filter(type="auto-rating").exists()
    check_everything_derived()
    check_session_deltas()


@pytest.mark.django_db
def test_a_database_of_ones_own_gets_no_demo_people(folder, free_port, started, settings, monkeypatch):
    monkeypatch.delitem(settings.DATABASES["default"], "EMBEDDED", raising=False)

    start(free_port)

    assert not User.objects.exists()
    assert not Session.objects.exists()


@pytest.mark.django_db
def test_a_full_disk_while_seeding_leaves_nothing_behind_and_the_next_start_works(folder, free_port, started, embedded, monkeypatch):
    def full(**arguments):
        raise OperationalError("could not extend file") from errors.DiskFull("No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(seeding, "record_labels", full)
        with pytest.raises(CommandError, match=r"^The disk is full\. Nothing was lost; make room and run the command again\.$"):
            call_command("up", port=free_port)
        assert (started, User.objects.count(), Session.objects.count()) == ([], 0, 0)

    start(free_port)

    assert Session.objects.count() == 60


@pytest.mark.django_db
def test_ctrl_c_while_preparing_is_one_sentence(folder, free_port, started, monkeypatch, capsys):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(up, "call_command", interrupted)
    words = StringIO()

    with pytest.raises(SystemExit) as ended:
        call_command("up", port=free_port, stderr=words)

    assert ended.value.code == 130
    assert "Nothing was lost; run the command again." in words.getvalue()


def test_the_environment_of_the_processes_says_what_they_are():
    assert processes._environment("web")["REVIEW_DESK_PROCESS"] == "web"
    assert processes._environment("worker").keys() >= os.environ.keys()
