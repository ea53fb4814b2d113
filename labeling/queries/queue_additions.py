"""Adding sessions to a queue by hand: to which queues, what each would get, and how far one addition has come."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_noop
from procrastinate.contrib.django.models import ProcrastinateJob

from labeling.models import Assignment, Draw, Queue, User
from labeling.models.assignment import WANTED, PlaceState
from labeling.models.queue import MOST_IN_QUEUE, DrawKind, DrawState
from labeling.queries.known_queues import queues_known_to
from labeling.roles import Permission
from sessions_app.models import Session
from sessions_app.reading_order import ByName
from sessions_app.scope import Scope

TASK = "labeling.tasks.add_to_queue"
# What a draw's `problem` says of an addition that was taken back: its places are its only other trace.
UNDOING, UNDONE = gettext_noop("Being undone."), gettext_noop("Undone.")
MOST_LISTED = 50
UNDER_WAY = (DrawState.WAITING, DrawState.RUNNING)


@dataclass(frozen=True, slots=True)
class Target:
    """A queue, and which of the chosen sessions it does not have yet. `room` is how many more it can hold."""

    queue: Queue
    sessions: list[int]
    already_in: int
    room: int

    @property
    def fits(self) -> bool:
        return bool(self.sessions) and len(self.sessions) <= self.room


@dataclass(frozen=True, slots=True)
class Addition:
    """`added` got places, `left_out` did not: they were in the queue already, or are gone. Of an undone one `kept` stay."""

    draw: Draw
    total: int
    added: int
    left_out: int
    kept: int
    is_undoing: bool
    is_undone: bool

    @property
    def is_moving(self) -> bool:
        return self.draw.state in UNDER_WAY

    @property
    def may_undo(self) -> bool:
        return not self.is_undoing and not self.is_undone and (self.is_moving or bool(self.added))


def addable_queues(person: User, scope: Scope) -> QuerySet[Queue]:
    """This will be the queues that take sessions by hand. A random sample does not: it would be none any more."""
    return queues_known_to(person, scope).wanting().exclude(draw_kind=DrawKind.RANDOM)


def has_samples(person: User, scope: Scope) -> bool:
    """This will say whether there are queues that are not among those."""
    return queues_known_to(person, scope).wanting().filter(draw_kind=DrawKind.RANDOM).exists()


def get_targets(sessions: Sequence[int], person: User, scope: Scope) -> list[Target]:
    """This will say of each queue what of some sessions it would get."""
    queues = list(addable_queues(person, scope).order_by(ByName("name"), "pk"))
    held: dict[int, set[int]] = {queue.pk: set() for queue in queues}
    live = Assignment.objects.filter(queue__in=queues).exclude(state=PlaceState.VOID)
    for queue, session in live.filter(session__in=sessions).values_list("queue", "session"):
        held[queue].add(session)
    sizes = dict(live.order_by().values_list("queue").annotate(n=Count("session", distinct=True)))
    return [Target(queue, [pk for pk in sessions if pk not in held[queue.pk]], len(held[queue.pk]), MOST_IN_QUEUE - sizes.get(queue.pk, 0)) for queue in queues]


def digest_of(targets: Sequence[Target]) -> str:
    """The same as long as each queue would get the same sessions."""
    said = ";".join(f"{target.queue.pk}:{','.join(map(str, sorted(target.sessions)))}" for target in targets)
    return hashlib.sha256(said.encode()).hexdigest()


def members_among(queue: int, sessions: Collection[int]) -> set[int]:
    """This will find those of some sessions that a queue has."""
    places = Assignment.objects.filter(queue=queue, session__in=sessions).exclude(state=PlaceState.VOID)
    return set(places.values_list("session", flat=True))


def count_members(queue: int) -> int:
    return Assignment.objects.filter(queue=queue).exclude(state=PlaceState.VOID).values("session").distinct().count()


def get_begun(client_key: str, person: User) -> Draw | None:
    """This will return the addition that a form has led to already, by the job that was asked for with it."""
    job = ProcrastinateJob.objects.filter(task_name=TASK, args__client_key=client_key).order_by("pk").first()
    return Draw.objects.filter(pk=job.args["draw"], asked_by=person).first() if job else None


def get_addition_draw(pk: int, person: User, scope: Scope) -> Draw | None:
    """This will return an addition to whoever made it, and to a manager who may see all its sessions."""
    known = queues_known_to(person, scope) if person.may(Permission.MANAGE_QUEUES) else Queue.objects.none()
    draw = Draw.objects.select_related("queue", "asked_by").filter(pk=pk, kind=DrawKind.ADDED, queue__in=known).first()
    if draw is None or draw.asked_by_id == person.pk or scope.all_agents:
        return draw
    members = Assignment.objects.filter(draw=draw).values("session")
    return None if members.exclude(session__in=Session.objects.visible_to(scope)).exists() else draw


def get_additions(person: User, scope: Scope) -> Sequence[Draw]:
    """This will be the newest of what a person added to queues that are still there, newest first."""
    if not person.may(Permission.MANAGE_QUEUES):
        return []
    mine = Draw.objects.select_related("queue").filter(kind=DrawKind.ADDED, asked_by=person, queue__in=queues_known_to(person, scope))
    return list(mine.order_by("-asked_at", "-pk")[:MOST_LISTED])


def get_addition(draw: Draw) -> Addition:
    """This will say how far an addition has come."""
    added = Assignment.objects.filter(draw=draw)
    counted = added.aggregate(all=Count("session", distinct=True), kept=Count("session", distinct=True, filter=~Q(state=PlaceState.VOID)))
    is_undone = draw.problem == UNDONE
    return Addition(
        draw=draw,
        total=draw.frame or 0,
        added=counted["all"],
        left_out=(draw.frame or 0) - counted["all"] if draw.state == DrawState.FINISHED and not is_undone else 0,
        kept=counted["kept"],
        is_undoing=draw.problem == UNDOING,
        is_undone=is_undone,
    )


def free_places(draw: Draw) -> QuerySet[Assignment]:
    """This will be the places of an addition that can be taken back: nobody has filled them, and nobody is at them now."""
    return Assignment.objects.filter(draw=draw, state__in=WANTED).exclude(_at_work())


def _at_work() -> Q:
    return Q(state=PlaceState.CLAIMED, lease_until__gt=Now())
