"""A new version takes over while people work: no request fails, none is lost."""

import http.client
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings

from labeling.models import Label
from tests.factories import SessionFactory, UserFactory
from tests.faults.killing import ROOT
from tests.faults.test_submits import signed_in
from tests.faults.web import TOKEN
from tests.labeling.recomputation import check_everything_derived
from tests.repetitions import is_long

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.skipif(not is_long(), reason="TRUST=1 runs it")]
REQUESTS, RELOADS_AT, CLIENTS = 10_000, (2_500, 6_000), 4


class Unix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(str(self.path))


def ask(path, method, address, body=None, headers=None):
    """The status; one connection a request, as the proxy does it."""
    connection = Unix(path)
    try:
        connection.request(method, address, body, headers or {})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


@pytest.fixture
def web(tmp_path):
    """Granian as the unit of systemd starts it, on the test's own database."""
    path = tmp_path / "web.sock"
    unit = (ROOT / "deploy" / "systemd" / "review-desk-web.service").read_text()
    options = unit.partition("bin/granian ")[2].partition("\n")[0].replace("/run/review-desk/web.sock", str(path)).split()
    options[options.index("config.wsgi:application")] = "tests.faults.web_process:application"
    told = {"DJANGO_SETTINGS_MODULE": "config.settings", "REVIEW_DESK_PROCESS": "web", "SECRET_KEY": settings.SECRET_KEY}
    told["TEST_DATABASE"] = settings.DATABASES["default"]["NAME"]
    process = subprocess.Popen([sys.executable, "-m", "granian", *options], cwd=ROOT, env=os.environ | told, start_new_session=True)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            ask(path, "GET", "/healthz")
            break
        except OSError:
            time.sleep(0.1)
    yield path, process
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def children(process):
    return {int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()}


def test_ten_thousand_requests_during_two_reloads_and_none_fails(web):
    path, process = web
    sessions = [SessionFactory().pk for _ in range(REQUESTS // 20)]
    people = [UserFactory(all_agents=True) for _ in range(CLIENTS)]
    cookies_of = [signed_in(person).cookies[settings.SESSION_COOKIE_NAME].value for person in people]
    count, failed, labeled, before = itertools.count(), [], [], children(process)

    def work(cookie):
        cookies = f"{settings.SESSION_COOKIE_NAME}={cookie}; {settings.CSRF_COOKIE_NAME}={TOKEN}"
        headers = {"Cookie": cookies, "X-CSRFToken": TOKEN, "Content-Type": "application/x-www-form-urlencoded"}
        while (number := next(count)) < REQUESTS:
            if number in RELOADS_AT:
                process.send_signal(signal.SIGHUP)
            if number % 20 == 0:
                kind = "POST", f"/labels/{sessions[number // 20]}/", urlencode({"code": "GOOD", "client_key": f"reload-{number}"}), headers
            elif number % 20 == 10:
                kind = "GET", f"/sessions/{sessions[0]}/", None, headers
            else:
                kind = "GET", "/healthz", None, headers
            try:
                status = ask(path, *kind)
            except (OSError, http.client.HTTPException) as problem:
                failed.append((number, type(problem).__name__))
                continue
            if status not in (200, 302):
                failed.append((number, status))
            elif kind[0] == "POST":
                labeled.append(f"reload-{number}")

    threads = [threading.Thread(target=work, args=[cookie]) for cookie in cookies_of]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The second reload may still be at work.
    time.sleep(10)

    assert failed == []
    assert len(labeled) == REQUESTS // 20
    assert set(Label.objects.values_list("client_key", flat=True)) == set(labeled)
    assert not before & children(process), "It never reloaded."
    check_everything_derived()
