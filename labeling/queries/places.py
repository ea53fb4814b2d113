"""Whose a place of a queue can be: the people who may work it, and the places somebody could be handed now."""

from django.db.models import Exists, OuterRef, QuerySet

from labeling.models import Assignment, Queue, User
from labeling.models.assignment import PlaceState
from labeling.models.queue import OpenTo, QueueQuerySet, QueueState
from labeling.models.run import SkipKind
from labeling.queries.colleagues import LABELING_ROLES
from labeling.roles import Role
from sessions_app.models import Session
from sessions_app.scope import Scope

# Who passed a session like this is not handed it again.
FOR_GOOD = (SkipKind.NOT_MINE, SkipKind.CANNOT_JUDGE)


def workers_of(queue: Queue) -> QuerySet[User]:
    """This will be the people who may work a queue at all, whichever agents they see: what `open_to` says of one person."""
    people = User.objects.filter(is_active=True, role__in=LABELING_ROLES, may_read_transcripts=True)
    if queue.open_to == OpenTo.CHOSEN:
        return people.filter(Exists(Queue.workers.through.objects.filter(queue=queue, user=OuterRef("pk"))))
    return people if queue.open_to == OpenTo.EVERYBODY else people.filter(role=Role.REVIEWER)


def workable(person: User) -> QueueQuerySet:
    """This will be the queues in which a person is handed places now."""
    return Queue.objects.filter(state=QueueState.ACTIVE).open_to(person)


def reachable(places: QuerySet[Assignment], scope: Scope) -> QuerySet[Assignment]:
    """This will keep the places of sessions in scope; void ones are none."""
    standing = places.exclude(state=PlaceState.VOID)
    return standing if scope.all_agents else standing.filter(session__in=Session.objects.visible_to(scope))
