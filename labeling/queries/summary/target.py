"""The target: the BAD rate that managers want to stay below, and whether it can be told."""

from dataclasses import dataclass

from labeling.models import Target
from labeling.queries.summary.frame import Frame
from labeling.queries.summary.rates import Rate
from sessions_app.models import Agent


@dataclass(frozen=True, slots=True)
class TargetLine:
    """The target of the chosen agent, or the workspace's. `agent` is whose would be set from here, None for the workspace."""

    agent: Agent | None
    rate: float | None
    is_own: bool
    verdict: str

    @property
    def percent(self) -> str:
        """As a field of a form has it, in any language."""
        return "" if self.rate is None else f"{100 * self.rate:.1f}"


def get_target(frame: Frame, bad: Rate) -> TargetLine:
    """This will say "below" or "above" only where the whole likely range is, and "unclear" otherwise."""
    agent = get_target_agent(frame)
    found = {target.agent_id: float(target.bad_percent) / 100 for target in Target.objects.filter(agent=None) | Target.objects.filter(agent=agent)}
    is_own = agent is None or agent.pk in found
    rate = found.get(agent.pk if agent and is_own else None)
    return TargetLine(agent, rate, is_own, _verdict(rate, bad) if rate is not None else "")


def get_target_agent(frame: Frame) -> Agent | None:
    return Agent.objects.get(pk=frame.agents[0]) if len(frame.agents) == 1 else None


def _verdict(rate: float, bad: Rate) -> str:
    if bad.rate is None or bad.likely.low <= rate <= bad.likely.high:
        return "unclear"
    return "above" if bad.likely.low > rate else "below"
