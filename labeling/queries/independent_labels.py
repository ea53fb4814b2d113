"""Each person's first label without sight of any judgment, as rows: the same ones that verdict.py counts in pairs."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from labeling.codes import LabelType
from labeling.models import CurrentLabel


def first_independent() -> QuerySet[CurrentLabel]:
    """This will be one row of each person on a session, whose `blind_code` is what they said first."""
    return CurrentLabel.objects.filter(type=LabelType.HUMAN).exclude(blind_code="")


def shared_by(one: Q, other: Q) -> Q:
    """This will be the sessions, as a condition on them, that two people labeled independently, one and the other as said.

    Both are conditions on the rows of first_independent; `other` may refer to the one by OuterRef.
    """
    others = first_independent().filter(other, session=OuterRef("session")).exclude(rater=OuterRef("rater"))
    return Q(Exists(first_independent().filter(one, Exists(others), session=OuterRef("pk"))))
