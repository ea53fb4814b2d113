"""The lines of the session list: what each cell says, already masked, gated and in the viewer's time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from labeling.clock import Shown, show
from labeling.masking import mask
from labeling.models import User
from labeling.models.names import initials_of
from labeling.policies import judgments_shown
from labeling.queries.session_rows import get_issue_names, get_raters
from labeling.queries.snippets import Snippet, get_snippets
from sessions_app.codes import Channel, EndedBy
from sessions_app.models import Session, SessionQuerySet
from sessions_app.queries.search_text import Asked
from sessions_app.signals import LONG_SILENCE_MS, SLOW_REPLY_MS

# From here on an agent's name is cut, and shown whole on hover.
LONG_NAME = 36
MOST_FACES = 2
CHANNEL_ICONS: dict[str, str] = {Channel.VOICE: "phone", Channel.SMS: "sms", Channel.CHAT: "chat"}

# Whole words, for languages that say them in another order.
CHANNELS: dict[tuple[str, bool | None], Any] = {
    (Channel.VOICE, False): gettext_lazy("Voice in"),
    (Channel.VOICE, True): gettext_lazy("Voice out"),
    (Channel.CHAT, False): gettext_lazy("Chat in"),
    (Channel.CHAT, True): gettext_lazy("Chat out"),
    (Channel.SMS, False): gettext_lazy("SMS in"),
    (Channel.SMS, True): gettext_lazy("SMS out"),
    (Channel.OTHER, False): gettext_lazy("Other in"),
    (Channel.OTHER, True): gettext_lazy("Other out"),
}


@dataclass(frozen=True, slots=True)
class Signal:
    """Something out of bounds. `level` is "bad" or "ok", the color of its icon."""

    icon: str
    words: str
    level: str = "ok"


@dataclass(slots=True)
class SessionLine:
    """Words rather than values: a page has fifty of these, and what is written here the template need not work out."""

    pk: int
    # Where numbers are written with separators, this one is not.
    number: str
    started: Shown
    agent: str
    version: str
    channel: str
    channel_words: str
    caller: str
    length: str
    signals: list[Signal]
    is_open: bool
    auto_code: str | None
    label_code: str | None
    label_note: str
    issues: list[str]
    # Name and address of each.
    raters: list[tuple[str, str]]
    is_test: bool
    snippet: Snippet
    # As its day has it, see `by_day`: a clock, or a date with it; and its zone where the day has several.
    when: str = ""
    own_zone: str = ""

    @property
    def content(self) -> tuple[Any, ...]:
        """All that is drawn of a line without a snippet: what is the same here looks the same."""
        what = (self.number, self.started, self.when, self.own_zone, self.agent, self.version, self.channel, self.channel_words, self.caller, self.length)
        judged = (self.is_open, self.auto_code, self.label_code, self.label_note, self.is_test, self.more_raters)
        return (*what, *judged, *self.issues, None, *self.signals, None, *self.faces)

    @property
    def zone(self) -> str:
        return self.started.zone

    @property
    def brief(self) -> str:
        """What a narrow screen has of the cells it leaves out."""
        return " · ".join(filter(None, (f"{self.when} {self.own_zone}".rstrip(), self.length, self.channel_words)))

    @property
    def has_long_name(self) -> bool:
        return len(self.agent) > LONG_NAME

    @property
    def all_issues(self) -> str:
        return ", ".join(self.issues)

    @property
    def more_issues(self) -> int:
        return len(self.issues) - 1

    @property
    def faces(self) -> list[tuple[str, str]]:
        """The name and the initials of the first raters."""
        return [(name or email, initials_of(name, email)) for name, email in self.raters[:MOST_FACES]]

    @property
    def more_raters(self) -> int:
        return max(len(self.raters) - MOST_FACES, 0)

    @property
    def first_signals(self) -> list[Signal]:
        return self.signals[:2]

    @property
    def more_signals(self) -> int:
        return max(len(self.signals) - 2, 0)

    @property
    def all_signals(self) -> str:
        return ", ".join(signal.words for signal in self.signals)

    @property
    def channel_icon(self) -> str:
        return CHANNEL_ICONS.get(self.channel, "dots")


@dataclass(slots=True)
class Day:
    """The lines of one day. `zone` is that of all of them, or "" where agents of several zones mix: then each line says its own."""

    title: str
    lines: list[SessionLine] = field(default_factory=list)
    zone: str = ""


def with_lines(sessions: SessionQuerySet) -> SessionQuerySet:
    return sessions.select_related("seen_agent", "seen_prompt")


def get_session_lines(sessions: Sequence[Session], *, viewer: User, asked: Asked | None = None) -> list[SessionLine]:
    """This will turn one page of sessions into lines, with the same few queries however many there are, and more where words were searched for."""
    snippets = get_snippets(sessions, asked=asked, viewer=viewer) if asked else {}
    # Only what a person labeled has issues and reviewers.
    labeled = [session.pk for session in sessions if session.label_code is not None]
    issues, raters = get_issue_names(labeled), get_raters(labeled)
    opened = judgments_shown(viewer, [session.pk for session in sessions])
    return [
        _line(
            session,
            viewer,
            issues.get(session.pk, []),
            raters.get(session.pk, []),
            snippets.get(session.pk, []),
            is_open=opened is None or session.pk in opened,
        )
        for session in sessions
    ]


def by_day(lines: Sequence[SessionLine], *, by_time: bool = True) -> list[Day]:
    """This will group lines under their day, in the order they come; lines in another order than time stay together."""
    days: list[Day] = []
    for (on, pattern), together in groupby(lines, key=_date_and_pattern if by_time else lambda line: (None, "")):
        day = Day(title=date_format(on, pattern) if on else "", lines=list(together))
        zones = {line.zone for line in day.lines}
        day.zone = zones.pop() if len(zones) == 1 else ""
        for line in day.lines:
            line.when = line.started.clock if on else line.started.date_and_clock
            line.own_zone = "" if day.zone else line.zone
        days.append(day)
    return days


def _date_and_pattern(line: SessionLine) -> tuple[date, str]:
    """Its year only where that is another one than now, there."""
    moment = line.started.at
    return moment.date(), "l, F j" if moment.year == moment.now(moment.tzinfo).year else "l, F j, Y"


def _line(session: Session, viewer: User, issues: list[str], raters: list[tuple[str, str]], snippet: Snippet, *, is_open: bool) -> SessionLine:
    return SessionLine(
        pk=session.pk,
        number=str(session.pk),
        started=show(session.timestamp, agent_zone=session.agent_timezone, viewer=viewer),
        agent=session.agent_name or _("No agent"),
        version=session.seen_prompt.version_label if session.seen_prompt else "",
        channel=session.channel,
        channel_words=channel_words(session),
        caller=mask(session.source, viewer),
        length=length_of(session.duration),
        signals=signals_of(session),
        is_open=is_open,
        auto_code=session.auto_code if is_open else None,
        label_code=session.label_code if is_open else None,
        label_note=label_note(session) if is_open else "",
        issues=issues if is_open else [],
        raters=raters if is_open else [],
        is_test=bool(session.is_test),
        snippet=snippet,
    )


def channel_words(session: Session) -> str:
    """This will say the channel, and which way it went where the source says that."""
    return str(CHANNELS.get((session.channel, session.is_outbound)) or Channel(session.channel).label)


def length_of(seconds: float | None) -> str:
    """This will write a duration as minutes and seconds; a chat has none."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def seconds_words(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.1f} s"


def signals_of(session: Session) -> list[Signal]:
    """This will name what is out of bounds, so that a clean session has an empty cell."""
    found = []
    if session.tool_errors:
        found.append(Signal("tool", ngettext("%(n)d tool error", "%(n)d tool errors", session.tool_errors) % {"n": session.tool_errors}, "bad"))
    if session.longest_silence_ms and session.longest_silence_ms >= LONG_SILENCE_MS:
        found.append(Signal("gap", _("about %(seconds)s s silence") % {"seconds": round(session.longest_silence_ms / 1000)}))
    if session.reply_p95_ms and session.reply_p95_ms >= SLOW_REPLY_MS:
        found.append(Signal("clock", _("slow reply %(seconds)s") % {"seconds": seconds_words(session.reply_p95_ms)}))
    if session.ended_by in (EndedBy.TRANSFER, EndedBy.VOICEMAIL):
        found.append(Signal("phone", str(EndedBy(session.ended_by).label), ""))
    return found


def label_note(session: Session) -> str:
    """This will say how the session label came about where it is not simply one person's."""
    if session.label_is_settled:
        return _("settled, new label since") if session.label_new_since else _("settled")
    if session.label_code and session.label_raters > 1 and session.label_agreeing < session.label_raters and session.label_code != "DISPUTED":
        return _("majority %(part)d of %(whole)d") % {"part": session.label_agreeing, "whole": session.label_raters}
    if session.label_code == "DISPUTED":
        return ngettext("%(n)d label", "%(n)d labels", session.label_raters) % {"n": session.label_raters}
    return ""
