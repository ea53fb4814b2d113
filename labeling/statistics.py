"""How sure a share is: pure functions over counts. The words of it are at /summary/definitions/."""

from dataclasses import dataclass
from math import sqrt

# Two sided, 95 %.
Z = 1.959963984540054
# Below this many rated sessions there is no rate, only "3 of 7".
FEWEST = 10


@dataclass(frozen=True, slots=True)
class Range:
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def rate(self) -> float | None:
        """None where there are too few to speak of a rate."""
        return self.part / self.whole if self.whole >= FEWEST else None

    @property
    def likely(self) -> Range:
        return wilson(self.part, self.whole)


@dataclass(frozen=True, slots=True)
class Change:
    """The difference of two shares, the later minus the earlier, and where it likely lies."""

    difference: float
    likely: Range

    @property
    def is_clear(self) -> bool:
        return self.likely.low > 0 or self.likely.high < 0


def wilson(part: int, whole: int) -> Range:
    """This will be the range that a share likely lies in; all of it where nothing is known."""
    if whole <= 0:
        return Range(0.0, 1.0)
    p, z2 = part / whole, Z * Z
    middle = (p + z2 / (2 * whole)) / (1 + z2 / whole)
    half = Z * sqrt(p * (1 - p) / whole + z2 / (4 * whole * whole)) / (1 + z2 / whole)
    # At the ends the formula is exact but for rounding.
    return Range(0.0 if part == 0 else max(middle - half, 0.0), 1.0 if part == whole else min(middle + half, 1.0))


def change(now: Share, then: Share) -> Change | None:
    """This will compare two shares by Newcombe's range; None where either has too few."""
    if now.rate is None or then.rate is None:
        return None
    difference = now.rate - then.rate
    low = difference - sqrt((now.rate - now.likely.low) ** 2 + (then.likely.high - then.rate) ** 2)
    high = difference + sqrt((now.likely.high - now.rate) ** 2 + (then.rate - then.likely.low) ** 2)
    return Change(difference, Range(low, high))
