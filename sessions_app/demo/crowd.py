"""What only a large demo has: an agent that hardly anybody reaches, a channel that hardly anybody uses, and a crowd of callers."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sessions_app.demo.agents import AGENTS
from sessions_app.demo.records import DemoSession
from sessions_app.demo.wire import agent_fields

RARE_AGENT_EVERY, RARE_CHANNEL_EVERY = 20_011, 10_007
_FIRST_RARE = 7
_RARE_AGENT: dict[str, Any] = {
    "agent_id": "97", "agent_name": "Northlake Pilot", "agent_type": "ca_v1", "agent_timezone": "America/Chicago",
    "prompt_id": "98", "prompt_name": "northlake-pilot", "prompt_version": None, "prompt_version_number": 1,
}  # fmt: skip
_RARE_CHANNEL: dict[str, Any] = {"channel_manager_service": "mail", "channel_manager_type": "email_v1"}


def crowd(demo: DemoSession, place: int, sessions: int) -> DemoSession:
    """The session at that place among `sessions`, with its caller drawn from a crowd and now and then a rare agent or channel.

    A few callers call thousands of times and most once or twice. Their numbers have an area code that begins with 1,
    which no number in use has; the range for fiction would be shared by thousands each.
    """
    record = demo.record
    changed: dict[str, Any] = {}
    if record["source"].startswith("+"):
        luck = int(record["conversation_id"][2:10], 16) / 2**32
        changed["source"] = f"+11{int(luck * luck * sessions / 2):09d}"
    if demo.platform == "vendor" and place % RARE_AGENT_EVERY == _FIRST_RARE:
        changed |= _RARE_AGENT
    if demo.platform == "vendor" and place % RARE_CHANNEL_EVERY == _FIRST_RARE * 2:
        changed |= _RARE_CHANNEL
    return replace(demo, record=record | changed) if changed else demo


def agents_seen() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every agent and prompt version that a session may name, with its platform."""
    for agent in AGENTS:
        for version in (*([None] if agent.legacy else []), *agent.versions):
            yield agent.platform, agent_fields(agent, version)
    yield "vendor", _RARE_AGENT
