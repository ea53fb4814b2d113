"""What was said and done in one session as it stands on the wire: transcript, latency, timeline. Pure: of lists that are masked already."""

import json
import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sessions_app.api.rendering import wire_time
from sessions_app.signals import IN_MS

Item = Mapping[str, Any]
# What the vendor's SDK has a word for; it refuses an answer with any other.
CATEGORIES = ("tts", "stt", "llm", "tool", "http")
LONGEST_MS = 10.0**12


def transcription(pk: int, turns: Iterable[Item], tools: Iterable[Item]) -> dict[str, Any]:
    """This will write a transcript. What we hold of one is whole: a source sends it at once."""
    return {
        "session_id": str(pk),
        "transcription": [_turn(turn) for turn in turns],
        "actions": [_action(tool) for tool in tools],
        "transcript_complete": True,
    }


def latency(pk: int, zero: datetime, events: Iterable[Item]) -> dict[str, Any]:
    entries = [entry for event in events if (entry := _entry(event, zero))]
    return {"session_id": str(pk), "timeline": entries, "summary": _totals(entries)}


def timeline(pk: int, started: datetime, turns: Sequence[Item], tools: Sequence[Item], latencies: Iterable[Item]) -> dict[str, Any]:
    """This will merge turns, tool calls and latencies by time, each bound to the turn before it. Of a tool call only the call is told, not its latency."""
    zero = min([started, *(moment_of(turn) for turn in turns[:1])])
    starts = [moment_of(turn) for turn in turns]
    found: list[tuple[datetime, int, dict[str, Any]]] = []
    for index, turn in enumerate(turns):
        found.append((starts[index], 0, {"kind": "transcript", "turn_index": index, **_chosen(_turn(turn), ("source", "text", "lang"))}))
    for tool in tools:
        at = moment_of(tool)
        told = _action(tool)
        said = _chosen(told, ("duration_ms", "tool_request", "tool_result", "tool_error"))
        found.append((at, 1, {"kind": "tool", "turn_index": turn_before(at, starts), "category": "tool", "label": told["tool_name"], **said}))
    for event in latencies:
        entry = _entry(event, zero)
        if entry and entry["category"] != "tool":
            at = moment_of({"timestamp": entry["timestamp"]})
            ms = _milliseconds(entry)
            said = {**_chosen(entry, ("category", "label", "metadata")), "duration_ms": ms}
            found.append((at, 2, {"kind": "latency", "turn_index": turn_before(at, starts), **said}))
    found.sort(key=lambda one: one[:2])
    events = [{**told, "timestamp": wire_time(at), "offset": _offset((at - zero).total_seconds())} for at, _, told in found]
    return {"session_id": str(pk), "session_start": wire_time(zero), "events": events}


def _turn(turn: Item) -> dict[str, Any]:
    """With what the source said beside it; the uid is ours."""
    confidence = turn.get("stt_confidence")
    return {
        **{name: value for name, value in turn.items() if name not in ("uid", "stt_confidence")},
        **{name: _text(turn.get(name)) for name in ("lang", "source", "text")},
        "timestamp": wire_time(moment_of(turn)),
        **({"stt_confidence": confidence} if isinstance(confidence, dict) and isinstance(confidence.get("provider"), str) else {}),
    }


def _action(tool: Item) -> dict[str, Any]:
    return {
        **{name: value for name, value in tool.items() if name != "uid"},
        **{name: _text(tool.get(name)) for name in ("tool_name", "tool_request", "tool_result", "tool_error")},
        "timestamp": wire_time(moment_of(tool)),
        "duration_ms": _number(tool.get("duration_ms")),
    }


def _entry(event: Item, zero: datetime) -> dict[str, Any] | None:
    """None for what the wire has no category for, or which measured nothing."""
    category, value, unit = event.get("category"), _number(event.get("value")), _text(event.get("unit_type")) or "milliseconds"
    if category not in CATEGORIES or unit not in IN_MS or value is None:
        return None
    at = moment_of(event)
    ms = value * IN_MS[unit]
    began = event.get("measurement_start")
    metadata = event.get("metadata")
    return {
        "timestamp": wire_time(at),
        "measurement_start": wire_time(moment_of({"timestamp": began}) if _is_time(began) else at - timedelta(milliseconds=min(abs(ms), LONGEST_MS))),
        "category": category,
        "label": _text(event.get("label")) or category,
        "metadata": metadata if isinstance(metadata, list) and all(isinstance(one, str) for one in metadata) else None,
        "unit_type": unit,
        "value": value,
        "value_str": _text(event.get("value_str")) or _spelled(ms),
        "time_delta": _text(event.get("time_delta")) or _offset((at - zero).total_seconds()),
    }


def _totals(entries: Iterable[Item]) -> list[dict[str, Any]]:
    values: dict[tuple[str, str], list[float]] = {}
    for entry in entries:
        values.setdefault((entry["category"], entry["label"]), []).append(_milliseconds(entry))
    totals = []
    for (category, label), ms in values.items():
        whole, average = round(sum(ms), 3), round(sum(ms) / len(ms), 3)
        totals.append(
            {
                "category": category,
                "sub_category": label,
                "event_count": len(ms),
                "sum_ms": whole,
                "sum_str": _spelled(whole),
                "average_ms": average,
                "average_str": _spelled(average),
            }
        )
    return totals


def _milliseconds(entry: Item) -> float:
    return float(entry["value"]) * IN_MS[entry["unit_type"]]


def turn_before(at: datetime, starts: Sequence[datetime]) -> int | None:
    """Turns are held in order of time."""
    return bisect_right(starts, at) - 1 if starts and starts[0] <= at else None


def _chosen(told: Item, names: Iterable[str]) -> dict[str, Any]:
    return {name: told[name] for name in names}


def _offset(seconds: float) -> str:
    """MM:SS, or HH:MM:SS from the first hour on."""
    minutes, rest = divmod(max(int(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def _spelled(ms: float) -> str:
    return f"{ms:.0f} ms" if abs(ms) < 1000 else f"{ms / 1000:.2f} s"


def moment_of(item: Item) -> datetime:
    return datetime.fromisoformat(item["timestamp"])


def _is_time(value: object) -> bool:
    try:
        # The first and the last days there are have no moment in UTC.
        return isinstance(value, str) and (moment := datetime.fromisoformat(value)).tzinfo is not None and bool(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        return False


def _text(value: object) -> str | None:
    """Payloads are text on the wire; a source that sent an object gets it back written as one."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _number(value: object) -> float | None:
    # First how large it is: not every whole number is one that a float can be.
    if isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) > LONGEST_MS or not math.isfinite(value):
        return None
    return value
