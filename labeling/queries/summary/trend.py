"""How a rate went over the period: a point for a day, a week or four weeks, and when which prompt version came."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from labeling.plot import Place, Plot, Upright, place_marks, plot_counts, plot_shares
from labeling.queries.summary.frame import Figure, Frame
from labeling.queries.summary.period import DAY, Period
from labeling.queries.summary.rates import Rate, get_rate, get_rated
from labeling.queries.summary.tallies import get_tallies
from labeling.queries.summary.tally import Tally
from labeling.queries.summary.versions import Version, count_versions_by_day, get_new_versions
from sessions_app.codes import Verdict

BAD = Verdict.BAD.value
CODES = {"good": Verdict.GOOD.value, "bad": BAD}
EACH_WEEK, FOUR_WEEKS = "week", "four"
# Below so many rated a week the chart begins with four weeks to a point, if that still makes a line.
FEWEST_A_WEEK = 100
POOLED = 4
FEWEST_WEEKS = 2 * POOLED
NONE = Tally()


@dataclass(frozen=True, slots=True)
class Span:
    """The days of one point, and the steps of the period that it is made of."""

    first: date
    last: date
    start: datetime
    end: datetime
    steps: range
    is_running: bool

    @property
    def name(self) -> str:
        days, first = (self.last - self.first).days + 1, date_format(self.first, "M j")
        if days == 1:
            return first
        if days == 7:
            return _("Week of %(day)s") % {"day": first}
        return _("%(first)s to %(last)s") % {"first": first, "last": date_format(self.last, "M j")}


@dataclass(frozen=True, slots=True)
class Point:
    span: Span
    sessions: Figure
    labeled: Figure
    rate: Rate
    na: Figure
    disputed: Figure
    place: Place


@dataclass(frozen=True, slots=True)
class Mark:
    version: Version
    upright: Upright


@dataclass(frozen=True, slots=True)
class Trend:
    """`code` is "" for the volume. `may_pool` says that there is a choice of points."""

    measure: str
    code: str
    points_asked: str
    points: list[Point]
    plot: Plot
    marks: list[Mark]
    is_by_day: bool
    is_pooled: bool
    may_pool: bool
    is_weighted: bool
    sessions: Figure
    rated: Figure
    na: Figure
    disputed: Figure


def get_trend(frame: Frame, *, measure: str = "bad", points: str = "") -> Trend:
    """This will draw the share of BAD or GOOD ones, or how many sessions there were. Days to come are left out."""
    tallies = {step: tally for (step,), tally in get_tallies(frame, "step").items()}
    by_day = count_versions_by_day(frame)
    sessions = _by_step(frame.period, by_day)
    code = CODES.get(measure, "")
    whole = Tally.together(tallies.values())
    begun = max((place + 1 for place, step in enumerate(frame.period.steps) if step.start <= frame.period.now or place in sessions), default=0)
    may_pool = bool(code) and not frame.period.is_by_day and begun >= FEWEST_WEEKS
    is_pooled = may_pool and (points == FOUR_WEEKS or (points != EACH_WEEK and whole.rated < FEWEST_A_WEEK * begun))
    spans = _spans(frame.period, begun, POOLED if is_pooled else 1)
    counts = [sum(sessions[step] for step in span.steps) for span in spans]
    summed = [Tally.together(tallies.get(step, NONE) for step in span.steps) for span in spans]
    plot = (
        plot_shares([tally.share(code) for tally in summed], is_running=bool(spans) and spans[-1].is_running)
        if code
        else plot_counts(counts, [tally.labeled for tally in summed])
    )
    return Trend(
        measure=measure,
        code=code,
        points_asked=points,
        points=[_point(frame, *one, code or BAD) for one in zip(spans, counts, summed, plot.places, strict=True)],
        plot=plot,
        marks=_marks(get_new_versions(frame, by_day), spans),
        is_by_day=frame.period.is_by_day,
        is_pooled=is_pooled,
        may_pool=may_pool,
        is_weighted=bool(code) and whole.share(code).weights is not None,
        sessions=frame.figure(sum(sessions.values())),
        rated=get_rated(frame, whole),
        na=_labeled(frame, whole.n(Verdict.NOT_APPLICABLE), [Verdict.NOT_APPLICABLE]),
        disputed=_labeled(frame, whole.n(Verdict.DISPUTED), [Verdict.DISPUTED]),
    )


def _by_step(period: Period, by_day: Mapping[tuple[Any, ...], int]) -> Counter[int]:
    firsts = [(step.first - period.first).days for step in period.steps]
    total: Counter[int] = Counter()
    for (*_group, day), n in by_day.items():
        if day >= 0:
            total[bisect_right(firsts, day) - 1] += n
    return total


def _spans(period: Period, begun: int, size: int) -> list[Span]:
    """This will put so many steps together, counted back from the newest, so that the first has what is left over."""
    ends = range(begun, 0, -size)
    return [_span(period, range(max(end - size, 0), end)) for end in reversed(ends)]


def _span(period: Period, steps: range) -> Span:
    first, last = period.steps[steps[0]], period.steps[steps[-1]]
    following = period.steps[steps[-1] + 1].first - DAY if steps[-1] + 1 < len(period.steps) else period.last
    return Span(first.first, following, first.start, last.end, steps, is_running=last.is_running)


def _point(frame: Frame, span: Span, n: int, tally: Tally, place: Place, code: str) -> Point:
    bounds = {"start": span.start, "end": span.end}
    return Point(
        span=span,
        sessions=frame.figure(n, **bounds),
        labeled=_labeled(frame, tally.labeled, Verdict.values, **bounds),
        rate=get_rate(frame, tally, code, **bounds),
        na=_labeled(frame, tally.n(Verdict.NOT_APPLICABLE), [Verdict.NOT_APPLICABLE], **bounds),
        disputed=_labeled(frame, tally.n(Verdict.DISPUTED), [Verdict.DISPUTED], **bounds),
        place=place,
    )


def _labeled(frame: Frame, n: int, codes: Sequence[str], **bounds: datetime) -> Figure:
    more: dict[str, Any] = {frame.code_key: [str(code) for code in codes], **bounds}
    return frame.figure(n, **more)


def _marks(versions: Sequence[Version], spans: Sequence[Span]) -> list[Mark]:
    """Points are drawn at even distances; a mark stands where in the slot of its point its day falls."""
    placed = []
    for version in versions:
        for place, span in enumerate(spans):
            if span.start <= version.at < span.end:
                placed.append((version, (place + (version.at - span.start) / (span.end - span.start)) / len(spans)))
    uprights = place_marks([share for _, share in placed])
    return [Mark(version, upright) for (version, _), upright in zip(placed, uprights, strict=True)]
