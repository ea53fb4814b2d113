"""How sure a share is: pure functions over counts. The words of it are at /summary/definitions/."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma, sqrt

# Two sided, 95 %.
Z = 1.959963984540054
# Below this many rated sessions there is no rate, only "3 of 7".
FEWEST = 10


@dataclass(frozen=True, slots=True)
class Range:
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Weights:
    """What sessions stand for that were drawn with different probabilities: the part's and the whole's sum, and that of the whole's squares."""

    part: float
    whole: float
    squares: float

    @property
    def effective(self) -> float:
        """How many sessions of equal weight would tell as much. Kish 1965."""
        return self.whole * self.whole / self.squares


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many. With weights the rate and its range are of what they stand for, the counts are of what was seen."""

    part: int
    whole: int
    weights: Weights | None = None

    @property
    def rate(self) -> float | None:
        """None where there are too few to speak of a rate."""
        if self.whole < FEWEST:
            return None
        return self.weights.part / self.weights.whole if self.weights else self.part / self.whole

    @property
    def likely(self) -> Range:
        return wilson(*self.effective)

    @property
    def effective(self) -> tuple[float, float]:
        """So many of so many of equal weight."""
        if self.weights is None:
            return self.part, self.whole
        n = self.weights.effective
        return n * self.weights.part / self.weights.whole, n


@dataclass(frozen=True, slots=True)
class Change:
    """The difference of two shares, the later minus the earlier, and where it likely lies."""

    difference: float
    likely: Range

    @property
    def is_clear(self) -> bool:
        return self.likely.low > 0 or self.likely.high < 0


def wilson(part: float, whole: float) -> Range:
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


def chance(now: Share, then: Share) -> float:
    """This will be how often two samples of one and the same rate would differ at least so much: Fisher's exact test, both tails."""
    (now_part, now_whole), (then_part, then_whole) = (tuple(round(one) for one in share.effective) for share in (now, then))
    n = now_whole + then_whole
    part = now_part + then_part
    if now_whole <= 0 or then_whole <= 0 or part in (0, n):
        return 1.0
    return min(1.0, 2 * min(_tail(now_part, now_whole, part, n, step) for step in (-1, 1)))


def clear_among(chances: Sequence[float], *, most_false: float = 0.05) -> set[int]:
    """This will choose those of many comparisons that are clear, by their places: looking at more rows finds no more by luck.

    Benjamini and Hochberg 1995.
    """
    ranked = sorted(range(len(chances)), key=lambda place: chances[place])
    last = max((rank for rank, place in enumerate(ranked, 1) if chances[place] <= most_false * rank / len(chances)), default=0)
    return set(ranked[:last])


def _tail(k: int, drawn: int, part: int, n: int, step: int) -> float:
    """Of the ways to draw, those with `k` of the part or more (`step` 1), or as few (-1). From `k` outward until nothing is added."""
    last = min(drawn, part) if step > 0 else max(0, drawn + part - n)
    term = exp(_ways(part, k) + _ways(n - part, drawn - k) - _ways(n, drawn))
    total = term
    # Before the most frequent count terms grow, beyond it they shrink until they add nothing.
    while k != last and term > total * 1e-14:
        if step > 0:
            term *= (part - k) * (drawn - k) / ((k + 1) * (n - part - drawn + k + 1))
        else:
            term *= k * (n - part - drawn + k) / ((part - k + 1) * (drawn - k + 1))
        k += step
        total += term
    return min(total, 1.0)


def _ways(n: int, k: int) -> float:
    """The logarithm of n over k."""
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
