"""The scripts, by agent and line."""

from functools import cache

from sessions_app.demo.agents import Agent, Line
from sessions_app.demo.scenarios import billing, concierge, empty, lakeside, lakeside_es, pharmacy, pharmacy_texts, reminders, scheduling
from sessions_app.demo.scenarios.scenario import Scenario

SCENARIOS: tuple[Scenario, ...] = (
    *scheduling.SCENARIOS,
    *reminders.SCENARIOS,
    *pharmacy.SCENARIOS,
    *pharmacy_texts.SCENARIOS,
    *billing.SCENARIOS,
    *concierge.SCENARIOS,
    *lakeside.SCENARIOS,
    *lakeside_es.SCENARIOS,
)


@cache
def scenarios_for(agent: Agent, line: Line) -> list[Scenario]:
    """The scripts that line plays."""
    return [one for one in SCENARIOS if one.agent == agent.key and line.key in one.lines]


@cache
def empty_for(line: Line) -> list[Scenario]:
    """The sessions on that line in which nothing was asked."""
    return [one for one in empty.SCENARIOS if (line.key if line.outbound else line.channel) in one.lines]


__all__ = ["SCENARIOS", "Scenario", "empty_for", "scenarios_for"]
