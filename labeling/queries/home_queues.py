"""The queues a person can work: how far each is, what is left in it for them, and which of them wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now

from labeling.clock import Shown, show
from labeling.models import Assignment, Queue, User
from labeling.models.assignment import WANTED, PlaceState
from labeling.models.queue import QueueQuerySet, QueueState
from labeling.queries.places import holding, reachable, takeable, workable
from labeling.queries.waits_for import WaitsFor
from sessions_app.scope import Scope

# A queue that is due within this waits for those who have places left in it.
SOON = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class QueueLine:
    """`left` counts the sessions that the person could be handed, `given` of them were given to them; `done` and `total` count all
    labels of the queue, `mine` theirs."""

    queue: Queue
    mine: int
    done: int
    total: int
    left: int
    given: int
    oldest_days: int | None
    due: Shown | None
    is_overdue: bool

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0

    @property
    def is_paused(self) -> bool:
        return self.queue.state == QueueState.PAUSED


@dataclass(frozen=True, slots=True)
class Free:
    """Sessions that a person could be handed now, `given` of them to them; the oldest of them."""

    n: int = 0
    given: int = 0
    oldest: datetime | None = None


def get_queue_lines(person: User, *, scope: Scope, shown: Sequence[str] = ()) -> list[QueueLine]:
    """This will return the queues with sessions in reach: those that are due first. Lines that were shown stay where they were."""
    queues = list(Queue.objects.wanting().open_to(person).annotate(now=Now()).order_by("due_at", "name", "pk"))
    if not queues:
        return []
    pks = [queue.pk for queue in queues]
    total = _by_queue(reachable(Assignment.objects.filter(queue__in=pks), scope))
    wanted = _by_queue(reachable(Assignment.objects.filter(queue__in=pks, state__in=WANTED), scope))
    mine = _by_queue(Assignment.objects.filter(queue__in=pks, person=person, state=PlaceState.DONE))
    left = _count_free(queues, person, scope)
    held, at_given = (_by_queue(rows.filter(queue__in=pks)) for rows in (holding(person, scope), holding(person, scope).filter(assigned_to=person)))
    lines = []
    for queue in queues:
        free = left[queue.pk]
        if queue.pk in total or (scope.all_agents and queue.slug in shown):
            mine_at = Free(free.n + held.get(queue.pk, 0), free.given + at_given.get(queue.pk, 0), free.oldest)
            lines.append(_line(queue, (mine.get(queue.pk, 0), total.get(queue.pk, 0), wanted.get(queue.pk, 0)), mine_at, person))
    place = {slug: at for at, slug in enumerate(shown)}
    return sorted(lines, key=lambda line: place.get(line.queue.slug, len(place)))


def get_last_queue(person: User) -> tuple[str, datetime] | None:
    """This will name the queue the person was at last, of those that still want labels, and when they were handed a session of it."""
    last = Assignment.objects.filter(queue=OuterRef("pk"), person=person, claimed_at__isnull=False).order_by("-claimed_at")
    queues = Queue.objects.wanting().open_to(person).annotate(at=Subquery(last.values("claimed_at")[:1]))
    return queues.filter(at__isnull=False).order_by("-at", "-pk").values_list("slug", "at").first()


def waiting_queues(person: User, scope: Scope) -> QueueQuerySet:
    """This will be the queues that wait for a person: with places given to them, or due soon with places left for them."""
    return workable(person).filter(pk__in=WaitsFor(person, scope, soon=SOON))


def get_waiting_queues(person: User, lines: Sequence[QueueLine], *, scope: Scope) -> list[QueueLine]:
    """This will keep those of a person's lines that wait for them."""
    waiting = set(waiting_queues(person, scope).values_list("pk", flat=True)) if lines else set()
    return [line for line in lines if line.queue.pk in waiting]


def _by_queue(places: QuerySet[Assignment]) -> dict[int, int]:
    return dict(places.order_by().values_list("queue").annotate(n=Count("pk")))


def _count_free(queues: Sequence[Queue], person: User, scope: Scope) -> dict[int, Free]:
    """The sessions a person could be handed, by queue."""
    found = {queue.pk: Free() for queue in queues}
    for independent in (True, False):
        pks = [queue.pk for queue in queues if queue.is_independent is independent]
        if not pks:
            continue
        free = takeable(person, scope, independent=independent).filter(queue__in=pks).order_by().values_list("queue")
        given = Count("session", distinct=True, filter=Q(assigned_to=person))
        for pk, n, oldest, mine in free.annotate(n=Count("session", distinct=True), oldest=Min("session__timestamp"), given=given):
            found[pk] = Free(n, mine, oldest)
    return found


def _line(queue: Queue, counts: tuple[int, int, int], free: Free, person: User) -> QueueLine:
    now: datetime = queue.now  # type: ignore[attr-defined]
    mine, total, wanted = counts
    return QueueLine(
        queue=queue,
        mine=mine,
        done=total - wanted,
        total=total,
        left=free.n,
        given=free.given,
        oldest_days=max((now - free.oldest).days, 0) if free.oldest else None,
        due=show(queue.due_at, agent_zone=person.time_zone, viewer=person) if queue.due_at else None,
        is_overdue=queue.due_at is not None and queue.due_at < now,
    )
