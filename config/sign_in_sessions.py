"""Sign-ins in the database, under keys that look like ours."""

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.db.models import QuerySet
from django.db.models.functions import Now

from sessions_app.compiled import compiled
from sessions_app.queries.database_clock import database_now


class SessionStore(DatabaseSessionStore):
    _moment: datetime | None = None

    def _validate_session_key(self, key: str | None) -> bool:
        """A cookie can hold a NUL, which the database refuses with an error instead of finding nothing."""
        return bool(key) and len(key or "") >= 8 and (key or "").isascii() and (key or "").isalnum()

    def _get_session_from_db(self) -> Session | None:
        """Asked at each request."""
        found = _living.first(self.session_key) if self.session_key else None
        if found is None:
            self._session_key = None
        else:
            self._moment = found.asked_at  # type: ignore[attr-defined]
        return found

    def moment(self) -> datetime:
        """This will be the time of this request by the database's clock, which came with the sign-in: the machines that serve may disagree."""
        if self._moment is None:
            self.keys()
        if self._moment is None:
            self._moment = database_now()
        return self._moment

    def save(self, must_create: bool = False) -> None:
        """Django takes every problem of the database for a sign-in that has ended, and answers that the request was bad."""
        try:
            super().save(must_create)
        except UpdateError as ended:
            if isinstance(ended.__context__, OperationalError):
                raise ended.__context__ from ended.__context__.__cause__
            raise

    def get_expiry_date(self, **kwargs: Any) -> datetime:
        return super().get_expiry_date(**{"modification": self.moment(), **kwargs})

    @classmethod
    def clear_expired(cls) -> None:
        Session.objects.filter(expire_date__lt=Now()).delete()


@compiled
def _living(key: Any) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=Now()).annotate(asked_at=Now())
