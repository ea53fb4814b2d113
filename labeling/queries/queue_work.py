"""A queue for who works it: how far it has come, where one of its sessions stands, and what is left for one person."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Exists, ExpressionWrapper, F, Min, OuterRef, Q, QuerySet, Value
from django.db.models.fields import BooleanField
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from labeling.clock import Shown, show
from labeling.models import Assignment, Pass, Queue, User
from labeling.models.assignment import WANTED, PlaceState
from labeling.models.queue import Reason
from labeling.models.run import SkipKind
from labeling.queries.claimable import claimable, held, in_reach
from labeling.queries.places import reachable
from labeling.roles import Permission, Role
from sessions_app.compiled import AnyOf, HowMany, compiled
from sessions_app.models import Session
from sessions_app.scope import Scope

# Below this the end of a claim is worth a line.
SOON = timedelta(minutes=3)
# To count the places of a large queue took longer than all else that the database does for one of its sessions.
MANY, KEPT_SECONDS = 5_000, 30
JUDGMENTS = (Reason.AUTO_LOW, Reason.DIFFERS, Reason.DISAGREEMENT)


@dataclass(frozen=True, slots=True)
class Tally:
    """Labels: given by one person, given by all, wanted."""

    mine: int
    team: int
    total: int

    @property
    def left(self) -> int:
        return self.total - self.team


@dataclass(frozen=True, slots=True)
class Lease:
    """A claim as its holder is told of it: `until` only where it ends soon, `is_over` where nobody has taken it yet, `taken_by` where somebody has."""

    until: Shown | None = None
    is_over: bool = False
    taken_by: User | None = None
    is_lost: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """A session in a queue. `place` is what the person holds or has filled, if anything; previous and next walk what they did, in its order."""

    queue: Queue
    place: Assignment | None
    tally: Tally
    previous: int | None
    next: int | None
    lease: Lease | None

    @property
    def is_done(self) -> bool:
        return self.place is not None and self.place.state == PlaceState.DONE

    @property
    def is_given(self) -> bool:
        """Whether a manager gave it to this person."""
        return self.place is not None and self.place.assigned_to_id is not None and self.place.assigned_to_id == self.place.person_id

    def why(self, *, is_open: bool) -> str:
        """This will say why the session is in the queue; where that is a judgment, or the review independent, only after their own label."""
        if self.place is None:
            return ""
        if self.queue.is_independent and not self.is_done:
            return _("Drawn for independent review")
        if self.place.reason in JUDGMENTS and not is_open:
            return _("Matches the rule of the queue")
        return {Reason.DRAWN: _("Drawn at random"), Reason.RULE: _("Matches the rule of the queue")}.get(
            Reason(self.place.reason), str(Reason(self.place.reason).label)
        )


@dataclass(frozen=True, slots=True)
class Left:
    """What a queue still wants, for one person: whether they can go on, and what each of the other labels waits for."""

    is_some: bool
    is_held: bool
    labels: int = 0
    with_others: int = 0
    with_others_until: datetime | None = None
    later: int = 0
    later_until: datetime | None = None
    put_aside: int = 0

    @property
    def not_for_me(self) -> int:
        """Labels that only others can give: the person gave theirs, or it is given to somebody, or in another language."""
        return max(self.labels - self.with_others - self.later - self.put_aside, 0)


def get_workable(slug: str, person: User, *, has: int | None = None) -> Queue | None:
    """This will return a queue the person may work, whatever became of it; if a session is named, only a queue that has it."""
    if not person.may(Permission.LABEL):
        return None
    is_reviewer = person.role == Role.REVIEWER
    return _open.first(slug, person.pk, is_reviewer=is_reviewer) if has is None else _open_with.first(slug, person.pk, has, is_reviewer=is_reviewer)


@compiled
def _open(slug: Any, person: Any, *, is_reviewer: bool) -> QuerySet[Queue]:
    return Queue.objects.open_to_one(person, is_reviewer=is_reviewer).filter(slug=slug)


@compiled
def _open_with(slug: Any, person: Any, session: Any, *, is_reviewer: bool) -> QuerySet[Queue]:
    places = Assignment.objects.filter(queue=OuterRef("pk"), session=session)
    return Queue.objects.open_to_one(person, is_reviewer=is_reviewer).filter(Exists(places), slug=slug)


def has_places(queue: Queue, scope: Scope) -> bool:
    """This will say whether the queue has any session in scope; one that is being filled has for who sees all."""
    return scope.all_agents or reachable(Assignment.objects.filter(queue=queue), scope).exists()


def is_in_queue(queue: Queue, session_pk: int) -> bool:
    return Assignment.objects.filter(queue=queue, session=session_pk).exists()


def get_tally(queue: Queue, person: User, scope: Scope) -> Tally:
    """This will count the labels of a queue. What the others have done of a large one may be half a minute old."""
    mine = _done.first(queue.pk, person.pk) or 0
    key = f"tally:{queue.pk}" if scope.all_agents else f"tally:{queue.pk}:{person.pk}"
    kept = cache.get(key)
    total, left = kept or _counted.first(queue.pk, list(scope.agents), all_agents=scope.all_agents) or (0, 0)
    if not kept and total > MANY:
        cache.set(key, (total, left), KEPT_SECONDS)
    return Tally(mine=mine, team=min(total, max(mine, total - left)), total=total)


@compiled
def _done(queue: Any, person: Any) -> QuerySet[Assignment, Any]:
    done = Assignment.objects.filter(queue=queue, person=person, state=PlaceState.DONE)
    return done.order_by().values("queue").annotate(n=Count("pk")).values_list("n", flat=True)


@compiled
def _counted(queue: Any, agents: Any, *, all_agents: bool) -> QuerySet[Queue, Any]:
    """Two counts, each of which an index answers: one over all states reads every row."""
    places = _in_scope(Assignment.objects.filter(queue=queue).exclude(state=PlaceState.VOID), agents, all_agents=all_agents).values("pk")
    return Queue.objects.filter(pk=queue).values_list(HowMany(places), HowMany(places.filter(state__in=WANTED)))


def get_work(queue: Queue, session: Session, person: User, scope: Scope) -> Work:
    """This will say where a session stands in a queue."""
    asked, shape = (queue.pk, person.pk, list(scope.agents)), {"all_agents": scope.all_agents}
    place = _place.first(*asked, session.pk, **shape)
    at = (place.claimed_at, place.pk) if place and place.claimed_at else None
    beside = {is_later: pk for pk, is_later in _beside.all(*asked, *at, **shape)} if at else {}
    return Work(
        queue=queue,
        place=place,
        tally=get_tally(queue, person, scope),
        previous=beside.get(False),
        next=beside.get(True),
        lease=get_lease(queue, session, person, place),
    )


@compiled
def _place(queue: Any, person: Any, agents: Any, session: Any, *, all_agents: bool) -> QuerySet[Assignment]:
    return _mine(queue, person, agents, all_agents=all_agents).filter(session=session).annotate(now=Now())


@compiled
def _beside(queue: Any, person: Any, agents: Any, at: Any, pk: Any, *, all_agents: bool) -> QuerySet[Assignment, Any]:
    """The sessions of the places that the person was handed before this one and after it. The bound of each that alone would do is for the index."""
    mine = _mine(queue, person, agents, all_agents=all_agents)
    earlier = mine.filter(Q(claimed_at__lt=at) | Q(pk__lt=pk), claimed_at__lte=at).order_by("-claimed_at", "-pk")
    later = mine.filter(Q(claimed_at__gt=at) | Q(pk__gt=pk), claimed_at__gte=at).order_by("claimed_at", "pk")
    return earlier.values_list("session", Value(False))[:1].union(later.values_list("session", Value(True))[:1], all=True)


def _mine(queue: Any, person: Any, agents: Any, *, all_agents: bool) -> QuerySet[Assignment]:
    return _in_scope(Assignment.objects.filter(queue=queue, person=person), agents, all_agents=all_agents)


def _in_scope(places: QuerySet[Assignment], agents: Any, *, all_agents: bool) -> QuerySet[Assignment]:
    return places if all_agents else places.filter(Exists(Session.objects.filter(AnyOf(F("seen_agent"), agents), pk=OuterRef("session"))))


def get_lease(queue: Queue, session: Session, person: User, place: Assignment | None) -> Lease | None:
    """This will say what the holder of a claim has to know of it: nothing, as long as it lasts or when it was filled."""
    if place and place.state == PlaceState.DONE:
        return None
    if place is None or place.lease_until is None:
        return Lease(is_lost=True, taken_by=get_taker(queue, session.pk))
    now: datetime = place.now  # type: ignore[attr-defined]
    if place.lease_until <= now:
        return Lease(is_over=True)
    soon = place.lease_until - now < SOON
    return Lease(until=show(place.lease_until, agent_zone=session.agent_timezone, viewer=person) if soon else None)


def get_taker(queue: Queue, session_pk: int) -> User | None:
    """This will be who holds the session, else who has labeled it; nobody where a place of it is open."""
    taken = Assignment.objects.filter(queue=queue, session=session_pk).select_related("person").order_by("pk")
    first = {place.state: place.person for place in reversed(taken)}
    return None if PlaceState.OPEN in first else first.get(PlaceState.CLAIMED) or first.get(PlaceState.DONE)


def get_own_place(queue: Queue, session_pk: int, person: User) -> Assignment | None:
    """This will be the place a person holds or has filled."""
    return Assignment.objects.filter(queue=queue, session=session_pk, person=person).annotate(now=Now()).first()


def get_passed(queue: Queue, session_pk: int | None, person: User, scope: Scope) -> Pass | None:
    """This will be how a person put a session off."""
    return Pass.objects.filter(queue=queue, session=session_pk, person=person, session__in=Session.objects.visible_to(scope)).first()


def get_left(queue: Queue, person: User, scope: Scope) -> Left:
    """This will say whether there is anything for the person, and where there is not, why. Each label that is wanted counts once."""
    is_held = held(queue, person=person).filter(in_reach(queue, person=person, scope=scope)).exists()
    if is_held or claimable(queue, person=person, scope=scope).exists():
        return Left(is_some=True, is_held=is_held)
    passes = Pass.objects.filter(queue=queue, session=OuterRef("session"), person=person)
    own = Assignment.objects.filter(queue=queue, session=OuterRef("session"), person=person, state=PlaceState.DONE)
    later = passes.filter(kind=SkipKind.LATER, until__gt=Now())
    is_with_others = ExpressionWrapper(Q(state=PlaceState.CLAIMED, lease_until__gt=Now()) & ~Exists(own), output_field=BooleanField())
    places = reachable(Assignment.objects.filter(queue=queue, state__in=WANTED), scope).annotate(
        is_later=Exists(later), is_passed=Exists(passes), is_with_others=is_with_others
    )
    counted = places.aggregate(
        labels=Count("pk"),
        with_others=Count("pk", filter=Q(is_with_others=True)),
        with_others_until=Min("lease_until", filter=Q(is_with_others=True)),
        later=Count("pk", filter=Q(is_later=True, is_with_others=False)),
        put_aside=Count("pk", filter=Q(is_passed=True, is_later=False, is_with_others=False)),
    )
    later_until = Pass.objects.filter(queue=queue, person=person, kind=SkipKind.LATER, until__gt=Now()).aggregate(at=Min("until"))["at"]
    return Left(is_some=False, is_held=False, later_until=later_until, **counted)
