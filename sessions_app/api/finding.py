"""The one session that a path names."""

import re

from sessions_app.api.grammar import read_id
from sessions_app.api.problems import Refused, unprocessable
from sessions_app.models import Session
from sessions_app.scope import Scope

NO_SESSION = "There is no such session, or this key does not see it."


def find_session(scope: Scope, written: str) -> Session:
    """This will return a session in scope. Raises Refused."""
    pk = read_id(written)
    session = Session.objects.visible_to(scope).filter(pk=pk).first() if pk is not None else None
    if session is None:
        raise Refused(404, NO_SESSION)
    return session


def find_numbered_session(scope: Scope, written: str) -> Session:
    """This will do the same where the wire's id is a number. Raises Refused, Unprocessable."""
    if not re.fullmatch(r"-?[0-9]{1,30}", written):
        raise unprocessable(["path", "session_id"], "A whole number.", "int_parsing")
    return find_session(scope, written)
