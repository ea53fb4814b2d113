"""The board of a queue: how far it is, when it will be done, and who does how much of it. No codes: what people judged is not shown here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db.models import Count, DurationField, ExpressionWrapper, Min, Q
from django.db.models.functions import Now

from labeling.models import Assignment, Queue, User
from labeling.models.assignment import WANTED, PlaceState
from labeling.queries.places import reachable, workers_of
from sessions_app.reading_order import reading_key
from sessions_app.scope import Scope

# Labels a day are an average of so many days: a total of a week, not a clock.
PACE_DAYS = 7
# Of those who may work it and have done nothing yet.
MOST_NAMED = 100
LIVE = Q(state=PlaceState.CLAIMED, lease_until__gt=Now())


@dataclass(slots=True)
class Doing:
    """What one person, or all together, did and have. `a_day` is None where nothing was labeled in the last days."""

    done: int = 0
    lately: int = 0
    claimed: int = 0
    assigned: int = 0
    since: timedelta = timedelta()

    @property
    def a_day(self) -> float | None:
        """Over seven days, or since their first label here where that is less."""
        days = min(max(ceil(self.since / timedelta(days=1)), 1), PACE_DAYS)
        return self.lately / days if self.lately else None

    def days_for(self, left: int) -> int | None:
        return ceil(left / self.a_day) if self.a_day and left else None


@dataclass(frozen=True, slots=True)
class PersonLine:
    """`can_work` is False for somebody who holds or did places, and may not work the queue any more."""

    person: User
    doing: Doing
    can_work: bool

    @property
    def days(self) -> int | None:
        return self.doing.days_for(self.doing.assigned)


@dataclass(frozen=True, slots=True)
class Board:
    """Counts of places, one for each label wanted, and of the sessions they belong to."""

    places: int
    sessions: int
    sessions_left: int
    unassigned: int
    total: Doing
    people: list[PersonLine]
    due_at: datetime | None
    is_overdue: bool
    now: datetime

    @property
    def left(self) -> int:
        return self.places - self.total.done

    @property
    def percent(self) -> int:
        """Rounded down, so that all of it is all of it."""
        return 100 * self.total.done // self.places if self.places else 0

    @property
    def days(self) -> int | None:
        """How many days what is left takes at this pace."""
        return self.total.days_for(self.left)

    @property
    def ready_at(self) -> datetime | None:
        return self.now + timedelta(days=self.days) if self.days is not None else None

    @property
    def is_late(self) -> bool:
        """At this pace it is done after it is due."""
        return bool(self.due_at and self.ready_at and self.ready_at > self.due_at)


def get_board(queue: Queue, *, scope: Scope) -> Board:
    """This will count with two statements, however many places there are."""
    places = reachable(Assignment.objects.filter(queue=queue), scope).order_by()
    age = ExpressionWrapper(Now() - Min("done_at"), output_field=DurationField())
    rows = list(
        places.values("person", "assigned_to", "state")
        .annotate(
            n=Count("pk"),
            # Every session has a first place.
            sessions=Count("pk", filter=Q(slot=1)),
            lately=Count("pk", filter=Q(done_at__gt=Now() - timedelta(days=PACE_DAYS))),
            live=Count("pk", filter=LIVE),
            since=age,
        )
        .values_list("person", "assigned_to", "state", "n", "sessions", "lately", "live", "since")
    )
    sessions_left = places.filter(state__in=WANTED).values("session").distinct().count()
    total, of_person = Doing(), dict[int, Doing]()
    unassigned = 0
    for person, assigned_to, state, n, _, lately, live, since in rows:
        if state == PlaceState.DONE:
            for doing in (total, of_person.setdefault(person, Doing())):
                doing.done, doing.lately, doing.since = doing.done + n, doing.lately + lately, max(doing.since, since or timedelta())
            continue
        if live:
            total.claimed += live
            of_person.setdefault(person, Doing()).claimed += live
        if assigned_to:
            total.assigned += n
            of_person.setdefault(assigned_to, Doing()).assigned += n
        else:
            unassigned += n - live
    n_places = sum(row[3] for row in rows)
    now = Queue.objects.annotate(now=Now()).values_list("now", flat=True).get(pk=queue.pk)
    return Board(
        places=n_places,
        sessions=sum(row[4] for row in rows),
        sessions_left=sessions_left,
        unassigned=unassigned,
        total=total,
        people=_people(queue, of_person),
        due_at=queue.due_at,
        is_overdue=bool(queue.due_at and queue.due_at < now and total.done < n_places),
        now=now,
    )


def _people(queue: Queue, of_person: dict[int, Doing]) -> list[PersonLine]:
    """By name, so that no line moves while the page is open. Who only may work it and did nothing is named where there are few."""
    able = {person.pk: person for person in workers_of(queue)[:MOST_NAMED]}
    others = User.objects.filter(pk__in=of_person.keys() - able.keys())
    can_work = set(workers_of(queue).filter(pk__in=of_person).values_list("pk", flat=True)) | able.keys()
    lines = [PersonLine(person, of_person.get(person.pk, Doing()), person.pk in can_work) for person in (*able.values(), *others)]
    return sorted(lines, key=lambda line: (reading_key(str(line.person)), line.person.pk))
