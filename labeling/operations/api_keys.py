"""API keys: made once, shown once, recognized by their hash, counted by the minute."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from labeling.models import ApiKey, KeyMinute, User
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from labeling.policies import why_not_make_key
from sessions_app.compiled import compiled
from sessions_app.queries.database_clock import database_now

MARK = "rd"
SECRET_BYTES = 32
MINUTES_KEPT = 60
# One statement a request: two at once wait for each other only as long as it takes. The database's clock counts.
# A count that a crash takes back lets a few more through: no request waits for the disk to have it.
COUNT = """
    INSERT INTO labeling_keyminute (api_key_id, minute, used)
    SELECT %s, floor(extract(epoch FROM statement_timestamp()) / 60), 1 FROM set_config('synchronous_commit', 'off', true)
    ON CONFLICT (api_key_id, minute) DO UPDATE SET used = least(labeling_keyminute.used, 2000000000) + 1
    RETURNING used, 60 - floor(extract(epoch FROM statement_timestamp()))::int %% 60
"""
# Whoever has the row locked is changing the key; when it was used last can wait.
NOTE_USE = """
    UPDATE labeling_apikey SET last_used_at = statement_timestamp()
    WHERE id = (SELECT id FROM labeling_apikey WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED)
"""


@dataclass(slots=True)
class KeyRefused(Exception):
    """Its owner may not have it."""

    reason: str


class KeyMade(Exception):
    """The same form made a key already. It was shown then."""


@dataclass(slots=True)
class TooManyRequests(Exception):
    """The key made as many requests this minute as it may."""

    seconds_left: int


def new_prefix() -> str:
    """This will be the open part of a key, by which its row is found, and a form that is sent twice."""
    return secrets.token_hex(4)


def create_api_key(
    *, user: User, name: str, scopes: Sequence[str], expires_at: datetime, by: User | None, rate_per_minute: int = 600, prefix: str = ""
) -> tuple[ApiKey, str]:
    """This will make a key and return it beside its row. It cannot be read again. Raises KeyRefused, KeyMade."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    row = ApiKey(
        user=user,
        name=name,
        prefix=prefix or new_prefix(),
        secret_hash=_hash(secret),
        scopes=sorted({str(scope) for scope in scopes}),
        expires_at=expires_at,
        rate_per_minute=rate_per_minute,
        created_by=by,
    )
    try:
        with transaction.atomic():
            # Who is being deactivated right now must not keep a key that nobody ended.
            owner = User.objects.select_for_update(no_key=True).get(pk=user.pk)
            if why_not := why_not_make_key(owner, scopes):
                raise KeyRefused(why_not)
            row.save(force_insert=True)
            record_event(kind=EventKind.KEY_CREATED, by=by, subject_kind="api_key", subject=row.pk)
    except IntegrityError as problem:
        if "prefix" in str(problem):
            raise KeyMade from problem
        raise
    return row, f"{MARK}_{row.prefix}_{secret}"


def find_api_key(key: str) -> ApiKey | None:
    """This will return the row of a key that works now: known, not expired, not revoked, its owner active."""
    mark, _, rest = key.partition("_")
    prefix, _, secret = rest.partition("_")
    if mark != MARK or len(prefix) != 8 or not secret.isascii() or len(secret) > 100 or "\0" in prefix:
        return None
    row = _with_prefix.first(prefix)
    if row is None or not hmac.compare_digest(row.secret_hash, _hash(secret)):
        return None
    if row.revoked_at or row.expires_at <= row.asked_at or not row.user.is_active:  # type: ignore[attr-defined]
        return None
    return row


@compiled
def _with_prefix(prefix: Any) -> QuerySet[ApiKey]:
    return ApiKey.objects.select_related("user").filter(prefix=prefix).annotate(asked_at=Now())


def count_request(key: ApiKey) -> None:
    """This will count a request of a key, and note once a minute that it is in use. Raises TooManyRequests."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [key.pk])
        used, seconds_left = cursor.fetchone()
        if used == 1:
            cursor.execute(NOTE_USE, [key.pk])
    if used > key.rate_per_minute:
        raise TooManyRequests(seconds_left)


@transaction.atomic
def revoke_api_keys(*, keys: Sequence[ApiKey], by: User) -> int:
    """This will end keys at their next request, and return how many of them still worked."""
    return sum(revoke_api_key(key=key, by=by) for key in keys)


@transaction.atomic
def revoke_api_key(*, key: ApiKey, by: User | None) -> bool:
    """This will end a key at its next request, and return whether it was not revoked before."""
    is_first = bool(ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=Now(), revoked_by=by))
    if is_first:
        record_event(kind=EventKind.KEY_REVOKED, by=by, subject_kind="api_key", subject=key.pk)
    return is_first


def clear_key_minutes() -> int:
    """This will forget how often keys were used an hour ago and before."""
    limit = int((database_now() - timedelta(minutes=MINUTES_KEPT)).timestamp()) // 60
    return KeyMinute.objects.filter(minute__lt=limit).delete()[0]


def _hash(secret: str) -> str:
    # 256 random bits need no slow hash.
    return hashlib.sha256(secret.encode()).hexdigest()
