"""The outbox of labels for the vendor: what is put into it and taken out again, with the labels, before anything is sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest, Now
from django.utils.translation import gettext_noop

from labeling.models import Label, LabelWithdrawal, Push, User, VendorLabels
from labeling.models.event import EventKind
from labeling.models.vendor_labels import PushState
from labeling.operations.events import record_event
from labeling.queries.pushing import get_chosen, get_links, get_said, goes_by_itself, stands_there, why_not_push
from labeling.queries.unseen_places import judged_unseen, unseen_places
from sessions_app.compiled import compiled
from sessions_app.models import Session

HELD_BACK = gettext_noop("An independent queue still wants labels of this session.")
# Where nothing tells sooner that it does not any more.
LOOK_AGAIN = timedelta(hours=1)
REPLACED = gettext_noop("Withdrawn, or not the session's label any more, before it was sent.")
# What went there, or is there.
THERE = (PushState.SENT, PushState.ADOPTED)
BATCH = 500


class NotPushing(Exception):
    """Nothing is written to this vendor: an admin has not switched it on."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of labels that an admin wants the vendor to have."""

    waiting: int
    left_out: int


def waits_until(*, session_id: int, at_earliest: datetime) -> datetime:
    """This will say until when a session's labels must not leave the house; `at_earliest` is the end of the hold period.

    Asked when a push is put down, and again before it is sent. A queue that wants several independent labels holds a session
    here until the last of its places is done.
    """
    return at_earliest + LOOK_AGAIN if judged_unseen([session_id]) else at_earliest


def hold_back(*, push: Push, until: datetime) -> None:
    """This will have a push that is due looked at again later, and say why."""
    Push.objects.filter(pk=push.pk, state=PushState.WAITING).update(due_at=until, problem=HELD_BACK)


def release_held_back(*, vendor: VendorLabels) -> int:
    """This will let go what no queue holds back any more, since its places are done or its queue was closed, and say how much.

    Each is due at the end of its hold, or now.
    """
    rows = Push.objects.filter(data_source=vendor.data_source_id, state=PushState.WAITING, problem=HELD_BACK)
    free = rows.exclude(Exists(unseen_places().filter(session=OuterRef("session"))))
    hold = timedelta(minutes=vendor.push_after_minutes)
    return free.update(due_at=Greatest(ExpressionWrapper(F("created_at") + hold, output_field=DateTimeField()), Now()), problem="")


@compiled
def _pushing() -> QuerySet[VendorLabels]:
    return VendorLabels.objects.filter(pushes=True).annotate(now=Now())


def follow_for_vendor(*, given: Sequence[Label] = (), withdrawn: Sequence[LabelWithdrawal] = ()) -> None:
    """This will put down what of sessions whose labels changed is to go to the vendor, in the transaction of the change."""
    vendors: list[Any] = _pushing.all()
    sessions = {label.session_id for label in given} | {withdrawal.session_id for withdrawal in withdrawn}
    for vendor in vendors:
        plan_pushes(vendor=vendor, sessions=sessions, now=vendor.now)


def plan_pushes(*, vendor: VendorLabels, sessions: Collection[int], now: datetime) -> None:
    """This will make the outbox say what the labels of sessions that the caller has locked say now.

    What waits and is not wanted any more is dropped; what is wanted and not there waits from now on. Doing it twice is doing it once.
    """
    held: dict[int, Push] = {push.label_id: push for push in Push.objects.filter(data_source=vendor.data_source_id, session__in=sessions)}
    chosen = get_chosen(sessions, vendor)
    wanted = {label.pk for labels in chosen.values() for label in labels}
    gone = [push.pk for pk, push in held.items() if push.state == PushState.WAITING and pk not in wanted]
    if gone:
        drop_waiting(Q(pk__in=gone), REPLACED)
    candidates = [label for labels in chosen.values() for label in labels if goes_by_itself(label, vendor)]
    links = get_links(sessions, vendor) if candidates else {}
    missing = [label for label in candidates if not stands_there(label, links.get(label.session_id, ()), vendor)]
    said = get_said(missing) if missing else {}
    due = now + timedelta(minutes=vendor.push_after_minutes)
    fresh = []
    for label in missing:
        push = held.get(label.pk)
        if why_not_push(label, said[label.pk]) or (push and push.state not in (*THERE, PushState.DROPPED)):
            continue
        fresh.append(label)
    _wait(vendor, fresh, due)


@transaction.atomic
def ask_for_pushes(*, vendor: VendorLabels, labels: Collection[int], by: User) -> Asked:
    """This will have the vendor get labels that it lacks, also those of before: without a hold, because somebody looked at them.

    Those that are not what the vendor is to hold by now are left out, and those that wait already keep their hold. Raises NotPushing.
    """
    locked = VendorLabels.objects.select_for_update().annotate(now=Now()).get(pk=vendor.pk)
    if not locked.pushes:
        raise NotPushing
    sessions = list(Label.objects.filter(pk__in=labels, session__data_source=vendor.data_source_id).values_list("session", flat=True))
    list(Session.objects.select_for_update(no_key=True).filter(pk__in=sessions).order_by("pk").values_list("pk", flat=True))
    chosen = [label for rows in get_chosen(sessions, locked).values() for label in rows if label.pk in set(labels)]
    said = get_said(chosen)
    waiting = set(Push.objects.filter(data_source=vendor.data_source_id, label__in=chosen, state=PushState.WAITING).values_list("label", flat=True))
    taken = [label for label in chosen if label.pk not in waiting and not why_not_push(label, said[label.pk])]
    _wait(locked, taken, locked.now)
    if taken:
        record_event(kind=EventKind.CONNECTION_CHANGED, by=by, subject_kind="pushes", subject=vendor.data_source_id, after=f"{len(taken)} asked for")
    return Asked(len(taken), len(set(labels)) - len(taken))


@transaction.atomic
def retry_pushes(*, vendor: VendorLabels, by: User, push: int | None = None, state: str = PushState.FAILED) -> int:
    """This will have what failed sent at the next turn, one or all of it; or what was only tried, once that is over. And say how many."""
    if not vendor.pushes:
        return 0
    rows = Push.objects.filter(data_source=vendor.data_source_id, state=state)
    rows = rows.filter(pk=push) if push is not None else rows
    n = rows.update(state=PushState.WAITING, due_at=Now(), attempts=0, problem="", settled_at=None)
    if n:
        record_event(kind=EventKind.JOB_RETRIED, by=by, subject_kind="push" if push else "pushes", subject=push or vendor.data_source_id, after=f"{n} again")
    return n


@transaction.atomic
def resume_pushes(*, vendor: VendorLabels, by: User) -> None:
    """This will have it tried again what was stopped, because whoever asks has seen to the reason."""
    if VendorLabels.objects.filter(pk=vendor.pk).exclude(problem="").update(problem="", problem_at=None, resumes_at=None):
        record_event(kind=EventKind.CONNECTION_CHANGED, by=by, subject_kind="pushes", subject=vendor.data_source_id, after="tried again")


def drop_waiting(which: Q, problem: str) -> None:
    """This will take out of the outbox what waits in it, and say why."""
    Push.objects.filter(which, state=PushState.WAITING).update(state=PushState.DROPPED, problem=problem, settled_at=Now())


def _wait(vendor: VendorLabels, labels: Sequence[Label], due: datetime) -> None:
    held_back = judged_unseen({label.session_id for label in labels}) if labels else set()
    rows = [
        Push(
            data_source_id=vendor.data_source_id,
            session_id=label.session_id,
            label=label,
            due_at=due + LOOK_AGAIN if label.session_id in held_back else due,
            problem=HELD_BACK if label.session_id in held_back else "",
            state=PushState.WAITING,
        )
        for label in labels
    ]
    # Also when it was put down: what was there before is not what comes of it now.
    again = ["due_at", "state", "attempts", "problem", "settled_at", "created_at"]
    Push.objects.bulk_create(rows, batch_size=BATCH, update_conflicts=True, unique_fields=["label", "data_source"], update_fields=again)
