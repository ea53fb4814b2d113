"""Each person's first label without sight of any judgment, as rows: the same ones that verdict.py counts in pairs."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from labeling.codes import LabelType
from labeling.models import CurrentLabel, Label, LabelIssue


def first_independent() -> QuerySet[CurrentLabel]:
    """This will be one row of each person on a session, whose `blind_code` is what they said first."""
    return CurrentLabel.objects.filter(type=LabelType.HUMAN).exclude(blind_code="")


def shared_by(one: Q, other: Q) -> Q:
    """This will be the sessions, as a condition on them, that two people labeled independently, one and the other as said.

    Both are conditions on the rows of first_independent; `other` may refer to the one by OuterRef.
    """
    others = first_independent().filter(other, session=OuterRef("session")).exclude(rater=OuterRef("rater"))
    return Q(Exists(first_independent().filter(one, Exists(others), session=OuterRef("pk"))))


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
    return Q(Exists(first_independent().filter(one, Exists(said), session=OuterRef("pk"))))


def left_out_by(one: Q, issues: QuerySet[LabelIssue]) -> Q:
    """This will be the same where somebody did not."""
    said = of_first_independent(issues).filter(label__rater=OuterRef("rater"), session=OuterRef("session"))
    return Q(Exists(first_independent().filter(one, ~Exists(said), session=OuterRef("pk"))))
