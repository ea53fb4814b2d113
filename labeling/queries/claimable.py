"""Which places of a queue a person can be handed, and which they hold."""

from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from labeling.codes import LabelType
from labeling.models import Assignment, CurrentLabel, Exposure, Label, Pass, Queue, User
from labeling.models.assignment import WANTED, PlaceState
from sessions_app.compiled import AnyOf, AnyText
from sessions_app.models import Session
from sessions_app.scope import Scope

TAKEN = (PlaceState.CLAIMED, PlaceState.DONE)


def claimable(queue: Queue, *, person: User, scope: Scope) -> QuerySet[Assignment]:
    """This will be the places that are free for this person, in the order in which the queue is worked.

    A claim whose lease is over is free. Independent is only who was shown no judgment of the session, and has not judged it before.
    """
    free = free_places(*asked_of(queue, person, scope), **kind_of(queue, scope))
    return free.filter(Q(assigned_to=None) | Q(assigned_to=person))


def asked_of(queue: Queue, person: User, scope: Scope) -> tuple[int, int, list[int], list[str]]:
    """This will be the values of a question for a person's places."""
    return (queue.pk, person.pk, list(scope.agents), list(person.languages))


def kind_of(queue: Queue, scope: Scope) -> dict[str, bool]:
    """This will be the shape of a question for somebody's places."""
    return {"all_agents": scope.all_agents, "by_language": queue.by_language, "is_independent": queue.is_independent}


def free_places(queue: Any, person: Any, agents: Any, languages: Any, *, all_agents: bool, by_language: bool, is_independent: bool) -> QuerySet[Assignment]:
    """This will be the same, whomever the places are given to."""
    # Asked for once and not for each place: who works ahead of the others of a queue of several labels passes over all they have done.
    mine = Assignment.objects.filter(queue=queue, person=person, state__in=TAKEN).values("session")
    passed = Pass.objects.filter(queue=queue, session=OuterRef("session"), person=person).filter(Q(until=None) | Q(until__gt=Now()))
    free = (
        Assignment.objects.filter(_in_reach(agents, languages, all_agents=all_agents, by_language=by_language), queue=queue, state__in=WANTED)
        .filter(Q(state=PlaceState.OPEN) | Q(lease_until__lte=Now()))
        .exclude(session__in=mine)
        .filter(~Exists(passed), ~_has_judged(person, is_independent=is_independent))
    )
    if is_independent:
        free = free.exclude(Exists(Exposure.objects.filter(session=OuterRef("session"), user=person)))
    return free.order_by("position", "slot", "pk")


def held(queue: Queue, *, person: User) -> QuerySet[Assignment]:
    """This will be the places a person holds a claim on that nobody else has taken, whether or not its lease is over; the newest first."""
    return _held(queue.pk, person.pk)


def held_places(queue: Any, person: Any, agents: Any, languages: Any, *, all_agents: bool, by_language: bool, is_independent: bool) -> QuerySet[Assignment]:
    """This will be the same, and say of each whether its session is still in reach."""
    return _held(queue, person).annotate(is_in_reach=_in_reach(agents, languages, all_agents=all_agents, by_language=by_language))


def in_reach(queue: Queue, *, person: User, scope: Scope) -> Exists:
    """This will be the condition that a person may see the session of a place, and judges in its language where the queue goes by it."""
    return _in_reach(list(scope.agents), list(person.languages), all_agents=scope.all_agents, by_language=queue.by_language)


def _held(queue: Any, person: Any) -> QuerySet[Assignment]:
    return Assignment.objects.filter(queue=queue, person=person, state=PlaceState.CLAIMED).order_by("-claimed_at", "-pk")


def _in_reach(agents: Any, languages: Any, *, all_agents: bool, by_language: bool) -> Exists:
    sessions = Session.objects.filter(pk=OuterRef("session"), erased_at=None)
    if not all_agents:
        sessions = sessions.filter(AnyOf(F("seen_agent"), agents))
    return Exists(sessions.filter(AnyText(F("language"), languages)) if by_language else sessions)


def _has_judged(person: Any, *, is_independent: bool) -> Exists:
    """Of an independent queue also a label that was taken back."""
    labels = Label if is_independent else CurrentLabel
    return Exists(labels.objects.filter(session=OuterRef("session"), rater__user=person, type=LabelType.HUMAN))
