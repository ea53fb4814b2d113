"""Passes: a person puts a session of a queue off, and takes that back."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from labeling.models import Assignment, Pass, Queue, User
from labeling.models.assignment import WANTED
from labeling.models.run import SkipKind
from labeling.operations.claims import FREE, claim_session, lock_places
from labeling.queries.claimable import held
from sessions_app.scope import Scope

SNOOZE = timedelta(hours=1)


class NotHeld(Exception):
    """The person neither holds the session's place in the queue nor has put it off."""


@dataclass(frozen=True, slots=True)
class Passed:
    """`was_held` tells putting it off from saying why it was."""

    row: Pass
    was_held: bool


@transaction.atomic
def pass_session(*, queue: Queue, session_id: int, by: User, kind: str = SkipKind.LATER) -> Passed:
    """This will give the place back for others; for later means for an hour, anything else for good. Said again, it changes why.

    What a manager gave to a person who does not want it is anybody's again. Raises NotHeld.
    """
    lock_places(Assignment.objects.filter(queue=queue, session=session_id, state__in=WANTED))
    was_held = bool(held(queue, person=by).filter(session=session_id).update(**FREE))
    if not was_held and not Pass.objects.filter(queue=queue, session=session_id, person=by).exists():
        raise NotHeld
    if kind != SkipKind.LATER:
        Assignment.objects.filter(queue=queue, session=session_id, assigned_to=by, state__in=WANTED).update(assigned_to=None)
    until = Now() + SNOOZE if kind == SkipKind.LATER else None
    row, _ = Pass.objects.update_or_create(queue=queue, session_id=session_id, person=by, defaults={"kind": kind, "until": until})
    return Passed(row, was_held)


def withdraw_pass(*, queue: Queue, session_id: int, by: User, scope: Scope) -> bool:
    """This will take a pass back, and give the person the session again, if it is free. Twice is once."""
    Pass.objects.filter(queue=queue, session=session_id, person=by).delete()
    return claim_session(queue=queue, session_id=session_id, by=by, scope=scope)


def withdraw_later(*, queue: Queue, by: User) -> int:
    """This will take back what a person put off in a queue for later."""
    return Pass.objects.filter(queue=queue, person=by, kind=SkipKind.LATER).delete()[0]
