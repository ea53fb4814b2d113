"""Unmasking: showing one session without a mask to somebody who said why, for a quarter of an hour, and hiding it again."""

from datetime import datetime, timedelta

from django.db import transaction

from labeling.models import Unmasking, User
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from labeling.policies import why_not_unmask
from sessions_app.models import Session

SHOWN_FOR = timedelta(minutes=15)
HIDDEN_AGAIN = "hidden again"


class MayNotUnmask(Exception):
    """This person's role shows no callers."""


@transaction.atomic
def unmask_session(*, session: Session, by: User, reason: str, note: str, at: datetime) -> Unmasking:
    """This will show a session to a person without a mask, from now on for a quarter of an hour. Raises MayNotUnmask."""
    if why_not_unmask(by):
        raise MayNotUnmask
    unmasking = Unmasking.objects.create(session=session, user=by, reason=reason, note=note, until=at + SHOWN_FOR)
    record_event(kind=EventKind.UNMASKED, by=by, session=session.pk, subject_kind="unmasking", subject=unmasking.pk, after=reason)
    return unmasking


@transaction.atomic
def hide_session(*, session: Session, by: User, at: datetime) -> None:
    """This will mask a session again for a person. Facts are not changed, so it is one more, which ends at once; hiding twice adds none."""
    latest = Unmasking.objects.filter(session=session, user=by).order_by("-pk").first()
    if latest is None or latest.until <= at:
        return
    hidden = Unmasking.objects.create(session=session, user=by, reason=latest.reason, note=latest.note, until=at)
    record_event(kind=EventKind.UNMASKED, by=by, session=session.pk, subject_kind="unmasking", subject=hidden.pk, after=HIDDEN_AGAIN)
