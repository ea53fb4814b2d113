"""What is out of bounds in a session: tool errors, silences, slow replies. Pure functions over a transcript.

Transcripts carry the start of each turn only. The end of a turn is estimated from its words, so a silence is an
estimate too, and pages say "about".
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sessions_app.codes import Channel
from sessions_app.records import read_nested

SILENCE_MS = 3_000
# From here on the list names a silence.
LONG_SILENCE_MS = 5_000
SLOW_REPLY_MS = 4_000
# About 160 words a minute, the pace of calm speech; a word of five letters and a space.
MS_PER_CHARACTER = 62
SHORTEST_TURN_MS = 600
# What an integer column holds; a wait of 24 days is a fault of the source, not a signal.
LONGEST_MS = 2**31 - 1
IN_MS = {"minutes": 60_000.0, "seconds": 1_000.0, "milliseconds": 1.0, "microseconds": 0.001, "nanoseconds": 0.000_001}
TRANSFER_TOOLS = ("transfer_call", "transfer")


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which nobody spoke, after the turn with this index."""

    after_turn: int
    from_ms: int
    until_ms: int

    @property
    def ms(self) -> int:
        return self.until_ms - self.from_ms


@dataclass(frozen=True, slots=True)
class Reply:
    """What the caller waited for the agent turn with this index, by stage."""

    turn: int
    stages: dict[str, int]

    @property
    def ms(self) -> int:
        return sum(self.stages.values())


@dataclass(frozen=True, slots=True)
class Signals:
    turns: int
    tool_calls: int
    tool_errors: int
    longest_silence_ms: int
    slow_replies: int
    reply_p95_ms: int | None
    transferred: bool


def read_signals(*, channel: str, turns: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]], latencies: Sequence[Mapping[str, Any]]) -> Signals:
    """This will work out the signals of one transcript."""
    replies = reply_times(turns, latencies)
    waits = sorted(reply.ms for reply in replies)
    return Signals(
        turns=len(turns),
        tool_calls=len(tools),
        tool_errors=sum(1 for tool in tools if is_tool_error(tool)),
        longest_silence_ms=min(max((gap.ms for gap in silences(channel, turns, shortest_ms=0)), default=0), LONGEST_MS),
        slow_replies=sum(1 for wait in waits if wait >= SLOW_REPLY_MS),
        reply_p95_ms=min(waits[math.ceil(0.95 * len(waits)) - 1], LONGEST_MS) if waits else None,
        transferred=any(tool.get("tool_name") in TRANSFER_TOOLS and not is_tool_error(tool) for tool in tools),
    )


def is_tool_error(tool: Mapping[str, Any]) -> bool:
    return bool(tool.get("tool_error"))


def transfer_target(tool: Mapping[str, Any]) -> str:
    """This will name whom a call was handed to, in words: front desk. "" where the call of the tool does not say."""
    request = tool.get("tool_request")
    if isinstance(request, str):
        try:
            request = read_nested(request)
        except (ValueError, RecursionError):
            return ""
    named = [request.get(key) for key in ("target", "destination", "to", "department")] if isinstance(request, Mapping) else []
    words = next((name for name in named if isinstance(name, str) and name), "")
    return " ".join(words.replace("_", " ").split())[:80]


def starts_ms(items: Sequence[Mapping[str, Any]], zero: datetime) -> list[int]:
    """This will place each item on the session's own clock."""
    read = datetime.fromisoformat
    return [round((read(item["timestamp"]) - zero).total_seconds() * 1000) for item in items]


def silences(channel: str, turns: Sequence[Mapping[str, Any]], *, shortest_ms: int = SILENCE_MS) -> list[Gap]:
    """This will find the gaps in speech. A pause in a chat is somebody typing, not a silence."""
    if channel != Channel.VOICE or not turns:
        return []
    starts = starts_ms(turns, datetime.fromisoformat(turns[0]["timestamp"]))
    gaps = []
    for index, (start, following) in enumerate(pairwise(starts)):
        end = start + max(SHORTEST_TURN_MS, len(turns[index]["text"]) * MS_PER_CHARACTER)
        if following - end >= max(shortest_ms, 1):
            gaps.append(Gap(after_turn=index, from_ms=end, until_ms=following))
    return gaps


def reply_times(turns: Sequence[Mapping[str, Any]], latencies: Sequence[Mapping[str, Any]]) -> list[Reply]:
    """This will sum the latency events between a caller's turn and the agent's next one. Only measured replies count."""
    read = datetime.fromisoformat
    moments = [read(turn["timestamp"]) for turn in turns]
    speakers = [turn.get("source") for turn in turns]
    stages: dict[int, dict[str, int]] = {}
    index, following = -1, 0
    for event in latencies:
        moment = read(event["timestamp"])
        while following < len(moments) and moments[following] <= moment:
            index, following = following, following + 1
        value = event.get("value")
        unit = event.get("unit_type") or "milliseconds"
        if index < 0 or speakers[index] != "user" or not isinstance(value, (int, float)) or not isinstance(unit, str) or unit not in IN_MS:
            continue
        ms = value * IN_MS[unit]
        if not 0 <= ms < float("inf"):
            continue
        stage = stages.setdefault(index, {})
        category = str(event.get("category", ""))
        stage[category] = stage.get(category, 0) + round(ms)
    return [
        Reply(turn=caller + 1, stages=stage)
        for caller, stage in sorted(stages.items())
        if caller + 1 < len(turns) and turns[caller + 1].get("source") == "agent"
    ]
