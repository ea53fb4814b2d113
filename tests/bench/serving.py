"""The application as `manage.py up` serves it, and requests to it over one connection that is kept."""

import http.client
import socket
import subprocess
import sys
import time
import zlib
from contextlib import contextmanager

from config.processes import THREADS
from tests.bench.databases import FOLDER

HOST = "127.0.0.1"
SECONDS_TO_START = 60


class Served:
    """One running application. Nothing but what was started here is stopped."""

    def __init__(self, database):
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.port = probe.getsockname()[1]
        # As in config/processes.py.
        web = ["-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(self.port), "--workers", "2", "--blocking-threads", str(THREADS)]
        command = [sys.executable, *web, "--no-access-log", "--log-level", "error", "config.wsgi:application"]
        self._process = subprocess.Popen(command, cwd=FOLDER, env=database.surroundings("web"))
        self._connection = http.client.HTTPConnection(HOST, self.port, timeout=30)

    @property
    def pid(self):
        return self._process.pid

    def wait(self):
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self.get("/healthz", "")
            except OSError:
                self._connection.close()
                time.sleep(0.2)
            else:
                return
        raise SystemExit("The application did not start.")

    def get(self, path, cookie):
        """Status, milliseconds until the last byte, and bytes as they would be sent compressed."""
        try:
            ms, answer, body = self._timed(path, cookie)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # The server closes a connection that was idle for long; the request that notices is not measured.
            self._connection.close()
            ms, answer, body = self._timed(path, cookie)
        return answer.status, ms, len(body) if answer.getheader("Content-Encoding") else len(zlib.compress(body, 6))

    def _timed(self, path, cookie):
        begun = time.perf_counter()
        self._connection.request("GET", path, headers={"Cookie": cookie, "Accept-Encoding": "gzip"})
        answer = self._connection.getresponse()
        body = answer.read()
        return (time.perf_counter() - begun) * 1000, answer, body

    def stop(self):
        self._connection.close()
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()


@contextmanager
def served(database):
    running = Served(database)
    try:
        running.wait()
        yield running
    finally:
        running.stop()
