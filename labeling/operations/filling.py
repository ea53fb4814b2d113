"""Places that a label fills, in the label's transaction and under its session's lock."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from labeling.codes import Basis, LabelType
from labeling.models import Assignment, CurrentLabel, Exposure, Label, Pass, Queue, User
from labeling.models.assignment import WANTED, PlaceState
from labeling.models.queue import DrawKind, QueueState, Reason
from labeling.operations.claims import FREE, LEASE, QueueNotActive
from labeling.operations.label_rows import Provenance
from labeling.roles import Permission, Role
from sessions_app.compiled import AnyOf, compiled, compiled_update
from sessions_app.models import Session


@dataclass(slots=True)
class PlaceTaken(Exception):
    """The queue has no place of the session for this person; `person` is who holds or has filled it, or was given it, if anybody."""

    person: User | None = None
    is_done: bool = False
    is_given: bool = False


@dataclass(frozen=True, slots=True)
class Places:
    """What a label fills for the first time, and what follows the person's change of mind. `refusal` says why the queue they work in is not among them."""

    fresh: Sequence[Assignment]
    followed: Sequence[Assignment]
    refusal: Exception | None

    def provenance(self, given: Provenance, *, queue: Queue | None) -> Provenance:
        """This will be how the label came to be: where it counts for a random sample that comes first, whichever queue was worked."""
        filled = [*self.fresh, *self.followed]
        if not filled:
            return given
        place = min(filled, key=lambda one: (not _is_random(one), not (queue and one.queue_id == queue.pk), one.pk))
        if _is_random(place):
            return replace(given, assignment=place.pk, basis=Basis.RANDOM, selection_probability=place.probability)
        return replace(given, assignment=place.pk, basis=Basis.TARGETED, is_further=place.reason == Reason.DISAGREEMENT)


def find_places(*, session: Session, by: User, queue: Queue | None = None) -> Places:
    """This will lock the places of a session that a label of this person fills: in the queue they work in, and in any other they may work.

    The caller has locked the session. Of each queue it is one: the person's own, else one that is free for them.
    """
    rows = _within_reach.all(session.pk, by.pk, is_reviewer=by.role == Role.REVIEWER, may_label=by.may(Permission.LABEL))
    rows.sort(key=lambda row: (row.queue_id, row.slot))
    person = _Judge(session, by)
    fresh, followed = [], []
    for _, group in groupby(rows, key=lambda row: row.queue_id):
        places = list(group)
        place = next((one for one in places if one.person_id == by.pk), None)
        if place and place.state == PlaceState.DONE:
            followed.append(place)
        elif places[0].queue.state == QueueState.ACTIVE and (place := place or person.first_free(places)):
            fresh.append(place)
    refusal = None
    if queue and not any(place.queue_id == queue.pk for place in [*fresh, *followed]):
        refusal = _refusal(queue, [row for row in rows if row.queue_id == queue.pk])
    return Places(fresh, followed, refusal)


@compiled
def _within_reach(session: Any, person: Any, *, is_reviewer: bool, may_label: bool) -> QuerySet[Assignment]:
    own = Q(person=person)
    reach = own | Q(queue__in=Queue.objects.open_to_one(person, is_reviewer=is_reviewer)) if may_label else own
    passes = Pass.objects.filter(queue=OuterRef("queue"), session=session, person=person)
    return (
        Assignment.objects.filter(reach, session=session)
        .exclude(state=PlaceState.VOID)
        .select_related("queue", "draw")
        .annotate(is_over=ExpressionWrapper(Q(lease_until__lte=Now()), output_field=BooleanField()), was_passed=Exists(passes))
        .select_for_update(of=("self",))
        .order_by("pk")
    )


def fill_places(*, places: Places, label: Label, by: User) -> None:
    """This will mark as done what a label fills, and let what follows point at it."""
    for is_own in (True, False):
        filled = [place.pk for place in places.fresh if (place.person_id == by.pk) is is_own]
        if filled:
            _fill(filled, by.pk, label.pk, is_own=is_own)
    if places.followed:
        Assignment.objects.filter(pk__in=[place.pk for place in places.followed]).update(label=label.pk)
    passed = [place.queue_id for place in places.fresh if place.was_passed]  # type: ignore[attr-defined]
    if passed:
        Pass.objects.filter(queue__in=passed, session=label.session_id, person=by).delete()


@compiled_update
def _fill(places: Any, person: Any, label: Any, *, is_own: bool) -> tuple[QuerySet[Assignment], dict[str, Any]]:
    filled = {"state": PlaceState.DONE, "person": person, "lease_until": None, "label": label, "done_at": Now()}
    taken = {} if is_own else {"claimed_at": Now(), "lease_version": F("lease_version") + 1}
    return Assignment.objects.filter(AnyOf(F("pk"), places)), filled | taken


def reopen_places(*, label: Label, by: User, standing: Label | None) -> None:
    """This will give the places of a label that was taken back to the same person again; where an earlier label of theirs stands, they follow that.

    Called under the session's lock.
    """
    done = Assignment.objects.filter(session=label.session_id, label=label.pk, person=by, state=PlaceState.DONE)
    if standing:
        done.update(label=standing.pk)
        return
    nothing = {"label": None, "done_at": None}
    deleted = Queue.objects.filter(state=QueueState.DELETED)
    gone = done.filter(Q(queue__in=deleted) | Q(session__in=Session.objects.filter(pk=label.session_id, erased_at__isnull=False)))
    gone.update(**FREE | nothing | {"state": PlaceState.VOID})
    done.update(**nothing, state=PlaceState.CLAIMED, lease_until=Now() + LEASE, lease_version=F("lease_version") + 1)


class _Judge:
    """What is asked of the person only where a place is free at all."""

    def __init__(self, session: Session, person: User) -> None:
        self.session, self.person = session, person

    def first_free(self, places: Sequence[Assignment]) -> Assignment | None:
        free = [one for one in places if self._is_free(one)]
        return free[0] if free and not self._is_barred(free[0].queue) else None

    def _is_free(self, place: Assignment) -> bool:
        if place.assigned_to_id not in (None, self.person.pk):
            return False
        return place.state == PlaceState.OPEN or (place.state == PlaceState.CLAIMED and _is_over(place))

    def _is_barred(self, queue: Queue) -> bool:
        """Whom the queue would not hand the session: it is in none of their languages, or they judged it, or saw what others think."""
        if queue.by_language and self.session.language not in self.person.languages:
            return True
        return bool(_knows.all(self.session.pk, self.person.pk, is_independent=queue.is_independent))


@compiled
def _knows(session: Any, person: Any, *, is_independent: bool) -> QuerySet[Any, Any]:
    """A row where the person judged the session, or where that counts, ever did or saw what others think."""
    if not is_independent:
        return CurrentLabel.objects.filter(session=session, rater__user=person, type=LabelType.HUMAN).values_list("pk")[:1]
    judged = Label.objects.filter(session=session, rater__user=person, type=LabelType.HUMAN).values_list("session")
    return judged.union(Exposure.objects.filter(session=session, user=person).values_list("session"))


def _is_over(place: Assignment) -> bool:
    return bool(place.is_over)  # type: ignore[attr-defined]


def _is_random(place: Assignment) -> bool:
    """One that was added for another reason has no probability."""
    return place.draw.kind == DrawKind.RANDOM and place.probability is not None


def _refusal(queue: Queue, places: Sequence[Assignment]) -> Exception:
    if not Queue.objects.filter(pk=queue.pk, state=QueueState.ACTIVE).exists():
        return QueueNotActive()
    held = next((one for one in places if one.state == PlaceState.CLAIMED and not _is_over(one)), None)
    given = next((one for one in places if one.state in WANTED and one.assigned_to_id), None)
    done = next((one for one in places if one.state == PlaceState.DONE), None)
    if held:
        return PlaceTaken(held.person)
    return PlaceTaken(given.assigned_to, is_given=True) if given else PlaceTaken(done.person if done else None, is_done=True)
