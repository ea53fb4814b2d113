"""A script and the facts a plan needs about it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from sessions_app.demo.flaws import ACT, ASK, CHANGE, FLAWS, SIDE, SPANISH, Flaw
from sessions_app.demo.talk import Talk


@dataclass(frozen=True)
class Scenario:
    """`moments` are the places where a flaw can strike, `ends` a fixed way to end."""

    name: str
    agent: str
    lines: tuple[str, ...]
    play: Callable[[Talk], None]
    moments: tuple[str, ...]
    weight: float = 1.0
    language: str = "en"
    ends: str = ""
    kind: str = ""
    can_return: bool = True

    def flaws(self, code: str, *, spoken: bool) -> tuple[Flaw, ...]:
        """What can go wrong here with that result."""
        return _flaws(self.moments, self.language, self.ends, code, spoken)


@cache
def _flaws(moments: tuple[str, ...], language: str, ends: str, code: str, spoken: bool) -> tuple[Flaw, ...]:
    found = {*moments, ASK if ASK in moments else ""}
    if CHANGE in found:
        found.add(ACT)
    if language == "es":
        found.add(SPANISH)
    if ends:
        found.discard(SIDE)
    return tuple(flaw for flaw in FLAWS if flaw.code == code and flaw.needs in found and (spoken or not flaw.spoken))
