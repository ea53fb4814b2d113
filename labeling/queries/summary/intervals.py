"""A range as a small drawing: a track, the range on it, the rate as a dot, and the average of all as a line."""

from dataclasses import dataclass
from typing import Protocol

from labeling.statistics import Range

FIRST_X, LAST_X = 4.0, 140.0


class Ranged(Protocol):
    """A share and the range it likely lies in, however that was found."""

    @property
    def rate(self) -> float | None: ...
    @property
    def likely(self) -> Range: ...


@dataclass(frozen=True, slots=True)
class Interval:
    """Where things stand on a drawing that is 144 wide. Texts, because a comma of some language is none in an SVG."""

    low: str
    dot: str
    high: str
    average: str
    is_hot: bool


@dataclass(frozen=True, slots=True)
class Axis:
    """From `lowest` to `highest`, as shares of one."""

    lowest: float
    highest: float

    def interval(self, share: Ranged, average: float | None, *, is_hot: bool) -> Interval | None:
        """This will draw a share; None where there are too few to speak of a rate."""
        if share.rate is None:
            return None
        return Interval(
            low=self._at(share.likely.low),
            dot=self._at(share.rate),
            high=self._at(share.likely.high),
            average="" if average is None else self._at(average),
            is_hot=is_hot,
        )

    def _at(self, rate: float) -> str:
        place = (min(max(rate, self.lowest), self.highest) - self.lowest) / (self.highest - self.lowest)
        return f"{FIRST_X + place * (LAST_X - FIRST_X):.1f}"
