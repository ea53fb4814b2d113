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

from tests.faults.killing import ROOT
from tests.faults.test_submits import signed_in

HOST = "127.0.0.1"
TOKEN = "a" * 32
GONE = (OSError, http.client.HTTPException)


class Web:
    """Granian with one worker, in a process group of its own. Ends with its block, whatever happened in it."""

    def __init__(self):
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.port = probe.getsockname()[1]
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self.kill()

    def start(self):
        options = ["--interface", "wsgi", "--host", HOST, "--port", str(self.port), "--workers", "1", "--blocking-threads", "4", "--no-access-log"]
        # Where no key was ever written each process has one of its own, and would know nobody who signed in here.
        told = {"DJANGO_SETTINGS_MODULE": "config.settings", "REVIEW_DESK_PROCESS": "web", "SECRET_KEY": settings.SECRET_KEY}
        told["TEST_DATABASE"] = settings.DATABASES["default"]["NAME"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "granian", *options, "--log-level", "critical", "tests.faults.web_process:application"],
            cwd=ROOT,
            env=os.environ | told,
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

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)


class Worker(threading.Thread):
    """Somebody who takes the next session and labels it, again and again. What got no answer is sent again, as a browser does."""

    def __init__(self, web, person, queue, until):
        super().__init__()
        cookie = signed_in(person).cookies[settings.SESSION_COOKIE_NAME].value
        cookies = f"{settings.SESSION_COOKIE_NAME}={cookie}; {settings.CSRF_COOKIE_NAME}={TOKEN}"
        self.headers = {"Cookie": cookies, "X-CSRFToken": TOKEN, "Content-Type": "application/x-www-form-urlencoded"}
        self.web, self.person, self.queue, self.until = web, person, queue, until
        # The sessions whose label was acknowledged, and every answer that was none of those that belong here.
        self.acknowledged, self.wrong = [], []

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
            if answer.status not in (302, 303):
                self.wrong.append((path, answer.status))
            return answer.getheader("Location") or ""
