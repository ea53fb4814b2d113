"""A session as it stands on the wire, turned into a row's values. Pure: no database."""

import hashlib
import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_noop

from sessions_app.codes import FIRST_OWN_ID, LAST_ID, Channel, EndedBy
from sessions_app.reasons import with_values

TEXT_FIELDS = (
    "conversation_id",
    "channel_manager_service",
    "channel_manager_type",
    "channel_manager_sid",
    "agent_id",
    "agent_name",
    "agent_type",
    "agent_timezone",
    "prompt_id",
    "prompt_name",
    "prompt_version",
    "experiment_id",
    "experiment_variant_id",
    "experiment_variant",
    "source",
    "target",
    "override_timestamp",
)
BOOLEAN_FIELDS = (
    "is_legacy",
    "is_test",
    "is_outbound",
    "user_terminated",
    "transfer_voicemail_detected",
    "experiment_variant_is_control",
)
OTHER_FIELDS = ("timestamp", "session_id", "session_label_id", "prompt_version_number", "duration")
KNOWN_FIELDS = frozenset((*TEXT_FIELDS, *BOOLEAN_FIELDS, *OTHER_FIELDS))
LONGEST_TEXT = 2_000
# What stands in an index must fit into one page of it, in bytes.
LONGEST_ID = 500
LONGEST_INDEXED = 2_000
ID_FIELDS = frozenset({"session_id", "conversation_id", "agent_id", "agent_name", "prompt_id", "prompt_name", "prompt_version"})
INDEXED_FIELDS = frozenset({"source", "channel_manager_sid"})
DEEPEST = 20
FIRST_YEAR, LAST_YEAR = 2000, 2100
TEXT_OR_NONE = frozenset({str, type(None)})
# Of the few that come again and again.
SEEN = 1_024


NOT_A_TIME = with_values(gettext_noop("%(name)s is not an ISO 8601 time."))
NO_TIME = with_values(gettext_noop("%(name)s is missing or not a time."))
OTHER_YEARS = with_values(gettext_noop("%(name)s lies outside the years %(first)s to %(last)s."))
TOO_DEEP = with_values(gettext_noop("A field is nested deeper than %(most)s."))
NOT_TEXT = with_values(gettext_noop("%(name)s is not text."))
TOO_LONG = with_values(gettext_noop("%(name)s is longer than %(most)s characters."))
TOO_MANY_BYTES = with_values(gettext_noop("%(name)s is longer than %(most)s bytes."))
NOT_A_FLAG = with_values(gettext_noop("%(name)s is neither true nor false."))
NOT_AN_OBJECT = with_values(gettext_noop("%(name)s is not an object."))


class BadRecord(Exception):
    """A record that cannot become a session; the message is for the person who sent it."""


@dataclass(frozen=True, slots=True)
class Record:
    """One session as its source told it, checked."""

    external_id: str
    own_id: int | None
    values: dict[str, Any]


def read_record(wire: Mapping[str, Any], *, keeps_vendor_ids: bool, beside: Collection[str] = ()) -> Record:
    """This will check one wire record. `beside` are names that are none of its fields. Raises BadRecord."""
    if not isinstance(wire, Mapping):
        raise BadRecord(gettext_noop("The record is not an object."))
    values = _texts(wire) | _booleans(wire)
    values["timestamp"] = read_time(wire.get("timestamp"), "timestamp")
    values["duration"] = _duration(wire.get("duration"))
    values["prompt_version_number"] = _version_number(wire.get("prompt_version_number"))
    unknown = wire.keys() - KNOWN_FIELDS
    values["extra"] = clean({name: value for name, value in wire.items() if name in unknown and name not in beside}) if unknown else {}
    values["channel"] = channel_of(values["channel_manager_type"])
    values["ended_by"] = ended_by(values, transferred=False)
    given_id = _session_id(wire)
    external_id = given_id or _hash_of_interaction(values)
    own_id = _vendor_id(given_id) if keeps_vendor_ids else None
    return Record(external_id=external_id, own_id=own_id, values=values)


def read_time(value: object, name: str) -> datetime:
    """This will read an ISO 8601 time; one without a zone is UTC. Raises BadRecord."""
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise BadRecord(NOT_A_TIME % {"name": name}) from None
    else:
        raise BadRecord(NO_TIME % {"name": name})
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    if not FIRST_YEAR <= moment.year < LAST_YEAR:
        raise BadRecord(OTHER_YEARS % {"name": name, "first": FIRST_YEAR, "last": LAST_YEAR})
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


@lru_cache(SEEN)
def channel_of(manager_type: str | None) -> str:
    """This will name the channel from the vendor's type of service, such as voice_sip_v1."""
    kind = (manager_type or "").lower()
    for start, channel in (("voice", Channel.VOICE), ("sms", Channel.SMS), ("web_chat", Channel.CHAT), ("chat", Channel.CHAT)):
        if kind.startswith(start):
            return channel
    return Channel.OTHER


def ended_by(values: Mapping[str, Any], *, transferred: bool) -> str:
    """This will say who ended a session, as far as the source knows."""
    if values["transfer_voicemail_detected"]:
        return EndedBy.VOICEMAIL
    if transferred:
        return EndedBy.TRANSFER
    if values["user_terminated"] is None:
        return ""
    return EndedBy.CALLER if values["user_terminated"] else EndedBy.AGENT


def agent_key(values: Mapping[str, Any]) -> str:
    return values["agent_id"] or (f"name:{values['agent_name']}" if values["agent_name"] else "")


def prompt_key(values: Mapping[str, Any]) -> str | None:
    """This will be None where the source named neither prompt nor version."""
    prompt = values["prompt_id"] or values["prompt_name"] or ""
    number = values["prompt_version_number"]
    return _prompt_key(prompt, values["prompt_version"] or "" if number is None else f"#{number}")


@lru_cache(SEEN)
def _prompt_key(prompt: str, version: str) -> str | None:
    if not prompt and not version:
        return None
    key = json.dumps([prompt, version])
    # It stands in an index, and signs beyond ASCII are six times as long in it.
    return key if len(key) <= LONGEST_INDEXED else "sha256:" + hashlib.sha256(key.encode()).hexdigest()


def clean(value: Any, depth: int = 0) -> Any:
    """PostgreSQL holds neither NUL nor lone surrogates, in text or in JSON. Raises BadRecord for what is nested too deep."""
    if depth > DEEPEST:
        raise BadRecord(TOO_DEEP % {"most": DEEPEST})
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, Mapping):
        return {clean(str(key)): clean(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(item, depth + 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and abs(value) > 10**30:
        return None
    return value


def read_nested(text: str, **how: Any) -> Any:
    """This will read JSON that stands in a text. Escapes in it may be signs that neither the database nor a page can hold, which `clean` does not see.

    Raises ValueError, also for these, and RecursionError.
    """
    value = json.loads(text, **how)
    if "\\u" in text:
        written = json.dumps(value, ensure_ascii=False)
        written.encode()
        if "\\u0000" in written:
            raise ValueError("There is a NUL in it.")
    return value


def _texts(wire: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: wire.get(name) for name in TEXT_FIELDS}
    # Nearly every record: seen at a glance to be short, and of signs that the database holds.
    if TEXT_OR_NONE.issuperset(map(type, values.values())):
        together = "".join(filter(None, values.values()))
        if len(together) <= LONGEST_ID and together.isascii() and together.isprintable():
            return values
    return {name: _text(wire, name) for name in TEXT_FIELDS}


def _text(wire: Mapping[str, Any], name: str) -> str | None:
    value = wire.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise BadRecord(NOT_TEXT % {"name": name})
    if len(value) > LONGEST_TEXT:
        raise BadRecord(TOO_LONG % {"name": name, "most": LONGEST_TEXT})
    if name in ID_FIELDS and len(value.encode("utf-8", "replace")) > LONGEST_ID:
        raise BadRecord(TOO_MANY_BYTES % {"name": name, "most": LONGEST_ID})
    if name in INDEXED_FIELDS and len(value.encode("utf-8", "replace")) > LONGEST_INDEXED:
        raise BadRecord(TOO_MANY_BYTES % {"name": name, "most": LONGEST_INDEXED})
    cleaned: str = clean(value)
    return cleaned


def _booleans(wire: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: wire.get(name) for name in BOOLEAN_FIELDS}
    for name, value in values.items():
        if value is not None and value is not True and value is not False:
            raise BadRecord(NOT_A_FLAG % {"name": name})
    return values


def _duration(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 10_000_000:
        raise BadRecord(gettext_noop("duration is not a number of seconds."))
    return float(value)


def _version_number(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**31) <= value < 2**31:
        raise BadRecord(gettext_noop("prompt_version_number is not a whole number."))
    return value


def _session_id(wire: Mapping[str, Any]) -> str | None:
    value = wire.get("session_id")
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LAST_ID:
        return str(value)
    return _text(wire, "session_id")


def _vendor_id(given: str | None) -> int:
    if not given or not (given.isascii() and given.isdigit()) or given.startswith("0") or len(given) > 16 or int(given) >= FIRST_OWN_ID:
        raise BadRecord(gettext_noop("session_id is not a number below 2^52, which the primary connection's ids are."))
    return int(given)


def _hash_of_interaction(values: Mapping[str, Any]) -> str:
    """Never from duration, label or summary: they arrive late, and the record must be recognized again."""
    if values["channel_manager_sid"]:
        parts = [values["channel_manager_service"], values["channel_manager_sid"]]
    else:
        parts = [values["timestamp"].isoformat(), values["agent_id"], values["source"], values["target"], values["conversation_id"]]
    return "sha256:" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()
