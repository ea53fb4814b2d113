"""The vendor's shapes: session, transcript and latency, exactly as they travel."""

import json
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sessions_app.demo.agents import Agent, Version
from sessions_app.demo.callers import caller_at, phone_of
from sessions_app.demo.dates import plain
from sessions_app.demo.plan import Plan
from sessions_app.demo.talk import Stage, Talk

TESTERS = ("qa@example.com", "priya.nair@example.com", "luis.ferrer@example.com")
_PROVIDERS = {"tts": ["Neural-2", "Google"], "stt": ["Nova-3", "Deepgram"], "llm": ["Gpt-4.1", "OpenAI"], "tool": [], "http": []}


def instant(at: datetime, seconds: float = 0.0) -> str:
    """2025-11-18T15:14:03.120000Z"""
    moment = at + timedelta(microseconds=round(seconds * 1_000_000))
    return f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def session(plan: Plan, session_id: str, duration: float | None) -> dict[str, Any]:
    """The record of a session."""
    line = plan.line
    rng = Random(f"{plan.key}:wire")
    voice = line.channel == "voice" and not plan.is_test
    return {
        "timestamp": instant(plan.at),
        "session_id": session_id,
        "conversation_id": plan.conversation,
        "channel_manager_service": "console" if plan.is_test else line.service,
        "channel_manager_type": "web_chat_v1" if plan.is_test else line.type,
        "channel_manager_sid": _sid(plan, rng),
        **agent_fields(plan.agent, plan.version),
        "duration": duration if voice else None,
        "session_label_id": None,
        "source": _source(plan, rng),
        "target": line.target,
        "is_legacy": plan.is_legacy,
        "is_test": plan.is_test,
        "is_outbound": line.outbound,
        "user_terminated": plan.ending == "caller" if voice else None,
        "transfer_voicemail_detected": plan.ending == "voicemail" if voice else None,
        "override_timestamp": instant(plan.at, 86_400.0 * 30) if plan.is_test and rng.random() < 0.2 else None,
    }


def agent_fields(agent: Agent, version: Version | None) -> dict[str, Any]:
    """What a record says of its agent and prompt; the legacy system knew its version by a point in time."""
    return {
        "agent_id": agent.id,
        "agent_name": agent.name,
        "agent_type": agent.type,
        "agent_timezone": agent.timezone,
        "prompt_id": agent.prompt_id,
        "prompt_name": agent.prompt_name,
        "prompt_version": None if version else "2025-02-11T16:20:08.114000Z",
        "prompt_version_number": version.number if version else None,
    }


def transcript(plan: Plan, talk: Talk, session_id: str) -> dict[str, Any]:
    """Turns and tool calls, payloads as JSON text."""
    return {
        "session_id": int(session_id) if plan.agent.platform == "vendor" else session_id,
        "transcription": [{"timestamp": instant(plan.at, turn.at), "source": turn.source, "text": turn.text, "lang": turn.lang} for turn in talk.turns],
        "actions": [
            {
                "timestamp": instant(plan.at, call.at),
                "tool_name": call.name,
                "tool_request": json.dumps(call.request, ensure_ascii=False),
                "tool_result": json.dumps(call.result, ensure_ascii=False),
                "tool_error": call.error,
                "duration_ms": call.ms,
            }
            for call in talk.calls
        ],
    }


def latency(plan: Plan, talk: Talk, session_id: str) -> dict[str, Any] | None:
    """Every measured step and the totals; the legacy system measured nothing."""
    if plan.is_legacy:
        return None
    return {"session_id": session_id, "timeline": [_entry(plan, stage) for stage in talk.stages], "summary": _totals(talk.stages)}


def _entry(plan: Plan, stage: Stage) -> dict[str, Any]:
    return {
        "timestamp": instant(plan.at, stage.at + stage.ms / 1000),
        "measurement_start": instant(plan.at, stage.at),
        "category": stage.category,
        "label": stage.label,
        "metadata": _PROVIDERS[stage.category],
        "unit_type": "milliseconds",
        "value": stage.ms,
        "value_str": _spell(stage.ms),
        "time_delta": f"{int(stage.at // 60):02d}:{int(stage.at % 60):02d}",
    }


def _totals(stages: list[Stage]) -> list[dict[str, Any]]:
    sums: dict[tuple[str, str], list[float]] = {}
    for stage in stages:
        sums.setdefault((stage.category, stage.label), []).append(stage.ms)
    totals = []
    for (category, label), values in sums.items():
        whole, average = round(sum(values), 1), round(sum(values) / len(values), 1)
        totals.append(
            {
                "category": category, "sub_category": label, "event_count": len(values),
                "sum_ms": whole, "sum_str": _spell(whole), "average_ms": average, "average_str": _spell(average),
            }
        )  # fmt: skip
    return totals


def _spell(ms: float) -> str:
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.2f} s"


def _sid(plan: Plan, rng: Random) -> str:
    number = f"{rng.getrandbits(128):032x}"
    if plan.line.service == "twilio" and not plan.is_test:
        return f"{'SM' if plan.line.channel == 'sms' else 'CA'}{number}"
    return f"{number[:8]}-{number[8:12]}-{number[12:16]}-{number[16:20]}-{number[20:]}"


def _source(plan: Plan, rng: Random) -> str:
    """The other side: a number, a visitor, an address, a tester."""
    if plan.is_test:
        return TESTERS[int(rng.random() * len(TESTERS))]
    if plan.line.channel != "chat":
        return phone_of(plan.caller)
    visitor = Random(f"{plan.conversation}:visitor")
    if visitor.random() < 0.2:
        caller = caller_at(plan.seed, plan.caller)
        return f"{plain(caller.first)}.{plain(caller.last)}@example.com"
    number = visitor.getrandbits(24)
    return f"visitor-{number:06x}" if plan.agent.platform == "chat" else f"web-{number % 9000 + 1000}"
