"""Adding sessions to a queue by hand: asking for it, the job that makes the places, and the one undo. Each batch is a transaction."""

import secrets
from collections.abc import Callable, Sequence

from django.db import OperationalError, transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils.translation import gettext_noop
from procrastinate.contrib.django import app

from labeling.models import Assignment, Draw, Queue, User
from labeling.models.assignment import PlaceState
from labeling.models.bulk_action import MOST_IN_BULK
from labeling.models.event import EventKind
from labeling.models.queue import MOST_IN_QUEUE, DrawKind, DrawState, QueueOrder, QueueState, Reason
from labeling.operations.claims import FREE
from labeling.operations.events import record_event
from labeling.operations.places import insert_places
from labeling.queries.drawing import Placed, drawn_position, get_more
from labeling.queries.queue_additions import TASK, UNDER_WAY, UNDOING, UNDONE, count_members, free_places, get_begun, members_among
from labeling.queries.scopes import get_scope
from labeling.roles import Permission
from sessions_app.models import Session

BATCH = 500
UNDO_TASK = "labeling.tasks.take_from_queue"
ENDED = gettext_noop("The queue was closed or deleted before all of it was added.")
FULL = gettext_noop("The queue holds 100,000 sessions, and no more fit.")
FAULT = gettext_noop("Something went wrong. What was added stays, and can be undone.")
MAY_NOT = gettext_noop("Whoever asked for it does not manage queues any more.")


class NothingToAdd(Exception):
    """None of the sessions is left to be added."""


class TooManyToAdd(Exception):
    """More sessions than one action takes, or than the queue holds."""


class WouldBendSample(Exception):
    """The queue is a random sample: what somebody chose is not drawn."""


class QueueEnded(Exception):
    """The queue was closed or deleted."""


class NotUndoable(Exception):
    """It is being undone, or was."""


class Stopped(Exception):
    """The worker has to end; the job is taken up again."""


@transaction.atomic
def ask_to_add(*, queue: Queue, sessions: Sequence[int], by: User, client_key: str, query: str = "") -> Draw:
    """This will have exactly these sessions added at the end of a queue, in the background, in their order; those it has by then are left out.

    The same key again gives the first addition. Raises NothingToAdd, TooManyToAdd, WouldBendSample, QueueEnded.
    """
    locked = Queue.objects.select_for_update(no_key=True).get(pk=queue.pk)
    if begun := get_begun(client_key, by):
        return begun
    if locked.is_sample:
        raise WouldBendSample
    if locked.state not in (QueueState.ACTIVE, QueueState.PAUSED):
        raise QueueEnded
    if not sessions:
        raise NothingToAdd
    if len(sessions) > MOST_IN_BULK or count_members(locked.pk) + len(sessions) > MOST_IN_QUEUE:
        raise TooManyToAdd
    draw = Draw.objects.create(
        queue=locked,
        number=(Draw.objects.filter(queue=locked).aggregate(last=Max("number"))["last"] or 0) + 1,
        kind=DrawKind.ADDED,
        query=query,
        # It chooses who gets more labels.
        seed=secrets.randbelow(2**31),
        frame=len(sessions),
        asked_by=by,
    )
    # By name: a task is above an operation.
    app.configure_task(TASK).defer(draw=draw.pk, sessions=list(sessions), client_key=client_key)
    return draw


def add_all(*, draw_pk: int, sessions: Sequence[int], should_stop: Callable[[], bool] = lambda: False) -> None:
    """This will make the places that an addition has not made yet. Raises Stopped, and what the database refuses for a while."""
    try:
        for start in range(0, len(sessions), BATCH):
            if not _add_batch(draw_pk, sessions, start):
                return
            if should_stop() and start + BATCH < len(sessions):
                raise Stopped
        _finish(draw_pk)
    except (Stopped, OperationalError):
        raise
    except Exception:
        fail_addition(draw_pk=draw_pk, problem=FAULT)
        raise


def fail_addition(*, draw_pk: int, problem: str) -> None:
    """This will end an addition that cannot go on. What it added stays, and can be undone."""
    Draw.objects.filter(pk=draw_pk, state__in=UNDER_WAY, problem="").update(state=DrawState.FAILED, problem=problem, finished_at=Now())


@transaction.atomic
def undo_addition(*, draw: Draw, by: User) -> None:
    """This will have the places of an addition taken back, also of one that is still under way. Raises NotUndoable."""
    locked = Draw.objects.select_for_update(no_key=True).get(pk=draw.pk, kind=DrawKind.ADDED)
    if locked.problem in (UNDOING, UNDONE):
        raise NotUndoable
    Draw.objects.filter(pk=locked.pk).update(state=DrawState.RUNNING, problem=UNDOING)
    app.configure_task(UNDO_TASK).defer(draw=locked.pk, by=by.pk)


def take_back_all(*, draw_pk: int, by_pk: int, should_stop: Callable[[], bool] = lambda: False) -> None:
    """This will take back the places of an addition that nobody has filled or is at. Raises Stopped."""
    while _take_back_batch(draw_pk, User.objects.get(pk=by_pk)):
        if should_stop():
            raise Stopped


@transaction.atomic
def _add_batch(draw_pk: int, sessions: Sequence[int], start: int) -> bool:
    """Whether to go on. The lock on the queue keeps a second worker, a draw and an undo from the same batch."""
    draw = Draw.objects.select_related("asked_by").get(pk=draw_pk)
    if draw.asked_by is None:
        return _end(draw_pk, MAY_NOT)
    # Sessions before the queue, as everywhere. Whoever asked may see less by now, and an erased one wants no label.
    within = Session.objects.visible_to(get_scope(draw.asked_by)).filter(pk__in=sessions[start : start + BATCH], erased_at=None)
    reached = set(within.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    queue = Queue.objects.select_for_update(no_key=True).get(pk=draw.queue_id)
    if not Draw.objects.select_for_update(no_key=True).filter(pk=draw_pk, state__in=UNDER_WAY, problem="").exists():
        return False
    if not draw.asked_by.may(Permission.MANAGE_QUEUES):
        return _end(draw_pk, MAY_NOT)
    if queue.state not in (QueueState.ACTIVE, QueueState.PAUSED):
        return _end(draw_pk, ENDED)
    members = members_among(queue.pk, reached)
    new = [(number, pk) for number, pk in enumerate(sessions[start : start + BATCH], start) if pk in reached - members]
    if new and count_members(queue.pk) + len(new) > MOST_IN_QUEUE:
        return _end(draw_pk, FULL)
    more = get_more(sessions, percent=queue.more_percent, seed=draw.seed or 0) if queue.more_labels else set()
    labels = {pk: (queue.more_labels if pk in more else None) or queue.labels_wanted for _, pk in new}
    insert_places(draw=draw, placed=_at_the_end(queue, draw, new), labels=labels, probabilities={})
    added = Assignment.objects.filter(draw=draw_pk).values("session").distinct().count()
    Draw.objects.filter(pk=draw_pk).update(state=DrawState.RUNNING, drawn=added)
    return True


def _at_the_end(queue: Queue, draw: Draw, new: Sequence[tuple[int, int]]) -> list[Placed]:
    if queue.order == QueueOrder.DRAWN:
        return [Placed(pk, drawn_position(draw.number, number), Reason.ADDED) for number, pk in new]
    last = Assignment.objects.filter(queue=queue).exclude(state=PlaceState.VOID).aggregate(last=Max("position"))["last"]
    return [Placed(pk, (last or 0) + place, Reason.ADDED) for place, (_, pk) in enumerate(new, 1)]


def _end(draw_pk: int, problem: str) -> bool:
    fail_addition(draw_pk=draw_pk, problem=problem)
    return False


@transaction.atomic
def _finish(draw_pk: int) -> None:
    if Draw.objects.filter(pk=draw_pk, state__in=UNDER_WAY, problem="").update(state=DrawState.FINISHED, finished_at=Now()):
        draw = Draw.objects.select_related("asked_by").get(pk=draw_pk)
        _record(draw, by=draw.asked_by, after=f"{draw.drawn} sessions added")


@transaction.atomic
def _take_back_batch(draw_pk: int, by: User) -> bool:
    """Whether there is more."""
    draw = Draw.objects.select_for_update(no_key=True).get(pk=draw_pk)
    if draw.problem != UNDOING:
        return False
    places = free_places(draw).order_by("pk")
    locked = list(places.select_for_update(no_key=True).values_list("pk", flat=True)[:BATCH])
    if locked:
        Assignment.objects.filter(pk__in=locked).update(**FREE | {"state": PlaceState.VOID, "assigned_to": None})
        return True
    kept = Assignment.objects.filter(draw=draw).exclude(state=PlaceState.VOID).values("session").distinct().count()
    Draw.objects.filter(pk=draw_pk).update(state=DrawState.FINISHED, problem=UNDONE, drawn=kept, finished_at=Now())
    _record(draw, by=by, before=f"{draw.drawn} sessions added", after=f"{kept} stay")
    return False


def _record(draw: Draw, *, by: User | None, after: str, before: str = "") -> None:
    record_event(kind=EventKind.QUEUE_CHANGED, by=by, subject_kind="queue", subject=draw.queue_id, before=before, after=after)
