"""Bad values in every parameter, path, header and field of the API: never a 500, never slow, never a changed row.

Each run takes a part of the values for each place; TRUST=1 takes all of them.
"""

import json
import random
from time import monotonic

import pytest
from django.db import connection

from labeling.api.ingest import SessionSent
from labeling.models import Export, Label
from sessions_app.codes import TranscriptState
from tests.contract.conftest import key_of
from tests.factories import QueueFactory, SessionFactory, TranscriptFactory, WebhookFactory
from tests.labeling.bad_values import BODIES, CORPUS, JSON_VALUES
from tests.repetitions import is_long

pytestmark = pytest.mark.django_db
SESSIONS, LABELS, CONVERSATIONS = "/api/v1/sessions/", "/api/v1/session_labels/", "/api/v1/conversations/"
SLOWEST_S = 2
SAMPLE = 12


def some(values, place):
    """Other values for each place, and the same in each run."""
    return values if is_long() else random.Random(place).sample(values, min(SAMPLE, len(values)))


@pytest.fixture
def session():
    row = SessionFactory(transcript_state=TranscriptState.HELD)
    TranscriptFactory(session=row)
    return row


@pytest.fixture
def ask(client, admin):
    key = key_of(admin)

    def asking(method, path, asked=None, *, headers=(), **more):
        for _ in range(3):
            started = monotonic()
            answer = getattr(client, method)(path, asked, headers={"Syllable-API-Key": key, **dict(headers)}, **more)
            taken = monotonic() - started
            # A machine that was busy is quicker the next time, and a value that takes long is not. A label sent again is the same.
            if taken < SLOWEST_S:
                break
        said = f"{method} {path[:100]!r} {str(asked)[:200]!r} {str(more)[:200]!r}: {answer.status_code} in {taken:.1f} s"
        assert answer.status_code < 500, said
        assert taken < SLOWEST_S, said
        if answer.status_code >= 400:
            told = answer.json()["detail"]
            if answer.status_code == 422:
                assert told, said
                assert all(set(one) == {"loc", "msg", "type"} for one in told), said
            else:
                assert isinstance(told, str), said
        return answer

    return asking


def rows():
    """How many rows there are in each table, but for what every request leaves."""
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name.startswith(("labeling_", "sessions_app_"))]
        counted = {}
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table}")
            counted[table] = cursor.fetchone()[0]
    for table in ("labeling_keyminute", "labeling_event", "labeling_exposure"):
        counted.pop(table)
    return counted


def test_the_corpus_is_large_enough():
    assert len(set(CORPUS)) >= 200


@pytest.mark.parametrize("path", [SESSIONS, LABELS, CONVERSATIONS])
def test_every_parameter_of_every_list(ask, session, path):
    before = rows()
    names = ("page", "limit", "order_by", "order_by_direction", "fields", "fields[]", "start_datetime", "end_datetime", "search_fields", "search_field_values")

    for name in names:
        for value in some(CORPUS, f"{path}{name}"):
            ask("get", path, {name: value})
    for value in some(CORPUS, f"{path} names"):
        ask("get", path, {value: "x"})
        ask("get", path, {"search_fields": value, "search_field_values": value})
    assert rows() == before


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        (SESSIONS, ("timestamp", "session_id", "conversation_id", "channel_manager_type", "agent_id", "agent_name", "source", "target", "duration", "is_test")),
        (LABELS, ("timestamp", "session_id", "type", "code", "user_email", "issue_categories", "session_id_list")),
        (CONVERSATIONS, ("timestamp", "agent_name", "prompt_id", "llm_model", "is_legacy")),
    ],
)  # fmt: skip
def test_every_field_of_every_search(ask, session, path, fields):
    before = rows()

    for field in fields:
        for value in some(CORPUS, f"{path}{field}"):
            ask("get", path, {"search_fields": field, "search_field_values": value})
    assert rows() == before


def test_parameters_that_come_in_crowds(ask, session):
    before = rows()
    for path in (SESSIONS, LABELS, CONVERSATIONS):
        for name in ("page", "search_fields", "search_field_values", "fields", "x"):
            for many in (400, 10_000):
                ask("get", f"{path}?{'&'.join([f'{name}=1'] * many)}")
        for query in (
            "&&&",
            "====",
            "%",
            "%zz",
            "page=%ff",
            "a[b][c]=1",
            "fields[0]=timestamp",
            ";",
            "?page=1",
            "page=1;limit=2",
            "\\",
            "limit",
            "limit=&limit=",
        ):
            ask("get", f"{path}?{query}")
    assert rows() == before


def test_every_argument_of_every_path(ask, session):
    before = rows()
    paths = [
        "sessions/{}", "sessions/transcript/{}", "sessions/timeline/{}", "sessions/latency/{}", "sessions/full-summary/{}", "session_labels/{}",
        "session_debug/session_id/{}", "session_debug/sid/{}/x", "session_debug/sid/hedy/{}", f"session_debug/tool_result/{session.pk}/{{}}",
        "session_debug/tool_result/{}/x",
    ]  # fmt: skip
    for path in paths:
        for value in some([value for value in CORPUS if len(value) < 5_000], path):
            ask("get", f"/api/v1/{path.format(_in_a_path(value))}")
    for value in some(CORPUS, "recording"):
        if len(value) < 5_000:
            ask("post", f"/api/v1/sessions/recording/{_in_a_path(value)}")
        ask("get", "/api/v1/sessions/recording/stream", {"token": value})
    for address in (
        "/api/v1/sessions/%ff",
        "/api/v1/sessions/%00",
        "/api/v1/sessions/..%2f..%2f",
        "/api/v1/%2e%2e/healthz",
        "/api//v1/sessions/",
        "/api/v1/sessions//",
    ):
        ask("get", address)
    assert rows() == before


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("queues", ("x",)),
        ("queues/one/assignments", ("page", "limit", "order_by", "fields", "start_datetime", "search_fields")),
        ("settled_labels", ("page", "search_fields", "end_datetime")),
        ("summary", ("panel", "since", "first", "last", "agent")),
        ("summary", ("channel", "basis", "measure", "points")),
        ("webhooks/{}/deliveries", ("state", "before")),
    ],
)
def test_every_parameter_beyond_the_vendors(ask, session, path, names):
    QueueFactory(slug="one")
    path = path.format(WebhookFactory().pk)
    before = rows()

    for name in names:
        for value in some(CORPUS, f"{path}{name}"):
            ask("get", f"/api/desk/v1/{path}", {name: value})
            ask("get", f"/api/desk/v1/{path}", {value: name})
    assert rows() == before


def test_every_argument_beyond_the_vendors(ask, session):
    QueueFactory(slug="one")
    before = rows()
    for path in ("queues/{}/assignments", "webhooks/{}/deliveries", "exports/{}", "exports/{}/file"):
        for value in some([value for value in CORPUS if len(value) < 5_000], path):
            ask("get", f"/api/desk/v1/{path.format(_in_a_path(value))}")
    for field in ("state", "session_id"):
        for value in some(CORPUS, field):
            ask("get", "/api/desk/v1/queues/one/assignments", {"search_fields": field, "search_field_values": value})
    assert rows() == before


@pytest.mark.parametrize("part", range(6))
def test_every_field_of_a_session_that_is_sent(ask, part):
    """What is taken makes rows, like a session that somebody meant; what is refused is named by its field."""
    session = {name: None for name in SessionSent.model_fields if name not in ("transcript", "latency", "summary")} | {"timestamp": "2026-03-02T12:00:00Z"}
    turn, call = ({"timestamp": "2026-03-02T12:00:05Z", "source": "user", "text": "Hello"}, {"timestamp": "2026-03-02T12:00:06Z", "tool_name": "find"})
    step = {"timestamp": "2026-03-02T12:00:07Z", "category": "llm", "value": 3}
    transcript = {"transcription": [turn], "actions": [call]}
    good = session | {"transcript": transcript, "latency": {"timeline": [step]}, "summary": {"summary": "x", "rating": "GOOD"}}

    def send(place, value):
        body = json.dumps({"source": "A platform", "sessions": [good]} | place("\x1a")).replace('"\\u001a"', value)
        ask("post", "/api/desk/v1/sessions", body, content_type="application/json")

    places = {name: lambda mark, name=name: {"sessions": [good | {name: mark}]} for name in good}
    places |= {"source of all": lambda mark: {"source": mark}, "sessions": lambda mark: {"sessions": mark}, "unheard_of": lambda mark: {"unheard_of": mark}}
    for kind, row in (("transcription", turn), ("actions", call)):
        for name in (*row, "lang", "tool_request", "tool_call_id", "duration_ms"):
            places[f"{kind} {name}"] = lambda mark, kind=kind, row=row, name=name: {
                "sessions": [good | {"transcript": transcript | {kind: [row | {name: mark}]}}]
            }
    for name in step:
        places[f"latency {name}"] = lambda mark, name=name: {"sessions": [good | {"latency": {"timeline": [step | {name: mark}]}}]}
    # In parts, because all of them take longer than a test may.
    for name, place in list(places.items())[part::6]:
        values = [*JSON_VALUES, *(json.dumps(value) for value in CORPUS)]
        for value in values if is_long() else random.Random(name).sample(values, 2):
            send(place, value)


def test_every_field_of_an_export(ask, settings, tmp_path):
    settings.EXPORT_DIR = tmp_path
    good = {"format": "csv", "query": "", "columns": ["session_id"]}
    asked = 0
    for name in (*good, "unheard_of"):
        for value in (*some(JSON_VALUES, f"export {name}"), *(json.dumps(value) for value in some(CORPUS, f"export {name}"))):
            pairs = [f"{json.dumps(key)}: {json.dumps(other)}" for key, other in good.items() if key != name] + [f"{json.dumps(name)}: {value}"]
            answer = ask("post", "/api/desk/v1/exports", "{" + ", ".join(pairs) + "}", content_type="application/json")
            if answer.status_code == 200:
                Export.objects.filter(state="waiting").update(state="failed")
                asked += 1
    assert Export.objects.count() == asked


def test_every_field_of_a_label(ask, session, admin):
    good = {"session_id": session.pk, "type": "human-rating", "code": "GOOD", "user_email": admin.email, "comments": None, "issue_categories": []}
    made = set()
    for name in (*good, "unheard_of"):
        values = [*some(JSON_VALUES, f"body {name}"), *(json.dumps(value) for value in some(CORPUS, f"body {name}"))]
        for value in values:
            pairs = [f"{json.dumps(key)}: {json.dumps(other)}" for key, other in good.items() if key != name] + [f"{json.dumps(name)}: {value}"]
            answer = ask("post", LABELS, "{" + ", ".join(pairs) + "}", content_type="application/json")
            if answer.status_code == 200:
                made.add(answer.json()["id"])
    for missing in good:
        answer = ask("post", LABELS, {key: value for key, value in good.items() if key != missing}, content_type="application/json")
        assert (answer.status_code == 422) == (missing not in ("comments", "issue_categories"))
        made |= {answer.json()["id"]} if answer.status_code == 200 else set()

    # What was refused left nothing; the rest were labels like any other.
    assert set(Label.objects.values_list("pk", flat=True)) == made


def test_every_body_that_is_no_label(ask, session):
    before = rows()
    for body in BODIES:
        for kind in ("application/json", "text/plain"):
            assert ask("post", LABELS, body, content_type=kind).status_code in (413, 422)
    for encoding in ("gzip", "deflate", "br", "gzip, gzip"):
        assert ask("post", LABELS, b"{}", content_type="application/json", headers={"Content-Encoding": encoding}).status_code == 415
    assert rows() == before


def test_every_header(ask, session, admin):
    good = {"session_id": session.pk, "type": "human-rating", "code": "GOOD", "user_email": admin.email}
    made = 0
    for value in some([value for value in CORPUS if value.isprintable() and value.isascii()], "headers"):
        for name in ("Idempotency-Key", "Range", "Accept", "Content-Type", "If-Range"):
            ask("get", SESSIONS, headers={name: value})
        made += ask("post", LABELS, {**good, "comments": value}, content_type="application/json", headers={"Idempotency-Key": value}).status_code == 200
    assert Label.objects.count() == made


@pytest.mark.parametrize(
    "key", ["", "rd_", "rd__", "rd_00000000_", "x" * 10_000, "rd_\0\0\0\0\0\0\0\0_x", "rd_ééééé_x", "RD_00000000_x", "rd_00000000_x_y_z", "Bearer x"]
)
def test_every_key_that_is_none(client, key):
    answer = client.get(SESSIONS, headers={"Syllable-API-Key": key})

    assert (answer.status_code, answer.json()) == (401, {"detail": "A valid API key is required in the Syllable-API-Key header."})


def _in_a_path(value):
    return "".join(f"%{byte:02x}" for byte in value.encode("utf-8", "replace")) or "%20"
