"""Queues as somebody may know of them: managers those of their scope, reviewers those whose places they can take."""

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q

from labeling.models import Assignment, Queue, User
from labeling.models.assignment import PlaceState
from labeling.models.queue import QueueQuerySet
from labeling.roles import Permission
from sessions_app.models import Session
from sessions_app.reading_order import reading_key
from sessions_app.scope import Scope


def queues_known_to(person: User, scope: Scope) -> QueueQuerySet:
    """This will be the queues, also paused and closed ones, whose names the person may read. Deleted ones nobody may."""
    standing = Queue.objects.standing()
    if not person.may(Permission.MANAGE_QUEUES):
        return standing.open_to(person)
    if scope.all_agents:
        return standing
    visible = Session.objects.visible_to(scope).filter(pk=OuterRef("session"))
    places = Assignment.objects.filter(Exists(visible), queue=OuterRef("pk")).exclude(state=PlaceState.VOID)
    return standing.filter(Q(created_by=person) | Q(Exists(places)))


def get_queue_names(sessions: Sequence[int], queues: QueueQuerySet) -> dict[int, list[str]]:
    """This will be the names of those queues that sessions are in, in the order of the alphabet."""
    named: dict[int, list[str]] = defaultdict(list)
    places = Assignment.objects.filter(session__in=sessions, queue__in=queues).exclude(state=PlaceState.VOID)
    found = places.order_by().values_list("session", "queue__name", "queue").distinct()
    for session, name, _ in sorted(found, key=lambda place: (reading_key(place[1]), place[2])):
        named[session].append(name)
    return dict(named)
