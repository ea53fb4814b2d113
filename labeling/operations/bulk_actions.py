"""Bulk actions: confirming one, the job that marks, and the one undo. Each batch is a transaction, so a killed worker doubles nothing."""

import secrets
from collections.abc import Callable, Sequence

from django.db import OperationalError, transaction
from django.db.models.functions import Now
from procrastinate.contrib.django import app

from labeling.codes import Code, Via
from labeling.models import BulkAction, CurrentLabel, Label, LabelWithdrawal, User
from labeling.models.bulk_action import MOST_IN_BULK, BulkState
from labeling.models.event import EventKind
from labeling.operations.derived import derive
from labeling.operations.events import record_event
from labeling.operations.following import follow_labels
from labeling.operations.label_rows import LabelGiven, Provenance
from labeling.operations.labels import record_labels
from labeling.operations.raters import rater_of
from labeling.policies import why_not_mark
from labeling.queries.bulk_actions import client_key_of, labeled_by_people, labels_of, wanted_in_queues
from labeling.queries.scopes import get_scope
from labeling.roles import Permission
from sessions_app.models import Session

BATCH = 200
UNDO_REASON = "Bulk action undone"
MARKING = (BulkState.WAITING, BulkState.RUNNING)
UNDOABLE = (*MARKING, BulkState.FINISHED, BulkState.FAILED)


class NothingToMark(Exception):
    """None of the sessions is left to be marked."""


class MayNotMark(Exception):
    """The person may not mark that many at once."""


class TooManyToMark(Exception):
    """More sessions than one action holds."""


class NotUndoable(Exception):
    """The action is being undone, or was."""


class Stopped(Exception):
    """The worker has to end; the job is taken up again."""


def confirm_bulk(*, by: User, client_key: str, reason: str, query: str, sessions: Sequence[int], already_labeled: int = 0, in_sample: int = 0) -> BulkAction:
    """This will have exactly these sessions marked N/A in the background. What was left out already is only counted.

    The same key again gives the first action. Raises NothingToMark, MayNotMark, TooManyToMark, AddressTaken.
    """
    if not sessions:
        raise NothingToMark
    if len(sessions) > MOST_IN_BULK:
        raise TooManyToMark
    if why_not_mark(by, len(sessions)):
        raise MayNotMark
    rater_of(user=by)
    with transaction.atomic():
        action, is_new = BulkAction.objects.get_or_create(
            created_by=by,
            client_key=client_key,
            defaults={
                "token": secrets.token_urlsafe(32),
                "reason": reason,
                "query": query,
                "sessions": list(sessions),
                "already_labeled": already_labeled,
                "in_sample": in_sample,
            },
        )
        if is_new:
            # By name: a task is above an operation.
            app.configure_task("labeling.tasks.mark_in_bulk").defer(action=action.pk)
    return action


def mark_all(*, action_pk: int, should_stop: Callable[[], bool] = lambda: False) -> None:
    """This will mark what an action has not come to yet. Raises Stopped, and what the database refuses for a while."""
    try:
        while _mark_batch(action_pk):
            if should_stop():
                raise Stopped
    except (Stopped, OperationalError):
        raise
    except Exception:
        fail_bulk(action_pk=action_pk)
        raise


def fail_bulk(*, action_pk: int) -> None:
    """This will end an action that cannot go on. What was marked stays, and can be undone."""
    BulkAction.objects.filter(pk=action_pk, state__in=MARKING).update(state=BulkState.FAILED, finished_at=Now())


@transaction.atomic
def undo_bulk(*, action: BulkAction, by: User) -> None:
    """This will have an action's labels withdrawn, also of one that is still marking. Raises NotUndoable."""
    locked = BulkAction.objects.select_for_update().get(pk=action.pk)
    if locked.state not in UNDOABLE:
        raise NotUndoable
    locked.state = BulkState.UNDOING
    locked.save(update_fields=["state"])
    app.configure_task("labeling.tasks.undo_in_bulk").defer(action=action.pk, by=by.pk)


def withdraw_all(*, action_pk: int, by_pk: int, should_stop: Callable[[], bool] = lambda: False) -> None:
    """This will withdraw what an action marked, backward from where it had come to. Raises Stopped."""
    by = User.objects.get(pk=by_pk)
    while _withdraw_batch(action_pk, by):
        if should_stop():
            raise Stopped


@transaction.atomic
def withdraw_labels(*, labels: Sequence[Label], by: User, reason: str = "") -> list[LabelWithdrawal]:
    """This will withdraw those of many labels that are still their raters' current ones, and derive once what follows."""
    wanted = {label.session_id for label in labels}
    sessions = list(Session.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk"))
    current = CurrentLabel.objects.filter(session__in=sessions, label__in=[label.pk for label in labels])
    rows = LabelWithdrawal.objects.bulk_create(
        [LabelWithdrawal(label_id=label, session_id=session, withdrawn_by=by, reason=reason) for label, session in current.values_list("label", "session")],
        batch_size=500,
    )
    derive(sessions=sessions)
    follow_labels(withdrawn=rows, sessions=sessions)
    return rows


@transaction.atomic
def _mark_batch(action_pk: int) -> bool:
    """Whether there is more. The lock on the action keeps a second worker, and an undo, from the same batch."""
    action = BulkAction.objects.select_for_update(of=("self",)).select_related("created_by").get(pk=action_pk)
    if action.state not in MARKING:
        return False
    by = action.created_by
    if not by.may(Permission.LABEL):
        fail_bulk(action_pk=action.pk)
        return False
    batch = action.sessions[action.handled : action.handled + BATCH]
    # The maker may see less by now than when they confirmed it.
    within = Session.objects.visible_to(get_scope(by)).filter(pk__in=batch)
    locked = list(within.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    wanted = wanted_in_queues(locked)
    labeled = labeled_by_people(locked) - wanted
    rater = rater_of(user=by)
    given = [
        LabelGiven(pk, rater, Code.NOT_APPLICABLE, client_key_of(action), comment=action.reason, provenance=Provenance(via=Via.BULK))
        for pk in locked
        if pk not in labeled and pk not in wanted
    ]
    action.marked += len(record_labels(labels=given))
    action.already_labeled += len(labeled)
    action.in_sample += len(wanted)
    action.handled += len(batch)
    action.state = BulkState.RUNNING
    is_more = action.handled < len(action.sessions)
    if not is_more:
        action.state, action.finished_at = BulkState.FINISHED, Now()
        _record(EventKind.BULK_LABELED, action, by=by, before=f"{len(action.sessions)} chosen", after=f"{action.marked} marked N/A")
    action.save(update_fields=["marked", "already_labeled", "in_sample", "handled", "state", "finished_at"])
    return is_more


@transaction.atomic
def _withdraw_batch(action_pk: int, by: User) -> bool:
    """Whether there is more. `handled` counts down, so that an undo which was cut off goes on where it was."""
    action = BulkAction.objects.select_for_update().get(pk=action_pk)
    if action.state != BulkState.UNDOING:
        return False
    first = max(action.handled - BATCH, 0)
    withdraw_labels(labels=labels_of(action, action.sessions[first : action.handled]), by=by, reason=UNDO_REASON)
    action.handled = first
    if not first:
        action.state, action.undone_at = BulkState.UNDONE, Now()
        taken_back = LabelWithdrawal.objects.filter(label__in=labels_of(action, action.sessions), reason=UNDO_REASON).count()
        _record(EventKind.BULK_UNDONE, action, by=by, before=f"{action.marked} marked N/A", after=f"{taken_back} taken back")
    action.save(update_fields=["handled", "state", "undone_at"])
    return bool(first)


def _record(kind: str, action: BulkAction, *, by: User, before: str, after: str) -> None:
    record_event(kind=kind, by=by, subject_kind="bulk_action", subject=action.pk, before=before, after=after)
