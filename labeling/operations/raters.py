"""Raters: found by person or address, made when first met."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from labeling.codes import RaterKind
from labeling.models import Rater, User
from sessions_app.compiled import compiled


class AddressTaken(Exception):
    """Another person's labels stand under this address."""


@compiled
def _rater_of(user: Any) -> QuerySet[Rater]:
    return Rater.objects.filter(user=user)


def rater_of(*, user: User) -> Rater:
    """This will return the person's rater; one that a sync made for the same address becomes theirs.

    The rater belongs to the account, whatever its address is by now. Raises AddressTaken.
    """
    return _rater_of.first(user.pk) or _made_for(user)


def rater_named(*, kind: str, email: str, name: str = "") -> Rater:
    """This will return the rater with this address, with or without an account."""
    rater, _ = Rater.objects.get_or_create(kind=kind, email=email.strip().lower(), defaults={"name": name})
    return rater


@transaction.atomic
def _made_for(user: User) -> Rater:
    rater, _ = Rater.objects.get_or_create(kind=RaterKind.PERSON, email=user.email, defaults={"name": user.name, "user": user})
    if rater.user_id is None:
        Rater.objects.filter(pk=rater.pk, user=None).update(user=user, name=user.name or rater.name)
        rater.refresh_from_db()
    if rater.user_id != user.pk:
        raise AddressTaken
    return rater
