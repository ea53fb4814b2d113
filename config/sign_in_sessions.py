"""Sign-ins in the database, under keys that look like ours."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from sessions_app.compiled import compiled


class SessionStore(DatabaseSessionStore):
    def _validate_session_key(self, key: str | None) -> bool:
        """A cookie can hold a NUL, which the database refuses with an error instead of finding nothing."""
        return bool(key) and len(key or "") >= 8 and (key or "").isascii() and (key or "").isalnum()

    def _get_session_from_db(self) -> Session | None:
        """Asked at each request."""
        found = _living.first(self.session_key, timezone.now()) if self.session_key else None
        if found is None:
            self._session_key = None
        return found


@compiled
def _living(key: Any, now: Any) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=now)
