"""The writes of second opinions: asking a colleague, closing when they judged, declining."""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from psycopg.errors import UniqueViolation

from labeling.models import Label, SecondOpinion, User
from labeling.operations.erasing_words import kept_words
from labeling.queries.colleagues import colleagues_for
from sessions_app.compiled import compiled_update
from sessions_app.models import Session


class CannotBeAsked(Exception):
    """The colleague may not label this session, or is the one who asks."""


@dataclass(slots=True)
class AlreadyAsked(Exception):
    """The same colleague was asked by the same person, and that stands."""

    opinion: SecondOpinion


def ask_second_opinion(*, session: Session, by: User, of: User, note: str, client_key: str, may_repeat: bool = True) -> SecondOpinion:
    """This will put the session and a note on a colleague's page. The same key again gives the first answer.

    Whoever has to label first may not repeat it: that it could be asked anew would say that the colleague has judged.
    Raises CannotBeAsked, AlreadyAsked.
    """
    if not colleagues_for(session, asker=by).filter(pk=of.pk).exists():
        raise CannotBeAsked
    mine = SecondOpinion.objects.filter(session=session, asked_by=by)
    before = None if may_repeat else mine.filter(asked_of=of).exclude(client_key=client_key).order_by("pk").first()
    if before:
        raise AlreadyAsked(before)
    try:
        with transaction.atomic():
            # First, as every label does: an undo opens again what it finds closed, and must see what is asked at that moment.
            locked = Session.objects.select_for_update(no_key=True).get(pk=session.pk)
            kept = kept_words(session=locked, words=note)
            return SecondOpinion.objects.create(session=session, asked_by=by, asked_of=of, note=kept, client_key=client_key)
    except IntegrityError as problem:
        if not isinstance(problem.__cause__, UniqueViolation):
            raise
    earlier = mine.filter(client_key=client_key).first()
    if earlier and earlier.asked_of_id == of.pk and earlier.note == note:
        return earlier
    waiting = earlier or mine.filter(asked_of=of, closed_at=None).first()
    if waiting is None:
        # Closed this moment, so it can be asked anew.
        return ask_second_opinion(session=session, by=by, of=of, note=note, client_key=client_key, may_repeat=may_repeat)
    raise AlreadyAsked(waiting)


def close_second_opinions(*, session_id: int, user: User, label: Label) -> int:
    """This will close what a person was asked on a session they have now labeled. Called in the label's transaction."""
    return _close(session_id, user.pk, label.pk)


@compiled_update
def _close(session: Any, user: Any, label: Any) -> tuple[QuerySet[SecondOpinion], dict[str, Any]]:
    return SecondOpinion.objects.filter(session=session, asked_of=user, closed_at=None), {"closed_at": Now(), "label": label}


def reopen_second_opinions(*, label: Label) -> int:
    """This will ask again what an undone label had answered, unless it was asked again in the meantime. Called under the session's lock."""
    closed = SecondOpinion.objects.filter(session=label.session_id, label=label.pk)
    again = SecondOpinion.objects.filter(session=OuterRef("session"), asked_by=OuterRef("asked_by"), asked_of=OuterRef("asked_of"), closed_at=None)
    return closed.exclude(Exists(again)).update(closed_at=None, label=None)


def decline_second_opinion(*, opinion: SecondOpinion) -> None:
    """This will close it without a label. Declining what is closed already changes nothing."""
    SecondOpinion.objects.filter(pk=opinion.pk, closed_at=None).update(closed_at=Now())
