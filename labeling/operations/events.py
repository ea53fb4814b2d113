"""Events: the audit's only writer. Each is a row, and after the commit a line on a logger of its own."""

import json
import logging
from collections.abc import Mapping
from datetime import datetime

from django.db import connection, transaction

from labeling.models import User

# Its lines are for a collector of the house: what is on them is described in docs/security.md, and is ids and words of closed lists.
audit_log = logging.getLogger("review_desk.audit")
# The database's clock dates the event, and the ORM would not ask for the date it gave.
INSERT = """
    INSERT INTO labeling_event (kind, "user", api_key, session, subject_kind, subject, before, after, address)
    VALUES (%(kind)s, %(user)s, %(api_key)s, %(session)s, %(subject_kind)s, %(subject)s, %(before)s, %(after)s, %(address)s)
    RETURNING id, at
"""


def record_event(
    *,
    kind: str,
    by: User | int | None,
    session: int | None = None,
    subject_kind: str = "",
    subject: int | None = None,
    before: str = "",
    after: str = "",
    api_key: int | None = None,
    address: str | None = None,
) -> None:
    """This will append one event, in the caller's transaction when there is one. `by` is a person or their id."""
    event: dict[str, str | int | None] = {
        "kind": str(kind),
        "user": by.pk if isinstance(by, User) else by,
        "api_key": api_key,
        "session": session,
        "subject_kind": subject_kind,
        "subject": subject,
        "before": before,
        "after": after,
        "address": address,
    }
    with connection.cursor() as cursor:
        # A copy: where a change is named by a person, the history adds words of its own to what it is given.
        cursor.execute(INSERT, dict(event))
        pk, at = cursor.fetchone()
    # Django names the function of a commit hook that failed; a partial has no name.
    transaction.on_commit(lambda: _log(pk, at, event), robust=True)


def _log(pk: int, at: datetime, event: Mapping[str, object]) -> None:
    audit_log.info("%s", json.dumps({"id": pk, "at": at.isoformat(), **event}))
