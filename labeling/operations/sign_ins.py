"""The writes of sign-ins: noting that one is used, and ending them."""

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session as StoredSignIn
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from labeling.models import User
from labeling.models.event import EventKind
from labeling.operations.events import record_event


def note_activity(*, key: str | None) -> None:
    """This will keep when a sign-in was last used."""
    UserSession.objects.filter(session_key=key).update(last_seen_at=Now())


@transaction.atomic
def end_sign_ins(*, person: User, by: User | None, but: str | None = None, only: int | None = None) -> int:
    """This will end a person's sign-ins at their next request, without the one whose key is `but`, and return how many there were."""
    rows = UserSession.objects.filter(user_id=person.pk).exclude(session_key=but or "")
    if only is not None:
        rows = rows.filter(pk=only)
    keys = list(rows.values_list("session_key", flat=True))
    ended, _ = StoredSignIn.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
    if ended:
        record_event(kind=EventKind.SIGN_INS_ENDED, by=by, subject_kind="user", subject=person.pk, after=str(ended))
    return ended


def clear_sign_ins() -> int:
    """This will forget the sign-ins that are over."""
    cleared, _ = UserSession.objects.exclude(Exists(StoredSignIn.objects.filter(session_key=OuterRef("session_key")))).delete()
    return int(cleared)
