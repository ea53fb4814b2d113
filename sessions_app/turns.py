"""A transcript as it stands on the wire, turned into the lists we keep. Pure: no database.

Every turn and tool call gets a `uid` that survives a re-sync: the source's own, or a hash of time, source, text and
ordinal. Evidence points at it.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sessions_app.records import BadRecord, clean, read_time


@dataclass(frozen=True, slots=True)
class Content:
    """What one session said and did, in order of time."""

    turns: list[dict[str, Any]]
    tools: list[dict[str, Any]]
    latencies: list[dict[str, Any]]
    summary: str
    summary_rating: str

    @property
    def hash(self) -> str:
        parts = [self.turns, self.tools, self.latencies, self.summary, self.summary_rating]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def read_content(*, transcript: Mapping[str, Any], latency: Mapping[str, Any] | None = None, summary: Mapping[str, Any] | None = None) -> Content:
    """This will check the wire's transcript, latency and summary. Raises BadRecord."""
    turns = _with_uids(_objects(transcript.get("transcription")), ("source", "text"))
    tools = _with_uids(_objects(transcript.get("actions")), ("tool_name", "tool_request"))
    for turn in turns:
        if not isinstance(turn.get("text"), str):
            raise BadRecord("a turn has no text.")
    events = sorted((_timed(event) for event in _objects((latency or {}).get("timeline"))), key=_moment)
    return Content(
        turns=turns,
        tools=tools,
        latencies=events,
        summary=clean((summary or {}).get("summary") or ""),
        summary_rating=clean((summary or {}).get("rating") or ""),
    )


def _objects(items: object) -> list[Mapping[str, Any]]:
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise BadRecord("A transcript is a list of objects.")
    return items


def _timed(item: Mapping[str, Any]) -> dict[str, Any]:
    """A time without a zone is UTC, and is kept as such: what reads the list later must not have to know."""
    return {**clean(item), "timestamp": _moment(item)}


def _moment(item: Mapping[str, Any]) -> str:
    return read_time(item.get("timestamp"), "the timestamp of a turn or event").isoformat()


def _with_uids(items: Iterable[Mapping[str, Any]], named: tuple[str, ...]) -> list[dict[str, Any]]:
    seen: Counter[str] = Counter()
    result = []
    for item in sorted((_timed(item) for item in items), key=_moment):
        identity = json.dumps([_moment(item), *(item.get(name) for name in named)])
        # Two equal turns at one moment differ by their ordinal among equals, which later turns cannot shift.
        seen[identity] += 1
        own = hashlib.sha256(f"{identity}{seen[identity]}".encode()).hexdigest()[:16]
        uid = item.get("tool_call_id") or item.get("uid") or own
        result.append({**item, "uid": str(uid)})
    return result
