"""What the nested columns say in one cell of a flat file: plain lines that a person can read."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from labeling.codes import TargetKind
from labeling.queries.session_lines import length_of

Items = Sequence[Mapping[str, Any]] | None


def joined(values: Sequence[str] | None) -> str:
    return "; ".join(values or ())


def label_words(labels: Items) -> str:
    return "\n".join(_label(label) for label in labels or ())


def comment_words(comments: Items) -> str:
    return "\n".join(f"{comment['rater']}: {comment['comment']}" for comment in comments or ())


def evidence_words(evidence: Items) -> str:
    return "\n".join(f"{item['issue']} ({item['rater']}): {_target(item)}" for item in evidence or ())


def latency_words(events: Items) -> str:
    return "\n".join(f"{event['timestamp']} {event.get('category') or ''} {_payload(event.get('value'))} ms" for event in events or ())


def extra_words(extra: Mapping[str, Any] | None) -> str:
    return json.dumps(extra, ensure_ascii=False) if extra else ""


def transcript_words(transcript: Mapping[str, Any] | None) -> str:
    """This will lay out turns and tool calls in one order, on the clock that the session's page has."""
    if not transcript:
        return ""
    said = [(datetime.fromisoformat(turn["timestamp"]), 0, _turn(turn)) for turn in transcript["turns"]]
    used = [(datetime.fromisoformat(tool["timestamp"]), 1, _tool(tool)) for tool in transcript["tools"]]
    zero = min([datetime.fromisoformat(transcript["started_at"]), *(at for at, _, _ in said[:1])])
    lines = sorted([*said, *used], key=lambda line: line[:2])
    return "\n".join(f"[{length_of(max((at - zero).total_seconds() // 1, 0))}] {words}" for at, _, words in lines)


def _label(label: Mapping[str, Any]) -> str:
    settled = ", settled" if label["is_settlement"] else ""
    parts = [joined(label["issues"]), label["comment"]]
    said = ". ".join(part for part in parts if part)
    return f"{label['code']} by {label['rater']}{settled}, {label['made_at']}{': ' if said else ''}{said}"


def _target(item: Mapping[str, Any]) -> str:
    if item["target"] == TargetKind.MOMENT:
        from_ms, until_ms = item["from_ms"], item["until_ms"]
        place = length_of((from_ms or 0) / 1000)
        return f"from {place} to {length_of(until_ms / 1000)}" if until_ms is not None else f"at {place}"
    thing = "turn" if item["target"] == TargetKind.TURN else "tool call"
    return f"{thing} {item['number']}" if item["number"] else f"{thing}, the transcript changed after this label"


def _turn(turn: Mapping[str, Any]) -> str:
    return f"{'Agent' if turn.get('source') == 'agent' else 'Caller'}: {turn['text']}"


def _tool(tool: Mapping[str, Any]) -> str:
    outcome = f"error: {_payload(tool['tool_error'])}" if tool.get("tool_error") else _payload(tool.get("tool_result"))
    return f"Tool {tool.get('tool_name') or 'call'} {_payload(tool.get('tool_request'))} -> {outcome}"


def _payload(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
