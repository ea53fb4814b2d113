"""API keys: made once, shown once, recognized by their hash."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from labeling.models import ApiKey, User
from labeling.models.event import EventKind
from labeling.operations.events import record_event

MARK = "rd"
SECRET_BYTES = 32


@transaction.atomic
def create_api_key(*, user: User, name: str, scopes: Sequence[str], expires_at: datetime, by: User | None) -> tuple[ApiKey, str]:
    """This will make a key and return it beside its row. It cannot be read again."""
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(SECRET_BYTES)
    row = ApiKey.objects.create(
        user=user, name=name, prefix=prefix, secret_hash=_hash(secret), scopes=sorted(set(scopes)), expires_at=expires_at, created_by=by
    )
    record_event(kind=EventKind.KEY_CREATED, by=by, subject_kind="api_key", subject=row.pk)
    return row, f"{MARK}_{prefix}_{secret}"


def find_api_key(key: str) -> ApiKey | None:
    """This will return the row of a key that works now: known, not expired, not revoked, its owner active."""
    mark, _, rest = key.partition("_")
    prefix, _, secret = rest.partition("_")
    if mark != MARK or len(prefix) != 8 or not secret.isascii() or len(secret) > 100 or "\0" in prefix:
        return None
    row = ApiKey.objects.select_related("user").filter(prefix=prefix).first()
    if row is None or not hmac.compare_digest(row.secret_hash, _hash(secret)):
        return None
    if row.revoked_at or row.expires_at <= timezone.now() or not row.user.is_active:
        return None
    return row


def revoke_api_key(*, key: ApiKey, by: User) -> None:
    """This will end a key at its next request."""
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=Now(), revoked_by=by):
        record_event(kind=EventKind.KEY_REVOKED, by=by, subject_kind="api_key", subject=key.pk)


def _hash(secret: str) -> str:
    # 256 random bits need no slow hash.
    return hashlib.sha256(secret.encode()).hexdigest()
