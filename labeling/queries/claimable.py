"""Which places of a queue a person can be handed, and which they hold."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from labeling.codes import LabelType
from labeling.models import Assignment, CurrentLabel, Exposure, Label, Pass, Queue, User
from labeling.models.assignment import WANTED, PlaceState
from sessions_app.models import Session
from sessions_app.scope import Scope

TAKEN = (PlaceState.CLAIMED, PlaceState.DONE)


def claimable(queue: Queue, *, person: User, scope: Scope) -> QuerySet[Assignment]:
    """This will be the places that are free for this person, in the order in which the queue is worked.

    A claim whose lease is over is free. Independent is only who was shown no judgment of the session, and has not judged it before.
    """
    # Asked for once and not for each place: who works ahead of the others of a queue of several labels passes over all they have done.
    mine = Assignment.objects.filter(queue=queue, person=person, state__in=TAKEN).values("session")
    passed = Pass.objects.filter(queue=queue, session=OuterRef("session"), person=person).filter(Q(until=None) | Q(until__gt=Now()))
    free = (
        Assignment.objects.filter(in_reach(queue, person=person, scope=scope), queue=queue, state__in=WANTED)
        .filter(Q(state=PlaceState.OPEN) | Q(lease_until__lte=Now()))
        .filter(Q(assigned_to=None) | Q(assigned_to=person))
        .exclude(session__in=mine)
        .filter(~Exists(passed), ~has_judged(queue, person=person))
    )
    if queue.is_independent:
        free = free.exclude(Exists(Exposure.objects.filter(session=OuterRef("session"), user=person)))
    return free.order_by("position", "slot", "pk")


def held(queue: Queue, *, person: User) -> QuerySet[Assignment]:
    """This will be the places a person holds a claim on that nobody else has taken, whether or not its lease is over; the newest first."""
    return Assignment.objects.filter(queue=queue, person=person, state=PlaceState.CLAIMED).order_by("-claimed_at", "-pk")


def in_reach(queue: Queue, *, person: User, scope: Scope) -> Exists:
    """This will be the condition that a person may see the session of a place, and judges in its language where the queue goes by it."""
    sessions = Session.objects.visible_to(scope).filter(pk=OuterRef("session"), erased_at=None)
    return Exists(sessions.filter(language__in=person.languages) if queue.by_language else sessions)


def has_judged(queue: Queue, *, person: User) -> Exists:
    """This will be the condition that a person has a label on the session of a place; of an independent queue also one that was taken back."""
    if queue.is_independent:
        return Exists(Label.objects.filter(session=OuterRef("session"), rater__user=person, type=LabelType.HUMAN))
    return Exists(CurrentLabel.objects.filter(session=OuterRef("session"), rater__user=person, type=LabelType.HUMAN))
