"""What stands on a timeline: turns, tool calls, silences and moments, each at its place on the session's own clock."""

from dataclasses import dataclass
from functools import lru_cache

from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sessions_app.queries.payloads import Payload
from sessions_app.signals import Reply


class Timed:
    """Something at a place on the session's own clock."""

    __slots__ = ()
    at_ms: int

    @property
    def at(self) -> str:
        return clock(self.at_ms)


@dataclass(frozen=True, slots=True)
class Turn(Timed):
    """`wait` is how many seconds the caller waited, `stages` for what; `level` is "slow" or "noticeable" where that was long."""

    number: int
    anchor: str
    uid: str
    at_ms: int
    speaker: str
    text: str
    language: str
    language_changes: bool
    reply: Reply | None
    wait: str
    level: str
    stages: str
    kind: str = "turn"

    @property
    def is_slow(self) -> bool:
        return self.level == "slow"


@dataclass(frozen=True, slots=True)
class ToolCall(Timed):
    number: int
    anchor: str
    uid: str
    at_ms: int
    name: str
    error: str
    payloads: list[Payload]
    duration: str
    kind: str = "tool"


@dataclass(frozen=True, slots=True)
class Silence(Timed):
    """Measured from a recording, or estimated from the length of the text before it."""

    number: int
    anchor: str
    at_ms: int
    ms: int
    is_measured: bool
    kind: str = "silence"

    @property
    def until_ms(self) -> int:
        return self.at_ms + self.ms

    @property
    def words(self) -> str:
        if self.is_measured:
            return _("%(seconds)s s silence") % {"seconds": seconds_of(self.ms)}
        return _("about %(seconds)s s silence") % {"seconds": round(self.ms / 1000)}


@dataclass(frozen=True, slots=True)
class Moment(Timed):
    """Something worth jumping to, with the anchor of the line it happened at."""

    at_ms: int
    icon: str
    words: str
    level: str
    anchor: str


def clock(milliseconds: int) -> str:
    """This will write a place as people read it: 0:46, or 1:02:03."""
    minutes, seconds = divmod(max(milliseconds, 0) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def seconds_of(milliseconds: float) -> str:
    """This will write a length in seconds as the reader's language does: 3.2."""
    return _tenths(round(milliseconds / 100), get_language())


@lru_cache(maxsize=2048)
def _tenths(tenths: int, language: str | None) -> str:
    """Of a long transcript hundreds are written, most of them alike."""
    return number_format(tenths / 10, 1)
