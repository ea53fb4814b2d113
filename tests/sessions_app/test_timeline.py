"""A timeline: what was said and done in one order, how long the caller waited, and what nobody said."""

from datetime import timedelta

import pytest

from sessions_app.queries.timeline import get_timeline
from sessions_app.queries.timeline_events import Silence, ToolCall, Turn
from sessions_app.signals import Gap
from tests.factories import NOON, SessionFactory, TranscriptFactory

pytestmark = pytest.mark.django_db


def at(seconds):
    return (NOON + timedelta(seconds=seconds)).isoformat()


def turn(seconds, source="user", text="Yes.", lang="en-US"):
    return {"uid": f"t{seconds}", "timestamp": at(seconds), "source": source, "text": text, "lang": lang}


def tool(seconds, **more):
    return {"uid": f"x{seconds}", "timestamp": at(seconds), "tool_name": "find_patient", **more}


def waited(seconds, category, ms):
    return {"timestamp": at(seconds), "category": category, "value": ms}


def timeline_of(*turns, tools=(), latencies=(), hide=str, measured=None, name="", **session):
    row = SessionFactory(timestamp=NOON, transcript_state="held", **session)
    transcript = TranscriptFactory(session=row, turns=list(turns), tools=list(tools), latencies=list(latencies))
    return get_timeline(row, transcript, hide=hide, measured=measured, name=name)


def test_everything_stands_where_it_happened():
    timeline = timeline_of(turn(0, "agent"), turn(2), turn(4, "agent"), tools=[tool(3)])

    assert [(event.kind, event.at_ms, event.anchor) for event in timeline.events] == [
        ("turn", 0, "turn-1"),
        ("turn", 2000, "turn-2"),
        ("tool", 3000, "tool-1"),
        ("turn", 4000, "turn-3"),
    ]


def test_on_a_page_of_several_each_anchor_begins_with_the_name_of_its_timeline():
    timeline = timeline_of(turn(0), turn(20), tools=[tool(1)], name="s7")

    assert [event.anchor for event in timeline.events] == ["s7-turn-1", "s7-silence-1", "s7-tool-1", "s7-turn-2"]


@pytest.mark.parametrize(("ms", "level"), [(1999, ""), (2000, "noticeable"), (3999, "noticeable"), (4000, "slow")])
def test_a_reply_is_noticeable_from_two_seconds_and_slow_from_four(ms, level):
    timeline = timeline_of(turn(0), turn(6, "agent"), latencies=[waited(1, "llm", ms)])

    assert timeline.events[-1].level == level


def test_the_thresholds_are_settings(settings):
    settings.NOTICEABLE_REPLY_MS, settings.SLOW_REPLY_MS = 500, 900

    timeline = timeline_of(turn(0), turn(2, "agent"), latencies=[waited(1, "llm", 901)])

    assert timeline.events[-1].is_slow
    assert [moment.words for moment in timeline.moments] == ["Slow reply 0.9 s"]


def test_a_reply_says_what_the_caller_waited_for():
    events = [waited(1, "stt", 300), waited(2, "llm", 3200), waited(3, "tts", 700)]

    timeline = timeline_of(turn(0), turn(5, "agent"), latencies=events)

    assert timeline.events[-1].stages == "Speech to text 0.3 s, model 3.2 s, speech 0.7 s"


def test_a_silence_is_estimated_from_three_seconds_on_and_says_so():
    timeline = timeline_of(turn(0), turn(3, "agent"), turn(10))

    silences = [event for event in timeline.events if isinstance(event, Silence)]
    assert [(one.words, one.at_ms, one.until_ms) for one in silences] == [("about 6 s silence", 3600, 10_000)]


def test_a_measured_silence_drops_about_and_takes_the_place_of_the_estimates():
    timeline = timeline_of(
        turn(0), turn(10, "agent"), measured=[Gap(after_turn=0, from_ms=2000, until_ms=8400), Gap(after_turn=0, from_ms=8500, until_ms=9000)]
    )

    silences = [event for event in timeline.events if isinstance(event, Silence)]
    assert [(one.words, one.at_ms, one.until_ms) for one in silences] == [("6.4 s silence", 2000, 8400)]
    assert [moment.words for moment in timeline.moments] == ["6.4 s silence"]


def test_a_recording_without_silences_leaves_none():
    assert timeline_of(turn(0), turn(20), measured=[]).problems == 0


def test_a_pause_in_a_chat_is_no_silence():
    assert timeline_of(turn(0), turn(60), channel="chat").problems == 0


def test_problems_are_errors_slow_replies_and_silences():
    timeline = timeline_of(turn(0), turn(6, "agent"), turn(6.7), tools=[tool(1, tool_error="504"), tool(2)], latencies=[waited(1, "llm", 5000)])

    assert (timeline.problems, timeline.tools) == (3, 2)
    assert [moment.icon for moment in timeline.moments] == ["gap", "tool", "clock"]


def test_the_language_is_told_where_it_changes():
    timeline = timeline_of(turn(0), turn(1, lang="en-GB"), turn(2, lang="es-US"), turn(3, lang="unset"), turn(4, lang="es-MX"))

    assert [event.language_changes for event in timeline.events if isinstance(event, Turn)] == [False, False, True, False, False]


@pytest.mark.parametrize(
    ("given", "tools", "words"),
    [
        ({"ended_by": "caller"}, [], "Ended by the caller"),
        ({"ended_by": "agent"}, [], "Ended by the agent"),
        ({"ended_by": ""}, [], ""),
        (
            {"ended_by": "transfer", "duration": 137.4},
            [tool(3, tool_name="transfer_call", tool_request='{"target": "front_desk"}')],
            "Transferred to front desk at 2:17",
        ),
        ({"ended_by": "transfer", "duration": None}, [tool(3, tool_name="transfer_call", tool_request={"to": 5})], "Transferred"),
        (
            {"ended_by": "voicemail", "duration": 61},
            [tool(3, tool_name="transfer", tool_request='{"department": "billing"}')],
            "Transferred to billing and reached voicemail at 1:01",
        ),
        ({"ended_by": "transfer"}, [tool(3, tool_name="transfer_call", tool_request="[[[")], "Transferred at 2:18"),
    ],
)
def test_the_last_line_says_how_it_ended(given, tools, words):
    assert timeline_of(turn(0), tools=tools, **given).ending == words


def test_everything_that_is_shown_passes_the_mask():
    tools = [
        tool(1, tool_request="tell secretly", tool_result={"a": "secretly"}, tool_error="secretly failed"),
        tool(2, tool_name="transfer_call", tool_request='{"target": "secretly"}'),
    ]

    timeline = timeline_of(turn(0, text="secretly said"), tools=tools, ended_by="transfer", hide=lambda text: text.replace("secretly", "•"))

    assert "secretly" not in repr(timeline)


def test_a_payload_over_two_kilobytes_is_left_for_later():
    large = tool(1, tool_request={"a": 1}, tool_result={"rows": ["x" * 100] * 30}, tool_error="e" * 2001)

    call = next(event for event in timeline_of(turn(0), tools=[large]).events if isinstance(event, ToolCall))

    assert [(one.name, one.parts is None, one.kilobytes) for one in call.payloads] == [("request", False, 1), ("error", True, 2), ("result", True, 3)]


def test_the_line_of_an_error_is_short_however_long_the_error():
    call = next(event for event in timeline_of(turn(0), tools=[tool(1, tool_error="e\n" * 500_000)]).events if isinstance(event, ToolCall))

    assert len(call.error) <= 120
    assert "\n" not in call.error
