"""Taking in sessions and transcripts."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, transaction

from labeling.operations.labels import submit_label
from sessions_app.codes import FIRST_OWN_ID
from sessions_app.models import Agent, Prompt, Session, SessionDelta, Transcript
from sessions_app.operations import store_transcript, upsert_sessions
from sessions_app.records import BadRecord
from sessions_app.signals import reply_times
from tests.factories import RaterFactory, SourceFactory, UserFactory
from tests.labeling.recomputation import check_everything_derived, check_session_deltas

pytestmark = pytest.mark.django_db

RECORD = {
    "timestamp": "2026-03-02T15:14:00.123456Z",
    "session_id": "48121",
    "agent_id": "7",
    "agent_name": "Northlake Scheduling",
    "agent_timezone": "America/Chicago",
    "prompt_id": "3",
    "prompt_name": "scheduling",
    "prompt_version_number": 42,
    "channel_manager_type": "voice_sip_v1",
    "source": "+12025550142",
    "duration": 138.5,
    "is_outbound": False,
    "is_test": False,
    "user_terminated": None,
    "something_new": {"kept": [1]},
}
TRANSCRIPT = {
    "transcription": [
        {"timestamp": "2026-03-02T15:14:00Z", "source": "agent", "text": "Hello.", "lang": "en-US"},
        {"timestamp": "2026-03-02T15:14:03Z", "source": "user", "text": "Hola, necesito cambiar mi cita.", "lang": "es-US"},
        {"timestamp": "2026-03-02T15:14:15Z", "source": "agent", "text": "Claro que sí.", "lang": "es-US"},
    ],
    "actions": [
        {"timestamp": "2026-03-02T15:14:06Z", "tool_name": "find_patient", "tool_request": "{}", "tool_result": None, "tool_error": "504", "duration_ms": 5000}
    ],
}
LATENCY = {
    "timeline": [
        {"timestamp": "2026-03-02T15:14:07Z", "category": "llm", "value": 3200.0},
        {"timestamp": "2026-03-02T15:14:08Z", "category": "tts", "value": 1400.0},
    ]
}


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


def primary():
    return SourceFactory(kind="vendor", is_primary=True)


def test_upsert_sessions_keeps_every_field_and_those_it_does_not_know():
    upsert_sessions(data_source=primary(), records=[RECORD])

    session = Session.objects.get()
    assert (session.pk, session.external_id, session.duration, session.user_terminated) == (48121, "48121", 138.5, None)
    assert session.timestamp == datetime(2026, 3, 2, 15, 14, 0, 123456, tzinfo=UTC)
    assert (session.seen_agent.name, session.seen_prompt.version_label, session.channel, session.direction) == ("Northlake Scheduling", "v42", "voice", "in")
    assert session.extra == {"something_new": {"kept": [1]}}
    check_session_deltas()


def test_upsert_sessions_of_another_source_get_our_own_ids():
    upsert_sessions(data_source=SourceFactory(), records=[RECORD])

    session = Session.objects.get()
    assert session.pk >= FIRST_OWN_ID
    assert session.external_id == "48121"


def test_upsert_sessions_again_changes_nothing():
    source = primary()
    upsert_sessions(data_source=source, records=[RECORD])

    again = upsert_sessions(data_source=source, records=[RECORD])

    assert (again.created, again.changed, again.unchanged) == (0, 0, 1)
    assert SessionDelta.objects.count() == 1


def test_upsert_sessions_moves_the_counts_when_a_key_changes():
    source = primary()
    upsert_sessions(data_source=source, records=[RECORD])
    submit_label(session_id=48121, rater=RaterFactory(), code="BAD", client_key="first-key")

    upsert_sessions(data_source=source, records=[RECORD | {"agent_id": "8", "agent_name": "Cedar Billing Help", "is_outbound": True}])

    assert Session.objects.get().seen_agent.name == "Cedar Billing Help"
    check_session_deltas()
    check_everything_derived()


def test_a_record_without_an_id_is_recognized_by_its_interaction_though_its_length_came_late():
    source = SourceFactory()
    anonymous = {name: value for name, value in RECORD.items() if name not in ("session_id", "duration")}
    upsert_sessions(data_source=source, records=[anonymous])

    upsert_sessions(data_source=source, records=[anonymous | {"duration": 99.0}])

    assert Session.objects.get().duration == 99.0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"timestamp": None}, "timestamp is missing or not a time."),
        ({"timestamp": "yesterday"}, "timestamp is not an ISO 8601 time."),
        ({"timestamp": "9999-12-31T23:59:59Z"}, "timestamp lies outside the years 2000 to 2100."),
        ({"session_id": "abc"}, "session_id is not a number below 2^52, which the primary connection's ids are."),
        ({"session_id": str(2**52)}, "session_id is not a number below 2^52, which the primary connection's ids are."),
        ({"session_id": "٤٨"}, "session_id is not a number below 2^52, which the primary connection's ids are."),
        ({"duration": float("nan")}, "duration is not a number of seconds."),
        ({"duration": -1}, "duration is not a number of seconds."),
        ({"duration": 10**400}, "duration is not a number of seconds."),
        ({"session_id": "048121"}, "session_id is not a number below 2^52, which the primary connection's ids are."),
        ({"session_id": 10**5000}, "session_id is not text."),
        ({"conversation_id": "é" * 300}, "conversation_id is longer than 500 bytes."),
        ({"odd": nested(3000)}, "A field is nested deeper than 20."),
        ({"is_test": "yes"}, "is_test is neither true nor false."),
        ({"source": 5}, "source is not text."),
        ({"source": "x" * 2001}, "source is longer than 2000 characters."),
        ({"prompt_version_number": 2**40}, "prompt_version_number is not a whole number."),
    ],
)
def test_upsert_sessions_refuses_a_bad_record_and_keeps_the_good_ones(change, sentence):
    outcome = upsert_sessions(data_source=primary(), records=[RECORD | change, RECORD | {"session_id": "48122"}])

    assert outcome.refused == [(0, sentence)]
    assert list(Session.objects.values_list("pk", flat=True)) == [48122]


def test_upsert_sessions_takes_text_that_the_database_cannot_hold():
    upsert_sessions(data_source=primary(), records=[RECORD | {"source": "a\0b", "odd": {"k\0": "\ud800", "n": float("inf")}}])

    session = Session.objects.get()
    assert session.source == "ab"
    assert session.extra["odd"] == {"k": "?", "n": None}


def test_agents_and_prompts_are_seen_once():
    upsert_sessions(data_source=primary(), records=[RECORD, RECORD | {"session_id": "48122"}, RECORD | {"session_id": "48123", "prompt_version_number": 43}])

    assert (Agent.objects.count(), Prompt.objects.count()) == (1, 2)


def test_a_session_without_agent_has_one_all_the_same():
    upsert_sessions(data_source=primary(), records=[{"timestamp": "2026-03-02T15:14:00Z", "session_id": "1"}])

    assert str(Session.objects.get().seen_agent) == "No agent"


def test_store_transcript_works_out_the_signals():
    upsert_sessions(data_source=primary(), records=[RECORD])

    store_transcript(session=Session.objects.get(), transcript=TRANSCRIPT, latency=LATENCY, summary={"summary": "A visit was moved.", "rating": "Good"})

    session = Session.objects.get()
    assert (session.transcript_state, session.turns, session.tool_calls, session.tool_errors) == ("held", 3, 1, 1)
    assert (session.slow_replies, session.reply_p95_ms, session.language) == (1, 4600, "es")
    assert session.longest_silence_ms == 12_000 - len("Hola, necesito cambiar mi cita.") * 62
    assert Transcript.objects.get().summary == "A visit was moved."
    check_session_deltas()


def test_store_transcript_again_keeps_the_revision_and_a_change_raises_it():
    upsert_sessions(data_source=primary(), records=[RECORD])
    session = Session.objects.get()
    store_transcript(session=session, transcript=TRANSCRIPT)
    uids = [turn["uid"] for turn in Transcript.objects.get().turns]

    store_transcript(session=session, transcript=TRANSCRIPT)
    assert Transcript.objects.get().revision == 1

    later = TRANSCRIPT["transcription"] + [{"timestamp": "2026-03-02T15:14:20Z", "source": "user", "text": "Gracias.", "lang": "es-US"}]
    store_transcript(session=session, transcript={"transcription": later})
    transcript = Transcript.objects.get()
    assert (transcript.revision, [turn["uid"] for turn in transcript.turns][:3]) == (2, uids)


def test_two_equal_turns_at_one_moment_have_their_own_uids():
    upsert_sessions(data_source=primary(), records=[RECORD])
    turn = TRANSCRIPT["transcription"][0]

    store_transcript(session=Session.objects.get(), transcript={"transcription": [turn, turn]})

    assert len({turn["uid"] for turn in Transcript.objects.get().turns}) == 2


def test_a_chat_has_pauses_but_no_silences():
    upsert_sessions(data_source=primary(), records=[RECORD | {"channel_manager_type": "web_chat_v1"}])

    store_transcript(session=Session.objects.get(), transcript=TRANSCRIPT)

    assert Session.objects.get().longest_silence_ms == 0


def test_a_transfer_known_from_the_tools_survives_the_record_coming_again():
    source = primary()
    upsert_sessions(data_source=source, records=[RECORD | {"user_terminated": False}])
    transfer = {"timestamp": "2026-03-02T15:14:16Z", "tool_name": "transfer_call", "tool_request": "{}", "tool_result": "{}", "tool_error": None}
    store_transcript(session=Session.objects.get(), transcript=TRANSCRIPT | {"actions": [transfer]})

    upsert_sessions(data_source=source, records=[RECORD | {"user_terminated": False, "duration": 140.0}])

    assert Session.objects.get().ended_by == "transfer"


def test_the_database_refuses_signals_of_a_session_without_transcript():
    upsert_sessions(data_source=primary(), records=[RECORD])

    with pytest.raises(IntegrityError, match="session_signals_need_a_transcript"), transaction.atomic():
        Session.objects.update(turns=3)


def test_something_that_is_no_record_is_refused_and_the_others_are_kept():
    outcome = upsert_sessions(data_source=primary(), records=["text", None, RECORD])

    assert [position for position, _ in outcome.refused] == [0, 1]
    assert outcome.created == 1


def test_a_field_nobody_knows_may_have_any_name():
    upsert_sessions(data_source=primary(), records=[RECORD | {"\ud800": 1, "a\0": 2}])

    assert Session.objects.get().extra == {"something_new": {"kept": [1]}, "?": 1, "a": 2}


@pytest.mark.parametrize(
    "transcript",
    [
        {"transcription": ["text"]},
        {"transcription": "text"},
        {"actions": [1]},
        {"transcription": [{"timestamp": "x", "text": ""}]},
        {"transcription": [{"timestamp": "2026-03-02T15:14:00Z", "text": 5}]},
    ],
)
def test_store_transcript_refuses_what_is_none(transcript):
    upsert_sessions(data_source=primary(), records=[RECORD])

    with pytest.raises(BadRecord):
        store_transcript(session=Session.objects.get(), transcript=transcript)


def test_times_without_a_zone_are_utc_and_the_page_opens(client):
    upsert_sessions(data_source=primary(), records=[RECORD])
    turns = [{"timestamp": "2026-03-02T15:14:00", "source": "user", "text": "Hello."}, {"timestamp": "2026-03-02T15:14:09Z", "source": "agent", "text": "Hi."}]

    store_transcript(
        session=Session.objects.get(),
        transcript={"transcription": turns},
        latency={"timeline": [{"timestamp": "2026-03-02T15:14:01", "category": "llm", "value": 1e12}]},
    )

    client.force_login(UserFactory())
    assert client.get("/sessions/48121/").status_code == 200
    assert Session.objects.get().reply_p95_ms == 2**31 - 1


@pytest.mark.parametrize(
    ("event", "ms"),
    [
        ({"value": 5, "unit_type": "seconds"}, 5_000),
        ({"value": 5_000_000, "unit_type": "microseconds"}, 5_000),
        ({"value": 5_000}, 5_000),
        ({"value": 5, "unit_type": "moons"}, None),
        ({"value": 5, "unit_type": ["seconds"]}, None),
        ({"value": 10**29, "unit_type": "minutes"}, 6 * 10**33),
    ],
)
def test_a_wait_is_as_long_as_its_unit_says(event, ms):
    turns = [{"timestamp": f"2026-03-02T12:00:0{second}+00:00", "source": source} for second, source in ((0, "user"), (6, "agent"))]

    found = reply_times(turns, [{"timestamp": "2026-03-02T12:00:05+00:00", "category": "llm", **event}])

    assert [reply.stages for reply in found] == ([] if ms is None else [{"llm": pytest.approx(ms)}])
