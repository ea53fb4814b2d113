"""Where and when the auto-rating agrees with people: week by week, by agent and by prompt version."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from labeling.plot import Place, Plot, plot_shares
from labeling.queries.summary.auto import Measures, Pairs, count_pairs, in_steps, measure, sum_pairs
from labeling.queries.summary.frame import Frame
from labeling.queries.summary.intervals import Axis, Interval
from labeling.queries.summary.period import Step
from labeling.statistics import Share
from sessions_app.models import Agent, Prompt


@dataclass(frozen=True, slots=True)
class Point:
    step: Step
    measures: Measures


@dataclass(frozen=True, slots=True)
class VersionRow:
    """`prompt` is None for sessions that came without one."""

    prompt: Prompt | None
    measures: Measures
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class AgentRow:
    agent: Agent
    measures: Measures
    interval: Interval | None
    versions: list[VersionRow]


@dataclass(frozen=True, slots=True)
class AutoRows:
    points: list[Point]
    plot: Plot
    agents: list[AgentRow]
    total: Measures
    is_by_day: bool

    @property
    def drawn(self) -> list[tuple[Point, Place]]:
        return list(zip(self.points, self.plot.places, strict=True))


def get_auto_rows(frame: Frame) -> AutoRows:
    """This will list agents by how far their auto-rating is likely off, each with its versions, the newest first. Days to come are left out."""
    frame = frame.of_all_labels
    counted = count_pairs(frame, "agent", "prompt", "step")
    by_step = {step: sum_pairs(pairs for key, pairs in counted.items() if key[2] == step) for step in {key[2] for key in counted}}
    begun = max((place + 1 for place, step in enumerate(frame.period.steps) if step.start <= frame.period.now or place in by_step), default=0)
    points = [Point(step, measure(in_steps(frame, range(place, place + 1)), by_step.get(place, {}))) for place, step in enumerate(frame.period.steps[:begun])]
    by_version: dict[tuple[int, int | None], list[Pairs]] = {}
    for (agent, prompt, _), pairs in counted.items():
        by_version.setdefault((agent, prompt), []).append(pairs)
    total = measure(frame, sum_pairs(by_step.values()))
    return AutoRows(
        points=points,
        plot=plot_shares([point.measures.agrees.share for point in points], is_running=bool(points) and points[-1].step.is_running),
        agents=_agents(frame, {key: sum_pairs(several) for key, several in by_version.items()}, total.agrees.share),
        total=total,
        is_by_day=frame.period.is_by_day,
    )


def _agents(frame: Frame, by_version: Mapping[tuple[int, int | None], Pairs], total: Share) -> list[AgentRow]:
    agents = Agent.objects.in_bulk({agent for agent, _ in by_version})
    prompts = Prompt.objects.in_bulk({prompt for _, prompt in by_version if prompt is not None})
    rows = []
    for pk, agent in agents.items():
        own = replace(frame, agents=(pk,))
        versions = {prompt: pairs for (one, prompt), pairs in by_version.items() if one == pk}
        measures = measure(own, sum_pairs(versions.values()))
        rows.append(
            AgentRow(
                agent,
                measures,
                _interval(measures, total),
                [
                    VersionRow(prompts.get(prompt or 0), found, _interval(found, total))
                    for prompt, pairs in sorted(versions.items(), key=lambda one: -(one[0] or 0))
                    for found in [measure(own, pairs, prompt=[prompt or "none"])]
                ],
            )
        )
    return sorted(rows, key=lambda row: (row.measures.agrees.share.likely.high, row.agent.name, row.agent.pk))


def _interval(measures: Measures, total: Share) -> Interval | None:
    share = measures.agrees.share
    return Axis(0.0, 1.0).interval(share, total.rate, is_hot=total.rate is not None and share.likely.high < total.rate)
