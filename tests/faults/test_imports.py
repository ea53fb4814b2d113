"""An import whose worker is killed again and again ends as one that was not disturbed; one that takes all or nothing leaves nothing behind."""

import random
import signal
import time

import pytest
from django.db import connection

from labeling.imports import folder
from labeling.models import Event, FileImport
from labeling.models.event import EventKind
from labeling.operations.imports import run_import, source_for_files
from sessions_app.models import Session, Transcript
from tests.conftest import empty
from tests.factories import UserFactory
from tests.faults.killing import Killable
from tests.faults.test_deltas import differences
from tests.labeling.test_imports import as_jsonl, lines, uploaded
from tests.repetitions import is_long

pytestmark = pytest.mark.django_db(transaction=True)
ROWS, KILLS, BATCH = (6_000, 20, 50) if is_long() else (600, 3, 20)
TALK = {"transcription": [{"timestamp": "2026-03-02T15:14:00Z", "source": "agent", "text": "Hello."}]}


@pytest.fixture(autouse=True)
def private_folder(settings, tmp_path):
    settings.IMPORT_DIR = tmp_path / "imports"
    return settings.IMPORT_DIR


@pytest.fixture
def killable(private_folder):
    with Killable("importing_process", folder=str(private_folder), batch=BATCH) as process:
        yield process


def begun(mode):
    rows = [row | {"transcript": TALK} if number % 3 else row for number, row in enumerate(lines(ROWS))]
    for number in range(0, ROWS, 100):
        rows[number] = rows[number] | {"started": "never" if mode == "good" else rows[number]["started"]}
    folder.clear("t" * 43)
    one = uploaded(as_jsonl(rows), UserFactory(role="admin"))
    FileImport.objects.filter(pk=one.pk).update(state="checked", mode=mode, data_source=source_for_files(name="Old system"))
    one.refresh_from_db()
    run_import(file_import=one)
    return one


def state(one):
    one.refresh_from_db()
    told = [getattr(one, name) for name in ("state", "rows", "created", "changed", "unchanged", "refused", "first_refused", "refused_size")]
    sessions = list(Session.objects.order_by("external_id").values_list("external_id", "timestamp", "transcript_state", "turns"))
    spoke = Transcript.objects.filter(revision=1).count()
    return told, sessions, spoke, folder.refused_path(one.file).read_bytes(), Event.objects.filter(kind=EventKind.IMPORTED).count()


@pytest.mark.parametrize("mode", ["good", "atomic"])
def test_an_import_that_is_killed_again_and_again_ends_as_one_that_was_not(killable, mode):
    one = begun(mode)
    began = time.monotonic()
    assert killable.work(one.pk) == 0
    took = time.monotonic() - began
    undisturbed = state(one)
    assert undisturbed[0][0] == "finished"
    empty()

    one, rng, endings = begun(mode), random.Random(7), []
    for _ in range(KILLS):
        endings.append(killable.work(one.pk, killed_after=rng.uniform(0.2, 0.8) * took / (KILLS if mode == "good" else 1)))
        if mode == "atomic":
            wait_for_the_dead()
            there = Session.objects.count()
            assert there in (0, len(undisturbed[1]))
            if there:
                # It was too late to stop it, and there is nothing left to be killed.
                empty()
                one, took = begun(mode), 0.8 * took
    while killable.work(one.pk):
        pass

    wait_for_the_dead()
    assert state(one) == undisturbed
    assert endings.count(-signal.SIGKILL) >= KILLS / 2
    assert differences() == []


def wait_for_the_dead():
    """The database notices a little later that somebody was killed."""
    with connection.cursor() as cursor:
        for _ in range(100):
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'")
            if not cursor.fetchone()[0]:
                return
            time.sleep(0.05)
