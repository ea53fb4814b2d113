"""The auto-rating against people: on sessions that have one and a first label given without sight of any judgment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from labeling.codes import Code
from labeling.queries.summary.frame import Figure, Frame
from labeling.queries.summary.period import DAY
from labeling.queries.summary.rates import Rate
from labeling.queries.summary.tallies import count_verdicts
from labeling.queries.summary.tally import RATED
from labeling.statistics import Change, Share, change

CODES: list[str] = list(Code.values)
NOT_BAD = [Code.GOOD, Code.OK]
# What the auto-rating did lately is held against what it did before that.
DAYS_LATELY = 28
# Drift is not spoken of below this many sessions on either side.
FEWEST_FOR_DRIFT = 50
# The shade of a cell: of an empty one, and what a whole row in it adds.
FAINTEST, SHADES = 0.05, 0.42

# Sessions by the first independent label and the auto-rating.
Pairs = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Cell:
    human: str
    auto: str
    figure: Figure
    opacity: str

    @property
    def is_same(self) -> bool:
        return self.human == self.auto


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many are the same, and the list of those that were compared: no list is of the equal ones only."""

    share: Share
    both: Figure


@dataclass(frozen=True, slots=True)
class Measures:
    """How well the auto-rating does: N/A on either side is left out of what is said of BAD."""

    agrees: Agreement
    always_good: Rate
    caught: Rate
    missed: Rate
    false: Rate


@dataclass(frozen=True, slots=True)
class Drift:
    """Whether it agrees less with people than it did. `change` is None below the least number on either side.

    `is_late_part`: the last four weeks of the period against the rest of it; otherwise the whole of it against the one before.
    """

    now: Agreement
    then: Agreement
    change: Change | None
    is_late_part: bool

    @property
    def is_less(self) -> bool:
        return self.change is not None and self.change.likely.high < 0

    @property
    def is_more(self) -> bool:
        return self.change is not None and self.change.likely.low > 0


@dataclass(frozen=True, slots=True)
class Auto:
    rows: list[tuple[str, list[Cell]]]
    measures: Measures
    drift: Drift
    fewest_for_drift: int = FEWEST_FOR_DRIFT


def get_auto(frame: Frame) -> Auto:
    """This will lay the auto-rating beside people's labels. It is not affected by the basis: nothing has been seen by whom it is measured by."""
    frame = frame.of_all_labels
    by_step = count_pairs(frame, "step")
    pairs = sum_pairs(by_step.values())
    return Auto(
        rows=[(human, [_cell(frame, pairs, human, auto) for auto in CODES]) for human in CODES],
        measures=measure(frame, pairs),
        drift=_drift(frame, {step: found for (step,), found in by_step.items()}),
    )


def count_pairs(frame: Frame, *by: str) -> dict[tuple[Any, ...], dict[tuple[str, str], int]]:
    """This will count the sessions that have both, in groups."""
    found: dict[tuple[Any, ...], dict[tuple[str, str], int]] = {}
    for (*key, human, auto), n in count_verdicts(frame, *by, "blind_code", "auto_code").items():
        if human and auto:
            found.setdefault(tuple(key), {})[human, auto] = n
    return found


def sum_pairs(several: Iterable[Pairs]) -> dict[tuple[str, str], int]:
    total: dict[tuple[str, str], int] = {}
    for pairs in several:
        for pair, n in pairs.items():
            total[pair] = total.get(pair, 0) + n
    return total


def measure(frame: Frame, pairs: Pairs, **more: object) -> Measures:
    """This will work out what pairs say, each number with its list in that frame; `more` is what else they are about."""

    def count(humans: Iterable[str], autos: Iterable[str]) -> Figure:
        return _figure(frame, pairs, humans, autos, **more)

    both, bad = count(CODES, CODES), count([Code.BAD], RATED)
    return Measures(
        agrees=Agreement(Share(sum(pairs.get((code, code), 0) for code in CODES), both.n), both),
        always_good=Rate(count([Code.GOOD], CODES), both),
        caught=Rate(count([Code.BAD], [Code.BAD]), bad),
        missed=Rate(count([Code.BAD], NOT_BAD), bad),
        false=Rate(count(NOT_BAD, [Code.BAD]), count(RATED, [Code.BAD])),
    )


def _figure(frame: Frame, pairs: Pairs, humans: Iterable[str], autos: Iterable[str], **more: object) -> Figure:
    humans, autos = [str(code) for code in humans], [str(code) for code in autos]
    return frame.figure(sum(pairs.get((human, auto), 0) for human in humans for auto in autos), blind=humans, auto=autos, **more)


def _cell(frame: Frame, pairs: Pairs, human: str, auto: str) -> Cell:
    row = sum(pairs.get((human, one), 0) for one in CODES)
    figure = _figure(frame, pairs, [human], [auto])
    return Cell(human, auto, figure, f"{FAINTEST + SHADES * figure.n / row if row else FAINTEST:.2f}")


def _drift(frame: Frame, by_step: Mapping[int, Pairs]) -> Drift:
    """A period of up to four weeks is held against the one before it, a longer one's last four weeks against the rest of it."""
    period = frame.period
    begins = next((place for place, step in enumerate(period.steps) if step.first > period.last - timedelta(days=DAYS_LATELY)), 0)
    now = _agreement_of(frame, by_step, range(begins, len(period.steps)))
    earlier = _agreement_of(frame, by_step, range(begins)) if begins else measure(frame.before, sum_pairs(count_pairs(frame.before).values())).agrees
    enough = min(now.both.n, earlier.both.n) >= FEWEST_FOR_DRIFT
    return Drift(now, earlier, change(now.share, earlier.share) if enough else None, is_late_part=begins > 0)


def _agreement_of(frame: Frame, by_step: Mapping[int, Pairs], steps: range) -> Agreement:
    """This will measure agreement over some of the steps, with their own bounds."""
    return measure(in_steps(frame, steps), sum_pairs(by_step.get(step, {}) for step in steps)).agrees


def in_steps(frame: Frame, steps: range) -> Frame:
    """This will be the frame of those steps only."""
    period = frame.period
    last = period.steps[steps[-1] + 1].first - DAY if steps[-1] + 1 < len(period.steps) else period.last
    return replace(frame, period=replace(period, first=period.steps[steps[0]].first, last=last))
