"""The shapes of the wire: names, types, times and payloads of every generated session."""

import json
import re
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from sessions_app.demo import generate

UNTIL = datetime(2025, 11, 21, 16, 20, tzinfo=UTC)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
FICTIONAL = re.compile(r"\+1\d{3}55501\d\d")
ANY_PHONE = re.compile(r"(?<![\w-])(?:\+?1[-. ]?)?\(?\d{3}\)?[-. ]?\d{3}[-. ]?\d{4}(?![\w-])")
TEXT, WHOLE, NUMBER, FLAG, NOTHING = str, int, float, bool, type(None)
FIELDS = {
    "timestamp": (TEXT,), "session_id": (TEXT,), "conversation_id": (TEXT,), "channel_manager_service": (TEXT,), "channel_manager_type": (TEXT,),
    "channel_manager_sid": (TEXT,), "agent_id": (TEXT,), "agent_name": (TEXT,), "agent_type": (TEXT,), "agent_timezone": (TEXT,), "prompt_id": (TEXT,),
    "prompt_name": (TEXT,), "prompt_version": (TEXT, NOTHING), "prompt_version_number": (WHOLE, NOTHING), "duration": (NUMBER, NOTHING),
    "session_label_id": (NOTHING,), "source": (TEXT,), "target": (TEXT,), "is_legacy": (FLAG,), "is_test": (FLAG,), "is_outbound": (FLAG,),
    "user_terminated": (FLAG, NOTHING), "transfer_voicemail_detected": (FLAG, NOTHING), "override_timestamp": (TEXT, NOTHING),
}  # fmt: skip


@pytest.fixture(scope="module")
def sessions():
    return list(generate(1500, 21, UNTIL))


def at(text):
    assert MOMENT.fullmatch(text)
    return datetime.fromisoformat(text)


def test_a_record_has_the_vendors_names_and_types(sessions):
    for session in sessions:
        assert list(session.record) == list(FIELDS)
        for name, kinds in FIELDS.items():
            assert type(session.record[name]) in kinds, name
        at(session.record["timestamp"])


def test_voice_has_a_length_and_an_end_and_nothing_else_has(sessions):
    for session in sessions:
        record = session.record
        voice = record["channel_manager_type"].startswith("voice")
        assert (record["duration"] is not None) == voice
        assert (record["user_terminated"] is not None) == voice
        assert (record["transfer_voicemail_detected"] is not None) == voice
        assert not (record["user_terminated"] and record["transfer_voicemail_detected"])


def test_a_transferred_session_was_not_ended_by_the_caller(sessions):
    for session in sessions:
        if any(action["tool_name"] == "transfer_call" for action in session.transcript["actions"]):
            assert session.record["user_terminated"] in (False, None)


def test_channels_of_every_kind_appear(sessions):
    kinds = {(session.record["channel_manager_service"], session.record["channel_manager_type"]) for session in sessions}

    assert {
        ("hedy", "voice_sip_v1"),
        ("twilio", "voice_twilio_v1"),
        ("twilio", "sms_twilio_v1"),
        ("webchat", "web_chat_v1"),
        ("console", "web_chat_v1"),
    } == kinds


def test_times_inside_a_session_strictly_increase(sessions):
    for session in sessions:
        moments = sorted(at(entry["timestamp"]) for entry in session.transcript["transcription"] + session.transcript["actions"])
        assert all(earlier < later for earlier, later in pairwise(moments))
        assert at(session.record["timestamp"]) < moments[0]
        if session.record["duration"]:
            assert (moments[-1] - at(session.record["timestamp"])).total_seconds() < session.record["duration"]


def test_turns_and_payloads_can_be_read(sessions):
    for session in sessions:
        expected = int if session.platform == "vendor" else str
        assert type(session.transcript["session_id"]) is expected
        assert str(session.transcript["session_id"]) == session.record["session_id"]
        for turn in session.transcript["transcription"]:
            assert list(turn) == ["timestamp", "source", "text", "lang"]
            assert turn["source"] in ("user", "agent")
            assert turn["lang"] in ("en-US", "es-US", "unset")
            assert turn["text"].strip() == turn["text"] != ""
        for action in session.transcript["actions"]:
            assert type(json.loads(action["tool_request"])) is dict
            assert type(json.loads(action["tool_result"])) is dict
            assert action["tool_error"] is None or type(action["tool_error"]) is str
            assert type(action["duration_ms"]) is float


def test_some_payloads_are_large(sessions):
    sizes = [len(action["tool_result"]) for session in sessions for action in session.transcript["actions"]]

    assert 0 < sum(size > 2000 for size in sizes) < 0.05 * len(sizes)


def test_latencies_fill_the_time_between_the_turns(sessions):
    for session in sessions:
        if session.latency is None:
            continue
        turns = session.transcript["transcription"]
        starts = [at(turn["timestamp"]) for turn in turns if turn["source"] == "agent"]
        for entry in session.latency["timeline"]:
            assert entry["category"] in ("tts", "stt", "llm", "tool", "http")
            assert entry["unit_type"] == "milliseconds"
            assert type(entry["value"]) is float
            assert entry["value"] > 0
            lasted = (at(entry["timestamp"]) - at(entry["measurement_start"])).total_seconds() * 1000
            assert lasted == pytest.approx(entry["value"], abs=0.01)
        spoken = [at(entry["timestamp"]) for entry in session.latency["timeline"] if entry["category"] == "tts"]
        assert all(0 < (start - ready).total_seconds() < 0.05 for start, ready in zip(starts, spoken, strict=False))
        assert sum(total["event_count"] for total in session.latency["summary"]) == len(session.latency["timeline"])


def test_stages_never_overlap(sessions):
    for session in sessions:
        timeline = session.latency["timeline"] if session.latency else []
        assert all(at(earlier["timestamp"]) <= at(later["measurement_start"]) for earlier, later in pairwise(timeline))


def test_a_summary_has_one_to_three_sentences(sessions):
    for session in sessions:
        if session.summary is None:
            assert session.record["is_legacy"]
            continue
        assert 1 <= len(re.findall(r"\.(?= [A-Z]|$)", re.sub(r"Dr\.", "Dr", session.summary["summary"]))) <= 3
        assert session.summary["rating"] in ("Good", "Ok", "Bad", None)
        assert (session.summary["rating"] or "").upper() == (session.auto_code if session.auto_code in ("GOOD", "OK", "BAD") else "")


def test_every_phone_number_is_fictional(sessions):
    for session in sessions:
        texts = [turn["text"] for turn in session.transcript["transcription"]]
        texts += [action[key] for action in session.transcript["actions"] for key in ("tool_request", "tool_result")]
        found = [
            number for text in [session.record["source"], session.summary["summary"] if session.summary else "", *texts] for number in ANY_PHONE.findall(text)
        ]
        assert all(FICTIONAL.fullmatch(number) for number in found), found
        if session.record["channel_manager_type"].startswith(("voice", "sms")):
            assert FICTIONAL.fullmatch(session.record["source"])


def test_every_address_is_an_example(sessions):
    for session in sessions:
        addresses = re.findall(r"[\w.+-]+@[\w.-]+\w", json.dumps([session.record, session.transcript], ensure_ascii=False))
        assert all(address.endswith("@example.com") for address in addresses)


def test_no_text_carries_markup_or_a_shout(sessions):
    for session in sessions:
        texts = [turn["text"] for turn in session.transcript["transcription"]] + [session.truth.comment, (session.summary or {"summary": ""})["summary"]]
        assert not re.search(r"[<>&{}!\x00-\x1f]", " ".join(texts))
