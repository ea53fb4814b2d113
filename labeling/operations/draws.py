"""Draws: asking for one, and carrying it out. Nothing of it is seen before all of it is there, so a killed worker doubles nothing."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils.translation import gettext_noop
from procrastinate.contrib.django import app
from psycopg.errors import QueryCanceled

from labeling.models import Assignment, Draw, Queue, User
from labeling.models.assignment import PlaceState
from labeling.models.queue import MOST_IN_QUEUE, DrawKind, DrawState, QueueState, Reason
from labeling.operations.draw_progress import Progress
from labeling.operations.places import BATCH, insert_places
from labeling.queries.draw_times import next_draw
from labeling.queries.drawing import MOST_GROUPS, Picked, Placed, drawn_position, get_more, in_order, part_to_read, pick, read_frame, read_reasons
from labeling.queries.sampling import Plan, plan_sample, size_of
from sessions_app.models import Session, SessionQuerySet
from sessions_app.reasons import with_values

UNDER_WAY = (DrawState.WAITING, DrawState.RUNNING)
STATEMENT_SECONDS = 600
# A session is dated within the transaction that takes it in, so of what is older than any that is still open there will be no more.
WHOLE_UNTIL = """
    SELECT LEAST(statement_timestamp(), (
        SELECT min(xact_start) - interval '1 microsecond' FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
    ))
"""
# The worker may have been lost with its job; a second one finds the first one's work or does it.
LOST_AFTER = timedelta(minutes=15)
# For this transaction only: groups are counted and sorted in memory.
SET = "SELECT set_config('statement_timeout', %s, true), set_config('work_mem', '128MB', true)"
# Where the planner thinks few will be counted it sorts ten million rows first.
COUNT_BY_HASHING = "SELECT set_config('enable_sort', 'off', true)"

TOO_MANY = with_values(gettext_noop("%(n)s sessions would be in this queue, and one holds at most %(most)s. Narrow the rule, or draw a smaller sample."))
TOO_MANY_GROUPS = with_values(gettext_noop("The sample would be drawn from %(n)s groups, and %(most)s is the most. Draw by fewer things."))
TOO_SLOW = gettext_noop("The database took too long to find these sessions. Narrow the rule, for example by period.")
FAULT = gettext_noop("Something went wrong, and nothing was drawn. Draw again; if it stays so, tell whoever runs the server.")
ENDED = gettext_noop("The queue was closed or deleted before the sessions were drawn.")


class NotDrawable(Exception):
    """The queue is closed or deleted, or its sessions are only added by hand."""


class CannotDraw(Exception):
    """Its words are for the manager, and say what to do."""


class Stopped(Exception):
    """The worker has to end; the job is taken up again."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The sessions that qualify: to be counted and drawn from, and in the order of the rule."""

    sessions: SessionQuerySet
    in_order: SessionQuerySet


# Which sessions qualify for a queue at a moment. Filters are above operations, so it is handed in.
FrameOf = Callable[[Queue, datetime], Frame]


@transaction.atomic
def ask_for_draw(*, queue: Queue, by: User | None = None) -> Draw:
    """This will have a queue filled in the background. While that is under way, asking again is nothing new. Raises NotDrawable."""
    locked = Queue.objects.select_for_update(no_key=True).get(pk=queue.pk)
    if locked.state in (QueueState.CLOSED, QueueState.DELETED) or locked.draw_kind == DrawKind.ADDED:
        raise NotDrawable
    # What is added by hand is no draw of this kind, and goes on beside it.
    under_way = Draw.objects.filter(queue=locked, state__in=UNDER_WAY).exclude(kind=DrawKind.ADDED).first()
    if under_way:
        if Draw.objects.filter(pk=under_way.pk, asked_at__lt=Now() - LOST_AFTER).exists():
            _defer(under_way)
        return under_way
    number = (Draw.objects.filter(queue=locked).aggregate(last=Max("number"))["last"] or 0) + 1
    drawn_until = Draw.objects.filter(queue=locked, state=DrawState.FINISHED, kind=DrawKind.RANDOM).aggregate(at=Max("ingested_until"))["at"]
    draw = Draw.objects.create(
        queue=locked,
        number=number,
        kind=locked.draw_kind,
        query=locked.query,
        # Where nothing is drawn at random, it still chooses who gets more labels.
        seed=locked.seed if locked.is_sample else secrets.randbelow(2**31),
        strata=locked.strata,
        ingested_after=drawn_until if locked.is_sample else None,
        asked_by=by,
    )
    _defer(draw)
    return draw


def carry_out_draw(*, draw_pk: int, frame_of: FrameOf, should_stop: Callable[[], bool] = lambda: False) -> None:
    """This will fill a queue; what an earlier attempt left off is drawn anew, from the same seed and up to the same moment. Raises Stopped."""
    draw = _begin(draw_pk)
    if draw is None:
        return
    try:
        with Progress(draw) as progress:
            plan, placed = _choose(draw, frame_of)
            progress.expect(plan.frame)
            if should_stop():
                raise Stopped
            _place(draw, plan, placed, progress, should_stop)
    except (Stopped, OperationalError) as problem:
        if isinstance(problem, Stopped) or not isinstance(problem.__cause__, QueryCanceled):
            raise
        fail_draw(draw_pk=draw_pk, problem=TOO_SLOW)
    except CannotDraw as refusal:
        fail_draw(draw_pk=draw_pk, problem=str(refusal))
    except Exception:
        fail_draw(draw_pk=draw_pk, problem=FAULT)
        raise


def fail_draw(*, draw_pk: int, problem: str) -> None:
    """This will end a draw that cannot go on. The next one of a repeating queue comes in its time."""
    with transaction.atomic():
        queue = Queue.objects.select_for_update(no_key=True).get(draws=draw_pk)
        if Draw.objects.filter(pk=draw_pk, state__in=UNDER_WAY).update(state=DrawState.FAILED, finished_at=Now(), problem=problem[:300]):
            _set_next(queue)


def ask_for_due_draws() -> int:
    """This will ask for the draws of repeating queues whose time has come. A paused queue is drawn when it goes on."""
    due = Queue.objects.filter(next_draw_at__lte=Now(), state=QueueState.ACTIVE).order_by("next_draw_at", "pk")
    return sum(ask_for_draw(queue=queue).state == DrawState.WAITING for queue in due)


def _defer(draw: Draw) -> None:
    # By name: a task is above an operation.
    app.configure_task("labeling.tasks.fill_queue").defer(draw=draw.pk)


@transaction.atomic
def _begin(draw_pk: int) -> Draw | None:
    drawn = Draw.objects.exclude(kind=DrawKind.ADDED).select_related("queue__created_by")
    draw = drawn.select_for_update(no_key=True, of=("self",)).filter(pk=draw_pk, state__in=UNDER_WAY).first()
    if draw is None:
        return None
    draw.state = DrawState.RUNNING
    if draw.ingested_until is None:
        with connection.cursor() as cursor:
            cursor.execute(WHOLE_UNTIL)
            (draw.ingested_until,) = cursor.fetchone()
    draw.save(update_fields=["state", "ingested_until"])
    return draw


@transaction.atomic
def _choose(draw: Draw, frame_of: FrameOf) -> tuple[Plan, list[tuple[Placed, float | None]]]:
    """All of it at one moment of the database. Raises CannotDraw."""
    with connection.cursor() as cursor:
        if len(connection.savepoint_ids) == 0:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(SET, [f"{STATEMENT_SECONDS}s"])
    queue = draw.queue
    if queue.state in (QueueState.CLOSED, QueueState.DELETED):
        raise CannotDraw(ENDED)
    frame = frame_of(queue, draw.ingested_until or draw.asked_at)
    frame = Frame(_new(frame.sessions, draw), _new(frame.in_order, draw))
    held = Assignment.objects.filter(queue=queue).exclude(state=PlaceState.VOID).values("session").distinct().count()
    room = MOST_IN_QUEUE - held
    if draw.kind == DrawKind.RANDOM:
        return _sample(draw, frame.sessions, room, held)
    found = list(frame.in_order.values_list("pk", flat=True)[: room + 1])
    if len(found) > room:
        raise CannotDraw(TOO_MANY % {"n": f"{held + frame.sessions.order_by().count():,}", "most": f"{MOST_IN_QUEUE:,}"})
    told = _told(found, queue.reasons)
    placed = in_order([pk for pk in found if pk in told], told, order=queue.order, reasons=queue.reasons, draw=draw.number)
    return plan_sample({(): len(placed)} if placed else {}, len(placed)), [(one, None) for one in placed]


def _sample(draw: Draw, sessions: SessionQuerySet, room: int, held: int) -> tuple[Plan, list[tuple[Placed, float | None]]]:
    queue, seed = draw.queue, draw.seed or 0
    with connection.cursor() as cursor:
        cursor.execute(COUNT_BY_HASHING)
    counts, low = read_frame(sessions, draw.strata, seed=seed, part=part_to_read(queue.size, queue.percent))
    if len(counts) > MOST_GROUPS:
        raise CannotDraw(TOO_MANY_GROUPS % {"n": f"{len(counts):,}", "most": f"{MOST_GROUPS:,}"})
    frame = sum(counts.values())
    size = size_of(frame, size=queue.size, percent=queue.percent) if frame else 0
    if size > room:
        raise CannotDraw(TOO_MANY % {"n": f"{held + size:,}", "most": f"{MOST_IN_QUEUE:,}"})
    plan = plan_sample(counts, size)
    picked: list[Picked] = pick(sessions, plan, low, strata=draw.strata, seed=seed)
    return plan, [
        (Placed(one.session, drawn_position(draw.number, number), Reason.DRAWN), plan.groups[one.group].probability) for number, one in enumerate(picked)
    ]


def _new(sessions: SessionQuerySet, draw: Draw) -> SessionQuerySet:
    """What was not erased and is not in the queue. A sample is of what came since the one before, so that each session has one chance."""
    new = sessions.filter(erased_at=None)
    if draw.kind == DrawKind.RANDOM:
        new = new.filter(ingested_at__lte=draw.ingested_until)
        new = new.filter(ingested_at__gt=draw.ingested_after) if draw.ingested_after else new
    members = Assignment.objects.filter(queue=draw.queue).exclude(state=PlaceState.VOID)
    return new.exclude(pk__in=members.values("session")) if members.exists() else new


def _told(found: list[int], reasons: list[str]) -> dict[int, tuple[datetime, str]]:
    told: dict[int, tuple[datetime, str]] = {}
    for start in range(0, len(found), BATCH):
        told |= read_reasons(Session.objects.filter(pk__in=found[start : start + BATCH]), reasons, Reason.RULE)
    return told


@transaction.atomic
def _place(draw: Draw, plan: Plan, placed: list[tuple[Placed, float | None]], progress: Progress, should_stop: Callable[[], bool]) -> None:
    """The queue's lock keeps a second worker, and a change of the queue, from the same draw."""
    queue = Queue.objects.select_for_update(no_key=True).get(pk=draw.queue_id)
    if not Draw.objects.filter(pk=draw.pk, state__in=UNDER_WAY).exists():
        return
    if queue.state in (QueueState.CLOSED, QueueState.DELETED):
        raise CannotDraw(ENDED)
    more = get_more([one.session for one, _probability in placed], percent=queue.more_percent, seed=draw.seed or 0) if queue.more_labels else set()
    for start in range(0, len(placed), BATCH):
        batch = placed[start : start + BATCH]
        labels = {one.session: (queue.more_labels if one.session in more else None) or queue.labels_wanted for one, _probability in batch}
        probabilities = {one.session: probability for one, probability in batch if probability is not None}
        insert_places(draw=draw, placed=[one for one, _probability in batch], labels=labels, probabilities=probabilities)
        if should_stop():
            raise Stopped
        progress.note(start + len(batch))
    Draw.objects.filter(pk=draw.pk).update(
        state=DrawState.FINISHED,
        frame=plan.frame,
        drawn=len(placed),
        groups=[group.as_json for group in plan.groups] if draw.kind == DrawKind.RANDOM else [],
        finished_at=Now(),
    )
    _set_next(queue)


def _set_next(queue: Queue) -> None:
    now = Queue.objects.annotate(now=Now()).values_list("now", flat=True).get(pk=queue.pk)
    Queue.objects.filter(pk=queue.pk).update(next_draw_at=next_draw(queue.repeats, now))
