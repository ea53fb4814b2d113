"""Prompt versions that came into use during a period."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from labeling.queries.summary.frame import Figure, Frame
from labeling.queries.summary.tallies import count_sessions_by_day
from sessions_app.models import Agent, Prompt

# A version is new that had no session in so many days before the period, or more before a short one.
DAYS_BEFORE = 28
DAYS_LOOKED_AT = 112
# In the first days that are on record every version is there for the first time, which says nothing.
FIRST_DAYS = 7


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an agent's prompt, the day of its first session, and its sessions of the period."""

    agent: Agent
    prompt: Prompt
    on: date
    at: datetime
    sessions: Figure

    @property
    def name(self) -> str:
        return self.prompt.version_label or _("new version")


def count_versions_by_day(frame: Frame) -> dict[tuple[Any, ...], int]:
    """This will count sessions by agent, prompt and day of the period, with days before it, which are below 0."""
    days_before = max(DAYS_BEFORE, DAYS_LOOKED_AT - frame.period.days)
    return frame.once("versions by day", lambda: count_sessions_by_day(frame, "agent", "prompt", days_before=days_before))


def get_first_day(frame: Frame) -> date | None:
    """This will say from when on there are sessions, where that is after the period has begun and there were none just before it."""
    day = min((key[-1] for key in count_versions_by_day(frame)), default=0)
    return frame.period.first + timedelta(days=day) if day > 0 else None


def get_new_versions(frame: Frame, counted: Mapping[tuple[Any, ...], int]) -> list[Version]:
    """This will find the versions whose first session of an agent lies in the period, in the order they came."""
    began = min((key[-1] for key in counted), default=0)
    known = {(agent, prompt) for agent, prompt, day in counted if day < 0}
    first: dict[tuple[int, int], int] = {}
    sessions: dict[tuple[int, int], int] = {}
    for (agent, prompt, day), n in counted.items():
        if prompt is not None and (agent, prompt) not in known:
            first[agent, prompt] = min(day, first.get((agent, prompt), day))
            sessions[agent, prompt] = sessions.get((agent, prompt), 0) + n
    came = {pair: day for pair, day in first.items() if day - began >= FIRST_DAYS}
    agents = Agent.objects.in_bulk({agent for agent, _prompt in came})
    prompts = Prompt.objects.in_bulk({prompt for _agent, prompt in came})
    midnights = frame.period.midnights
    found = [
        Version(
            agent=agents[agent],
            prompt=prompts[prompt],
            on=frame.period.first + timedelta(days=day),
            at=midnights[day],
            sessions=frame.figure(sessions[agent, prompt], agent=[agent], prompt=[prompt]),
        )
        for (agent, prompt), day in came.items()
    ]
    return sorted(found, key=lambda version: (version.at, version.agent.name, version.agent.pk, version.prompt.pk))
