"""The writes of labels: submit, change, withdraw. Each under its session's row lock, each safe to repeat."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, Q, QuerySet, When
from django.db.models.functions import Now

from labeling.codes import LabelType, Via
from labeling.models import CurrentLabel, Label, LabelWithdrawal, Rater, User
from labeling.models.event import EventKind
from labeling.operations.derived import derive
from labeling.operations.erasing_words import kept_words
from labeling.operations.events import record_event
from labeling.operations.following import follow_labels
from labeling.operations.label_rows import IssueGiven, LabelGiven, Provenance, Replaced, insert_labels, request_hash
from sessions_app.compiled import compiled
from sessions_app.models import Session
from sessions_app.operations import lock_session


@dataclass(slots=True)
class AlreadyLabeled(Exception):
    """The rater's current label is not the one this submit started from."""

    saved: Label | None


class KeyReused(Exception):
    """The same client key came with other content."""


class NotStanding(Exception):
    """The label was withdrawn or replaced, so it cannot be withdrawn again."""


@dataclass(frozen=True, slots=True)
class Submitted:
    label: Label
    is_new: bool


ANY_VERSION = object()


@compiled
def _sent_before_or_current(session: Any, rater: Any, type_: Any, key: Any) -> QuerySet[Label]:
    sought = Q(client_key=key) | Q(current__isnull=False, type=type_)
    return Label.objects.filter(sought, session=session, rater=rater).annotate(now=Now())


@transaction.atomic
def submit_label(
    *,
    session_id: int,
    rater: Rater,
    code: str,
    client_key: str,
    type: str = LabelType.HUMAN,
    comment: str = "",
    issues: Sequence[IssueGiven] = (),
    reason: str = "",
    starting_from: object = ANY_VERSION,
    same_within: timedelta | None = None,
    provenance: Provenance = Provenance(),
) -> Submitted:
    """This will insert a label, which replaces the rater's current one of that type.

    `starting_from` is the id of the current label the rater was looking at, or None. With `same_within` the current
    label is given again where the same API key gave it the same content so lately. Raises AlreadyLabeled when there
    is another by now, KeyReused when the key was used for something else, Session.DoesNotExist.
    """
    session = lock_session(session_id)
    given = LabelGiven(session.pk, rater, code, client_key, type, comment, tuple(issues), reason, provenance)
    return submit_on_locked(session=session, given=given, starting_from=starting_from, same_within=same_within)


def submit_on_locked(*, session: Session, given: LabelGiven, starting_from: object = ANY_VERSION, same_within: timedelta | None = None) -> Submitted:
    """This will do what submit_label does, in the transaction of a caller who has locked the session."""
    standing: list[Any] = _sent_before_or_current.all(session.pk, given.rater.pk, given.type, given.client_key)
    earlier = next((label for label in standing if label.client_key == given.client_key), None)
    if earlier:
        if earlier.request_hash != request_hash(given):
            raise KeyReused
        return Submitted(earlier, is_new=False)
    current = standing[0] if standing else None
    if current and same_within and _is_same(current, given, since=current.now - same_within):
        return Submitted(current, is_new=False)
    if starting_from is not ANY_VERSION and starting_from != (current.pk if current else None):
        raise AlreadyLabeled(current)
    replaced = {given.key: Replaced(current.pk, current.made_at if current.made_at > current.now else None)} if current else {}
    label = insert_labels([given], replaced, erased=[session.pk] if session.erased_at else ())[0]
    derive(sessions=[session])
    follow_labels(given=[label], sessions=[session])
    _record_labeled(given, label)
    return Submitted(label, is_new=True)


@transaction.atomic
def record_labels(*, labels: Sequence[LabelGiven]) -> list[Label]:
    """This will insert many labels at once, on any sessions, and derive what follows once a session.

    For imports and bulk actions: a label whose key is known, or that is in the batch twice, is left out, so that the
    same file twice adds nothing.
    """
    sessions = list(Session.objects.select_for_update(no_key=True).filter(pk__in={given.session_id for given in labels}).order_by("pk"))
    known = set(Label.objects.filter(session__in=sessions).values_list("session", "rater", "client_key"))
    ahead = Case(When(label__made_at__gt=Now(), then="label__made_at"))
    standing = CurrentLabel.objects.filter(session__in=sessions).values_list("session", "rater", "type", "label", ahead)
    current = {(session, rater, type_): Replaced(label, ahead_at) for session, rater, type_, label, ahead_at in standing}
    fresh = {
        (given.session_id, given.rater.pk, given.client_key): given
        for given in reversed(labels)
        if (given.session_id, given.rater.pk, given.client_key) not in known
    }
    rows = insert_labels(list(reversed(fresh.values())), current, erased={session.pk for session in sessions if session.erased_at})
    derive(sessions=sessions)
    follow_labels(given=rows, sessions=sessions)
    return rows


@transaction.atomic
def withdraw_label(*, label: Label, by: User, reason: str = "") -> LabelWithdrawal:
    """This will withdraw the rater's current label; the latest one that still stands takes its place.

    Withdrawing the same label again gives the first withdrawal. Raises NotStanding for a label that was replaced.
    """
    session = lock_session(label.session_id)
    earlier = LabelWithdrawal.objects.filter(label=label).first()
    if earlier:
        return earlier
    if not CurrentLabel.objects.filter(label=label).exists():
        raise NotStanding
    withdrawal = LabelWithdrawal.objects.create(label=label, session=session, withdrawn_by=by, reason=kept_words(session=session, words=reason))
    derive(sessions=[session])
    follow_labels(withdrawn=[withdrawal], sessions=[session])
    record_event(kind=EventKind.WITHDRAWN, by=by, session=session.pk, subject_kind="label", subject=label.pk)
    return withdrawal


def _is_same(label: Label, given: LabelGiven, *, since: datetime) -> bool:
    """Only of the current label: who changed their mind and changed it back gave three."""
    key = given.provenance.api_key
    return key is not None and label.api_key_id == key.pk and label.recorded_at > since and label.request_hash == request_hash(given)


def _record_labeled(given: LabelGiven, label: Label) -> None:
    """What was given here, one by one. A bulk action, an import and a sync each have an event of their own for all they brought."""
    key = given.provenance.api_key
    if given.provenance.via not in (Via.PAGE, Via.API):
        return
    record_event(
        kind=EventKind.LABELED,
        by=key.user_id if key else given.rater.user_id,
        api_key=key.pk if key else None,
        session=given.session_id,
        subject_kind="label",
        subject=label.pk,
        after=given.provenance.via,
    )
