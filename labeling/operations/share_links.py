"""Share links: made for a purpose and a time, counted when opened, revoked."""

from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from labeling.models import ShareLink, User
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from labeling.policies import why_not_share_session
from sessions_app.models import Session

LONGEST = timedelta(days=30)
SALT = "labeling.share_link"


class MayNotShare(Exception):
    """This person, or this session, cannot be shared. Its words are for the reader."""


@transaction.atomic
def make_share_link(*, session: Session, by: User, purpose: str, lasts: timedelta, client_key: str, at: datetime) -> tuple[ShareLink, str]:
    """This will make a link, and return it with its secret; the same form sent again is the same link. Raises MayNotShare.

    The secret is worked out of the form's key, so that it is kept nowhere and a second answer can still show it.
    """
    if why_not := why_not_share_session(by, session):
        raise MayNotShare(why_not)
    token = _secret(f"{by.pk} {session.pk} {client_key}")
    link, is_new = ShareLink.objects.get_or_create(
        token_hash=hash_of(token),
        defaults={"session": session, "purpose": purpose, "created_by": by, "expires_at": at + min(lasts, LONGEST)},
    )
    if is_new:
        record_event(kind=EventKind.SHARED, by=by, session=session.pk, subject_kind="share link", subject=link.pk, after=_words(lasts))
    return link, token


@transaction.atomic
def note_opening(*, link: ShareLink, address: str | None) -> None:
    """This will count that a link was opened. Nobody knows by whom, only from where."""
    ShareLink.objects.filter(pk=link.pk).update(opened=F("opened") + 1)
    record_event(kind=EventKind.SHARE_OPENED, by=None, session=link.session_id, subject_kind="share link", subject=link.pk, address=address)


@transaction.atomic
def revoke_share_link(*, link: ShareLink, by: User, at: datetime) -> None:
    """This will end a link at once. Doing it twice is no error."""
    if ShareLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_by=by, revoked_at=at):
        record_event(kind=EventKind.SHARE_REVOKED, by=by, session=link.session_id, subject_kind="share link", subject=link.pk)


def hash_of(token: str) -> str:
    return sha256(token.encode(errors="replace")).hexdigest()


def _secret(of: str) -> str:
    return urlsafe_b64encode(salted_hmac(SALT, of, algorithm="sha256").digest()).decode().rstrip("=")


def _words(lasts: timedelta) -> str:
    hours = int(min(lasts, LONGEST).total_seconds() // 3600)
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"
