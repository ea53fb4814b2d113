"""What the generator yields: one session, everything known about it, and the truth behind it."""

from dataclasses import dataclass
from typing import Any

GOOD, OK, BAD, NA = "GOOD", "OK", "BAD", "N/A"
CODES = (GOOD, OK, BAD, NA)


@dataclass(frozen=True)
class Evidence:
    """Where an issue can be seen: a turn, a tool call, or neither for the session as a whole."""

    issue: str
    turn_index: int | None = None
    action_index: int | None = None


@dataclass(frozen=True)
class Truth:
    """What a perfect reviewer would say."""

    code: str
    issues: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    comment: str = ""


@dataclass(frozen=True)
class DemoSession:
    """One session: what its platform tells, and the truth it does not tell."""

    platform: str
    record: dict[str, Any]
    transcript: dict[str, Any] | None
    latency: dict[str, Any] | None
    summary: dict[str, Any] | None
    auto_code: str | None
    truth: Truth
