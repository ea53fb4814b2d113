"""How many of a sample each group gets: pure functions on counts."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Sessions that are drawn from together. `merged` counts the groups that were too small to stand alone, and has no key."""

    key: Key
    frame: int
    drawn: int
    merged: int = 0

    @property
    def probability(self) -> float:
        return self.drawn / self.frame

    @property
    def as_json(self) -> dict[str, Any]:
        return {"group": list(self.key), "frame": self.frame, "drawn": self.drawn} | ({"merged": self.merged} if self.merged else {})


@dataclass(frozen=True, slots=True)
class Plan:
    """`group_of` says where in `groups` the sessions with a key are drawn."""

    groups: list[Group]
    group_of: Mapping[Key, int]

    @property
    def frame(self) -> int:
        return sum(group.frame for group in self.groups)

    @property
    def size(self) -> int:
        return sum(group.drawn for group in self.groups)


def plan_sample(counts: Mapping[Key, int], size: int) -> Plan:
    """This will share a sample out in proportion, so that every session of the frame has a chance.

    Where there are more groups than the sample has sessions, those that would get less than one are drawn from together.
    """
    frame = sum(counts.values())
    size = min(size, frame)
    keys = sorted(counts)
    small = [key for key in keys if size < len(counts) and size * counts[key] < frame]
    alone = [key for key in keys if key not in set(small)]
    cells = [counts[key] for key in alone] + ([sum(counts[key] for key in small)] if small else [])
    drawn = allocate(cells, size)
    groups = [Group(key, counts[key], n) for key, n in zip(alone, drawn, strict=False)]
    if small:
        groups.append(Group((), cells[-1], drawn[-1], merged=len(small)))
    return Plan(groups, {key: number for number, key in enumerate(alone)} | dict.fromkeys(small, len(alone)))


def allocate(cells: list[int], size: int) -> list[int]:
    """This will be the largest remainder, and at least one for each cell where there are no more cells than that."""
    frame = sum(cells)
    if not frame or not size:
        return [0] * len(cells)
    quotas = [size * cell / frame for cell in cells]
    least = 1 if size >= len(cells) else 0
    drawn = [max(size * cell // frame, least) for cell in cells]
    # Equal remainders go to the first in order, so that the same counts always share out alike.
    by_need = sorted(range(len(cells)), key=lambda number: (drawn[number] - quotas[number], number))
    for number in by_need[: max(size - sum(drawn), 0)]:
        drawn[number] += 1
    for _ in range(sum(drawn) - size):
        drawn[max((number for number in range(len(cells)) if drawn[number] > least), key=lambda number: (drawn[number] - quotas[number], -number))] -= 1
    return drawn


def size_of(frame: int, *, size: int | None, percent: float | None) -> int:
    """This will be how many of a frame a sample holds, never none of some."""
    if size is not None:
        return min(size, frame)
    return min(max(round(frame * (percent or 0) / 100), 1), frame)


def share_to_read(group: Group) -> float:
    """This will be the part of the hashes that holds a group's sample but for one chance in many millions."""
    return min((group.drawn + 6 * math.sqrt(group.drawn) + 20) / group.frame, 1)
