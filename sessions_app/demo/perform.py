"""From a plan to a finished dialogue: greeting, one or more requests, goodbye."""

from contextlib import suppress
from random import Random

from sessions_app.demo.callers import caller_at
from sessions_app.demo.confirming import more
from sessions_app.demo.facts import set_people
from sessions_app.demo.plan import Plan
from sessions_app.demo.scenarios import Scenario, scenarios_for
from sessions_app.demo.scenarios.greetings import SIDES, greet
from sessions_app.demo.talk import Over, Talk


class NotStruck(Exception):
    """A planned flaw found no place in its script: the scenario declares a moment it does not have."""


def perform(plan: Plan) -> Talk:
    """Play the plan. Raises NotStruck when its flaw cannot happen in its script."""
    caller = caller_at(plan.seed, plan.caller)
    for eager in (False, True):
        talk = Talk(plan, caller, eager=eager)
        set_people(talk)
        with suppress(Over):
            _play(talk)
        if not talk.pending:
            return talk
    raise NotStruck(f"{plan.scenario.name}: {talk.pending[0]}")


def _play(t: Talk) -> None:
    plan = t.plan
    if plan.scenario.kind == "empty" or plan.line.outbound:
        plan.scenario.play(t)
        return
    greet(t)
    requests = [plan.scenario, *_extras(plan)]
    for place, scenario in enumerate(requests, start=1):
        scenario.play(t)
        more(t, SIDES[plan.agent.key, t.lang], last=place == len(requests))


def _extras(plan: Plan) -> list[Scenario]:
    if plan.scenario.kind == "alone":
        return []
    others = [
        one for one in scenarios_for(plan.agent, plan.line)
        if one is not plan.scenario and one.language == plan.language and not one.ends and one.kind != "alone"
    ]  # fmt: skip
    return Random(f"{plan.key}:extras").sample(others, min(plan.extras, len(others)))
