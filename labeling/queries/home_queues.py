"""The queues a person can work: how far each is, what is left in it for them, and which of them wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, OuterRef, Q, Subquery
from django.db.models.functions import Now

from labeling.clock import Shown, show
from labeling.models import Assignment, Queue, User
from labeling.models.assignment import PlaceState
from labeling.models.queue import QueueQuerySet, QueueState
from labeling.queries.places import reachable, workable
from labeling.queries.waits_for import Left, get_left, waits_for
from sessions_app.reading_order import ByName
from sessions_app.scope import Scope

# A queue that is due within this waits for those who have places left in it.
SOON = timedelta(days=2)
# Sessions left are counted up to there.
MOST_SAID = 99
DONE = Q(state=PlaceState.DONE)


@dataclass(frozen=True, slots=True)
class QueueLine:
    """`left` counts the sessions that the person could be handed, `given` of them were given to them, as far as places were looked at;
    `done` and `total` count all labels of the queue, `mine` theirs."""

    queue: Queue
    mine: int
    done: int
    total: int
    left: int
    given: int
    is_cut: bool
    oldest_days: int | None
    due: Shown | None
    is_overdue: bool

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0

    @property
    def may_have_left(self) -> bool:
        return bool(self.left) or self.is_cut

    @property
    def left_words(self) -> str:
        return self._words(self.left)

    @property
    def given_words(self) -> str:
        return self._words(self.given)

    @property
    def is_paused(self) -> bool:
        return self.queue.state == QueueState.PAUSED

    def _words(self, n: int) -> str:
        if self.is_cut and not n:
            return "–"
        return f"{MOST_SAID}+" if n > MOST_SAID else f"{n}+" if self.is_cut else str(n)


@dataclass(frozen=True, slots=True)
class Total:
    """Labels wanted of a queue, how many are given, and the oldest session that still wants one."""

    n: int = 0
    done: int = 0
    oldest: datetime | None = None


def get_queue_lines(person: User, *, scope: Scope, shown: Sequence[str] = ()) -> list[QueueLine]:
    """This will return the queues with sessions in reach: those that are due first. Lines that were shown stay where they were."""
    queues = list(Queue.objects.wanting().open_to(person).annotate(now=Now()).order_by("due_at", ByName("name"), "pk"))
    if not queues:
        return []
    pks = [queue.pk for queue in queues]
    places = reachable(Assignment.objects.filter(queue__in=pks), scope).order_by()
    counted = places.values_list("queue").annotate(n=Count("pk"), done=Count("pk", filter=DONE), oldest=Min("timestamp", filter=~DONE))
    total = {pk: Total(*counts) for pk, *counts in counted}
    done = Assignment.objects.filter(DONE, queue__in=pks, person=person)
    mine = dict(done.order_by().values_list("queue").annotate(n=Count("pk")))
    left = get_left(pks, person, scope)
    known = [queue for queue in queues if queue.pk in total or (scope.all_agents and queue.slug in shown)]
    lines = [_line(queue, mine.get(queue.pk, 0), total.get(queue.pk, Total()), left[queue.pk], person) for queue in known]
    place = {slug: at for at, slug in enumerate(shown)}
    return sorted(lines, key=lambda line: place.get(line.queue.slug, len(place)))


def get_last_queue(person: User) -> tuple[str, datetime] | None:
    """This will name the queue the person was at last, of those that still want labels, and when they were handed a session of it."""
    last = Assignment.objects.filter(queue=OuterRef("pk"), person=person, claimed_at__isnull=False).order_by("-claimed_at")
    queues = Queue.objects.wanting().open_to(person).annotate(at=Subquery(last.values("claimed_at")[:1]))
    return queues.filter(at__isnull=False).order_by("-at", "-pk").values_list("slug", "at").first()


def waiting_queues(person: User, scope: Scope) -> QueueQuerySet:
    """This will be the queues that wait for a person: with places given to them, or due soon with places left for them."""
    return workable(person).filter(pk__in=waits_for(person, scope, soon=SOON))


def get_waiting_queues(person: User, lines: Sequence[QueueLine], *, scope: Scope) -> list[QueueLine]:
    """This will keep those of a person's lines that wait for them."""
    waiting = set(waiting_queues(person, scope).values_list("pk", flat=True)) if lines else set()
    return [line for line in lines if line.queue.pk in waiting]


def _line(queue: Queue, mine: int, total: Total, left: Left, person: User) -> QueueLine:
    now: datetime = queue.now  # type: ignore[attr-defined]
    # Where not all was looked at, the oldest that anybody could be handed.
    oldest = (total.oldest if left.is_cut else left.oldest) if left.n else None
    return QueueLine(
        queue=queue,
        mine=mine,
        done=total.done,
        total=total.n,
        left=left.n,
        given=left.given,
        is_cut=left.is_cut,
        oldest_days=max((now - oldest).days, 0) if oldest else None,
        due=show(queue.due_at, agent_zone=person.time_zone, viewer=person) if queue.due_at else None,
        is_overdue=queue.due_at is not None and queue.due_at < now,
    )
