"""Queues: making one, changing it, pausing and closing it, and deleting it."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from labeling.models import Queue, User
from labeling.models.event import EventKind
from labeling.models.queue import DrawKind, OpenTo, QueueOrder, QueueState, Repeats
from labeling.operations.draws import ask_for_draw
from labeling.operations.events import record_event
from labeling.operations.places import void_places
from labeling.operations.saved_views import words_of
from sessions_app.scope import Scope

MOST_SEED = 2**31
ENDING = 10
# What each state may become. Nothing comes back from deletion.
NEXT = {
    QueueState.ACTIVE: {QueueState.PAUSED, QueueState.CLOSED, QueueState.DELETED},
    QueueState.PAUSED: {QueueState.ACTIVE, QueueState.CLOSED, QueueState.DELETED},
    QueueState.CLOSED: {QueueState.ACTIVE, QueueState.DELETED},
    QueueState.DELETED: set(),
}


class FewerLabels(Exception):
    """A queue asks for as many labels as before, or more: what was given is not taken back."""


class CannotBecome(Exception):
    """The queue is in a state that does not lead to the one asked for."""


@dataclass(frozen=True, slots=True)
class Design:
    """What a queue is made of. A random sample has a size or a percentage, and is worked in its drawn order."""

    name: str
    query: str = ""
    draw_kind: str = DrawKind.ALL
    seed: int | None = None
    strata: list[str] = field(default_factory=list)
    size: int | None = None
    percent: float | None = None
    repeats: str = Repeats.NEVER
    labels_wanted: int = 1
    more_percent: int = 0
    more_labels: int | None = None
    is_independent: bool = True
    asks_another: bool = False
    order: str = QueueOrder.DRAWN
    reasons: list[str] = field(default_factory=list)
    open_to: str = OpenTo.REVIEWERS
    workers: list[User] = field(default_factory=list)
    by_language: bool = False
    due_at: datetime | None = None


# What can be changed later. The rule and the sample of a queue stay what they were, or its numbers would mean nothing.
CHANGEABLE = ("name", "due_at", "open_to", "by_language", "labels_wanted", "order", "reasons")


def create_queue(*, design: Design, by: User, client_key: str) -> Queue:
    """This will make a queue and have it filled in the background. The same key again gives the first queue."""
    ending = hashlib.sha256(f"{by.pk}:{client_key}".encode()).hexdigest()[:ENDING]
    made = get_made(by=by, client_key=client_key)
    if made:
        return made
    try:
        return _insert(design, by, slug=f"{words_of(design.name) or 'queue'}-{ending}")
    except IntegrityError:
        made = get_made(by=by, client_key=client_key)
        if made is None:
            raise
        return made


def get_made(*, by: User, client_key: str) -> Queue | None:
    """This will find the queue that a form has made already."""
    ending = hashlib.sha256(f"{by.pk}:{client_key}".encode()).hexdigest()[:ENDING]
    return Queue.objects.filter(created_by=by, slug__endswith=f"-{ending}").first()


@transaction.atomic
def change_queue(*, queue: Queue, by: User, workers: list[User], changes: Mapping[str, Any]) -> Queue:
    """This will change what may change. More labels get their places, and another order its positions, in the background. Raises FewerLabels."""
    row = Queue.objects.select_for_update(no_key=True).standing().get(pk=queue.pk)
    changed = sorted(name for name in CHANGEABLE if name in changes and getattr(row, name) != changes[name])
    asked_before = row.labels_wanted
    labels = changes.get("labels_wanted", row.labels_wanted)
    if labels < row.labels_wanted:
        raise FewerLabels
    for name in changed:
        setattr(row, name, changes[name])
    if row.more_labels is not None and row.more_labels <= labels:
        row.more_percent, row.more_labels = 0, None
    if row.is_sample:
        row.order, row.reasons = QueueOrder.DRAWN, []
    row.save(update_fields=[*CHANGEABLE, "more_percent", "more_labels"])
    before = set(row.workers.values_list("pk", flat=True))
    if row.open_to == OpenTo.CHOSEN:
        row.workers.set(workers)
    else:
        row.workers.clear()
    if before != set(row.workers.values_list("pk", flat=True)):
        changed.append("workers")
    if changed:
        Queue.objects.filter(pk=row.pk).update(changed_at=Now())
        for name in changed:
            # Never what it says: a name may hold anything.
            is_labels = name == "labels_wanted"
            _record(row, by, before=f"{asked_before} labels" if is_labels else "", after=f"{labels} labels" if is_labels else f"{name} changed")
    if {"labels_wanted", "order", "reasons"} & set(changed):
        # By name: a task is above an operation.
        app.configure_task("labeling.tasks.arrange_queue").defer(queue=row.pk)
    return row


@transaction.atomic
def change_state(*, queue: Queue, state: str, by: User) -> Queue:
    """This will pause a queue, let it go on, close or delete it. A deleted one gives up its places, held or not; its labels stay. Raises CannotBecome."""
    row = Queue.objects.select_for_update(no_key=True).get(pk=queue.pk)
    if row.state == state:
        return row
    if state not in NEXT[QueueState(row.state)]:
        raise CannotBecome
    before, row.state = row.state, state
    if state == QueueState.DELETED:
        row.next_draw_at = None
    row.save(update_fields=["state", "next_draw_at"])
    Queue.objects.filter(pk=row.pk).update(changed_at=Now())
    _record(row, by, before=before, after=state)
    if state == QueueState.DELETED:
        # The few that somebody holds at once; the rest, of which there may be a million, by a task.
        void_places(queue_pk=row.pk, only_claimed=True)
        app.configure_task("labeling.tasks.empty_queue").defer(queue=row.pk)
    return row


def why_not_change(queue: Queue, person: User, scope: Scope) -> str:
    """Who sees a part of the agents sees a part of a queue; all of it is its maker's, and theirs who see everything."""
    if scope.all_agents or queue.created_by_id == person.pk:
        return ""
    return _("This queue may hold sessions of agents that you do not see. Its maker can change it, or a manager who sees all agents.")


def new_seed() -> int:
    return secrets.randbelow(MOST_SEED)


@transaction.atomic
def _insert(design: Design, by: User, *, slug: str) -> Queue:
    is_sample = design.draw_kind == DrawKind.RANDOM
    queue = Queue.objects.create(
        slug=slug,
        name=design.name,
        query=design.query,
        draw_kind=design.draw_kind,
        seed=(new_seed() if design.seed is None else design.seed) if is_sample else None,
        strata=design.strata if is_sample else [],
        size=design.size if is_sample else None,
        percent=design.percent if is_sample else None,
        repeats=design.repeats,
        labels_wanted=design.labels_wanted,
        more_percent=design.more_percent,
        more_labels=design.more_labels,
        is_independent=design.is_independent,
        asks_another=design.asks_another,
        order=QueueOrder.DRAWN if is_sample else design.order,
        reasons=[] if is_sample else design.reasons,
        open_to=design.open_to,
        by_language=design.by_language,
        due_at=design.due_at,
        created_by=by,
    )
    if design.open_to == OpenTo.CHOSEN:
        queue.workers.set(design.workers)
    _record(queue, by, before="", after="created")
    if design.draw_kind != DrawKind.ADDED:
        ask_for_draw(queue=queue, by=by)
    return queue


def _record(queue: Queue, by: User, *, before: str, after: str) -> None:
    record_event(kind=EventKind.QUEUE_CHANGED, by=by, subject_kind="queue", subject=queue.pk, before=before, after=after)
