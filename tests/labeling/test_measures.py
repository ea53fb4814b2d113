"""Numbers for a collector, and what names a request."""

import json
import logging
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings as real

from labeling.operations.measures import Measures
from tests.factories import SessionFactory

pytestmark = pytest.mark.django_db
TOKEN = "a token of twenty letters or more"
IN_A_PROCESS = """
import django, sys
django.setup()
from pathlib import Path
from labeling.operations.measures import Measures
one = Measures(Path(sys.argv[1]))
one.note(route="labeling:home", method="GET", status=200, seconds=0.2)
one.write()
print("written", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def collector(settings, tmp_path, monkeypatch):
    settings.METRICS_TOKEN = TOKEN
    own = Measures(tmp_path / "metrics")
    monkeypatch.setattr("labeling.middleware.traces.measures", own)
    monkeypatch.setattr("labeling.views.health.measures", own)
    return own


def read(client, token=TOKEN):
    return client.get("/metrics", headers={"Authorization": f"Bearer {token}"})


def test_without_the_token_there_is_nothing(client, collector, settings):
    assert [read(client, token).status_code for token in ("", "wrong")] == [404, 404]
    settings.METRICS_TOKEN = ""
    assert [read(client, token).status_code for token in ("", TOKEN)] == [404, 404]


def test_what_was_asked_for_is_counted_by_its_name(client, collector, as_person, reviewer):
    session = SessionFactory()
    as_person(reviewer).get(f"/sessions/{session.pk}/?q=Somebody")
    client.get("/nowhere/Somebody/")

    said = read(client).content.decode()

    assert 'review_desk_requests_total{route="labeling:session_detail",method="GET",status="200"} 1\n' in said
    assert 'review_desk_requests_total{route="none",method="GET",status="404"} 1\n' in said
    assert 'review_desk_request_seconds_bucket{route="labeling:session_detail",le="+Inf"} 1\n' in said
    assert "Somebody" not in said
    assert str(session.pk) not in said


def test_every_line_is_a_sample_and_what_the_database_says_is_there(client, collector):
    said = read(client).content.decode()

    sample = re.compile(r'[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+]+')
    assert [line for line in said.splitlines() if not line.startswith("#") and not sample.fullmatch(line)] == []
    assert "review_desk_database_up 1\n" in said
    for name in ("jobs", "lock_waits", "lock_wait_longest_seconds", "queue_places", "worker_silent_seconds", "sync_lag_seconds", "transaction_id_age"):
        assert f"# TYPE review_desk_{name} gauge\n" in said


def test_a_process_that_ended_is_counted_on(collector):
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "SECRET_KEY": real.SECRET_KEY}
    command = [sys.executable, "-c", IN_A_PROCESS, str(collector.folder)]
    with subprocess.Popen(command, env=environment, cwd=real.BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "written\n"
        collector.note(route="labeling:home", method="GET", status=200, seconds=0.01)
        while_it_lives = collector.read()["requests|labeling:home|GET|200"]
        other.kill()

    assert (while_it_lives, collector.read()["requests|labeling:home|GET|200"]) == (2, 2)
    assert collector.read()["requests|labeling:home|GET|200"] == 2
    assert len(list(collector.folder.glob("*.json"))) == 2


@pytest.mark.parametrize(
    ("proxies", "given", "is_taken"),
    [
        (1, "req-0123456789.a_B", True),
        (0, "req-0123456789.a_B", False),
        (1, "short", False),
        (1, "a" * 65, False),
        (1, "a line\nof the log", False),
        (1, "+1 555 0100 200", False),
    ],
)
def test_a_request_has_an_id_and_a_proxys_is_taken_when_it_is_well_formed(client, settings, proxies, given, is_taken):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies

    answered = client.get("/healthz", headers={"X-Request-ID": given}, REMOTE_ADDR="192.0.2.1")["X-Request-ID"]

    assert (answered == given) == is_taken
    assert re.fullmatch(r"[A-Za-z0-9._-]{8,64}", answered)


def test_a_request_is_a_line_without_its_address(client, settings, as_person, reviewer, caplog):
    settings.LOG_REQUESTS = True
    logger = logging.getLogger("review_desk.requests")
    logger.addHandler(caplog.handler)
    try:
        answer = as_person(reviewer).get("/sessions/?q=Somebody")
    finally:
        logger.removeHandler(caplog.handler)

    [record] = caplog.records
    assert answer["X-Request-ID"]
    assert record.facts | {"ms": 0} == {"route": "labeling:session_list", "method": "GET", "status": answer.status_code, "ms": 0, "user": reviewer.pk}
    assert "Somebody" not in json.dumps(record.facts)
