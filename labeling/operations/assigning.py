"""Assigning: giving places of a queue to people, taking them from one to others, and taking a claim back."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from labeling.models import Assignment, Queue, User
from labeling.models.assignment import WANTED, PlaceState
from labeling.models.event import EventKind
from labeling.models.queue import QueueState
from labeling.operations.events import record_event
from labeling.queries.places import reachable, workers_of
from labeling.queries.worker_fit import Fit, get_fit
from sessions_app.scope import Scope

# More are taken in the next go: what is being given to people is locked until it is written.
MOST_AT_ONCE = 5_000
LIVE = Q(state=PlaceState.CLAIMED, lease_until__gt=Now())
OPENED = {"state": PlaceState.OPEN, "person": None, "claimed_at": None, "lease_until": None, "lease_version": F("lease_version") + 1}


class QueueOver(Exception):
    """The queue is closed or deleted."""


@dataclass(slots=True)
class CannotWork(Exception):
    """These people may not work the queue."""

    people: list[User]


class ClaimOver(Exception):
    """The claim ended, or is another one by now."""


@dataclass(slots=True)
class Assigned:
    """How many places each person was given, and why others were not: somebody is at them, or none of the people can take them."""

    given: Counter[int] = field(default_factory=Counter)
    returned: int = 0
    busy: int = 0
    unfit: int = 0
    full: int = 0
    is_cut: bool = False

    @property
    def n(self) -> int:
        return self.given.total() + self.returned


@transaction.atomic
def assign_places(
    *, queue: Queue, by: User, scope: Scope, to: Sequence[User], of: User | None = None, sessions: Sequence[int] | None = None, each: int | None = None
) -> Assigned:
    """This will give places evenly to people: those that are nobody's, those of one person, or those of some sessions.

    With nobody to give them to they are anybody's again. `each` is how many a person has in the end, with what they had.
    Twice is once. Raises QueueOver, CannotWork.
    """
    if queue.state not in (QueueState.ACTIVE, QueueState.PAUSED):
        raise QueueOver
    may_work = set(workers_of(queue).filter(pk__in=[person.pk for person in to]).values_list("pk", flat=True))
    if cannot := [person for person in to if person.pk not in may_work]:
        raise CannotWork(cannot)
    found = list(_candidates(queue, scope, of, sessions).order_by("position", "slot", "pk").values_list("pk", "session")[: MOST_AT_ONCE + 1])
    outcome = Assigned(is_cut=len(found) > MOST_AT_ONCE)
    del found[MOST_AT_ONCE:]
    locked = _lock({session for _, session in found}, queue)
    # Asked again of what is locked: between the two somebody may have claimed one.
    still = set(_candidates(queue, scope, of, sessions).filter(pk__in=locked).values_list("pk", flat=True))
    places = [locked[pk] for pk, _ in found if pk in still]
    outcome.busy = len(found) - len(places)
    if not to:
        moved = dict.fromkeys(place.pk for place in places if place.assigned_to_id or place.person_id)
        outcome.returned = len(moved)
    else:
        moved = _share(places, list(locked.values()), to, each, queue, outcome)
    _write(moved, locked)
    if outcome.n:
        after = f"to {len(outcome.given)} people" if to else "to anybody"
        record_event(kind=EventKind.ASSIGNED, by=by, subject_kind="queue", subject=queue.pk, before=f"{outcome.n} places", after=after)
    return outcome


@transaction.atomic
def release_claim(*, queue: Queue, place_pk: int, version: int, by: User, scope: Scope) -> User:
    """This will take a claim back, and say from whom. The version goes up, so that neither a renewal nor a label brings it back unseen.

    What they wrote stays with them as a draft. Raises ClaimOver.
    """
    places = reachable(Assignment.objects.filter(LIVE, queue=queue), scope)
    place = places.select_for_update(no_key=True, of=("self",)).select_related("person").filter(pk=place_pk, lease_version=version).first()
    if place is None or place.person is None:
        raise ClaimOver
    Assignment.objects.filter(pk=place.pk).update(**OPENED)
    record_event(kind=EventKind.ASSIGNED, by=by, session=place.session_id, subject_kind="user", subject=place.person_id, before="claimed", after="taken back")
    return place.person


def _candidates(queue: Queue, scope: Scope, of: User | None, sessions: Sequence[int] | None) -> QuerySet[Assignment]:
    wanted = reachable(Assignment.objects.filter(queue=queue, state__in=WANTED), scope)
    if of is not None:
        # What they are at this moment is taken from them too.
        return wanted.filter(~LIVE | Q(person=of), assigned_to=of)
    if sessions is not None:
        return wanted.filter(~LIVE, session__in=sessions)
    return wanted.filter(~LIVE, assigned_to=None)


def _lock(sessions: set[int], queue: Queue) -> dict[int, Assignment]:
    """All wanted places of these sessions by id, without the sessions of which somebody takes or fills one right now."""
    wanted = Assignment.objects.filter(queue=queue, session__in=sessions, state__in=WANTED)
    locked = list(wanted.select_for_update(skip_locked=True, no_key=True).order_by("pk"))
    missing = Counter(wanted.values_list("session", flat=True)) - Counter(place.session_id for place in locked)
    return {place.pk: place for place in locked if place.session_id not in missing}


def _share(
    places: Sequence[Assignment], wanted: Sequence[Assignment], to: Sequence[User], each: int | None, queue: Queue, outcome: Assigned
) -> dict[int, int | None]:
    """Whom each place goes to: of those who can take it, whoever has the fewest. Counts in `outcome` what it gives, and why not."""
    taken = {place.pk for place in places}
    fit = get_fit(queue, to, {place.session_id for place in places}, besides=taken)
    for place in wanted:
        if place.pk not in taken and place.assigned_to_id:
            fit.hold(place.session_id, place.assigned_to_id)
    moved: dict[int, int | None] = {}
    for place in places:
        able = [person.pk for person in to if fit.can_take(place.session_id, person.pk)]
        chosen = min((pk for pk in able if each is None or fit.load[pk] < each), key=lambda pk: fit.load[pk], default=None)
        if chosen is None:
            outcome.full += bool(able)
            outcome.unfit += not able
            _keep(place, fit, to)
            continue
        fit.hold(place.session_id, chosen)
        fit.load[chosen] += 1
        if place.assigned_to_id != chosen:
            moved[place.pk] = chosen
            outcome.given[chosen] += 1
    return moved


def _keep(place: Assignment, fit: Fit, to: Sequence[User]) -> None:
    """What nobody takes stays with whom it was."""
    if place.assigned_to_id:
        fit.hold(place.session_id, place.assigned_to_id)


def _write(moved: dict[int, int | None], locked: dict[int, Assignment]) -> None:
    by_person: dict[int | None, list[int]] = defaultdict(list)
    for pk, person in moved.items():
        by_person[person].append(pk)
    for person, pks in by_person.items():
        Assignment.objects.filter(pk__in=pks).update(assigned_to=person)
    # Whose place it is no more must not be given it back when they go on, though nobody has taken it yet.
    ended = [pk for pk, person in moved.items() if locked[pk].person_id not in (None, person)]
    Assignment.objects.filter(pk__in=ended).update(**OPENED)
