"""Sessions that come in through the API: kept, known again, refused one by one, and never a fault."""

import gzip
import json
from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.api.description import describe
from labeling.api.ingest import MOST_BYTES, MOST_SESSIONS
from labeling.models import Erasure, Event
from labeling.models.event import EventKind
from labeling.operations.api_keys import create_api_key
from sessions_app.codes import FIRST_OWN_ID
from sessions_app.models import Session, Source, Transcript
from sessions_app.queries.identity import caller_digests
from tests.factories import SourceFactory
from tests.labeling.recomputation import check_everything_derived, check_session_deltas

pytestmark = pytest.mark.django_db
ADDRESS = "/api/desk/v1/sessions"
TALK = {
    "transcription": [
        {"timestamp": "2026-03-02T15:14:00Z", "source": "agent", "text": "Hello.", "lang": "en-US"},
        {"timestamp": "2026-03-02T15:14:09Z", "source": "user", "text": "I need to move my appointment.", "lang": "en-US"},
    ],
    "actions": [{"timestamp": "2026-03-02T15:14:10Z", "tool_name": "find", "tool_request": "{}", "tool_result": None, "tool_error": "504", "duration_ms": 12}],
}
LATENCY = {"timeline": [{"timestamp": "2026-03-02T15:14:09.5Z", "category": "llm", "value": 5000}]}


def session(number=1, **fields):
    return {"timestamp": "2026-03-02T15:14:00Z", "session_id": f"call-{number}", "agent_name": "Northlake", "channel_manager_type": "voice_sip_v1", **fields}


@pytest.fixture
def key(admin):
    return key_of(admin, "sessions:write")


def key_of(person, *scopes):
    _, secret = create_api_key(user=person, name="platform", scopes=scopes, expires_at=timezone.now() + timedelta(days=1), by=None)
    return secret


def send(client, key, body, **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(ADDRESS, content, content_type="application/json", headers={"Syllable-API-Key": key, **headers})


def batch(*sessions, source="Other platform"):
    return {"source": source, "sessions": list(sessions)}


def test_a_batch_is_taken_with_its_transcripts_into_a_source_that_it_names(client, key, admin):
    answer = send(
        client, key, batch(session(1, source="+12025550142", something_new=[1], transcript=TALK, latency=LATENCY, summary={"summary": "Moved."}), session(2))
    )

    assert (answer.status_code, answer.json()) == (200, {"created": 2, "changed": 0, "unchanged": 0, "refused": []})
    first, second = Session.objects.order_by("external_id").select_related("data_source")
    assert (first.data_source.name, first.data_source.kind, first.pk >= FIRST_OWN_ID) == ("Other platform", "ingest", True)
    assert (first.transcript_state, first.language, first.turns, first.tool_errors, first.longest_silence_ms, first.reply_p95_ms) == (
        "held",
        "en",
        2,
        1,
        8400,
        None,
    )
    assert (first.extra, second.transcript_state, second.turns) == ({"something_new": [1]}, "none", None)
    assert (first.transcript.summary, first.transcript.revision) == ("Moved.", 1)
    event = Event.objects.get(kind=EventKind.INGESTED)
    assert (event.user, event.api_key, event.subject, event.after, event.before) == (
        admin.pk,
        admin.api_keys.get().pk,
        first.data_source_id,
        "2 new, 0 changed",
        "",
    )
    check_session_deltas()
    check_everything_derived()


def test_the_same_batch_again_changes_nothing(client, key):
    sent = batch(session(1, transcript=TALK, latency=LATENCY), session(2))
    send(client, key, sent)
    before = list(Session.objects.order_by("pk").values()), list(Transcript.objects.order_by("pk").values())

    answer = send(client, key, sent, **{"Idempotency-Key": "7"})

    assert answer.json() == {"created": 0, "changed": 0, "unchanged": 2, "refused": []}
    assert (list(Session.objects.order_by("pk").values()), list(Transcript.objects.order_by("pk").values())) == before


def test_a_later_transcript_changes_the_session_and_raises_the_revision(client, key):
    send(client, key, batch(session(1)))
    send(client, key, batch(session(1, transcript=TALK)))
    answer = send(client, key, batch(session(1, transcript=TALK | {"actions": []})))

    row = Session.objects.get()
    assert answer.json() == {"created": 0, "changed": 1, "unchanged": 0, "refused": []}
    assert (row.transcript.revision, row.tool_calls) == (2, 0)
    check_session_deltas()


def test_what_is_wrong_with_one_session_stops_none_of_the_others(client, key):
    wrong = [
        session(2, timestamp="yesterday"),
        session(3, transcript={"transcription": [{"timestamp": "2026-03-02T15:14:00Z"}]}),
        session(4, transcript=[]),
        session(5, summary={"summary": "Moved."}),
        session(6, labels=[]),
        session(7, transcript=TALK, summary={"summary": 5}),
        session(8, source="\U0001f9d1" * 2000),
        session(9, channel_manager_sid="\U0001f9d1" * 2000),
        "no object",
    ]
    answer = send(client, key, batch(session(1), *wrong))

    told = answer.json()
    assert (answer.status_code, told["created"], Session.objects.count()) == (200, 1, 1)
    assert [(one["loc"], one["msg"]) for one in told["refused"]] == [
        (["body", "sessions", 1], "timestamp is not an ISO 8601 time."),
        (["body", "sessions", 2], "a turn has no text."),
        (["body", "sessions", 3], "transcript is not an object."),
        (["body", "sessions", 4], "summary comes with the transcript, which is missing."),
        (["body", "sessions", 5], "Labels do not come with sessions. Give them one by one, through session_labels."),
        (["body", "sessions", 6], "summary.summary is not text."),
        (["body", "sessions", 7], "source is longer than 2000 bytes."),
        (["body", "sessions", 8], "channel_manager_sid is longer than 2000 bytes."),
        (["body", "sessions", 9], "The record is not an object."),
    ]
    assert Event.objects.get(kind=EventKind.INGESTED).before == "9 of 10 refused"


def test_where_all_are_wrong_the_answer_is_422_and_names_each(client, key):
    answer = send(client, key, batch(session(1, timestamp=None), session(2, duration=-1)))

    assert answer.status_code == 422
    assert [(one["loc"], one["type"]) for one in answer.json()["detail"]] == [
        (["body", "sessions", 0], "value_error"),
        (["body", "sessions", 1], "value_error"),
    ]


def test_what_is_as_long_as_it_may_be_fits_into_every_index(client, key):
    signs = [chr(0x1000 + number * 7 % 6000) for number in range(2000)]
    long = {
        name: "".join(signs[place : place + 166]) for place, name in enumerate(("conversation_id", "agent_id", "prompt_id", "prompt_version", "session_id"))
    }
    long |= {name: "".join(signs[place : place + 666]) for place, name in enumerate(("source", "channel_manager_sid"))}
    long |= {name: "".join(signs) for name in ("target", "override_timestamp", "experiment_id")}

    assert send(client, key, batch(session(1, **long), session(2, **long | {"session_id": "2"}))).json()["created"] == 2
    assert send(client, key, batch(session(1, **long))).json()["unchanged"] == 1


def test_of_one_session_twice_in_a_batch_the_last_counts(client, key):
    answer = send(client, key, batch(session(1, duration=1), session(1, duration=2)))

    assert (answer.json()["created"], Session.objects.get().duration) == (1, 2)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"nonsense", 422),
        (b"[]", 422),
        (b"null", 422),
        (b"\xff\xfe{}", 422),
        (json.dumps(batch()).encode(), 422),
        (json.dumps(batch(session()) | {"more": 1}).encode(), 422),
        (json.dumps({"source": "", "sessions": [session()]}).encode(), 422),
        (json.dumps({"source": "x" * 201, "sessions": [session()]}).encode(), 422),
        (json.dumps({"source": 5, "sessions": [session()]}).encode(), 422),
        (json.dumps({"source": "x", "sessions": {"a": session()}}).encode(), 422),
        (json.dumps({"source": "x", "sessions": [session()] * (MOST_SESSIONS + 1)}).encode(), 422),
        (b'{"source": "x", "source": "y", "sessions": [{"timestamp": "2026-03-02T15:14:00Z"}]}', 422),
        (b'{"source": "x", "sessions": [{"timestamp": "2026-03-02T15:14:00Z", "duration": NaN}]}', 422),
        (b'{"source": "x", "sessions": [{"timestamp": "2026-03-02T15:14:00Z", "duration": ' + b"9" * 5000 + b"}]}", 422),
        (b'{"source": "x", "sessions": [{"timestamp": "2026-03-02T15:14:00Z", "target": "a\\u0000b"}]}', 422),
        (b'{"source": "x", "sessions": [{"timestamp": "2026-03-02T15:14:00Z", "target": "\\ud800"}]}', 422),
        (b'{"source": "x\\u0000", "sessions": [{"timestamp": "2026-03-02T15:14:00Z"}]}', 422),
        (b'{"source": "x", "sessions": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}", 422),
        (b'{"source": "x", "sessions": [' + b" " * MOST_BYTES + b"]}", 413),
        (b'{"source": "x", "sessions": [' + b"0," * 1_100_000 + b"0]}", 422),
    ],
    ids=range(21),
)
def test_a_body_that_cannot_be_read_is_refused_with_a_sentence(client, key, body, status):
    answer = send(client, key, body)

    assert answer.status_code == status, answer.content[:200]
    assert answer.json()["detail"]
    assert (Session.objects.exists(), Source.objects.exists()) == (False, False)


def test_a_packed_body_is_refused_unread(client, key):
    answer = send(client, key, gzip.compress(b" " * 10_000_000), **{"Content-Encoding": "gzip"})

    assert (answer.status_code, answer.json()) == (415, {"detail": "Send the body as it is, without Content-Encoding."})


def test_it_takes_the_scope_and_an_admin(client, admin, manager):
    assert send(client, key_of(admin, "sessions:read"), batch(session())).status_code == 403
    admins = key_of(admin, "sessions:write")
    admin.role = "manager"
    admin.save(update_fields=["role"])
    assert send(client, admins, batch(session())).status_code == 403
    assert send(client, "", batch(session())).status_code == 401
    assert not Session.objects.exists()


@pytest.mark.parametrize("kind", ["vendor", "file"])
def test_a_source_that_others_fill_is_not_written_to(client, key, kind):
    SourceFactory(name="Other platform", kind=kind)

    answer = send(client, key, batch(session()))

    assert answer.status_code == 409
    assert not Session.objects.exists()


def test_who_was_erased_stays_erased(client, key):
    Erasure.objects.create(subject_kind="caller", digest=caller_digests("+12025550142")[0])

    answer = send(client, key, batch(session(1, source="+12025550142", transcript=TALK)))
    again = send(client, key, batch(session(1, source="+12025550142", transcript=TALK)))

    row = Session.objects.get()
    assert (answer.json()["created"], again.json()["unchanged"]) == (1, 1)
    assert (row.source, row.transcript_state, Transcript.objects.exists()) == (None, "erased", False)
    check_session_deltas()


def test_the_document_describes_the_body():
    schemas = describe()["components"]["schemas"]

    assert schemas["Batch"]["properties"]["sessions"]["maxItems"] == MOST_SESSIONS
    assert {"transcript", "latency", "summary", "timestamp"} <= set(schemas["SessionSent"]["properties"])
