"""Stretches in which somebody is heard, and what is silent between them. Pure functions, everything in milliseconds of the session."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sessions_app.signals import SILENCE_MS, Gap

Span = Sequence[int]
# A voice that was estimated from words may begin a little before the recording lets it be heard.
TOLERANCE_MS = 500


@dataclass(frozen=True, slots=True)
class Heard:
    """A stretch of a session that a recording covers, with who is heard in it. Each span is [from, until]."""

    from_ms: int
    until_ms: int
    agent: Sequence[Span]
    caller: Sequence[Span]


def silences_between(heard: Sequence[Heard], starts: Sequence[int], *, shortest_ms: int = SILENCE_MS) -> list[Gap]:
    """This will find the silences inside what recordings cover, between the first and the last voice in each unbroken stretch.

    `starts` are the starts of the turns. A silence counts as after the last turn that began before the voice that ends it.
    """
    found = []
    for part in _unbroken(heard):
        voices = _joined([*part.agent, *part.caller])
        for (_, end), (start, _) in pairwise(voices):
            if start - end >= max(shortest_ms, 1):
                following = next((index for index, at in enumerate(starts) if at >= start - TOLERANCE_MS), len(starts))
                found.append(Gap(after_turn=min(max(following - 1, 0), max(len(starts) - 2, 0)), from_ms=end, until_ms=start))
    return sorted(found, key=lambda gap: gap.from_ms)


def with_measured(gaps: Sequence[Gap], heard: Sequence[Heard], starts: Sequence[int]) -> list[tuple[Gap, bool]]:
    """This will put what was measured in the place of what was estimated, wherever a recording says better; True is measured."""
    kept = [(gap, False) for gap in gaps if not any(part.from_ms < gap.until_ms and gap.from_ms < part.until_ms for part in heard)]
    measured = [(gap, True) for gap in silences_between(heard, starts)]
    return sorted([*kept, *measured], key=lambda pair: pair[0].from_ms)


def _unbroken(heard: Sequence[Heard]) -> list[Heard]:
    """A session that was recorded in two files one after the other is heard through."""
    joined: list[Heard] = []
    for part in sorted(heard, key=lambda part: part.from_ms):
        if joined and part.from_ms - joined[-1].until_ms <= TOLERANCE_MS:
            last = joined.pop()
            part = Heard(last.from_ms, max(last.until_ms, part.until_ms), [*last.agent, *part.agent], [*last.caller, *part.caller])
        joined.append(part)
    return joined


def _joined(spans: Iterable[Span]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted((span[0], span[1]) for span in spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
