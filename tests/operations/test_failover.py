"""The database's primary is lost while people label: its synchronous standby takes over, and no acknowledged label is lost or doubled."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from urllib.parse import urlencode

import pytest

from tests.faults.killing import ROOT
from tests.faults.web import GONE, HOST, TOKEN
from tests.operations.two_servers import TwoServers
from tests.repetitions import is_long

pytestmark = pytest.mark.skipif(not is_long(), reason="TRUST=1 runs it")
PEOPLE, SECONDS_BEFORE, SECONDS_AFTER = 4, 8, 12
MISCOUNTED = """
SELECT count(*) FROM sessions_app_session s WHERE label_raters <> (SELECT count(*) FROM labeling_currentlabel c WHERE c.session_id = s.id)
"""
PREPARE = """
import json
from django.conf import settings
from django.test import Client
from tests.factories import UserFactory, SessionFactory
settings.ALLOWED_HOSTS += ["testserver"]
people = []
for number in range(%d):
    client = Client()
    client.force_login(UserFactory(email=f"person{number}@example.com", all_agents=True))
    people.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
print(json.dumps([settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, people, [SessionFactory().pk for _ in range(1200)]]))
"""


def free_port():
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def is_up(port):
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except GONE:
        return False
    finally:
        connection.close()


class Person(threading.Thread):
    """Labels one session after the other; what got no answer is sent again to the other process, under the same key."""

    def __init__(self, number, headers, sessions, ports, until):
        super().__init__()
        self.number, self.headers, self.sessions, self.ports, self.until = number, headers, sessions, ports, until
        self.acknowledged, self.answered_at, self.wrong, self.turned_away = [], [], [], 0

    def run(self):
        for session in self.sessions:
            key = f"person-{self.number}-{session}"
            while not self.until.is_set():
                status = self.send(session, key)
                if status == 302:
                    self.acknowledged.append(key)
                    self.answered_at.append(time.monotonic())
                    break
                if status in (None, 503):
                    self.turned_away += 1
                    time.sleep(0.05)
                else:
                    self.wrong.append(status)
                    time.sleep(0.05)
            if self.until.is_set():
                return

    def send(self, session, key):
        self.ports.reverse()
        connection = http.client.HTTPConnection(HOST, self.ports[0], timeout=20)
        try:
            connection.request("POST", f"/labels/{session}/", urlencode({"code": "GOOD", "client_key": key}), self.headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        except GONE:
            return None
        finally:
            connection.close()


@pytest.fixture
def servers():
    with TwoServers() as servers:
        yield servers


@pytest.fixture
def run(servers):
    """Start a process of the application on the two servers; all of them end with the test."""
    started, environment = [], os.environ | {"DATABASE_URL": servers.url, "SECRET_KEY": "a key of this test, " * 4, "PYTHONPATH": str(ROOT)}

    def start(kind, *arguments):
        started.append(subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env=environment | {"REVIEW_DESK_PROCESS": kind}, start_new_session=True))
        return started[-1]

    start.environment = environment
    yield start
    for process in started:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def command(run, *arguments):
    return subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=run.environment, check=True, capture_output=True, text=True).stdout


def test_no_acknowledged_label_is_lost_when_the_primary_is(servers, run):
    with servers.connect("postgres", port=5501) as primary:
        primary.execute("CREATE DATABASE rd")
    command(run, "migrate", "-v", "0")
    session_cookie, csrf_cookie, cookies, sessions = json.loads(command(run, "shell", "-v", "0", "-c", PREPARE % PEOPLE).splitlines()[-1])
    servers.follow()
    with servers.connect(port=5501) as primary:
        deadline = time.monotonic() + 30
        while primary.execute("SELECT sync_state FROM pg_stat_replication").fetchall() != [("sync",)]:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    ports = [free_port(), free_port()]
    options = ["--interface", "wsgi", "--host", HOST, "--workers", "1", "--blocking-threads", "4", "--no-access-log", "--log-level", "critical"]
    for port in ports:
        run("web", "-m", "granian", *options, "--port", str(port), "config.wsgi:application")
    run("worker", "manage.py", "work")
    deadline = time.monotonic() + 90
    while not all(map(is_up, ports)) and time.monotonic() < deadline:
        time.sleep(0.2)
    until = threading.Event()
    people = []
    for number, cookie in enumerate(cookies):
        headers = {"Cookie": f"{session_cookie}={cookie}; {csrf_cookie}={TOKEN}", "X-CSRFToken": TOKEN, "Content-Type": "application/x-www-form-urlencoded"}
        people.append(Person(number, headers, sessions[number::PEOPLE], [*ports], until))

    for person in people:
        person.start()
    time.sleep(SECONDS_BEFORE)
    lost_at = time.monotonic()
    servers.fail_over()
    time.sleep(SECONDS_AFTER)
    until.set()
    for person in people:
        person.join(60)

    acknowledged = [key for person in people for key in person.acknowledged]
    before = [at for person in people for at in person.answered_at if at < lost_at]
    after = [at for person in people for at in person.answered_at if at > lost_at + 0.5]
    with servers.connect(port=5502) as survivor:
        kept = [key for (key,) in survivor.execute("SELECT client_key FROM labeling_label").fetchall()]
        assert survivor.execute(MISCOUNTED).fetchone() == (0,)
        (beat,) = survivor.execute("SELECT max(last_heartbeat) > now() - interval '15 seconds' FROM procrastinate_workers").fetchone()
    turned_away, gap = sum(person.turned_away for person in people), min(after, default=lost_at) - lost_at
    print(f"{len(acknowledged)} labels acknowledged, {len(before)} before; {turned_away} turned away; the first again after {gap:.1f} s")  # noqa: T201

    assert set(acknowledged) - set(kept) == set()
    assert len(kept) == len(set(kept))
    assert before
    assert after
    assert [status for person in people for status in person.wrong] == []
    assert beat, "The worker did not come back."
