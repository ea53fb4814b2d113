"""A program that brings sessions by the API, batch after batch, while others work."""

import http.client
import json
import statistics
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta

from labeling.models import User
from labeling.models.api_key import KeyScope
from labeling.operations.api_keys import create_api_key
from labeling.roles import Role
from sessions_app.demo import generate
from sessions_app.models import Session
from tests.bench.serving import HOST

UNTIL, SEED, PREPARED = datetime(2026, 11, 1, tzinfo=UTC), 7, 4_000
# What comes along with a session, and the sessions of a batch.
SHAPES = {"bare": ((), 1_000), "said": (("transcript", "summary"), 500), "whole": (("transcript", "summary", "latency"), 500)}


class Bringer(threading.Thread):
    """Prepared before anything is measured: each batch is text, and only its ids are new."""

    def __init__(self, port, until, shape):
        super().__init__()
        self.port, self.until, self.source = port, until, f"bench-{uuid.uuid4().hex[:8]}"
        parts, size = SHAPES[shape]
        rows = [row_of(demo, parts) for demo in generate(PREPARED, SEED, UNTIL, transcripts=bool(parts))]
        self.batches = [json.dumps(rows[start : start + size])[1:-1] for start in range(0, len(rows), size)]
        self.size, self.bytes = size, statistics.mean(len(json.dumps(row)) for row in rows)
        admin = User.objects.create_user(f"{self.source}@example.com", None, name="Bench", role=Role.ADMIN, all_agents=True)
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        self.key = create_api_key(user=admin, name=self.source, scopes=[KeyScope.SESSIONS_WRITE], expires_at=tomorrow, by=admin, rate_per_minute=6_000)[1]
        self.brought, self.ms, self.wrong = 0, [], []

    def run(self):
        connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        self.began = time.monotonic()
        while time.monotonic() < self.until:
            number = len(self.ms)
            sessions = self.batches[number % len(self.batches)].replace('"session_id": "', f'"session_id": "{number}-')
            begun = time.perf_counter()
            headers = {"Content-Type": "application/json", "Syllable-API-Key": self.key}
            connection.request("POST", "/api/desk/v1/sessions", f'{{"source": "{self.source}", "sessions": [{sessions}]}}'.encode(), headers)
            answer = connection.getresponse()
            told = answer.read()
            self.ms.append((time.perf_counter() - begun) * 1000)
            if answer.status == 200:
                self.brought += json.loads(told)["created"]
            else:
                self.wrong.append(answer.status)
        self.took = time.monotonic() - self.began

    def told(self):
        there = Session.objects.filter(data_source__name=self.source).count()
        lost = "" if there == self.brought else f"; WRONG: {there} are there"
        return (
            f"brought {self.brought} sessions of {self.bytes:,.0f} bytes, {self.brought / self.took:,.0f} a second; a batch of {self.size} "
            f"median {statistics.median(self.ms):,.0f} ms, most {max(self.ms):,.0f} ms; other answers: {self.wrong}{lost}\n"
        )


def row_of(demo, parts):
    given = {"transcript": demo.transcript, "latency": demo.latency, "summary": demo.summary}
    return demo.record | {"session_id": str(demo.record["session_id"])} | {name: given[name] for name in parts}
