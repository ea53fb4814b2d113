"""Issues of the period: which, in how many sessions, and what share of the rated that is."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Case, Count, F, IntegerField, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.db.models.lookups import In

from labeling.models import IssueCategory, SessionIssue
from labeling.queries.issues import get_roots
from labeling.queries.summary.frame import Figure, Frame
from labeling.queries.summary.rates import Rate, get_rated
from labeling.queries.summary.tallies import get_tally
from labeling.queries.summary.tally import RATED
from sessions_app.codes import Verdict
from sessions_app.models import SessionQuerySet

BESIDE = (Verdict.NOT_APPLICABLE.value, Verdict.DISPUTED.value)


@dataclass(frozen=True, slots=True)
class IssueRow:
    """`rate` is of the rated sessions; `beside` are those with the issue that are N/A or disputed. `width` is of the longest bar, in percent."""

    category: IssueCategory
    rate: Rate
    beside: Figure
    width: int


@dataclass(slots=True)
class _Counted:
    """Sessions with an issue; `weight` is how many the rated of them stand for."""

    rated: int = 0
    others: int = 0
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Issues:
    rows: list[IssueRow]
    rated: Figure

    @property
    def is_weighted(self) -> bool:
        return any(row.rate.weights for row in self.rows)


def get_issues(frame: Frame) -> Issues:
    """This will count each category's sessions, the most frequent first. A session counts once for a category, however many labels name it."""
    tally = get_tally(frame)
    rated = get_rated(frame, tally)
    counted = _count(frame)
    most = max((one.rated for one in counted.values()), default=0)
    rows = [
        IssueRow(
            category,
            Rate(frame.figure(one.rated, issue=[category.pk], **{frame.code_key: RATED}), rated, tally.weigh(one.weight)),
            frame.figure(one.others, issue=[category.pk], **{frame.code_key: BESIDE}),
            round(100 * one.rated / most) if most else 0,
        )
        for category in IssueCategory.objects.filter(pk__in=counted)
        for one in [counted[category.pk]]
    ]
    return Issues(sorted(rows, key=lambda row: (-row.rate.part.n, row.category.name, row.category.pk)), rated)


def rated_in(frame: Frame) -> SessionQuerySet:
    """This will be the sessions that a rate of this basis counts."""
    return _judged_as(frame, [*RATED])


def by_root() -> Combinable:
    """While a merge is running, some sessions have the old category: they count as the new one, each once."""
    roots: Mapping[int, int] = get_roots()
    return Case(*[When(category=old, then=new) for old, new in roots.items()], default=F("category"), output_field=IntegerField())


def labeled_in(frame: Frame, codes: Iterable[str] = Verdict.values) -> SessionQuerySet:
    """This will be the judged sessions with one of those labels, in the words of the verdict index.

    Without it each session of an issue was looked up: 0.9 s for twelve weeks of ten million sessions, and 0.1 s with it.
    """
    return frame.judged().filter(In(Coalesce(F("label_code"), Value("")), [Value(str(code)) for code in codes]))


def _judged_as(frame: Frame, codes: list[str]) -> SessionQuerySet:
    return labeled_in(frame).filter(sample_code__in=codes) if frame.basis else labeled_in(frame, codes)


def _count(frame: Frame) -> dict[int, _Counted]:
    code = "session__sample_code" if frame.basis else "session__label_code"
    weight = F("session__sample_weight") if frame.basis else Value(1.0)
    named = SessionIssue.objects.filter(session__in=_judged_as(frame, [*RATED, *BESIDE])).annotate(root=by_root(), weight=weight)
    is_rated = Q((f"{code}__in", RATED))
    # Grouped by weight, of which there are few: a session that has both of two merged categories must count once, and weigh once.
    rows = (
        named.order_by()
        .values_list("root", "weight")
        .annotate(rated=Count("session", distinct=True, filter=is_rated), others=Count("session", distinct=True, filter=~is_rated))
    )
    counted: dict[int, _Counted] = defaultdict(_Counted)
    for root, each, rated, others in rows:
        one = counted[root]
        one.rated, one.others, one.weight = one.rated + rated, one.others + others, one.weight + rated * (each or 0.0)
    return counted
