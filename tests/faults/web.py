"""A web server that a test kills at any moment, and people who work at it over real HTTP."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from urllib.parse import urlencode

from django.conf import settings

from config.processes import THREADS
from tests.faults.killing import ROOT
from tests.faults.test_submits import signed_in

HOST = "127.0.0.1"
TOKEN = "a" * 32
GONE = (OSError, http.client.HTTPException)


class Web:
    """Granian in a process group of its own, with the code in `root`. Ends with its block, whatever happened in it. `told` goes into its environment."""

    def __init__(self, *, workers=1, root=ROOT, **told):
        self.workers, self.root, self.told = workers, root, told
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.port = probe.getsockname()[1]
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self.kill()

    def start(self):
        options = ["--interface", "wsgi", "--host", HOST, "--port", str(self.port), "--workers", str(self.workers)]
        options += ["--blocking-threads", str(THREADS), "--no-access-log"]
        # Where no key was ever written each process has one of its own, and would know nobody who signed in here.
        told = {"DJANGO_SETTINGS_MODULE": "config.settings", "REVIEW_DESK_PROCESS": "web", "SECRET_KEY": settings.SECRET_KEY}
        told["TEST_DATABASE"] = settings.DATABASES["default"]["NAME"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "granian", *options, "--log-level", "critical", "tests.faults.web_process:application"],
            cwd=self.root,
            env=os.environ | told | self.told,
            start_new_session=True,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                asked = http.client.HTTPConnection(HOST, self.port, timeout=5)
                asked.request("GET", "/healthz")
                asked.getresponse().read()
            except GONE:
                time.sleep(0.05)
            else:
                return
            finally:
                asked.close()
        raise AssertionError("The server did not start.")

    def ask(self, path, *, method="GET", sent="", headers=(), timeout=30):
        """Status, headers and body, over a connection of its own."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=timeout)
        try:
            connection.request(method, path, sent, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


def headers_of(person):
    """What a browser sends with a form in which this person is signed in."""
    cookie = signed_in(person).cookies[settings.SESSION_COOKIE_NAME].value
    cookies = f"{settings.SESSION_COOKIE_NAME}={cookie}; {settings.CSRF_COOKIE_NAME}={TOKEN}"
    return {"Cookie": cookies, "X-CSRFToken": TOKEN, "Content-Type": "application/x-www-form-urlencoded"}


class Worker(threading.Thread):
    """Somebody who takes the next session and labels it, again and again. What got no answer is sent again, as a browser does."""

    def __init__(self, web, person, queue, until, *, may_be_refused=False):
        super().__init__()
        self.headers = headers_of(person)
        self.web, self.person, self.queue, self.until, self.may_be_refused = web, person, queue, until, may_be_refused
        # The sessions whose label was acknowledged, how often the answer was to come again, and every answer that does not belong here.
        self.acknowledged, self.refused, self.wrong = [], 0, []

    def run(self):
        while not self.until.is_set():
            where = self.ask(f"/review/q/{self.queue.slug}/next/", {})
            found = re.search(r"/s/(\d+)/$", where or "")
            if not found:
                return
            sent = {"code": "GOOD", "client_key": f"key-{self.person.pk}-{found[1]}", "queue": self.queue.slug}
            if self.ask(f"/labels/{found[1]}/", sent):
                self.acknowledged.append(int(found[1]))

    def ask(self, path, sent):
        """Where it leads; None where there was no time for an answer any more."""
        while True:
            try:
                connection = http.client.HTTPConnection(HOST, self.web.port, timeout=20)
                connection.request("POST", path, urlencode(sent), self.headers)
                answer = connection.getresponse()
                answer.read()
                connection.close()
            except GONE:
                if self.until.is_set():
                    return None
                time.sleep(0.05)
                continue
            if self.may_be_refused and answer.status == 503 and answer.getheader("Retry-After"):
                self.refused += 1
                if self.until.is_set():
                    return None
                time.sleep(0.05)
                continue
            if answer.status not in (302, 303):
                self.wrong.append((path, answer.status))
            return answer.getheader("Location") or ""
