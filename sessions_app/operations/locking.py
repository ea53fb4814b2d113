"""Locking one session, as every write to its labels begins."""

from typing import Any

from sessions_app.compiled import compiled
from sessions_app.models import Session, SessionQuerySet


@compiled
def _locked(session: Any) -> SessionQuerySet:
    return Session.objects.select_for_update(no_key=True).filter(pk=session)


def lock_session(pk: int) -> Session:
    """This will return the session as it is now, locked until the transaction ends. Raises Session.DoesNotExist."""
    session = _locked.first(pk)
    if session is None:
        raise Session.DoesNotExist
    return session
