"""A session as who looks for a fault in it reads it: messages, each with the tool calls that came after it. Pure."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from sessions_app.api.rendering import wire_time
from sessions_app.api.words import moment_of, turn_before
from sessions_app.records import read_nested

Item = Mapping[str, Any]


def session_data(told: Mapping[str, Any], turns: Sequence[Item], tools: Sequence[Item]) -> dict[str, Any]:
    """This will write the messages of a session, given as it stands on the wire. A call before the first message stands with the first."""
    messages: list[dict[str, Any]] = [
        {
            "role": "agent" if turn.get("source") == "agent" else "user",
            "dialog": {"text": turn["text"]},
            "tool_calls": [],
            "timestamp": wire_time(moment_of(turn)),
        }
        for turn in turns
    ]
    if tools and not messages:
        messages = [{"role": "agent", "dialog": {"text": ""}, "tool_calls": [], "timestamp": wire_time(moment_of(tools[0]))}]
    starts = [moment_of(turn) for turn in turns]
    for tool in tools:
        messages[turn_before(moment_of(tool), starts) or 0]["tool_calls"].append(_call(tool))
    return {
        "session_id": int(told["session_id"]),
        "source": told["source"] or "",
        "target": told["target"] or "",
        "is_test": bool(told["is_test"]),
        "messages": messages,
    }


def tool_result(tools: Sequence[Item], call_id: str) -> dict[str, Any] | None:
    """This will be what the tool call with this id answered; None where there is none."""
    found = next((tool for tool in tools if call_id_of(tool) == call_id), None)
    return {"tool_name": found.get("tool_name") or "", "tool_result": _meant(found.get("tool_result"))} if found else None


def call_id_of(tool: Item) -> str:
    return str(tool.get("tool_call_id") or tool["uid"])


def _call(tool: Item) -> dict[str, Any]:
    return {
        "tool_call_id": call_id_of(tool),
        "tool_name": tool.get("tool_name") or "",
        "tool_arguments": _meant(tool.get("tool_request")),
        "tool_result": _meant(tool.get("tool_result")),
        "timestamp": wire_time(moment_of(tool)),
    }


def _meant(payload: object) -> Any:
    """What a payload that is JSON in a text says; any other text stays as it is."""
    if not isinstance(payload, str):
        return payload
    try:
        return read_nested(payload, parse_constant=lambda name: None, parse_float=_finite)
    except (ValueError, RecursionError):
        return payload


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None
