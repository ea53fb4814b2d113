"""The recordings of a session, and the tape that is drawn of it before and after one is held."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from sessions_app import signals
from sessions_app.codes import Channel, RecordingState, TranscriptState
from sessions_app.models import Recording, Session, Transcript
from sessions_app.queries.timeline import zero_of
from sessions_app.scope import Scope
from sessions_app.signals import Gap
from sessions_app.spans import Heard, Span, silences_between, with_measured

# The drawing's height, and the upper edge and height of each lane in it.
HEIGHT = 46
LANES = {"agent": "6", "caller": "26"}
# Hatching that looks the same on a short and on a long tape.
STRIPES = 92
SHORTEST_BAR = 0.003


@dataclass(frozen=True, slots=True)
class Said:
    """One turn on the session's own clock; its end is estimated from its words."""

    speaker: str
    from_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Talk:
    turns: list[Said]
    length_ms: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A drawn stretch, in seconds. What was not measured is drawn lighter."""

    x: str
    width: str
    y: str = "0"
    kind: str = "g"
    is_measured: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    x: str
    is_error: bool


@dataclass(frozen=True, slots=True)
class Tape:
    seconds: str
    stripe: str
    stroke: str
    gaps: list[Bar]
    bars: list[Bar]
    ticks: list[Tick]


@dataclass(frozen=True, slots=True)
class Recordings:
    """What a page says of a session's recordings. `state` is ready, failed, gone or, where there are none, nothing.

    `measured` are the silences in them, on the session's own clock; None while any of it was not measured.
    """

    session_pk: int
    parts: list[Recording]
    length_ms: int = 0
    tape: Tape | None = None
    measured: list[Gap] | None = None

    @property
    def state(self) -> str:
        states = {part.state for part in self.parts}
        if states & {RecordingState.HELD, RecordingState.PENDING}:
            return "ready"
        return "failed" if RecordingState.FAILED in states else "gone" if states else ""

    @property
    def minutes(self) -> int:
        return round(self.length_ms / 1000) // 60

    @property
    def rest(self) -> str:
        """The seconds beyond the whole minutes."""
        return f"{round(self.length_ms / 1000) % 60:02}"

    @property
    def seconds(self) -> str:
        return f"{self.length_ms / 1000:.1f}"


def recordings_in(scope: Scope) -> QuerySet[Recording]:
    """This will be the recordings that may be heard: of the agents in scope, and of no session whose words were erased."""
    return Recording.objects.filter(session__in=Session.objects.visible_to(scope)).exclude(session__transcript_state=TranscriptState.ERASED)


def get_recordings(session: Session, transcript: Transcript | None) -> Recordings | None:
    """This will gather the recordings of a session and draw its tape; None where sessions of this kind have no recording."""
    if session.channel != Channel.VOICE:
        return None
    is_erased = session.transcript_state == TranscriptState.ERASED
    parts = [] if is_erased else list(Recording.objects.filter(session=session).order_by("place"))
    if not parts:
        return Recordings(session.pk, [])
    talk = get_talk(session, transcript)
    length_ms = max([talk.length_ms, *(part.starts_ms + (part.duration_ms or 0) for part in parts)])
    heard = _heard_in(parts)
    measured = silences_between(heard, [turn.from_ms for turn in talk.turns]) if len(heard) == len(parts) else None
    return Recordings(session.pk, parts, length_ms, _draw(session, transcript, talk, heard, length_ms), measured)


def get_talk(session: Session, transcript: Transcript | None) -> Talk:
    """This will place the turns on the session's own clock, which begins with the session or with its first turn, whichever was earlier."""
    length_ms = round((session.duration or 0) * 1000)
    if transcript is None or not transcript.turns:
        return Talk([], length_ms)
    starts = signals.starts_ms(transcript.turns, zero_of(session, transcript))
    turns = []
    for index, (turn, start) in enumerate(zip(transcript.turns, starts, strict=True)):
        end = start + max(signals.SHORTEST_TURN_MS, len(turn["text"]) * signals.MS_PER_CHARACTER)
        until = min(end, starts[index + 1]) if index + 1 < len(starts) else end
        turns.append(Said("agent" if turn.get("source") == "agent" else "caller", start, max(until, start)))
    return Talk(turns, max([length_ms, *(turn.until_ms for turn in turns)]))


def _heard_in(parts: Iterable[Recording]) -> list[Heard]:
    return [
        Heard(part.starts_ms, part.starts_ms + part.duration_ms, part.agent_spans, part.caller_spans)
        for part in parts
        if part.duration_ms and (part.agent_spans or part.caller_spans)
    ]


def _draw(session: Session, transcript: Transcript | None, talk: Talk, heard: Sequence[Heard], length_ms: int) -> Tape:
    seconds = max(length_ms / 1000, 1)
    shortest = seconds * SHORTEST_BAR
    gaps: list[tuple[Gap, bool]] = []
    tools: list[tuple[int, bool]] = []
    if transcript and transcript.turns:
        first = talk.turns[0].from_ms
        estimated = [Gap(gap.after_turn, first + gap.from_ms, first + gap.until_ms) for gap in signals.silences(session.channel, transcript.turns)]
        gaps = with_measured(estimated, heard, [turn.from_ms for turn in talk.turns])
        starts = signals.starts_ms(transcript.tools, zero_of(session, transcript))
        tools = [(at, signals.is_tool_error(tool)) for at, tool in zip(starts, transcript.tools, strict=True)]
    bars = [_bar(turn.speaker, (turn.from_ms, turn.until_ms), False, shortest) for turn in talk.turns if not _is_covered(turn, heard)]
    for part in heard:
        bars += [_bar("agent", span, True, shortest) for span in part.agent] + [_bar("caller", span, True, shortest) for span in part.caller]
    return Tape(
        seconds=_number(seconds),
        stripe=_number(seconds / STRIPES),
        stroke=_number(seconds / STRIPES / 4),
        gaps=[Bar(x=_number(gap.from_ms / 1000), width=_number(gap.ms / 1000), is_measured=is_measured) for gap, is_measured in gaps],
        bars=bars,
        ticks=[Tick(_number(at / 1000), is_error) for at, is_error in tools],
    )


def _is_covered(turn: Said, heard: Sequence[Heard]) -> bool:
    return any(part.from_ms <= turn.from_ms < part.until_ms for part in heard)


def _bar(speaker: str, span: Span, is_measured: bool, shortest: float) -> Bar:
    width = max((span[1] - span[0]) / 1000, shortest)
    return Bar(x=_number(span[0] / 1000), width=_number(width), y=LANES[speaker], kind=speaker[0], is_measured=is_measured)


def _number(seconds: float) -> str:
    """As SVG reads it: no separators of any language."""
    return f"{seconds:.2f}"
