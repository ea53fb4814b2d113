"""The BAD rate by channel, by language and by direction: a problem may be of one kind of session only."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from labeling.queries.summary.frame import Figure, Frame
from labeling.queries.summary.intervals import Axis, Interval
from labeling.queries.summary.kinds import Counts, count_kinds, value_of, words_of
from labeling.queries.summary.rates import Rate, get_rate
from labeling.queries.summary.tallies import get_tallies
from labeling.queries.summary.tally import Tally
from sessions_app.codes import Verdict

SHORT_AXIS, WHOLE_AXIS = 0.5, 1.0


@dataclass(frozen=True, slots=True)
class KindRow:
    words: str
    sessions: Figure
    bad: Rate
    na: Figure
    disputed: Figure
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    title: str
    rows: list[KindRow]


@dataclass(frozen=True, slots=True)
class Channels:
    kinds: list[Kind]
    average: Rate
    axis_end: float


def get_channels(frame: Frame) -> Channels:
    titles = {"channel": _("Channel"), "language": _("Language"), "direction": _("Direction")}
    sessions, judged = count_kinds(frame), get_tallies(frame, *titles)
    average = get_rate(frame, Tally.together(judged.values()), Verdict.BAD)
    found = {kind: _found(frame, kind, sessions, _by_value(judged, place)) for place, kind in enumerate(titles)}
    ranges = [one.bad.likely.high for several in found.values() for one in several if one.bad.rate is not None]
    axis = Axis(0.0, SHORT_AXIS if max(ranges, default=0.0) <= SHORT_AXIS else WHOLE_AXIS)
    kinds = [Kind(kind, title, sorted((_row(frame, one, average, axis) for one in found[kind]), key=_most_likely_problem)) for kind, title in titles.items()]
    return Channels(kinds=kinds, average=average, axis_end=axis.highest)


@dataclass(frozen=True, slots=True)
class _Found:
    words: str
    of: dict[str, list[object]]
    n: int
    tally: Tally
    bad: Rate


def _by_value(judged: Mapping[tuple[str, ...], Tally], place: int) -> dict[str, Tally]:
    several: dict[str, list[Tally]] = defaultdict(list)
    for group, tally in judged.items():
        several[group[place]].append(tally)
    return {value: Tally.together(tallies) for value, tallies in several.items()}


def _found(frame: Frame, kind: str, sessions: Counts, judged: Mapping[str, Tally]) -> list[_Found]:
    found = []
    for (value,), n in sessions.by(kind).items():
        tally, of = judged.get(value, Tally()), {kind: [value_of(kind, value)]}
        found.append(_Found(words_of(kind, value), of, n, tally, get_rate(frame, tally, Verdict.BAD, **of)))
    return found


def _row(frame: Frame, found: _Found, average: Rate, axis: Axis) -> KindRow:
    def beside(code: str) -> Figure:
        return frame.figure(found.tally.n(code), **{frame.code_key: [code]}, **found.of)

    return KindRow(
        words=found.words,
        sessions=frame.figure(found.n, **found.of),
        bad=found.bad,
        na=beside(Verdict.NOT_APPLICABLE.value),
        disputed=beside(Verdict.DISPUTED.value),
        interval=axis.interval(found.bad.share, average.rate, is_hot=average.rate is not None and found.bad.likely.low > average.rate),
    )


def _most_likely_problem(row: KindRow) -> tuple[bool, float, int, int, str]:
    """As agents are: by the lower end of the range, and without a rate by their number."""
    low = row.bad.likely.low if row.bad.rate is not None else 0.0
    return row.bad.rate is None, -low, -row.bad.whole.n, -row.sessions.n, row.words
