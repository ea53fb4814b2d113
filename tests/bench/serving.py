"""An application as `manage.py up` serves it, and requests to it over connections that are kept."""

import http.client
import os
import socket
import subprocess
import sys
import time
import zlib
from contextlib import contextmanager
from dataclasses import dataclass

from config.processes import ARENAS, THREADS
from tests.bench.databases import FOLDER

HOST = "127.0.0.1"
SECONDS_TO_START = 60


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    ms: float
    body: bytes
    # As it would be sent, compressed.
    size: int


class Client:
    """One connection."""

    def __init__(self, port):
        self._connection = http.client.HTTPConnection(HOST, port, timeout=300)

    def get(self, path, headers=None):
        try:
            return self._timed(path, headers or {})
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # The server closes a connection that was idle for long; the request that notices is not measured.
            self.close()
            return self._timed(path, headers or {})

    def close(self):
        self._connection.close()

    def _timed(self, path, headers):
        begun = time.perf_counter()
        self._connection.request("GET", path, headers={"Accept-Encoding": "gzip", **headers})
        answer = self._connection.getresponse()
        body = answer.read()
        ms = (time.perf_counter() - begun) * 1000
        if answer.getheader("Content-Encoding") == "gzip":
            return Answer(answer.status, ms, zlib.decompress(body, 31), len(body))
        return Answer(answer.status, ms, body, len(zlib.compress(body, 6)))


class Served:
    """One running application. Nothing but what was started here is stopped."""

    def __init__(self, database, settings="config.settings"):
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.port = probe.getsockname()[1]
        # As in config/processes.py.
        web = ["-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(self.port), "--workers", "2", "--blocking-threads", str(THREADS)]
        command = [sys.executable, *web, "--no-access-log", "--log-level", "error", "config.wsgi:application"]
        environment = database.surroundings("web") | ARENAS | {"DJANGO_SETTINGS_MODULE": settings}
        # Where this is set, each start would compile all that it loads.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self.ping = "/healthz" if settings == "config.settings" else "/peer/"
        self.begun = time.monotonic()
        # Lines of the audit go there.
        self._process = subprocess.Popen(command, cwd=FOLDER, env=environment, stdout=subprocess.DEVNULL)
        self.client = Client(self.port)
        self.seconds_to_start = 0.0

    @property
    def pid(self):
        return self._process.pid

    def wait(self):
        """This will wait for the first answer and return the seconds it took."""
        while time.monotonic() < self.begun + SECONDS_TO_START and self._process.poll() is None:
            try:
                self.client.get(self.ping)
            except OSError:
                self.client.close()
                time.sleep(0.02)
            else:
                return time.monotonic() - self.begun
        raise SystemExit("The application did not start.")

    def stop(self):
        self.client.close()
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()


class Here:
    """The database of DATABASE_URL, where one is asked for that can be served."""

    def surroundings(self, process):
        return os.environ | {"REVIEW_DESK_PROCESS": process, "HASHED_STATIC": "1", "PRODUCTION": "0"}


@contextmanager
def served(database, settings="config.settings"):
    running = Served(database, settings)
    try:
        running.seconds_to_start = running.wait()
        yield running
    finally:
        running.stop()
