"""Raters: found by address, made when first met."""

from labeling.codes import RaterKind
from labeling.models import Rater, User


def rater_of(*, user: User) -> Rater:
    """This will return the person's rater; one that a sync made for the same address becomes theirs."""
    rater, _ = Rater.objects.get_or_create(kind=RaterKind.PERSON, email=user.email, defaults={"name": user.name, "user": user})
    if rater.user_id is None:
        rater.user = user
        rater.name = user.name or rater.name
        rater.save(update_fields=["user", "name"])
    return rater


def rater_named(*, kind: str, email: str, name: str = "") -> Rater:
    """This will return the rater with this address, with or without an account."""
    rater, _ = Rater.objects.get_or_create(kind=kind, email=email.strip().lower(), defaults={"name": name})
    return rater
