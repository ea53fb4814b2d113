"""The real worker is killed in the middle of its jobs, and works under a clock that is two hours off."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from ctypes.util import find_library
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as real
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateWorker
from procrastinate.exceptions import AlreadyEnqueued

from labeling.codes import Via
from labeling.models import BulkAction, Export, Label
from labeling.models.bulk_action import BulkState
from labeling.models.export import ExportState
from labeling.operations.bulk_actions import confirm_bulk
from labeling.operations.connections import ask_for_sync
from labeling.operations.exports import request_export
from labeling.roles import Role
from labeling.tasks import fold_deltas_nightly, retry_stalled_jobs
from sessions_app.models import Session
from sessions_app.operations import upsert_sessions
from tests.factories import NOON, AgentFactory, ConnectionFactory, SessionFactory, SourceFactory, UserFactory
from tests.faults.killing import ROOT
from tests.faults.proxy import Proxy
from tests.faults.test_database import upstream
from tests.faults.test_deltas import differences
from tests.faults.web import Web, headers_of
from tests.labeling.recomputation import check_everything_derived
from tests.repetitions import is_long, repetitions
from tests.sessions_app.upstream.fake_vendor import FIRST, FakeVendor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.skipif(not is_long(), reason="takes long: TRUST=1")]
FAKETIME = next((str(file) for file in Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), find_library("faketimeMT"))
MANY = 1_000
KINDS = ("mark_in_bulk", "make_export", "sync", "fold_deltas_nightly")
# What lies ahead because it is meant to.
AHEAD = {"expires_at", "expire_date", "lease_until", "scheduled_at", "until", "due_on"}


def url():
    told = connection.get_connection_params()
    host = quote(str(told.get("host") or "/var/run/postgresql"), safe="")
    return f"postgres://{told.get('user') or 'postgres'}@{host}:{told.get('port') or 5432}/{told['dbname']}"


@contextlib.contextmanager
def worker(folder, words=subprocess.DEVNULL, root=ROOT, **told):
    environment = os.environ | {"SECRET_KEY": real.SECRET_KEY, "DATABASE_URL": url(), "REVIEW_DESK_PROCESS": "worker", "EXPORTS": str(folder)} | told
    process = subprocess.Popen([sys.executable, "manage.py", "work"], cwd=root, env=environment, stdout=subprocess.DEVNULL, stderr=words)
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
    async_to_sync(retry_stalled_jobs.func)(None, 0)


@pytest.fixture
def sessions():
    agent = AgentFactory()
    return Session.objects.bulk_create(SessionFactory.build(seen_agent=agent, data_source=agent.data_source) for _ in range(MANY))


@pytest.mark.parametrize("turn", repetitions(1, 5))
def test_a_worker_killed_in_the_middle_of_everything_does_all_of_it_once(settings, tmp_path, turn):
    source = SourceFactory(is_primary=False)
    upsert_sessions(data_source=source, records=[record(number) for number in range(MANY)])
    killed = set()
    with FakeVendor() as vendor:
        settings.OUTBOUND_ALLOWED = frozenset({vendor.allowed})
        vendor.fill(MANY, step=timedelta(minutes=7))
        vendor.seconds = 0.01
        from_vendor = ConnectionFactory(base_url=vendor.url, begins_at=FIRST - timedelta(days=3))
        # Each is killed in the middle of once, twenty times in all, and most of the others with it.
        for kind in random.sample(KINDS, len(KINDS)):
            begin(kind, from_vendor, source)
            with worker(tmp_path, OUTBOUND_ALLOWED=vendor.allowed):
                wait_until(lambda kind=kind: kind in tasks("doing") or kind not in tasks("todo"))
                time.sleep(random.uniform(0, 0.15))
            killed.update(tasks("doing"))
            hand_out_again()
        with worker(tmp_path, OUTBOUND_ALLOWED=vendor.allowed):
            wait_until(lambda: not tasks("todo", "doing"), 180)

    assert len(killed) > 1
    assert tasks("failed") == []
    assert set(Session.objects.filter(data_source=from_vendor.data_source).values_list("external_id", flat=True)) == set(vendor.sessions)
    action, export = BulkAction.objects.get(), Export.objects.get()
    assert (action.state, action.marked, export.state) == (BulkState.FINISHED, MANY, ExportState.READY)
    marked = Label.objects.filter(via=Via.BULK)
    assert marked.count() == marked.values("session").distinct().count() == MANY
    # What a killed one had begun lies in folders beside it.
    [file] = tmp_path.glob("*.csv")
    # Beside the rows a header, and lines about the file.
    assert len([line for line in file.read_text("utf-8-sig").splitlines() if not line.startswith(("#", '"#'))]) == export.rows + 1 > MANY
    assert differences() == []
    check_everything_derived()


def record(number):
    """One of four years of sessions, so that a fold has much to do."""
    at = NOON - timedelta(hours=17 * number)
    return {"session_id": f"S-{number}", "timestamp": at.isoformat(), "agent_id": "1", "agent_name": "Northlake Scheduling"}


def begin(kind, from_vendor, source):
    """This will ask for a job of this kind."""
    manager = UserFactory(role=Role.MANAGER, all_agents=True)
    if kind == "mark_in_bulk":
        ours = list(Session.objects.filter(data_source=source).values_list("pk", flat=True))
        confirm_bulk(by=manager, client_key="bulk-key", reason="Silent calls.", query="", sessions=ours)
    elif kind == "make_export":
        request_export(by=manager, format="csv", columns=["session_id"], query="", base="http://localhost")
    elif kind == "sync":
        ask_for_sync(connection_pk=from_vendor.pk)
    else:
        with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
            fold_deltas_nightly.defer(timestamp=0)


def tasks(*states):
    """What is to be done, being done, or failed, of what this begins."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT replace(task_name, 'labeling.tasks.', '') FROM procrastinate_jobs WHERE status::text = ANY (%s)", [list(states)])
        return [name for (name,) in cursor.fetchall() if name in KINDS]


def is_done(action, export):
    return BulkAction.objects.get(pk=action.pk).state == BulkState.FINISHED and Export.objects.get(pk=export.pk).state == ExportState.READY


@pytest.mark.skipif(not FAKETIME, reason="needs libfaketime")
@pytest.mark.parametrize("shift", ["+2h", "-2h"])
def test_with_a_clock_two_hours_off_every_stored_time_is_the_databases(sessions, tmp_path, shift):
    wrong_clock = {"LD_PRELOAD": FAKETIME, "FAKETIME": shift}
    manager, reviewer = UserFactory(role=Role.MANAGER, all_agents=True), UserFactory()
    action = confirm_bulk(by=manager, client_key="bulk-key", reason="Silent calls.", query="", sessions=[one.pk for one in sessions[1:50]])
    export = request_export(by=manager, format="csv", columns=["session_id"], query="", base="http://localhost")
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
