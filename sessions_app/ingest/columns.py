"""Which column of a file is which field of a session, and its cells in the types of the wire."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_noop

from sessions_app.records import BOOLEAN_FIELDS, TEXT_FIELDS, BadRecord

# A column that is no field and is kept under its own name all the same, as the wire keeps what it does not know.
AS_IT_IS = "+"
PARTS = ("transcript", "latency", "summary", "summary_rating")
NUMBERS = ("duration", "prompt_version_number")
SESSION_FIELDS: tuple[str, ...] = ("timestamp", "session_id", *TEXT_FIELDS, *BOOLEAN_FIELDS, *NUMBERS, *PARTS)
# What other platforms call it, in small letters and underscores.
ALSO = {
    "timestamp": ("started_utc", "started", "started_at", "start", "start_time", "started_on", "date", "time", "datetime", "created_at", "call_start", "begin"),
    "session_id": ("id", "call_id", "interaction_id", "external_id", "record_id", "session", "contact_id"),
    "conversation_id": ("conversation", "thread_id"),
    "channel_manager_type": ("channel", "channel_type", "medium", "media_type"),
    "channel_manager_service": ("service", "provider"),
    "channel_manager_sid": ("sid", "call_sid"),
    "agent_name": ("agent", "bot", "bot_name", "assistant", "assistant_name"),
    "agent_id": ("bot_id", "assistant_id"),
    "agent_timezone": ("timezone", "time_zone", "tz"),
    "prompt_name": ("prompt",),
    "prompt_version": ("version",),
    "source": ("from", "caller", "from_number", "caller_number", "ani", "customer", "phone", "phone_number"),
    "target": ("to", "to_number", "dialed", "dnis", "called_number"),
    "duration": ("length", "seconds", "duration_seconds", "duration_s", "talk_time", "length_seconds"),
    "is_test": ("test",),
    "is_outbound": ("outbound",),
    "transcript": ("transcription", "turns", "messages"),
    "summary": ("ai_summary",),
}
TRUE, FALSE = frozenset({"true", "1", "yes", "y", "t"}), frozenset({"false", "0", "no", "n", "f"})
NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?")
Cell = Callable[[Any], Any]


def guess(columns: Iterable[str], fields: Iterable[str], also: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """This will find a field for each column that is named like one, each field once; "" where there is none."""
    wanted = {name: name for name in fields} | {other: name for name, others in also.items() for other in others}
    plain = {column: re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_") for column in columns}
    mapping: dict[str, str] = {}
    taken: set[str] = set()
    # What has the very name comes before what means the same.
    for column in sorted(plain, key=lambda column: plain[column] not in fields):
        field = wanted.get(plain[column], "")
        mapping[column] = "" if field in taken else field
        taken.add(mapping[column])
    return {column: mapping[column] for column in columns}


def record_of(values: Mapping[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    """This will make a record of the wire out of one row. Raises BadRecord."""
    record: dict[str, Any] = {}
    for column, field in mapping.items():
        value = values.get(column)
        if value is None or value == "" or not field:
            continue
        if field not in CELLS:
            record[column if field == AS_IT_IS else field] = value
        else:
            record[field] = value if type(value) is RIGHT.get(field) else CELLS[field](value)
    if rating := record.pop("summary_rating", None):
        record["summary"] = {"rating": rating} | (record.get("summary") or {})
    if "transcript" not in record and "summary" in record:
        # A summary stands with a transcript; where nothing else was said there is an empty one.
        record["transcript"] = {}
    return record


def _text(value: Any) -> Any:
    # A file writes the number of an agent as a number.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _flag(value: Any) -> Any:
    word = str(value).strip().lower()
    return True if word in TRUE else False if word in FALSE else value


def _number(value: Any) -> Any:
    if not isinstance(value, str) or not NUMBER.fullmatch(value.strip()):
        return value
    return float(value) if "." in value else int(value)


def _time(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _nested(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise BadRecord(gettext_noop("A transcript in a cell is written as JSON.")) from None


def _transcript(value: Any) -> Any:
    told = _nested(value)
    # A list alone is what was said.
    return {"transcription": told} if isinstance(told, list) else told


def _latency(value: Any) -> Any:
    told = _nested(value)
    return {"timeline": told} if isinstance(told, list) else told


def _summary(value: Any) -> Any:
    return value if isinstance(value, dict) else {"summary": value}


CELLS: Mapping[str, Cell] = {
    **dict.fromkeys(TEXT_FIELDS, _text),
    **dict.fromkeys(BOOLEAN_FIELDS, _flag),
    **dict.fromkeys(NUMBERS, _number),
    "session_id": _text,
    "timestamp": _time,
    "transcript": _transcript,
    "latency": _latency,
    "summary": _summary,
}
# What needs no look: nearly every value of a file of JSON lines.
RIGHT: Mapping[str, type] = {**dict.fromkeys(TEXT_FIELDS, str), **dict.fromkeys(BOOLEAN_FIELDS, bool), **dict.fromkeys(NUMBERS, float), "session_id": str}
