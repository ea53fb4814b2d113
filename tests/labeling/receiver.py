"""A system that webhooks tell, over real HTTP."""

import contextlib
import json
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Got:
    """What came, as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def told(self):
        return json.loads(self.body)


class Receiver:
    """It answers with what a test put into `answers`, one after the other, and with 204 after that.

    An answer is a status, a status with headers, a number of seconds it stays silent, or something to call.
    """

    def __init__(self):
        self.got: list[Got] = []
        self.answers: list[object] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append(Got(self.path, dict(self.headers), body, time.monotonic()))
                with contextlib.suppress(OSError):
                    self.answer(receiver.answers.pop(0) if receiver.answers else 204)

            def answer(self, answer):
                if callable(answer):
                    answer = answer()
                if isinstance(answer, float):
                    time.sleep(answer)
                    answer = 204
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}/labels"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def host(self):
        return f"127.0.0.1:{self.port}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
