"""Placing a legal hold, and lifting it."""

from datetime import datetime

from django.db import transaction
from procrastinate.contrib.django import app

from labeling.models import Erasure, LegalHold, User
from labeling.models.erasure import ErasureState
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from sessions_app.models import Agent, Session
from sessions_app.queries.database_clock import database_now


class AlreadyLifted(Exception):
    """Somebody has lifted it before."""


@transaction.atomic
def place_hold(
    *, by: User, reason: str, session: Session | None = None, agent: Agent | None = None, since: datetime | None, until: datetime | None
) -> LegalHold:
    """This will keep whatever all of these together cover from deletion and erasure. The same hold twice is placed once."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    same = LegalHold.objects.filter(lifted_at=None, placed_by=by, reason=reason, session=session, agent=agent, since=since, until=until).first()
    if same:
        return same
    hold = LegalHold.objects.create(reason=reason, session=session, agent=agent, since=since, until=until, placed_by=by)
    record_event(kind=EventKind.HOLD_PLACED, by=by, session=hold.session_id, subject_kind="legal_hold", subject=hold.pk)
    return hold


@transaction.atomic
def lift_hold(*, hold: LegalHold, by: User) -> LegalHold:
    """This will lift a hold, and go on with the erasures that it stood in the way of. Raises AlreadyLifted."""
    locked = LegalHold.objects.select_for_update().get(pk=hold.pk)
    if locked.lifted_at:
        raise AlreadyLifted
    locked.lifted_by, locked.lifted_at = by, database_now()
    locked.save(update_fields=["lifted_by", "lifted_at"])
    record_event(kind=EventKind.HOLD_LIFTED, by=by, session=locked.session_id, subject_kind="legal_hold", subject=locked.pk)
    for pk in Erasure.objects.filter(state=ErasureState.HELD).order_by("pk").values_list("pk", flat=True):
        # By name: a task is above an operation.
        app.configure_task("labeling.tasks.erase", lock="erase").defer(erasure=pk)
    return locked
