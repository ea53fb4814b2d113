"""Agents and their prompt versions, the most likely problem first, each against its last version."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from django.utils.translation import gettext

from labeling.queries.summary.frame import Figure, Frame
from labeling.queries.summary.intervals import Axis, Interval
from labeling.queries.summary.rates import Rate, get_rate
from labeling.queries.summary.tallies import count_sessions, get_tallies
from labeling.queries.summary.tally import Tally
from labeling.statistics import Change, chance, change, clear_among
from sessions_app.codes import Verdict
from sessions_app.models import Agent, Prompt

# Fewer on either side say neither worse nor better.
FEWEST_TO_FLAG = 30
# The axis ends here unless a range goes beyond.
SHORT_AXIS, WHOLE_AXIS = 0.5, 1.0

Key = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class Against:
    """What a version is compared with: `version`, the one before it, or itself in the period before where that is "".

    `verdict` is "worse" or "better" only where chance among all the rows shown does not explain the difference.
    """

    version: str
    is_earlier: bool
    then: Rate
    change: Change
    verdict: str

    @property
    def than(self) -> str:
        if not self.version:
            return gettext("In the period before")
        return gettext("%(version)s in the period before") % {"version": self.version} if self.is_earlier else self.version


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the mix of the rated, which is drawn where there are enough for a rate."""

    code: str
    rate: Rate

    @property
    def figure(self) -> Figure:
        return self.rate.part

    @property
    def share(self) -> float:
        return self.rate.rate or 0.0

    @property
    def width(self) -> str:
        return f"{100 * self.share:.1f}%"


@dataclass(frozen=True, slots=True)
class AgentRow:
    """A prompt version of an agent. Without a prompt, what no version is known of."""

    agent: Agent
    prompt: Prompt | None
    sessions: Figure
    rated: Figure
    bad: Rate
    mix: tuple[Part, ...]
    beside: tuple[Part, ...]
    interval: Interval | None
    against: Against | None


@dataclass(frozen=True, slots=True)
class AgentRows:
    rows: list[AgentRow]
    average: Rate
    axis_end: float

    @property
    def worst(self) -> AgentRow | None:
        """The most likely problem, where there are enough rated to speak of a rate and any of them is BAD."""
        return next((row for row in self.rows if row.bad.rate), None)


def get_agents(frame: Frame) -> AgentRows:
    return frame.once("agents", lambda: _get_agents(frame))


def _get_agents(frame: Frame) -> AgentRows:
    sessions = count_sessions(frame, "agent", "prompt")
    now: Mapping[Key, Tally] = get_tallies(frame, "agent", "prompt")
    then: Mapping[Key, Tally] = get_tallies(frame.before, "agent", "prompt")
    keys = {*sessions, *now}
    agents = Agent.objects.in_bulk({agent for agent, _ in keys})
    prompts = Prompt.objects.in_bulk({prompt for _, prompt in {*keys, *then} if prompt is not None})
    last = _last_versions({*keys, *then}, prompts)
    bads = {key: get_rate(frame, now.get(key, Tally()), Verdict.BAD, **_of(key)) for key in keys}
    compared = {key: found for key in keys if (found := _against(frame, key, bads[key], last.get(key), now, then, prompts))}
    flagged = _flagged(bads, compared)
    average = get_rate(frame, Tally.together(now.values()), Verdict.BAD)
    end = SHORT_AXIS if all(rate.rate is None or rate.likely.high <= SHORT_AXIS for rate in bads.values()) else WHOLE_AXIS
    rows = [
        AgentRow(
            agent=agents[key[0]],
            prompt=prompts[key[1]] if key[1] is not None else None,
            sessions=frame.figure(sessions.get(key, 0), **_of(key)),
            rated=bads[key].whole,
            bad=bads[key],
            mix=_parts(frame, key, now.get(key), (Verdict.GOOD, Verdict.OK, Verdict.BAD)) if bads[key].rate is not None else (),
            beside=_parts(frame, key, now.get(key), (Verdict.NOT_APPLICABLE, Verdict.DISPUTED)),
            interval=Axis(0.0, end).interval(bads[key].share, average.rate, is_hot=average.rate is not None and bads[key].likely.low > average.rate),
            against=replace(compared[key], verdict=flagged[key]) if key in compared else None,
        )
        for key in keys
    ]
    return AgentRows(sorted(rows, key=_most_likely_problem), average, end)


def _most_likely_problem(row: AgentRow) -> tuple[bool, float, int, int, str, int, int]:
    """By the lower end of the range, so that one bad session out of two does not top the list; without a rate by their number."""
    low = row.bad.likely.low if row.bad.rate is not None else 0.0
    return row.bad.rate is None, -low, -row.rated.n, -row.sessions.n, str(row.agent), row.agent.pk, row.prompt.pk if row.prompt else 0


def _of(key: Key) -> dict[str, list[object]]:
    agent, prompt = key
    return {"agent": [agent], "prompt": ["none" if prompt is None else prompt]}


def _parts(frame: Frame, key: Key, tally: Tally | None, codes: Iterable[str]) -> tuple[Part, ...]:
    if tally is None:
        return ()
    return tuple(Part(code, get_rate(frame, tally, code, **_of(key))) for code in codes if tally.n(code))


def _against(
    frame: Frame, key: Key, now: Rate, last: Key | None, tallies: Mapping[Key, Tally], earlier: Mapping[Key, Tally], prompts: Mapping[int, Prompt]
) -> Against | None:
    """The last version of the same prompt, in this period or in the one before; else the same one in the period before."""
    version = prompts[last[1]].version_label if last and last[1] is not None else ""
    choices = [(last, frame, tallies, False), (last, frame.before, earlier, True)] if last else []
    for other, of, counted, is_earlier in [*choices, (key, frame.before, earlier, True)]:
        then = get_rate(of, counted.get(other, Tally()), Verdict.BAD, **_of(other))
        if found := change(now.share, then.share):
            return Against(version if other == last else "", is_earlier, then, found, "")
    return None


def _flagged(bads: Mapping[Key, Rate], compared: Mapping[Key, Against]) -> dict[Key, str]:
    """What is said of each comparison. Only those with enough on both sides are looked at, and the more there are, the clearer each has to be."""
    looked_at = [key for key, against in compared.items() if min(bads[key].whole.n, against.then.whole.n) >= FEWEST_TO_FLAG]
    clear = clear_among([chance(bads[key].share, compared[key].then.share) for key in looked_at])
    said = dict.fromkeys(compared, "")
    for place in clear:
        key = looked_at[place]
        if compared[key].change.is_clear:
            said[key] = "worse" if compared[key].change.difference > 0 else "better"
    return said


def _last_versions(keys: Iterable[Key], prompts: Mapping[int, Prompt]) -> dict[Key, Key]:
    """Of each version of an agent the one before it of the same prompt, among those that were in use."""
    families: dict[tuple[int, int, str], list[Prompt]] = defaultdict(list)
    for agent, prompt in keys:
        if prompt is not None:
            families[agent, prompts[prompt].data_source_id, _family(prompts[prompt])].append(prompts[prompt])
    last: dict[Key, Key] = {}
    for (agent, *_), versions in families.items():
        ordered = sorted(versions, key=lambda one: (one.version_number is not None, one.version_number or 0, one.version, one.pk))
        for earlier, later in pairwise(ordered):
            last[agent, later.pk] = (agent, earlier.pk)
    return last


def _family(prompt: Prompt) -> str:
    """Which prompt it is a version of. Its name may change; what the key begins with does not."""
    try:
        return str(json.loads(prompt.key)[0])
    except (ValueError, IndexError, KeyError, TypeError):
        return prompt.key
