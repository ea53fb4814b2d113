"""Bulk actions: which of the chosen sessions would be marked, who may, and how far one has come."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.translation import ngettext

from labeling.codes import LabelType, Via
from labeling.models import Assignment, BulkAction, CurrentLabel, Label, Queue, User
from labeling.models.assignment import WANTED
from labeling.models.bulk_action import BulkState
from labeling.models.queue import DrawKind
from labeling.queries.unseen_places import judged_unseen
from labeling.roles import Permission
from sessions_app.models import Session
from sessions_app.scope import Scope


@dataclass(frozen=True, slots=True)
class Selection:
    """`sessions` would be marked; the others are left out."""

    sessions: list[int]
    already_labeled: int
    in_sample: int

    @property
    def digest(self) -> str:
        """The same for the same sessions, in whatever order."""
        return hashlib.sha256(",".join(str(pk) for pk in sorted(self.sessions)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class BulkProgress:
    action: BulkAction
    total: int
    # Of marking it counts up, of undoing down.
    done: int
    left_out: int
    # Of an undone action: the labels that stay, because their rater had changed them by then.
    kept: int
    is_moving: bool
    may_undo: bool


def get_selection(sessions: Sequence[int]) -> Selection:
    """This will leave out what a queue waits for, and what a person has labeled."""
    wanted = wanted_in_queues(sessions)
    labeled = labeled_by_people(sessions) - wanted
    return Selection([pk for pk in sessions if pk not in labeled and pk not in wanted], len(labeled), len(wanted))


def labeled_by_people(sessions: Collection[int]) -> set[int]:
    """This will find the sessions that have a human label now, whoever gave it."""
    return set(CurrentLabel.objects.filter(session__in=sessions, type=LabelType.HUMAN).values_list("session", flat=True))


def wanted_in_queues(sessions: Collection[int]) -> set[int]:
    """This will find the members of random samples and of independent queues that still want labels.

    Marked without a look they would bend the sample. And whether others have labeled them is not to be told, so this is asked first.
    """
    return in_unfinished_sample(sessions) | judged_unseen(sessions)


def in_unfinished_sample(sessions: Collection[int]) -> set[int]:
    """This will find the members of random samples that still want labels of them."""
    places = Assignment.objects.filter(session__in=sessions, state__in=WANTED, draw__kind=DrawKind.RANDOM, queue__in=Queue.objects.wanting())
    return set(places.values_list("session", flat=True))


def in_reach(sessions: Collection[int], scope: Scope) -> list[int]:
    """This will keep the sessions that this scope covers, newest first."""
    return list(Session.objects.visible_to(scope).filter(pk__in=sessions).newest_first().values_list("pk", flat=True))


def get_bulk_action(token: str, person: User, scope: Scope) -> BulkAction | None:
    """This will return an action to whoever made it, and to a manager who may see all its sessions."""
    action = BulkAction.objects.select_related("created_by").filter(token=token).first()
    if action is None or action.created_by_id == person.pk:
        return action
    may = person.may(Permission.MANAGE_QUEUES) and (scope.all_agents or len(in_reach(action.sessions, scope)) == len(action.sessions))
    return action if may else None


def get_confirmed(client_key: str, person: User) -> BulkAction | None:
    """This will return the action that this form has led to already."""
    return BulkAction.objects.filter(created_by=person, client_key=client_key).first()


def labels_of(action: BulkAction, sessions: Collection[int]) -> list[Label]:
    """This will return the labels that the action gave to some of its sessions, withdrawn or not."""
    rows = Label.objects.filter(session__in=sessions, rater__user=action.created_by_id, client_key=client_key_of(action), via=Via.BULK)
    return list(rows.select_related("withdrawal").order_by("session"))


def client_key_of(action: BulkAction) -> str:
    """This will be what tells an action's labels from any other of its maker."""
    return f"bulk-{action.pk}"


def get_bulk_progress(action: BulkAction) -> BulkProgress:
    """This will say how far an action has come."""
    total = len(action.sessions)
    kept = sum(not hasattr(label, "withdrawal") for label in labels_of(action, action.sessions)) if action.state == BulkState.UNDONE else 0
    return BulkProgress(
        action=action,
        total=total,
        done=total - action.handled if action.state == BulkState.UNDOING else action.handled,
        left_out=action.already_labeled + action.in_sample,
        kept=kept,
        is_moving=action.state in (BulkState.WAITING, BulkState.RUNNING, BulkState.UNDOING),
        may_undo=action.state in (BulkState.WAITING, BulkState.RUNNING, BulkState.FINISHED, BulkState.FAILED),
    )


def left_out_words(already_labeled: int, in_sample: int) -> list[str]:
    """This will say what is left out and why, a sentence for each reason that has any."""
    words = []
    if already_labeled:
        words.append(
            ngettext("%(n)d is left out: a person has labeled it.", "%(n)d are left out: a person has labeled them.", already_labeled) % {"n": already_labeled}
        )
    if in_sample:
        words.append(
            ngettext(
                "%(n)d is left out: it belongs to a random sample or an independent queue that is not finished.",
                "%(n)d are left out: they belong to a random sample or an independent queue that is not finished.",
                in_sample,
            )
            % {"n": in_sample}
        )
    return words
