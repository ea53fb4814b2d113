"""Who labeled how much, what they said, and how far others agree. A reviewer is shown their own row only."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Q

from labeling.codes import Code, LabelType
from labeling.models import CurrentLabel, Rater
from labeling.queries.independent_labels import shared_by
from labeling.queries.summary.frame import Figure, Frame
from labeling.queries.summary.intervals import Axis, Interval
from labeling.queries.summary.judged_twice import Agreed, get_agreed, get_judged_twice, labeled
from labeling.queries.summary.rates import Rate
from labeling.roles import Permission
from sessions_app.reading_order import reading_key

RATED = (Code.GOOD, Code.OK, Code.BAD)
AXIS = Axis(0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what a person rated."""

    code: str
    figure: Figure
    share: float

    @property
    def width(self) -> str:
        return f"{100 * self.share:.1f}%"


@dataclass(frozen=True, slots=True)
class ReviewerRow:
    """All by the person's current labels, but agreement by their first independent ones."""

    rater: Rater
    is_active: bool
    labels: Figure
    mix: list[Part]
    not_applicable: Rate
    shared: Figure
    differ: Figure
    agreed: Agreed
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Reviewers:
    """`average` is what all pairs agree in, whoever they are of; only who is shown everybody is shown it."""

    rows: list[ReviewerRow]
    average: float | None
    is_own: bool


def get_reviewers(frame: Frame) -> Reviewers:
    frame = frame.of_all_labels
    own = None if frame.viewer.may(Permission.SEE_WHOLE_SUMMARY) else Q(rater__user=frame.viewer)
    codes = _count_codes(frame, own)
    said = get_judged_twice(frame, by=None if own is None else shared_by(own, Q()))
    raters = Rater.objects.select_related("user").in_bulk(codes)
    histograms = _histograms(said, codes)
    average = get_agreed(Counter(pair for one in said.values() for pair in [_pairs(Counter(one.values()))])).rate if own is None else None
    rows = [_row(frame, raters[pk], codes[pk], histograms.get(pk, Counter()), average) for pk in codes]
    rows.sort(key=lambda row: (-row.labels.n, reading_key(str(row.rater)), row.rater.pk))
    return Reviewers(rows, average, is_own=own is not None)


def _count_codes(frame: Frame, own: Q | None) -> dict[int, Counter[str]]:
    """People's current labels by code. A settled session's settlement is a label like any other of whoever gave it."""
    labels = CurrentLabel.objects.filter(own or Q(), type=LabelType.HUMAN, session__in=labeled(frame.judged()).order_by().values("pk"))
    counted: dict[int, Counter[str]] = defaultdict(Counter)
    for rater, code, n in labels.order_by().values_list("rater", "label__code").annotate(n=Count("pk")):
        counted[rater][code] = n
    return counted


def _histograms(said: Mapping[int, Mapping[int, str]], wanted: Mapping[int, object]) -> dict[int, Counter[tuple[int, int]]]:
    """For each person how many sessions have so many pairs of theirs, and so many that agree."""
    found: dict[int, Counter[tuple[int, int]]] = defaultdict(Counter)
    for session in said.values():
        votes = Counter(session.values())
        for rater, code in session.items():
            if rater in wanted:
                found[rater][len(session) - 1, votes[code] - 1] += 1
    return found


def _pairs(votes: Counter[str]) -> tuple[int, int]:
    return votes.total() * (votes.total() - 1) // 2, sum(n * (n - 1) // 2 for n in votes.values())


def _row(frame: Frame, rater: Rater, codes: Counter[str], sessions: Counter[tuple[int, int]], average: float | None) -> ReviewerRow:
    rated = sum(codes[code] for code in RATED)
    agreed = get_agreed(sessions)
    labels = frame.figure(codes.total(), rater=[rater.pk])
    return ReviewerRow(
        rater=rater,
        is_active=rater.user is None or rater.user.is_active,
        labels=labels,
        mix=[Part(code, frame.figure(codes[code], rater=[rater.pk], gave=[code]), codes[code] / rated) for code in RATED if codes[code]],
        not_applicable=Rate(frame.figure(codes[Code.NOT_APPLICABLE], rater=[rater.pk], gave=[Code.NOT_APPLICABLE]), labels),
        shared=frame.figure(sessions.total(), rater=[rater.pk], agreement=["any"]),
        differ=frame.figure(sum(n for (pairs, agreeing), n in sessions.items() if agreeing < pairs), rater=[rater.pk], agreement=["differ"]),
        agreed=agreed,
        interval=AXIS.interval(agreed, average, is_hot=average is not None and agreed.likely.high < average),
    )
