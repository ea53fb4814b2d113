"""Each person's first label without sight of any judgment, as rows: the same ones that verdict.py counts in pairs."""

from django.db.models import Exists, OuterRef, Q, QuerySet

from labeling.codes import LabelType
from labeling.models import Label


def first_independent() -> QuerySet[Label]:
    """This will be one label of each person on a session, their first independent one that stands. A settlement is none."""
    independent = Label.objects.standing().filter(type=LabelType.HUMAN, independent=True, is_settlement=False)
    earlier = independent.filter(session=OuterRef("session"), rater=OuterRef("rater")).filter(
        Q(made_at__lt=OuterRef("made_at")) | Q(made_at=OuterRef("made_at"), pk__lt=OuterRef("pk"))
    )
    return independent.filter(~Exists(earlier))


def shared_by(one: Q, other: Q) -> Q:
    """This will be the sessions, as a condition on them, that two people labeled independently, one and the other as said.

    Both are conditions on first independent labels; `other` may refer to the one label by OuterRef.
    """
    others = first_independent().filter(other, session=OuterRef("session")).exclude(rater=OuterRef("rater"))
    return Q(Exists(first_independent().filter(one, Exists(others), session=OuterRef("pk"))))
