"""A session's timeline: turns, tool calls and silences in one order, on the session's own clock."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sessions_app import signals
from sessions_app.codes import Channel, EndedBy
from sessions_app.identifiers import HidesKey, hide_turns
from sessions_app.models import Session, Transcript
from sessions_app.queries.payloads import PAYLOADS, read_payload
from sessions_app.queries.secret_values import hide_secrets, hides_none
from sessions_app.queries.timeline_events import Moment, Silence, ToolCall, Turn, clock, seconds_of
from sessions_app.signals import Gap

STAGES = {"stt": "STT", "llm": _("Model"), "tts": "TTS", "tool": _("Tools"), "http": "HTTP"}
STAGE_WORDS = {"stt": _("speech to text"), "llm": _("model"), "tts": _("speech"), "tool": _("tools"), "http": _("requests")}
# Whole sentences, for languages with another order: whether it reached voicemail, whether it is known to whom, and when.
ENDINGS = {
    (False, False, False): _("Transferred"),
    (False, False, True): _("Transferred at %(at)s"),
    (False, True, False): _("Transferred to %(to)s"),
    (False, True, True): _("Transferred to %(to)s at %(at)s"),
    (True, False, False): _("Transferred and reached voicemail"),
    (True, False, True): _("Transferred and reached voicemail at %(at)s"),
    (True, True, False): _("Transferred to %(to)s and reached voicemail"),
    (True, True, True): _("Transferred to %(to)s and reached voicemail at %(at)s"),
}
# Where a line has to do; the whole of it stands at the tool call itself.
LONGEST_LINE = 120

Hide = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Timeline:
    """`name` stands before each anchor where a page shows several."""

    name: str
    session: int
    revision: int
    events: list[Turn | ToolCall | Silence]
    moments: list[Moment]
    stages: list[tuple[str, int]]
    reply_p50_ms: int | None
    reply_p95_ms: int | None
    ending: str
    problems: int
    tools: int


def get_timeline(
    session: Session,
    transcript: Transcript,
    *,
    hide: Hide = str,
    hides_key: HidesKey = hides_none,
    measured: Sequence[Gap] | None = None,
    name: str = "",
) -> Timeline:
    """This will merge what was said and done. Zero is the session's start, or its first turn where that came earlier.

    `hide` is what the viewer's mask makes of a text, `hides_key` says under which keys of a tool it hides a value.
    `measured` are the gaps in a recording, on the session's own clock; without them silences are estimated.
    """
    zero = zero_of(session, transcript)
    prefix = f"{name}-" if name else ""
    replies = {reply.turn: reply for reply in signals.reply_times(transcript.turns, transcript.latencies)}
    turns = _turns(transcript, signals.starts_ms(transcript.turns, zero), replies, hide, prefix)
    tools = [
        _tool(number, item, at, hide, hides_key, prefix)
        for number, (item, at) in enumerate(zip(transcript.tools, signals.starts_ms(transcript.tools, zero), strict=True), 1)
    ]
    silences = _silences(session, transcript, turns, measured, prefix)
    rank = {"turn": 0, "tool": 1, "silence": 2}
    events: list[Turn | ToolCall | Silence] = sorted([*turns, *tools, *silences], key=lambda event: (event.at_ms, rank[event.kind]))
    waits = sorted(reply.ms for reply in replies.values())
    return Timeline(
        name=name,
        session=session.pk,
        revision=transcript.revision,
        events=events,
        moments=_moments(session, turns, tools, silences),
        stages=_stages(replies),
        reply_p50_ms=waits[(len(waits) - 1) // 2] if waits else None,
        reply_p95_ms=session.reply_p95_ms,
        ending=_ending(session, transcript, hide),
        problems=len(silences) + sum(turn.is_slow for turn in turns) + sum(bool(tool.error) for tool in tools),
        tools=len(tools),
    )


def zero_of(session: Session, transcript: Transcript) -> datetime:
    """This will be when the session's own clock begins: an agent may speak before the record says so."""
    if not transcript.turns:
        return session.timestamp
    return min(session.timestamp, datetime.fromisoformat(transcript.turns[0]["timestamp"]))


def _turns(transcript: Transcript, starts: Iterable[int], replies: Mapping[int, signals.Reply], hide: Hide, prefix: str) -> list[Turn]:
    turns = []
    language = ""
    slow, noticeable = settings.SLOW_REPLY_MS, settings.NOTICEABLE_REPLY_MS
    texts = hide_turns((item["text"] for item in transcript.turns), hide)
    for index, (item, at_ms) in enumerate(zip(transcript.turns, starts, strict=True)):
        spoken = str(item.get("lang") or "")
        spoken = "" if spoken == "unset" else spoken
        reply = replies.get(index)
        turns.append(
            Turn(
                number=index + 1,
                anchor=f"{prefix}turn-{index + 1}",
                uid=str(item["uid"]),
                at_ms=at_ms,
                speaker="agent" if item.get("source") == "agent" else "caller",
                text=texts[index],
                language=spoken,
                language_changes=bool(language and spoken and spoken.split("-")[0] != language.split("-")[0]),
                reply=reply,
                wait=seconds_of(reply.ms) if reply else "",
                level="" if reply is None or reply.ms < noticeable else "slow" if reply.ms >= slow else "noticeable",
                stages=_stage_words(reply) if reply else "",
            )
        )
        language = spoken or language
    return turns


def _stage_words(reply: signals.Reply) -> str:
    """Speech to text 0.3 s, model 3.2 s, speech 0.7 s"""
    words = ", ".join(f"{STAGE_WORDS[stage]} {seconds_of(ms)} s" for stage, ms in reply.stages.items() if stage in STAGE_WORDS)
    return words[:1].upper() + words[1:]


def _tool(number: int, item: Mapping[str, Any], at_ms: int, hide: Hide, hides_key: HidesKey, prefix: str) -> ToolCall:
    duration = item.get("duration_ms")
    payloads = [read_payload(name, item.get(key), hide=hide, hides_key=hides_key) for name, key in PAYLOADS.items()]
    return ToolCall(
        number=number,
        anchor=f"{prefix}tool-{number}",
        uid=str(item["uid"]),
        at_ms=at_ms,
        name=str(item.get("tool_name") or "tool"),
        error=_line(item.get("tool_error"), hide, hides_key),
        payloads=[payload for payload in payloads if payload],
        duration="" if not isinstance(duration, (int, float)) else f"{round(duration)} ms" if duration < 1000 else f"{seconds_of(duration)} s",
    )


def _line(value: object, hide: Hide, hides_key: HidesKey) -> str:
    """The beginning of a text, on one line."""
    words = hide(hide_secrets(str(value or "")[: LONGEST_LINE * 10], hides_key=hides_key))
    return " ".join(words.split())[:LONGEST_LINE]


def _silences(session: Session, transcript: Transcript, turns: Sequence[Turn], measured: Sequence[Gap] | None, prefix: str) -> list[Silence]:
    """Estimated gaps are told from the first turn on, measured ones from zero."""
    if measured is not None:
        found = [(gap.from_ms, gap.ms) for gap in measured if gap.ms >= signals.SILENCE_MS]
    else:
        first = turns[0].at_ms if turns else 0
        found = [(first + gap.from_ms, gap.ms) for gap in signals.silences(session.channel, transcript.turns)]
    return [
        Silence(number=number, anchor=f"{prefix}silence-{number}", at_ms=at_ms, ms=ms, is_measured=measured is not None)
        for number, (at_ms, ms) in enumerate(found, 1)
    ]


def _moments(session: Session, turns: Sequence[Turn], tools: Sequence[ToolCall], silences: Sequence[Silence]) -> list[Moment]:
    found = [Moment(turn.at_ms, "clock", gettext("Slow reply %(seconds)s s") % {"seconds": turn.wait}, "ok", turn.anchor) for turn in turns if turn.is_slow]
    found += [Moment(tool.at_ms, "tool", f"{tool.name[:LONGEST_LINE]}: {tool.error}", "bad", tool.anchor) for tool in tools if tool.error]
    found += [Moment(silence.at_ms, "gap", silence.words[:1].upper() + silence.words[1:], "ok", silence.anchor) for silence in silences]
    if session.channel == Channel.VOICE and session.ended_by in (EndedBy.TRANSFER, EndedBy.VOICEMAIL) and turns:
        found.append(Moment(turns[-1].at_ms, "phone", str(EndedBy(session.ended_by).label), "", turns[-1].anchor))
    return sorted(found, key=lambda moment: moment.at_ms)


def _stages(replies: Mapping[int, signals.Reply]) -> list[tuple[str, int]]:
    """The mean wait by stage, over replies that were measured."""
    sums: dict[str, int] = {}
    for reply in replies.values():
        for stage, ms in reply.stages.items():
            sums[stage] = sums.get(stage, 0) + ms
    return [(str(words), sums[stage] // len(replies)) for stage, words in STAGES.items() if stage in sums]


def _ending(session: Session, transcript: Transcript, hide: Hide) -> str:
    """Transferred to front desk at 2:17; "" where nobody knows how it ended."""
    if not session.ended_by:
        return ""
    if session.ended_by == EndedBy.CALLER:
        return gettext("Ended by the caller")
    if session.ended_by == EndedBy.AGENT:
        return gettext("Ended by the agent")
    said = {"to": hide(_transfer_target(transcript)), "at": clock(round(session.duration * 1000)) if session.duration else ""}
    return str(ENDINGS[session.ended_by == EndedBy.VOICEMAIL, bool(said["to"]), bool(said["at"])]) % said


def _transfer_target(transcript: Transcript) -> str:
    """Whom the last transfer went to, as a person would say it: front desk."""
    for tool in reversed(transcript.tools):
        if tool.get("tool_name") in signals.TRANSFER_TOOLS and not signals.is_tool_error(tool):
            return signals.transfer_target(tool)
    return ""
