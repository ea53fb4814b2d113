"""The real worker is killed in the middle of its jobs, and works under a clock that is two hours off."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from ctypes.util import find_library
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.conf import settings as real
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateWorker

from labeling.models import BulkAction, Export, Label
from labeling.models.bulk_action import BulkState
from labeling.models.export import ExportState
from labeling.operations.bulk_actions import confirm_bulk
from labeling.operations.exports import request_export
from labeling.roles import Role
from sessions_app.models import Session
from tests.factories import AgentFactory, SessionFactory, UserFactory
from tests.faults.killing import ROOT
from tests.faults.proxy import Proxy
from tests.faults.test_database import upstream
from tests.faults.web import Web, headers_of
from tests.labeling.recomputation import check_everything_derived
from tests.repetitions import is_long, repetitions

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.skipif(not is_long(), reason="takes long: TRUST=1")]
FAKETIME = next((str(file) for file in Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), find_library("faketimeMT"))
MANY = 1_000
# What lies ahead because it is meant to.
OF_THIS_TEST = {(table, name) for table in ("labeling_label", "labeling_bulkaction", "labeling_export") for name in ("recorded_at", "made_at", "finished_at")}
AHEAD = {"expires_at", "expire_date", "lease_until", "scheduled_at", "until", "due_on"}


def url():
    told = connection.get_connection_params()
    host = quote(str(told.get("host") or "/var/run/postgresql"), safe="")
    return f"postgres://{told.get('user') or 'postgres'}@{host}:{told.get('port') or 5432}/{told['dbname']}"


@contextlib.contextmanager
def worker(folder, words=subprocess.DEVNULL, **told):
    environment = os.environ | {"SECRET_KEY": real.SECRET_KEY, "DATABASE_URL": url(), "REVIEW_DESK_PROCESS": "worker", "EXPORTS": str(folder)} | told
    process = subprocess.Popen([sys.executable, "manage.py", "work"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=words)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)


def wait_until(is_so, seconds=60):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def hand_out_again():
    """What the schedule does every five minutes, with a worker that has been silent for that long."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '10 minutes'")
        cursor.execute("SELECT id FROM procrastinate_jobs WHERE status = 'doing'")
        for (pk,) in cursor.fetchall():
            cursor.execute("SELECT procrastinate_retry_job_v1(%s, now(), NULL, NULL, NULL)", [pk])


@pytest.fixture
def sessions():
    agent = AgentFactory()
    return Session.objects.bulk_create(SessionFactory.build(seen_agent=agent, data_source=agent.data_source) for _ in range(MANY))


@pytest.mark.parametrize("turn", repetitions(1, 5))
def test_a_worker_killed_while_it_marks_and_exports_marks_each_session_once_and_makes_the_whole_file(sessions, tmp_path, turn):
    manager = UserFactory(role=Role.MANAGER, all_agents=True)
    action = confirm_bulk(by=manager, client_key=f"bulk-key-{turn}", reason="Silent calls.", query="", sessions=[one.pk for one in sessions])
    export = request_export(by=manager, format="csv", columns=["id"], query="", base="http://localhost")
    kills = 0
    for _ in range(4):
        with worker(tmp_path):
            wait_until(lambda: is_doing() or is_done(action, export))
            time.sleep(random.uniform(0, 0.4))
        kills += is_doing()
        hand_out_again()
    with worker(tmp_path):
        wait_until(lambda: is_done(action, export))

    assert kills > 0
    assert BulkAction.objects.get().marked == Label.objects.count() == MANY
    assert Label.objects.values("session").distinct().count() == MANY
    assert Export.objects.get().rows == MANY
    check_everything_derived()


def is_doing():
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE status = 'doing' AND task_name ~ '(mark_in_bulk|make_export)')")
        return cursor.fetchone()[0]


def is_done(action, export):
    return BulkAction.objects.get(pk=action.pk).state == BulkState.FINISHED and Export.objects.get(pk=export.pk).state == ExportState.READY


@pytest.mark.skipif(not FAKETIME, reason="needs libfaketime")
@pytest.mark.parametrize("shift", ["+2h", "-2h"])
def test_with_a_clock_two_hours_off_every_stored_time_is_the_databases(sessions, tmp_path, shift):
    wrong_clock = {"LD_PRELOAD": FAKETIME, "FAKETIME": shift}
    manager, reviewer = UserFactory(role=Role.MANAGER, all_agents=True), UserFactory()
    action = confirm_bulk(by=manager, client_key="bulk-key", reason="Silent calls.", query="", sessions=[one.pk for one in sessions[1:50]])
    export = request_export(by=manager, format="csv", columns=["id"], query="", base="http://localhost")
    with Web(**wrong_clock) as web, worker(tmp_path, **wrong_clock):
        sent = urlencode({"code": "GOOD", "client_key": f"clock-key-{shift}"})
        status, _, _ = web.ask(f"/labels/{sessions[0].pk}/", method="POST", sent=sent, headers=headers_of(reviewer))
        wait_until(lambda: is_done(action, export))

    assert status == 302
    assert times_off("interval '5 minutes'") == []


def times_off(most):
    """The columns that hold a time ahead of the database's, or one of this test that is long past."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'timestamp with time zone'"
        )
        found = []
        for table, column in cursor.fetchall():
            if column in AHEAD or table.startswith("sessions_app_session"):
                continue
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE "{column}" > now() + {most}')
            ahead = cursor.fetchone()[0]
            behind = 0
            if (table, column) in {
                ("labeling_label", "recorded_at"),
                ("labeling_label", "made_at"),
                ("labeling_bulkaction", "finished_at"),
                ("labeling_export", "finished_at"),
            }:
                cursor.execute(f'SELECT count(*) FROM "{table}" WHERE "{column}" < now() - {most}')
                behind = cursor.fetchone()[0]
            found += [f"{table}.{column}"] if ahead or behind else []
        return found


def test_a_worker_whose_database_takes_everything_and_answers_nothing_gives_up_and_comes_back(sessions, tmp_path):
    manager = UserFactory(role=Role.MANAGER, all_agents=True)
    user = quote(str(connection.get_connection_params().get("user") or "postgres"))
    words = tmp_path / "words"
    with Proxy(upstream()) as proxy, words.open("w") as file:
        through = f"postgres://{user}@127.0.0.1:{proxy.port}/{connection.settings_dict['NAME']}"
        with worker(tmp_path, file, DATABASE_URL=through):
            wait_until(ProcrastinateWorker.objects.exists)
            proxy.is_stalled = True
            wait_until(lambda: "The worker starts again." in words.read_text())
            proxy.is_stalled = False
            export = request_export(by=manager, format="csv", columns=["id"], query="", base="http://localhost")
            wait_until(lambda: Export.objects.get(pk=export.pk).state == ExportState.READY)
