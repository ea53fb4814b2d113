"""Transcripts as the wire has them, whatever their source sent; and bodies that are read strictly."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from sessions_app.api.debug import session_data, tool_result
from sessions_app.api.problems import Unprocessable
from sessions_app.api.rendering import dumps
from sessions_app.api.strict_json import read_json
from sessions_app.api.words import latency, timeline, transcription

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def at(seconds):
    return (NOON + timedelta(seconds=seconds)).isoformat()


def turn(seconds, **more):
    return {"uid": "ours", "timestamp": at(seconds), "source": "agent", "text": "Hello.", **more}


def test_what_a_source_sent_in_another_type_is_told_in_the_wires():
    turns = [turn(0, lang=3, stt_confidence={"provider": "x", "utterance": 0.5}), turn(1, stt_confidence="high", mood="calm")]
    tools = [{"uid": "ours", "timestamp": at(1), "tool_name": "find", "tool_request": {"day": "Tuesday"}, "tool_result": [1], "duration_ms": "12"}]

    told = transcription(7, turns, tools)

    assert told["transcription"][0] == {
        "timestamp": "2026-03-02T12:00:00Z", "source": "agent", "text": "Hello.", "lang": "3", "stt_confidence": {"provider": "x", "utterance": 0.5},
    }  # fmt: skip
    assert "stt_confidence" not in told["transcription"][1]
    assert told["transcription"][1]["mood"] == "calm"
    action = told["actions"][0]
    assert (json.loads(action["tool_request"]), action["tool_result"], action["tool_error"], action["duration_ms"]) == ({"day": "Tuesday"}, "[1]", None, None)
    assert "uid" not in action


def test_a_timeline_of_hours_begins_at_the_first_turn_where_that_came_before_the_session():
    told = timeline(7, NOON, [turn(-5), turn(3_700)], [], [])

    assert told["session_start"] == "2026-03-02T11:59:55Z"
    assert [event["offset"] for event in told["events"]] == ["00:00", "01:01:45"]


def test_a_latency_without_its_beginning_gets_one_and_what_measured_nothing_is_left_out():
    events = [
        {"timestamp": at(2), "category": "llm", "value": 1_500},
        {"timestamp": at(3), "category": "llm", "value": "long"},
        {"timestamp": at(4), "category": "stt", "value": 10**400, "unit_type": "minutes"},
        {"timestamp": at(5), "category": "stt", "value": 1, "unit_type": "moons"},
        {"timestamp": at(6), "category": "stt", "value": 1, "unit_type": ["seconds"]},
        {"timestamp": at(7), "category": "tts", "value": 250, "measurement_start": "0001-01-01T00:00:00+14:00"},
    ]  # fmt: skip

    told = latency(7, NOON, events)

    assert [(entry["label"], entry["measurement_start"], entry["value_str"], entry["time_delta"]) for entry in told["timeline"]] == [
        ("llm", "2026-03-02T12:00:00.500000Z", "1.50 s", "00:02"),
        ("tts", "2026-03-02T12:00:06.750000Z", "250 ms", "00:07"),
    ]
    assert [(entry["event_count"], entry["sum_ms"]) for entry in told["summary"]] == [(1, 1_500), (1, 250)]


def test_tool_calls_stand_with_the_message_before_them_and_payloads_are_what_they_say():
    told = {"session_id": "7", "source": None, "target": None, "is_test": None}
    tools = [
        {"uid": "a", "timestamp": at(-1), "tool_name": None, "tool_request": "not json", "tool_result": '{"n": 1e999}'},
        {"uid": "b", "tool_call_id": "call", "timestamp": at(9), "tool_name": "find", "tool_request": "[" * 5_000, "tool_result": None},
    ]

    data = session_data(told, [turn(0), turn(5, source="user")], tools)

    assert (data["session_id"], data["source"], data["target"], data["is_test"]) == (7, "", "", False)
    assert [[call["tool_call_id"] for call in message["tool_calls"]] for message in data["messages"]] == [["a"], ["call"]]
    assert data["messages"][0]["tool_calls"][0]["tool_result"] == {"n": None}
    assert data["messages"][1]["tool_calls"][0]["tool_arguments"] == "[" * 5_000
    assert tool_result(tools, "call") == {"tool_name": "find", "tool_result": None}
    assert tool_result(tools, "none") is None
    assert session_data(told, [], tools)["messages"][0]["dialog"] == {"text": ""}
    dumps(data)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"a": 1, "a": 2}', "twice"), (b"[NaN]", "finite"), (b"[1e999]", "finite"), (b"[9223372036854775808]", "64 bits"),
        (b"[" + b"9" * 5_000 + b"]", "64 bits"), (b'"\\u0000"', "NUL"), (b'"\\ud800"', "half"), (b'{"\\ud800": 1}', "half"), (b"[" * 100_000, "deeper"),
        (b"[" * 22 + b"]" * 22, "deeper"), (b"\xff", "UTF-8"), (b"\xef\xbb\xbf{}", "not JSON"), (b"", "not JSON"), (b"{]", "not JSON"),
    ],
)  # fmt: skip
def test_a_body_that_could_surprise_is_refused_with_a_sentence_that_quotes_nothing(body, words):
    with pytest.raises(Unprocessable) as caught:
        read_json(body)

    assert caught.value.errors[0]["loc"] == ["body"]
    assert words in caught.value.errors[0]["msg"]


def test_a_plain_body_is_read_as_it_is():
    assert read_json('{"a": [1, 1.5, true, null, "ñ 👩"], "b": {}}'.encode()) == {"a": [1, 1.5, True, None, "ñ 👩"], "b": {}}
    assert read_json(b"[" * 20 + b"]" * 20)
