"""A transcript as it stands on the wire, turned into the lists we keep. Pure: no database.

Every turn and tool call gets a `uid` that survives a re-sync: the source's own, or a hash of time, source, text and
ordinal. Evidence points at it.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from json.encoder import encode_basestring_ascii
from operator import itemgetter
from typing import Any, NamedTuple

from django.utils.translation import gettext_noop

from sessions_app.records import NOT_AN_OBJECT, NOT_TEXT, BadRecord, clean, read_time

# In a transcript as JSON: what may be a sign or number that the database cannot hold. Seldom there, so it is looked for in all of it at once.
SUSPECT = ("\\u0000", "\\ud", "NaN", "Infinity")
FLAT = frozenset({str, float, bool, type(None)})
NAMES = frozenset({str})
MOMENT = itemgetter("timestamp")
Item = dict[str, Any]
Clean = Callable[[Mapping[str, Any]], Item]


class Packed(NamedTuple):
    """The lists as JSON, each."""

    turns: str
    tools: str
    latencies: str


@dataclass(frozen=True)
class Content:
    """What one session said and did, in order of time."""

    turns: list[Item]
    tools: list[Item]
    latencies: list[Item]
    summary: str
    summary_rating: str
    revision: int = 1

    @cached_property
    def packed(self) -> Packed:
        return Packed(*(json.dumps(items, sort_keys=True) for items in (self.turns, self.tools, self.latencies)))

    @property
    def hash(self) -> str:
        parts = [*self.packed, json.dumps(self.summary), json.dumps(self.summary_rating)]
        return hashlib.sha256(f"[{', '.join(parts)}]".encode()).hexdigest()


def read_content(*, transcript: Mapping[str, Any], latency: Mapping[str, Any] | None = None, summary: Mapping[str, Any] | None = None) -> Content:
    """This will check the wire's transcript, latency and summary. Raises BadRecord."""
    for name, part in (("transcript", transcript), ("latency", latency), ("summary", summary)):
        if part is not None and not isinstance(part, Mapping):
            raise BadRecord(NOT_AN_OBJECT % {"name": name})
    content = _content(transcript, latency or {}, summary or {}, _shallow)
    return _content(transcript, latency or {}, summary or {}, clean) if any(sign in part for part in content.packed for sign in SUSPECT) else content


def _content(transcript: Mapping[str, Any], latency: Mapping[str, Any], summary: Mapping[str, Any], clean_item: Clean) -> Content:
    turns = _with_uids(_timed(transcript.get("transcription"), clean_item), ("source", "text"))
    tools = _with_uids(_timed(transcript.get("actions"), clean_item), ("tool_name", "tool_request"))
    for turn in turns:
        if not isinstance(turn.get("text"), str):
            raise BadRecord(gettext_noop("a turn has no text."))
    return Content(
        turns=turns,
        tools=tools,
        latencies=_timed(latency.get("timeline"), clean_item),
        summary=_words(summary, "summary"),
        summary_rating=_words(summary, "rating"),
    )


def _words(summary: Mapping[str, Any], name: str) -> str:
    value = summary.get(name) or ""
    if not isinstance(value, str):
        raise BadRecord(NOT_TEXT % {"name": f"summary.{name}"})
    words: str = clean(value)
    return words


def _timed(items: object, clean_item: Clean) -> list[Item]:
    """In order. A time without a zone is UTC, and is kept as such: what reads the list later must not have to know."""
    if items is None:
        return []
    if not isinstance(items, list) or not all(map(_is_object, items)):
        raise BadRecord(gettext_noop("A transcript is a list of objects."))
    timed = [clean_item(item) for item in items]
    for item, given in zip(timed, items, strict=True):
        item["timestamp"] = read_time(given.get("timestamp"), "the timestamp of a turn or event").isoformat()
    timed.sort(key=MOMENT)
    return timed


def _is_object(item: object) -> bool:
    return type(item) is dict or isinstance(item, Mapping)


def _shallow(item: Mapping[str, Any]) -> Item:
    """What is nested is cleaned at once, for its depth; the rest waits for somebody to find something suspect in it."""
    cleaned = dict(item)
    if FLAT.issuperset(map(type, item.values())) and NAMES.issuperset(map(type, item)):
        return cleaned
    for name, value in item.items():
        if type(name) is not str:
            return dict(clean(item))
        if type(value) not in FLAT and not (type(value) is list and FLAT.issuperset(map(type, value))):
            cleaned[name] = clean(value, 1)
    return cleaned


def _with_uids(items: list[Item], named: tuple[str, ...]) -> list[Item]:
    seen: dict[str, int] = {}
    for item in items:
        identity = f"[{', '.join([_as_json(item.get(name)) for name in ('timestamp', *named)])}]"
        # Two equal turns at one moment differ by their ordinal among equals, which later turns cannot shift.
        seen[identity] = ordinal = seen.get(identity, 0) + 1
        own = item.get("tool_call_id") or item.get("uid") or hashlib.sha256(f"{identity}{ordinal}".encode()).hexdigest()[:16]
        item["uid"] = str(own)
    return items


def _as_json(value: Any) -> str:
    """As json.dumps() writes it, which takes ten times as long for a text."""
    return encode_basestring_ascii(value) if type(value) is str else json.dumps(value)
