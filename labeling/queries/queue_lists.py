"""The queues a manager knows, with how far each has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q
from django.db.models.functions import Now

from labeling.models import Assignment, Draw, Queue, User
from labeling.models.assignment import WANTED
from labeling.models.queue import DrawKind, DrawState, QueueState
from labeling.queries.known_queues import queues_known_to
from labeling.queries.places import reachable
from sessions_app.queries.budget import OverBudget, within
from sessions_app.scope import Scope

MOST_LISTED = 200
COUNT_MS = 3_000
ORDER = {QueueState.ACTIVE: 0, QueueState.PAUSED: 1, QueueState.CLOSED: 2}


@dataclass(frozen=True, slots=True)
class QueueLine:
    """Counts of labels wanted, None where counting took too long. `draw` is the latest one that was not by hand."""

    queue: Queue
    done: int | None
    wanted: int | None
    draw: Draw | None
    is_overdue: bool

    @property
    def left(self) -> int | None:
        return self.wanted - self.done if self.wanted is not None and self.done is not None else None

    @property
    def percent(self) -> int:
        """Rounded down, so that all of it is all of it."""
        return 100 * self.done // self.wanted if self.wanted and self.done else 0

    @property
    def is_filling(self) -> bool:
        return self.draw is not None and self.draw.state in (DrawState.WAITING, DrawState.RUNNING)

    @property
    def has_failed(self) -> bool:
        return self.draw is not None and self.draw.state == DrawState.FAILED

    @property
    def is_empty(self) -> bool:
        return self.wanted == 0 and not self.is_filling and not self.has_failed


def get_queue_lines(person: User, scope: Scope) -> list[QueueLine]:
    """This will return the queues, those that are worked first, with three statements however many there are."""
    known = (
        queues_known_to(person, scope).annotate(now=Now(), latest=Max("draws__number", filter=~Q(draws__kind=DrawKind.ADDED))).order_by("-created_at", "-pk")
    )
    queues = sorted(known[:MOST_LISTED], key=lambda queue: ORDER[QueueState(queue.state)])
    latest = {draw.queue_id: draw for draw in Draw.objects.filter(_is_one_of(queues))} if queues else {}
    counts = _counts(queues, scope)
    return [_line(queue, latest.get(queue.pk), counts) for queue in queues]


def _line(queue: Any, draw: Draw | None, counts: dict[int, tuple[int, int]] | None) -> QueueLine:
    """`queue` has the database's time as `now`."""
    done, wanted = (None, None) if counts is None else counts.get(queue.pk, (0, 0))
    is_over = bool(queue.due_at and queue.due_at < queue.now)
    return QueueLine(queue=queue, done=done, wanted=wanted, draw=draw, is_overdue=is_over and (wanted is None or done is None or done < wanted))


def _is_one_of(queues: Sequence[Queue]) -> Q:
    chosen = Q(pk__in=())
    for queue in queues:
        if queue.latest:  # type: ignore[attr-defined]
            chosen |= Q(queue=queue, number=queue.latest)  # type: ignore[attr-defined]
    return chosen


def _counts(queues: Sequence[Queue], scope: Scope) -> dict[int, tuple[int, int]] | None:
    places = reachable(Assignment.objects.filter(queue__in=[queue.pk for queue in queues]), scope).order_by()
    try:
        with within(COUNT_MS):
            rows = list(places.values("queue").annotate(n=Count("pk"), left=Count("pk", filter=Q(state__in=WANTED))).values_list("queue", "n", "left"))
    except OverBudget:
        return None
    return {queue: (n - left, n) for queue, n, left in rows}
