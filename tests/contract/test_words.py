"""Transcripts, latencies, timelines, summaries, recordings and conversations through the vendor's SDK."""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from syllable_sdk import SyllableSDK, errors
from syllable_sdk.models import ConversationProperties, OrderByDirection

from labeling.models import Event, Exposure
from sessions_app.codes import RecordingState, TranscriptState
from sessions_app.recordings import folder
from tests.contract.conftest import key_of
from tests.factories import NOON, AgentFactory, RecordingFactory, SessionFactory, TranscriptFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
TOOLS = [
    {
        "uid": "call-1", "tool_call_id": "call-1", "timestamp": "2026-03-02T12:00:05.000003+00:00", "tool_name": "find_visit",
        "tool_request": json.dumps({"phone": "+12025550142", "on": "2026-03-09"}),
        "tool_result": json.dumps({"visits": 2}), "tool_error": None, "duration_ms": 310,
    }
]  # fmt: skip
LATENCIES = [
    {"timestamp": "2026-03-02T12:00:05+00:00", "category": "llm", "label": "llm_response", "value": 820.5, "unit_type": "milliseconds", "metadata": ["Gpt-4.1"],
     "value_str": "821 ms", "time_delta": "00:05", "measurement_start": "2026-03-02T12:00:04.179500Z"},
    {"timestamp": "2026-03-02T12:00:06+00:00", "category": "tool", "label": "find_visit", "value": 0.31, "unit_type": "seconds"},
    {"timestamp": "2026-03-02T12:00:07+00:00", "category": "llm", "label": "llm_response", "value": 400},
    {"timestamp": "2026-03-02T12:00:08+00:00", "category": "telepathy", "label": "guess", "value": 400},
]  # fmt: skip


@pytest.fixture
def session():
    row = SessionFactory(timestamp=NOON, transcript_state=TranscriptState.HELD, channel_manager_service="hedy", channel_manager_sid="CA01", target="Main line")
    TranscriptFactory(session=row, tools=TOOLS, latencies=LATENCIES, summary_rating="Good")
    return row


def test_a_transcript_has_its_turns_and_tool_calls(sdk, session, owner):
    got = sdk.sessions.transcript.get_by_id(session_id=str(session.pk))

    assert (got.session_id, got.transcript_complete) == (str(session.pk), True)
    assert [(turn.source, turn.text, turn.lang) for turn in got.transcription][1] == ("user", "I need to move my visit.", "en-US")
    action = got.actions[0]
    assert (action.timestamp, action.tool_name, action.duration_ms, action.tool_error) == (
        datetime(2026, 3, 2, 12, 0, 5, 3, tzinfo=UTC), "find_visit", 310, None,
    )  # fmt: skip
    assert json.loads(action.tool_request) == {"phone": "+12025550142", "on": "2026-03-09"}
    assert list(Event.objects.filter(kind="transcript_read").values_list("user", "session", "api_key")) == [(owner.pk, session.pk, owner.api_keys.get().pk)]


def test_latencies_are_told_one_by_one_and_together(sdk, session):
    got = sdk.sessions.latency.get_by_id(session_id=str(session.pk))

    assert [(entry.category, entry.value, entry.unit_type, entry.value_str, entry.time_delta) for entry in got.timeline] == [
        ("llm", 820.5, "milliseconds", "821 ms", "00:05"), ("tool", 0.31, "seconds", "310 ms", "00:06"), ("llm", 400, "milliseconds", "400 ms", "00:07"),
    ]  # fmt: skip
    assert [(entry.category, entry.event_count, entry.sum_ms, entry.average_ms) for entry in got.summary] == [("llm", 2, 1220.5, 610.25), ("tool", 1, 310, 310)]


def test_a_timeline_merges_them_and_tells_a_tool_call_once(sdk, session):
    got = sdk.sessions.timeline.get_by_id(session_id=str(session.pk))

    assert got.session_start == NOON
    assert [(event.kind, event.offset, event.turn_index) for event in got.events] == [
        ("transcript", "00:00", 0), ("transcript", "00:04", 1), ("latency", "00:05", 1), ("tool", "00:05", 1),
        ("latency", "00:07", 1), ("transcript", "00:14", 2),
    ]  # fmt: skip


def test_a_summary_and_its_rating(sdk, session, owner):
    got = sdk.sessions.full_summary.get_by_id(session_id=str(session.pk))

    assert (got.summary, got.rating) == ("The caller moved a visit.", "Good")
    assert Exposure.objects.get().judgment == "summary"


def test_a_session_to_look_for_a_fault_in(sdk, session):
    by_id = sdk.session_debug.get_session_data_by_session_id(session_id=session.pk)
    by_sid = sdk.session_debug.get_session_data_by_sid(channel_manager_service="hedy", channel_manager_sid="CA01")
    result = sdk.session_debug.get_session_tool_call_result_by_id(session_id=session.pk, tool_call_id="call-1")

    assert by_id == by_sid
    assert (by_id.session_id, by_id.source, by_id.target, by_id.is_test) == (session.pk, "+12025550142", "Main line", False)
    assert [(message.role, len(message.tool_calls)) for message in by_id.messages] == [("agent", 0), ("user", 1), ("agent", 0)]
    call = by_id.messages[1].tool_calls[0]
    assert (call.tool_call_id, call.tool_arguments["on"], call.tool_result) == ("call-1", "2026-03-09", {"visits": 2})
    assert (result.tool_name, result.tool_result) == ("find_visit", {"visits": 2})


def test_what_is_not_held_is_not_found_with_a_sentence(sdk):
    bare = SessionFactory(transcript_state=TranscriptState.PENDING)
    asked = [
        lambda: sdk.sessions.transcript.get_by_id(session_id=str(bare.pk)), lambda: sdk.sessions.latency.get_by_id(session_id=str(bare.pk)),
        lambda: sdk.sessions.timeline.get_by_id(session_id=str(bare.pk)), lambda: sdk.sessions.full_summary.get_by_id(session_id=str(bare.pk)),
        lambda: sdk.session_debug.get_session_data_by_session_id(session_id=bare.pk), lambda: sdk.session_debug.get_session_data_by_session_id(session_id=-1),
        lambda: sdk.session_debug.get_session_data_by_sid(channel_manager_service="x", channel_manager_sid="y"),
        lambda: sdk.sessions.generate_session_recording_urls(session_id=str(bare.pk)), lambda: sdk.sessions.session_recording_stream(token="x"),
    ]  # fmt: skip

    for ask in asked:
        with pytest.raises(errors.APIError) as caught:
            ask()
        assert (caught.value.status_code, json.loads(caught.value.body)["detail"][-1:]) == (404, ".")


def test_who_may_not_read_transcripts_gets_none_with_a_key(live_server, session):
    person = UserFactory(may_read_transcripts=False, may_hear_recordings=False)
    with SyllableSDK(api_key_header=key_of(person), server_url=live_server.url) as client:
        for ask in (client.sessions.transcript.get_by_id, client.sessions.full_summary.get_by_id, client.sessions.generate_session_recording_urls):
            with pytest.raises(errors.APIError) as caught:
                ask(session_id=str(session.pk))
            assert caught.value.status_code == 403
    assert not Event.objects.filter(kind__in=["transcript_read", "recording_heard"]).exists()


def test_a_recording_is_heard_under_an_address_of_ours(sdk, session, live_server, key, settings, tmp_path):
    settings.RECORDING_DIR = tmp_path
    sound = bytes(range(256)) * 8
    recording = RecordingFactory(session=session, state=RecordingState.HELD, file="s" * 43, media_type="audio/wav", size=len(sound))
    folder.path_of(recording.file).parent.mkdir(parents=True, exist_ok=True)
    folder.path_of(recording.file).write_bytes(sound)

    addresses = sdk.sessions.generate_session_recording_urls(session_id=str(session.pk)).recordings

    assert [urlsplit(address).netloc for address in addresses] == [urlsplit(live_server.url).netloc]
    token = parse_qs(urlsplit(addresses[0]).query)["token"][0]
    assert sdk.sessions.session_recording_stream(token=token).read() == sound
    part = httpx.get(addresses[0], headers={"Syllable-API-Key": key, "Range": "bytes=10-19"})
    assert (part.status_code, part.content, part.headers["Content-Type"]) == (206, sound[10:20], "audio/wav")
    assert Event.objects.get(kind="recording_heard").session == session.pk
    assert httpx.get(addresses[0]).status_code == 401
    other = key_of(UserFactory())
    assert httpx.get(addresses[0], headers={"Syllable-API-Key": other}).status_code == 404


def test_conversations_are_grouped_from_sessions(sdk):
    lake, cedar = AgentFactory(key="23", name="Lakeside"), AgentFactory(key="24", name="Cedar")
    model = {"llm_provider": "openai", "llm_model": "gpt-4.1", "llm_version": "2025", "llm_temperature": 0.5, "llm_seed": 7}
    first = {"agent_type": "ca_v1", "prompt_id": "1", "prompt_name": "lake", "is_legacy": False, "extra": model}
    other = {
        "agent_type": "ca_v2",
        "prompt_id": "2",
        "prompt_name": "ridge",
        "is_legacy": True,
        "extra": {"llm_provider": "zed", "llm_model": "z", "llm_version": "z"},
    }
    SessionFactory(seen_agent=lake, conversation_id="a", timestamp=NOON, **first)
    SessionFactory(seen_agent=cedar, conversation_id="a", timestamp=NOON + timedelta(hours=3))
    SessionFactory(seen_agent=cedar, conversation_id="b", timestamp=NOON + timedelta(hours=1), **other)
    SessionFactory(seen_agent=lake, conversation_id=None)
    values = {"timestamp": NOON.isoformat(), "agent_id": "23", "agent_name": "lakes", "prompt_name": "LAKE", "is_legacy": "false"} | {
        name: str(value) for name, value in {**first, **model}.items() if name in ("agent_type", "prompt_id", "llm_provider", "llm_model", "llm_version")
    }

    listed = sdk.conversations.list()

    assert [(one.conversation_id, one.timestamp, one.agent_name) for one in listed.items] == [
        ("b", NOON + timedelta(hours=1), "Cedar"), ("a", NOON, "Lakeside"),
    ]  # fmt: skip
    assert (listed.items[1].llm_temperature, listed.items[1].llm_seed, listed.total_count) == (0.5, 7, 2)
    for field in ConversationProperties:
        found = sdk.conversations.list(search_fields=[field], search_field_values=[values[field.value]])
        assert (field, [one.conversation_id for one in found.items]) == (field, ["a"])
        for direction in OrderByDirection:
            told = [getattr(one, field.value) for one in sdk.conversations.list(order_by=field, order_by_direction=direction).items]
            assert (field, told) == (field, sorted(told, reverse=direction == "desc"))
    assert sdk.conversations.list(fields=["agent_name"], limit=1, page=1).items[0].agent_name == "Lakeside"
    assert [one.conversation_id for one in sdk.conversations.list(end_datetime=NOON.isoformat()).items] == ["a"]
