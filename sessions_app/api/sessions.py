"""A session as it stands on the wire, built of its row."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sessions_app.api.session_table import FIELDS
from sessions_app.models import Session, SessionQuerySet
from sessions_app.records import KNOWN_FIELDS

# The wire's fields are columns of the same name, but for these.
OURS = {"session_id": "id"}
COLUMNS = (*(OURS.get(name, name) for name in FIELDS), "extra")


def read_rows(sessions: SessionQuerySet, pks: Sequence[int]) -> list[dict[str, Any]]:
    """This will read sessions as the wire has them, in the order of their ids here."""
    held = {row["id"]: row for row in sessions.filter(pk__in=pks).values(*COLUMNS)} if pks else {}
    return [wire_session(held[pk]) for pk in pks if pk in held]


def wire_session(row: Mapping[str, Any]) -> dict[str, Any]:
    """This will write one session, with the fields that we have no name for after those we have."""
    told: dict[str, Any] = {name: row[OURS.get(name, name)] for name in FIELDS}
    told["session_id"] = str(row["id"])
    told["session_label_id"] = str(row["session_label_id"]) if row["session_label_id"] else None
    if told["duration"] is not None and not math.isfinite(told["duration"]):
        told["duration"] = None
    return told | {name: value for name, value in row["extra"].items() if name not in KNOWN_FIELDS}


def trimmed(told: dict[str, Any], fields: Collection[str] | None) -> dict[str, Any]:
    """This will leave the fields that were asked for. The timestamp always stays."""
    return told if fields is None else {name: value for name, value in told.items() if name in fields or name == "timestamp"}


def columns_of(session: Session) -> dict[str, Any]:
    return {name: getattr(session, name) for name in COLUMNS}
