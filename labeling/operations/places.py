"""The places of a queue: making them, adding wanted labels, putting them in another order, and giving them up."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery

from labeling.models import Assignment, Draw, Queue
from labeling.models.assignment import WANTED, PlaceState
from labeling.models.queue import DrawKind, QueueOrder, Reason
from labeling.queries.drawing import Placed, drawn_position, in_order, read_reasons
from sessions_app.models import Session

BATCH = 5_000
INSERT = """
    INSERT INTO labeling_assignment (queue_id, draw_id, session_id, timestamp, slot, position, reason, probability, state, lease_version)
    SELECT %(queue)s, %(draw)s, session.id, session.timestamp, number, position, reason, probability, 'open', 0
    FROM unnest(%(sessions)s::bigint[], %(positions)s::bigint[], %(reasons)s::text[], %(probabilities)s::float8[], %(labels)s::int[])
        AS place (session, position, reason, probability, labels)
    JOIN sessions_app_session session ON session.id = place.session, generate_series(1, labels) AS number
    ON CONFLICT DO NOTHING
"""
WIDEN = """
    INSERT INTO labeling_assignment (queue_id, draw_id, session_id, timestamp, slot, position, reason, probability, state, lease_version)
    SELECT place.queue_id, place.draw_id, place.session_id, place.timestamp, number, place.position, place.reason, place.probability, 'open', 0
    FROM labeling_assignment place, generate_series(2, %(labels)s) AS number
    WHERE place.queue_id = %(queue)s AND place.slot = 1 AND place.state <> 'void' AND place.session_id = ANY(%(sessions)s)
    ON CONFLICT DO NOTHING
"""
MOVE = """
    UPDATE labeling_assignment place
    SET position = moved.position, reason = CASE WHEN place.reason = %(further)s THEN place.reason ELSE moved.reason END
    FROM unnest(%(sessions)s::bigint[], %(positions)s::bigint[], %(reasons)s::text[]) AS moved (session, position, reason)
    WHERE place.queue_id = %(queue)s AND place.session_id = moved.session AND place.state <> 'void'
"""


def insert_places(*, draw: Draw, placed: Sequence[Placed], labels: Mapping[int, int], probabilities: Mapping[int, float]) -> int:
    """This will make the places of some sessions, and return of how many. One that has places in the queue keeps them.

    `labels` says how many places a session gets.
    """
    given: dict[str, Any] = {
        "queue": draw.queue_id,
        "draw": draw.pk,
        "sessions": [one.session for one in placed],
        "positions": [one.position for one in placed],
        "reasons": [one.reason for one in placed],
        "probabilities": [probabilities.get(one.session) for one in placed],
        "labels": [labels[one.session] for one in placed],
    }
    with connection.cursor() as cursor:
        cursor.execute(INSERT, given)
        made: int = cursor.rowcount
    return made


def widen(*, queue_pk: int) -> int:
    """This will make the places that a queue lacks since more labels are wanted, and return how many; again is nothing."""
    made = 0
    queue = Queue.objects.get(pk=queue_pk)
    short = Assignment.objects.filter(queue=queue).exclude(state=PlaceState.VOID).values("session").annotate(slots=Count("pk"))
    sessions = list(short.filter(slots__lt=queue.labels_wanted).order_by("session").values_list("session", flat=True))
    for start in range(0, len(sessions), BATCH):
        with transaction.atomic(), connection.cursor() as cursor:
            # A queue that is deleted meanwhile gets no more places.
            if not Queue.objects.select_for_update(no_key=True).standing().filter(pk=queue.pk).exists():
                break
            cursor.execute(WIDEN, {"queue": queue.pk, "labels": queue.labels_wanted, "sessions": sessions[start : start + BATCH]})
            made += cursor.rowcount
    return made


def reorder(*, queue_pk: int) -> None:
    """This will put what is in a queue in the order it has now; a random sample keeps the one it was drawn in."""
    queue = Queue.objects.get(pk=queue_pk)
    if queue.is_sample:
        return
    members = Assignment.objects.filter(queue=queue).exclude(state=PlaceState.VOID).values("session")
    drawn = members.annotate(number=Max("draw__number"), kind=Max("draw__kind"), first=Min("pk")).order_by("number", "first")
    rows = list(drawn.values_list("session", "number", "kind"))
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        placed = _placed(queue, batch, start)
        given: dict[str, Any] = {
            "queue": queue.pk,
            "sessions": [one.session for one in placed],
            "positions": [one.position for one in placed],
            "reasons": [one.reason for one in placed],
            # A further label that a disagreement asked for stays one.
            "further": Reason.DISAGREEMENT.value,
        }
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(MOVE, given)


def follow_moved(sessions: Sequence[Session]) -> None:
    """This will move places along with locked sessions whose time a sync has changed."""
    _follow(Assignment.objects.filter(session__in=[session.pk for session in sessions]))


def repair_places() -> int:
    """This will compare the times of places with those of their sessions, queue by queue, and repair them. The nightly check.

    A place that is made at the very moment a sync moves its session is seen by neither.
    """
    queues = Queue.objects.standing().order_by("pk").values_list("pk", flat=True)
    return sum(_follow(Assignment.objects.filter(queue=pk)) for pk in queues)


def void_places(*, queue_pk: int, only_claimed: bool = False) -> int:
    """This will give up every place of a deleted queue that still wants a label, and return how many they were."""
    wanted = Q(state=PlaceState.CLAIMED) if only_claimed else Q(state__in=WANTED)
    ended = 0
    while pks := list(Assignment.objects.filter(wanted, queue=queue_pk).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        rows = Assignment.objects.filter(wanted, pk__in=pks)
        with transaction.atomic():
            locked = list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
            ended += Assignment.objects.filter(pk__in=locked).update(state=PlaceState.VOID, person=None, lease_until=None, assigned_to=None)
    return ended


@transaction.atomic
def _follow(places: QuerySet[Assignment]) -> int:
    late = list(places.exclude(timestamp=F("session__timestamp")).select_for_update(no_key=True, of=("self",)).order_by("pk").values_list("pk", flat=True))
    now = Session.objects.filter(pk=OuterRef("session")).values("timestamp")
    return Assignment.objects.filter(pk__in=late).update(timestamp=Subquery(now[:1])) if late else 0


def _placed(queue: Queue, batch: Sequence[tuple[int, int, str]], start: int) -> list[Placed]:
    told = read_reasons(Session.objects.filter(pk__in=[session for session, _number, _kind in batch]), queue.reasons, Reason.RULE)
    added = {session for session, _number, kind in batch if kind == DrawKind.ADDED}
    for session in added & set(told):
        moment, reason = told[session]
        told[session] = (moment, Reason.ADDED if reason == Reason.RULE else reason)
    if queue.order == QueueOrder.DRAWN:
        return [Placed(session, drawn_position(number, start + at), told[session][1]) for at, (session, number, _kind) in enumerate(batch)]
    return in_order([session for session, _number, _kind in batch], told, order=queue.order, reasons=queue.reasons, draw=0)
