"""Claims: a queue's places handed out one to one, each for ten minutes, which work prolongs."""

import time
from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Now
from psycopg.errors import UniqueViolation

from labeling.models import Assignment, Queue, User
from labeling.models.assignment import WANTED, PlaceState
from labeling.models.queue import QueueState
from labeling.queries.claimable import asked_of, claimable, free_places, held, held_places, kind_of
from labeling.roles import Permission, Role
from sessions_app.compiled import compiled, compiled_update
from sessions_app.scope import Scope

LEASE = timedelta(minutes=10)
CLAIMS_LOCK = 7_302_551
TRIES = 3
# What is being given to people is locked for a moment, and passed over: that is no end of the queue.
PAUSES = (0.05, 0.1, 0.2, 0.4)
FREE = {"state": PlaceState.OPEN, "person": None, "claimed_at": None, "lease_until": None}


class QueueNotActive(Exception):
    """The queue was paused, closed or deleted; or the person does not work it any more."""


def claim_next(*, queue: Queue, by: User, scope: Scope) -> Assignment | None:
    """This will hand the person the next place of a queue, or give them back the one they hold; None when there is none for them.

    Nobody is handed what another holds. Raises QueueNotActive.
    """
    place = _again(lambda: _claim_next(queue.pk, by, scope))
    for seconds in PAUSES:
        if place or not claimable(queue, person=by, scope=scope).exists():
            break
        time.sleep(seconds)
        place = _again(lambda: _claim_next(queue.pk, by, scope))
    return place


def claim_session(*, queue: Queue, session_id: int, by: User, scope: Scope) -> bool:
    """This will hand the person this very session of a queue, beside what they hold, and return whether it is theirs now."""
    try:
        return _again(lambda: _claim_session(queue.pk, session_id, by, scope)) is not None
    except QueueNotActive:
        return False


def renew_leases(*, session_id: int, by: User) -> int:
    """This will prolong what the person holds of a session, also when its lease is over and nobody has taken it."""
    return _renew(session_id, by.pk)


def release_claims(*, person: User) -> int:
    """This will give back what a person holds and what was given to them, as they cannot work any more."""
    lock_places(Assignment.objects.filter(assigned_to=person, state__in=WANTED))
    Assignment.objects.filter(assigned_to=person, state__in=WANTED).update(assigned_to=None)
    lock_places(Assignment.objects.filter(person=person, state=PlaceState.CLAIMED))
    return Assignment.objects.filter(person=person, state=PlaceState.CLAIMED).update(**FREE)


def void_places(*, sessions: Collection[int]) -> int:
    """This will want no more labels of sessions that are gone. The caller has locked them."""
    lock_places(Assignment.objects.filter(session__in=sessions, state__in=WANTED))
    return Assignment.objects.filter(session__in=sessions, state__in=WANTED).update(**FREE | {"state": PlaceState.VOID})


def lock_places(places: QuerySet[Assignment]) -> None:
    """This will lock places in one order, so that two who change several places at once wait for each other and never in a circle."""
    list(places.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))


def _again(claim: Callable[[], Assignment | None]) -> Assignment | None:
    """Their other tab may label that very session, and so fill another of its places, in this moment."""
    for _ in range(TRIES - 1):
        try:
            return claim()
        except IntegrityError as problem:
            if not isinstance(problem.__cause__, UniqueViolation):
                raise
    return claim()


@transaction.atomic
def _claim_next(queue_pk: int, by: User, scope: Scope) -> Assignment | None:
    queue = _working(queue_pk, by)
    values, kind = asked_of(queue, by, scope), kind_of(queue, scope)
    own: list[Any] = _held.all(*values, **kind)
    place: Assignment | None = next((one for one in own if one.is_in_reach), None)
    if place:
        Assignment.objects.filter(pk=place.pk).update(lease_until=Now() + LEASE)
        return place
    if own:
        Assignment.objects.filter(pk__in=[one.pk for one in own]).update(**FREE)
    given = _next.first(*values, **kind, is_given=True) if queue.has_given else None  # type: ignore[attr-defined]
    return _taken(given or _next.first(*values, **kind, is_given=False), by)


@compiled
def _held(queue: Any, person: Any, agents: Any, languages: Any, **kind: bool) -> QuerySet[Assignment]:
    return held_places(queue, person, agents, languages, **kind).select_for_update(of=("self",))


@compiled
def _next(queue: Any, person: Any, agents: Any, languages: Any, *, is_given: bool, **kind: bool) -> QuerySet[Assignment]:
    free = free_places(queue, person, agents, languages, **kind).select_for_update(skip_locked=True, of=("self",))
    return free.filter(assigned_to=person if is_given else None)[:1]


@transaction.atomic
def _claim_session(queue_pk: int, session_id: int, by: User, scope: Scope) -> Assignment | None:
    queue = _working(queue_pk, by)
    own = held(queue, person=by).filter(session=session_id).first()
    return own or _taken(claimable(queue, person=by, scope=scope).filter(session=session_id).select_for_update(of=("self",)).first(), by)


def _working(queue_pk: int, by: User) -> Queue:
    """One person's tabs wait for each other, so that the second is given what the first was handed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [CLAIMS_LOCK, by.pk])
    queue = _active.first(queue_pk, by.pk, is_reviewer=by.role == Role.REVIEWER) if by.may(Permission.LABEL) else None
    if queue is None:
        raise QueueNotActive
    return queue


@compiled
def _active(queue: Any, person: Any, *, is_reviewer: bool) -> QuerySet[Queue]:
    given = Assignment.objects.filter(queue=OuterRef("pk"), assigned_to=person, state__in=WANTED)
    return Queue.objects.open_to_one(person, is_reviewer=is_reviewer).filter(pk=queue, state=QueueState.ACTIVE).annotate(has_given=Exists(given))


def _taken(place: Assignment | None, by: User) -> Assignment | None:
    if place:
        _take(place.pk, by.pk)
    return place


@compiled_update
def _take(place: Any, person: Any) -> tuple[QuerySet[Assignment], dict[str, Any]]:
    taken = {"claimed_at": Now(), "lease_until": Now() + LEASE, "lease_version": F("lease_version") + 1}
    return Assignment.objects.filter(pk=place), {"state": PlaceState.CLAIMED, "person": person} | taken


@compiled_update
def _renew(session: Any, person: Any) -> tuple[QuerySet[Assignment], dict[str, Any]]:
    return Assignment.objects.filter(session=session, person=person, state=PlaceState.CLAIMED), {"lease_until": Now() + LEASE}
