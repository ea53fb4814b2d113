"""What a manager may have to do something about in a queue: claims, what is stuck, what was skipped, what was flagged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from labeling.clock import Shown, show
from labeling.models import Assignment, Incident, Pass, Queue, User
from labeling.models.assignment import WANTED, PlaceState
from labeling.models.run import SkipKind
from labeling.policies import judgments_open_to
from labeling.queries.disputes import open_disputes
from labeling.queries.places import FOR_GOOD, reachable, workers_of
from labeling.queries.queue_board import LIVE
from labeling.queries.waiting import incidents_told
from labeling.roles import Role
from sessions_app.models import Session
from sessions_app.scope import Scope

Line = TypeVar("Line")
# More are counted; each list has a link to all of them, or goes on when these are dealt with.
MOST_LISTED = 50
# A lease that ended so often without a label did not end by chance.
OFTEN = 3


@dataclass(frozen=True, slots=True)
class Told:
    """A session as these lists name it: never by what was said in it."""

    pk: int
    agent: str
    started: Shown


@dataclass(frozen=True, slots=True)
class Claim:
    """`is_over` on a line that was shown before: it keeps its place until the page is loaded anew."""

    place: Assignment
    session: Told
    since: Shown | None
    until: Shown | None
    is_over: bool


@dataclass(frozen=True, slots=True)
class Stuck:
    session: Told
    tries: int
    is_passed_by_all: bool
    # Whom it is assigned to, where they may not work the queue any more.
    assigned_to: str


@dataclass(frozen=True, slots=True)
class Skipped:
    session: Told
    person: str
    kind: str
    at: Shown
    until: Shown | None


@dataclass(frozen=True, slots=True)
class Flagged:
    incident: Incident
    session: Told
    at: Shown
    by: str


@dataclass(frozen=True)
class Listed(Generic[Line]):
    """The first lines, and how many there are in all."""

    lines: list[Line]
    n: int

    @property
    def more(self) -> int:
        return max(self.n - len(self.lines), 0)


def get_claims(queue: Queue, viewer: User, *, scope: Scope, shown: Sequence[int] = ()) -> Listed[Claim]:
    """This will return who is at what, the longest first. Lines that were shown stay where they were."""
    places = reachable(Assignment.objects.filter(queue=queue), scope)
    live = list(places.filter(LIVE).select_related("session", "person").order_by("claimed_at", "pk")[:MOST_LISTED])
    found = {place.pk: place for place in live}
    gone = {place.pk: place for place in places.filter(pk__in=set(shown) - found.keys()).select_related("session", "person")} if shown else {}
    order = [*(pk for pk in dict.fromkeys(shown) if pk in found or pk in gone), *(pk for pk in found if pk not in shown)]
    lines = [_claim(found.get(pk) or gone[pk], viewer, is_over=pk not in found) for pk in order]
    n = places.filter(LIVE).count() if len(live) == MOST_LISTED else len(live)
    return Listed(lines, n + len(gone))


def get_stuck(queue: Queue, viewer: User, *, scope: Scope) -> Listed[Stuck]:
    """This will return the sessions that nobody finishes: taken again and again, passed by all who could, or given to who cannot."""
    waiting = reachable(Assignment.objects.filter(~LIVE, queue=queue, state__in=WANTED), scope)
    passes = Pass.objects.filter(queue=queue, session=OuterRef("session"))
    passed_by_all = Q(Exists(passes)) & ~Q(Exists(_who_could(queue)))
    lost = Q(assigned_to__isnull=False) & ~Q(assigned_to__in=workers_of(queue).values("pk"))
    stuck = waiting.filter(Q(lease_version__gte=OFTEN) | lost | passed_by_all).order_by()
    rows = (
        stuck.values("session").annotate(tries=Max("lease_version"), first=Min("position"), lost=Max("assigned_to", filter=lost)).order_by("first", "session")
    )
    lines = list(rows[:MOST_LISTED].values_list("session", "tries", "lost"))
    found = _told([pk for pk, _, _ in lines], viewer)
    nobody = set(waiting.filter(passed_by_all, session__in=found).values_list("session", flat=True))
    names = {person.pk: str(person) for person in User.objects.filter(pk__in=[lost for _, _, lost in lines if lost])}
    n = stuck.aggregate(n=Count("session", distinct=True))["n"] if len(lines) == MOST_LISTED else len(lines)
    return Listed([Stuck(found[pk], tries if tries >= OFTEN else 0, pk in nobody, names.get(lost, "")) for pk, tries, lost in lines], n)


def get_skipped(queue: Queue, viewer: User, *, scope: Scope) -> tuple[Listed[Skipped], dict[str, int]]:
    """This will return what was put off and still wants a label, the newest first, and how often for which reason."""
    wanted = reachable(Assignment.objects.filter(queue=queue, session=OuterRef("session"), state__in=WANTED), scope)
    passes = Pass.objects.filter(Exists(wanted), queue=queue)
    counts = dict(passes.order_by().values_list("kind").annotate(n=Count("pk")))
    rows = passes.select_related("session", "person").order_by("-passed_at", "-pk")[:MOST_LISTED]
    lines = [
        Skipped(
            session=_tell(row.session, viewer),
            person=str(row.person),
            kind=str(SkipKind(row.kind).label),
            at=show(row.passed_at, agent_zone=viewer.time_zone, viewer=viewer),
            until=show(row.until, agent_zone=viewer.time_zone, viewer=viewer) if row.until else None,
        )
        for row in rows
    ]
    return Listed(lines, sum(counts.values())), {str(kind.label): counts[kind] for kind in SkipKind if kind in counts}


def get_flagged(queue: Queue, viewer: User, *, scope: Scope) -> Listed[Flagged]:
    """This will return the open incidents of the queue's sessions, of which the viewer may know: an incident is a judgment."""
    places = Assignment.objects.filter(queue=queue, session=OuterRef("session")).exclude(state=PlaceState.VOID)
    open_to_viewer = Session.objects.visible_to(scope).filter(judgments_open_to(viewer))
    told = incidents_told(viewer, scope=scope).values("pk")
    mine = Q(raised_by=viewer, session__in=Session.objects.visible_to(scope))
    incidents = Incident.objects.filter(Q(session__in=open_to_viewer) | mine | Q(pk__in=told), Exists(places), acknowledged_at=None)
    rows = list(incidents.select_related("session", "raised_by").order_by("raised_at", "pk")[:MOST_LISTED])
    lines = [Flagged(row, _tell(row.session, viewer), show(row.raised_at, agent_zone=viewer.time_zone, viewer=viewer), str(row.raised_by)) for row in rows]
    return Listed(lines, incidents.count() if len(rows) == MOST_LISTED else len(rows))


def count_disputes(queue: Queue, viewer: User, *, scope: Scope) -> int:
    """This will count the queue's sessions whose people disagree, of which the viewer may know."""
    places = Assignment.objects.filter(queue=queue, session=OuterRef("session")).exclude(state=PlaceState.VOID)
    return open_disputes(viewer, scope).filter(Exists(places)).count()


def _who_could(queue: Queue) -> QuerySet[User]:
    """Who of the queue's people has neither passed a place's session for good nor holds or filled a place of it, and sees its agent."""
    passed = Pass.objects.filter(queue=queue, session=OuterRef(OuterRef("session")), person=OuterRef("pk"), kind__in=FOR_GOOD)
    holding = Assignment.objects.filter(
        queue=queue, session=OuterRef(OuterRef("session")), person=OuterRef("pk"), state__in=(PlaceState.CLAIMED, PlaceState.DONE)
    )
    listed = User.agents.through.objects.filter(user=OuterRef("pk"), agent=OuterRef(OuterRef("session__seen_agent")))
    sees = Q(all_agents=True) | Q(role=Role.ADMIN) | Q(Exists(listed))
    speaks = Q(languages__contains=[OuterRef("session__language")]) if queue.by_language else Q()
    return workers_of(queue).filter(sees, speaks).exclude(Exists(passed)).exclude(Exists(holding))


def _claim(place: Assignment, viewer: User, *, is_over: bool) -> Claim:
    since, until = (show(at, agent_zone=viewer.time_zone, viewer=viewer) if at else None for at in (place.claimed_at, place.lease_until))
    return Claim(place, _tell(place.session, viewer), since, until, is_over)


def _told(pks: Sequence[int], viewer: User) -> dict[int, Told]:
    return {session.pk: _tell(session, viewer) for session in Session.objects.filter(pk__in=pks)}


def _tell(session: Session, viewer: User) -> Told:
    return Told(session.pk, session.agent_name or _("No agent"), show(session.timestamp, agent_zone=session.agent_timezone, viewer=viewer))
