"""Whose a place of a queue can be: the people who may work it, and the places somebody could be handed now."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from labeling.codes import LabelType
from labeling.models import Assignment, CurrentLabel, Exposure, Label, Pass, Queue, Rater, User
from labeling.models.assignment import WANTED, PlaceState
from labeling.models.queue import OpenTo, QueueQuerySet, QueueState
from labeling.models.run import SkipKind
from labeling.queries.claimable import TAKEN
from labeling.queries.colleagues import LABELING_ROLES
from labeling.roles import Role
from sessions_app.models import Session
from sessions_app.scope import Scope

# Who passed a session like this is not handed it again.
FOR_GOOD = (SkipKind.NOT_MINE, SkipKind.CANNOT_JUDGE)


def workers_of(queue: Queue) -> QuerySet[User]:
    """This will be the people who may work a queue at all, whichever agents they see: what `open_to` says of one person."""
    people = User.objects.filter(is_active=True, role__in=LABELING_ROLES, may_read_transcripts=True)
    if queue.open_to == OpenTo.CHOSEN:
        return people.filter(Exists(Queue.workers.through.objects.filter(queue=queue, user=OuterRef("pk"))))
    return people if queue.open_to == OpenTo.EVERYBODY else people.filter(role=Role.REVIEWER)


def takeable(person: User, scope: Scope, *, independent: bool) -> QuerySet[Assignment]:
    """This will be the places that are free for a person: what `claimable` says of one queue, of many.

    The caller names the queues, independent or not: with the one condition or the other all of them are counted at once.
    """
    free = Q(state=PlaceState.OPEN) | Q(lease_until__lte=Now())
    unassigned = Q(assigned_to=None) | Q(assigned_to=person)
    rater = Rater.objects.filter(user=person).values("pk")[:1]
    here: dict[str, Any] = {"queue": OuterRef("queue"), "session": OuterRef("session"), "person": person}
    labels = (Label if independent else CurrentLabel).objects.filter(session=OuterRef("session"), rater=rater, type=LabelType.HUMAN)
    mine = Assignment.objects.filter(state__in=TAKEN, **here)
    passed = Pass.objects.filter(Q(until=None) | Q(until__gt=Now()), **here)
    places = within_reach(Assignment.objects.filter(free, unassigned, state__in=WANTED), person, scope).filter(~Exists(mine), ~Exists(passed), ~Exists(labels))
    return places.filter(~Exists(Exposure.objects.filter(session=OuterRef("session"), user=person))) if independent else places


def holding(person: User, scope: Scope) -> QuerySet[Assignment]:
    """This will be the places a person is at, or was at and nobody took: they are given these back first."""
    return within_reach(Assignment.objects.filter(person=person, state=PlaceState.CLAIMED), person, scope)


def workable(person: User) -> QueueQuerySet:
    """This will be the queues in which a person is handed places now."""
    return Queue.objects.filter(state=QueueState.ACTIVE).open_to(person)


def within_reach(places: QuerySet[Assignment], person: User, scope: Scope) -> QuerySet[Assignment]:
    """This will keep the places of sessions that a person may see, in their languages where the queue goes by these."""
    speaks = Q(queue__by_language=False) | Q(session__language__in=person.languages)
    seen = places.filter(speaks, session__erased_at=None)
    return seen if scope.all_agents else seen.filter(session__in=Session.objects.visible_to(scope))


def reachable(places: QuerySet[Assignment], scope: Scope) -> QuerySet[Assignment]:
    """This will keep the places of sessions in scope; void ones are none."""
    standing = places.exclude(state=PlaceState.VOID)
    return standing if scope.all_agents else standing.filter(session__in=Session.objects.visible_to(scope))
