"""Each person's first label without sight of any judgment, as rows: the same ones that verdict.py counts in pairs."""

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull

from labeling.codes import LabelType
from labeling.models import CurrentLabel, Label, LabelIssue


def first_independent() -> QuerySet[CurrentLabel]:
    """This will be one row of each person on a session, whose `blind_code` is what they said first."""
    return CurrentLabel.objects.filter(type=LabelType.HUMAN).exclude(blind_code="")


def shared_by(one: Q, other: Q) -> Q:
    """This will be the sessions, as a condition on them, that two people labeled independently, one and the other as said.

    Both are conditions on the rows of first_independent; `other` may refer to the one by OuterRef.
    """
    return Q(Exists(_shared(one, other).filter(session=OuterRef("pk"))))


def often_shared_by(one: Q, other: Q) -> Q:
    """This will be the same where no person is named, so that a page is found by looking at one session after the other."""
    return _has(_shared(one, other))


def of_first_independent(issues: QuerySet[LabelIssue]) -> QuerySet[LabelIssue]:
    """This will keep the issues that each person named in that first label."""
    counts = Q(type=LabelType.HUMAN, independent=True, is_settlement=False, withdrawal=None)
    earlier = Label.objects.filter(counts, session=OuterRef("session"), rater=OuterRef("label__rater")).filter(
        Q(made_at__lt=OuterRef("label__made_at")) | Q(made_at=OuterRef("label__made_at"), pk__lt=OuterRef("label"))
    )
    said = issues.filter(label__type=LabelType.HUMAN, label__independent=True, label__is_settlement=False, label__withdrawal=None)
    return said.filter(~Exists(earlier))


def named_by(one: Q, issues: QuerySet[LabelIssue]) -> Q:
    """This will be the sessions, as a condition on them, where somebody of `one` named one of the issues in their first independent label."""
    said = of_first_independent(issues).filter(label__rater=OuterRef("rater"), session=OuterRef("session"))
    return _has(first_independent().filter(one, Exists(said)))


def left_out_by(one: Q, issues: QuerySet[LabelIssue]) -> Q:
    """This will be the same where somebody did not."""
    said = of_first_independent(issues).filter(label__rater=OuterRef("rater"), session=OuterRef("session"))
    return _has(first_independent().filter(one, ~Exists(said)))


def _shared(one: Q, other: Q) -> QuerySet[CurrentLabel]:
    others = first_independent().filter(other, session=OuterRef("session")).exclude(rater=OuterRef("rater"))
    return first_independent().filter(one, Exists(others))


def _has(rows: QuerySet[CurrentLabel]) -> Q:
    """As a single row that is there: a plain EXISTS is joined with the labels and issues of all sessions at once, where a page needs fifty."""
    return Q(IsNull(Subquery(rows.filter(session=OuterRef("pk")).values("pk")[:1]), False))
