"""A session's timeline: turns, tool calls and silences in one order, on the session's own clock."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sessions_app import signals
from sessions_app.codes import Channel, EndedBy
from sessions_app.models import Session, Transcript

LARGE_PAYLOAD = 2_000
STAGES = {"stt": "STT", "llm": "Model", "tts": "TTS", "tool": "Tools", "http": "HTTP"}


class Timed:
    """Something at a place on the session's own clock."""

    __slots__ = ()
    at_ms: int

    @property
    def at(self) -> str:
        """The place as people read it: 0:46, or 1:02:03."""
        minutes, seconds = divmod(max(self.at_ms, 0) // 1000, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@dataclass(frozen=True, slots=True)
class Turn(Timed):
    number: int
    uid: str
    at_ms: int
    speaker: str
    text: str
    language: str
    language_changes: bool
    reply: signals.Reply | None
    kind: str = "turn"

    @property
    def is_slow(self) -> bool:
        return bool(self.reply and self.reply.ms >= signals.SLOW_REPLY_MS)

    @property
    def is_noticeable(self) -> bool:
        return bool(self.reply and self.reply.ms >= signals.NOTICEABLE_REPLY_MS)


@dataclass(frozen=True, slots=True)
class ToolCall(Timed):
    number: int
    uid: str
    at_ms: int
    name: str
    request: str
    result: str
    error: str
    duration_ms: int | None
    kind: str = "tool"


@dataclass(frozen=True, slots=True)
class Silence(Timed):
    at_ms: int
    ms: int
    kind: str = "silence"


@dataclass(frozen=True, slots=True)
class Moment(Timed):
    """Something worth jumping to, with the anchor of the turn or tool call it happened at."""

    at_ms: int
    icon: str
    words: str
    level: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Timeline:
    events: list[Turn | ToolCall | Silence]
    moments: list[Moment]
    stages: list[tuple[str, int]]
    reply_p50_ms: int | None
    reply_p95_ms: int | None


def get_timeline(session: Session, transcript: Transcript, *, hide: Callable[[str], str] = str) -> Timeline:
    """This will merge what was said and done. Zero is the session's start, or its first turn where that came earlier.

    `hide` is what the viewer's mask makes of a text.
    """
    zero = _zero(session, transcript)
    replies = {reply.turn: reply for reply in signals.reply_times(transcript.turns, transcript.latencies)}
    starts = signals.starts_ms(transcript.turns, zero)
    turns = _turns(transcript, starts, replies, hide)
    tools = [
        _tool(number, item, at, hide) for number, (item, at) in enumerate(zip(transcript.tools, signals.starts_ms(transcript.tools, zero), strict=True), 1)
    ]
    gaps = signals.silences(session.channel, transcript.turns)
    first = starts[0] if starts else 0
    silences = [Silence(at_ms=first + gap.from_ms, ms=gap.ms) for gap in gaps]
    rank = {"turn": 0, "tool": 1, "silence": 2}
    events: list[Turn | ToolCall | Silence] = sorted([*turns, *tools, *silences], key=lambda event: (event.at_ms, rank[event.kind]))
    waits = sorted(reply.ms for reply in replies.values())
    return Timeline(
        events=events,
        moments=_moments(session, turns, tools, silences, gaps),
        stages=_stages(replies),
        reply_p50_ms=waits[(len(waits) - 1) // 2] if waits else None,
        reply_p95_ms=session.reply_p95_ms,
    )


def _zero(session: Session, transcript: Transcript) -> datetime:
    if not transcript.turns:
        return session.timestamp
    return min(session.timestamp, datetime.fromisoformat(transcript.turns[0]["timestamp"]))


def _turns(transcript: Transcript, starts: list[int], replies: dict[int, signals.Reply], hide: Callable[[str], str]) -> list[Turn]:
    turns = []
    language = ""
    for index, (item, at_ms) in enumerate(zip(transcript.turns, starts, strict=True)):
        spoken = str(item.get("lang") or "")
        spoken = "" if spoken == "unset" else spoken
        turns.append(
            Turn(
                number=index + 1,
                uid=item["uid"],
                at_ms=at_ms,
                speaker="agent" if item.get("source") == "agent" else "caller",
                text=hide(item["text"]),
                language=spoken,
                language_changes=bool(language and spoken and spoken.split("-")[0] != language.split("-")[0]),
                reply=replies.get(index),
            )
        )
        language = spoken or language
    return turns


def _tool(number: int, item: Mapping[str, Any], at_ms: int, hide: Callable[[str], str]) -> ToolCall:
    duration = item.get("duration_ms")
    return ToolCall(
        number=number,
        uid=item["uid"],
        at_ms=at_ms,
        name=str(item.get("tool_name") or "tool"),
        request=hide(_payload(item.get("tool_request"))),
        result=hide(_payload(item.get("tool_result"))),
        error=hide(str(item.get("tool_error") or "")),
        duration_ms=round(duration) if isinstance(duration, (int, float)) else None,
    )


def _payload(value: object) -> str:
    """This will lay out a payload that is JSON, and leave any other as it came."""
    if value is None:
        return ""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return str(value)
    return json.dumps(value, ensure_ascii=False, indent=1) if len(str(value)) > 120 else json.dumps(value, ensure_ascii=False)


def _moments(session: Session, turns: list[Turn], tools: list[ToolCall], silences: list[Silence], gaps: list[signals.Gap]) -> list[Moment]:
    found = [
        Moment(turn.at_ms, "clock", f"slow reply {turn.reply.ms / 1000:.1f} s", "ok", f"turn-{turn.number}") for turn in turns if turn.is_slow and turn.reply
    ]
    found += [Moment(tool.at_ms, "tool", f"{tool.name}: {tool.error}", "bad", f"tool-{tool.number}") for tool in tools if tool.error]
    found += [
        Moment(silence.at_ms, "gap", f"about {round(silence.ms / 1000)} s silence", "ok", f"turn-{gap.after_turn + 2}")
        for silence, gap in zip(silences, gaps, strict=True)
    ]
    if session.channel == Channel.VOICE and session.ended_by in (EndedBy.TRANSFER, EndedBy.VOICEMAIL) and turns:
        found.append(Moment(turns[-1].at_ms, "phone", EndedBy(session.ended_by).label, "", f"turn-{turns[-1].number}"))
    return sorted(found, key=lambda moment: moment.at_ms)


def _stages(replies: Mapping[int, signals.Reply]) -> list[tuple[str, int]]:
    """The mean wait by stage, over replies that were measured."""
    sums: dict[str, int] = {}
    for reply in replies.values():
        for stage, ms in reply.stages.items():
            sums[stage] = sums.get(stage, 0) + ms
    return [(words, sums[stage] // len(replies)) for stage, words in STAGES.items() if stage in sums]
