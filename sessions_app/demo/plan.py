"""What a session will be, decided before anybody speaks: who, when, how well it goes and how it ends."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sessions_app.demo.agents import NORTHLAKE, Agent, Line, Version
from sessions_app.demo.callers import pick_caller
from sessions_app.demo.flaws import SPANISH, VERSION_42, Flaw
from sessions_app.demo.records import BAD, GOOD, NA, OK
from sessions_app.demo.rhythm import DAYS, Cell
from sessions_app.demo.scenarios import Scenario, empty_for, scenarios_for

TEST_SHARE = 0.034
LEGACY_DAYS = 28
LEGACY_SHARE = 0.23
_LAST_START = timedelta(minutes=45)


@dataclass(frozen=True, slots=True)
class Plan:
    """One session before its dialogue."""

    seed: int
    key: str
    at: datetime
    agent: Agent
    line: Line
    version: Version | None
    caller: int
    conversation: str
    story: str
    story_at: datetime
    code: str
    scenario: Scenario
    flaw: Flaw | None
    ending: str
    extras: int
    is_test: bool = False
    returning: str = ""

    @property
    def language(self) -> str:
        return self.scenario.language

    @property
    def spoken(self) -> bool:
        return self.line.channel == "voice" and not self.is_test

    @property
    def is_legacy(self) -> bool:
        return self.version is None

    @property
    def issues(self) -> tuple[str, ...]:
        return self.flaw.issues if self.flaw else ()

    @property
    def comment(self) -> str:
        """What a reviewer might write about it."""
        ways = self.flaw.comments if self.flaw else _COMMENTS[self.code]
        return ways[int(Random(f"{self.key}:comment").random() * len(ways))]

    @property
    def typical_length(self) -> float:
        """Seconds, for when nobody speaks."""
        luck = Random(f"{self.key}:length").random()
        return round(17 + 20 * luck if self.code == NA else 34 + 64 * luck + 50 * self.extras, 3)


@dataclass(frozen=True)
class Clock:
    """The period the sessions fall into."""

    seed: int
    until: datetime

    def days_left(self, at: datetime) -> float:
        return (self.until - at) / timedelta(days=1)


_COMMENTS = {
    GOOD: ("Clear and quick.", "All good, request handled.", "Polite, correct, done.", "No problems.", ""),
    NA: ("Nothing to judge here.", "No request was made.", "Wrong number or no one there.", ""),
}


def plan_root(clock: Clock, window: int, place: int, cell: Cell, chance: float, rng: Random) -> Plan:
    """The first session of a conversation; `chance` is its even share of luck, between 0 and 1."""
    agent, line = cell.agent, cell.line
    at = min(cell.hour + timedelta(microseconds=int(rng.random() * 3.6e9)), clock.until - _LAST_START)
    version: Version | None = _version(agent, clock.days_left(at))
    if agent.legacy and line.channel == "voice" and clock.days_left(at) > DAYS - LEGACY_DAYS and rng.random() < LEGACY_SHARE:
        version = None
    is_test = version is not None and rng.random() < TEST_SHARE
    code = _code(agent, line, version, chance)
    key = f"{clock.seed}:{window}:{place}"
    scenario, flaw = _scenario(agent, line, version, code, rng, spoken=line.channel == "voice" and not is_test)
    return Plan(
        seed=clock.seed, key=key, at=at, agent=agent, line=line, version=version,
        caller=pick_caller(rng, agent, spanish=scenario.language == "es"), conversation=f"{rng.getrandbits(48):012x}", story=key, story_at=at,
        code=code, scenario=scenario, flaw=flaw, ending=_ending(rng, line, scenario, flaw), extras=_extras(rng, code, flaw), is_test=is_test,
    )  # fmt: skip


def plan_follow_up(clock: Clock, parent: Plan) -> Plan | None:
    """The next session of the same conversation, if the person comes back before the period ends."""
    rng = Random(f"{parent.key}:next")
    soon, later = (0.34, 0.03) if parent.code == BAD else (0.03, 0.06)
    luck = rng.random()
    if luck > soon + later or parent.is_test or parent.is_legacy or parent.line.outbound:
        return None
    hours = 0.2 + 20 * rng.random() * rng.random() if luck < soon else 26 + 70 * rng.random()
    at = _in_hours(parent, parent.at + timedelta(hours=hours))
    if at > clock.until - _LAST_START:
        return None
    version = _version(parent.agent, clock.days_left(at))
    code = _code(parent.agent, parent.line, version, rng.random())
    code = GOOD if code == NA else code
    same = parent.code == BAD and luck < soon and parent.scenario.can_return
    scenario, flaw = _scenario(
        parent.agent, parent.line, version, code, rng, spoken=parent.line.channel == "voice",
        only=parent.scenario if same else None, language=parent.scenario.language,
    )  # fmt: skip
    key = f"{parent.key}+"
    return replace(
        parent, key=key, at=at, version=version, code=code, scenario=scenario, flaw=flaw, story=parent.story if same else key,
        story_at=parent.story_at if same else at,
        ending=_ending(rng, parent.line, scenario, flaw), extras=0, returning="again" if same else "more",
    )  # fmt: skip


def _version(agent: Agent, days_left: float) -> Version:
    return next(version for version in reversed(agent.versions) if version.live >= days_left)


def _code(agent: Agent, line: Line, version: Version | None, chance: float) -> str:
    rated = 1 - line.na
    bad = (version or agent.versions[0]).bad * rated
    if chance < bad:
        return BAD
    if chance < bad + agent.ok * rated:
        return OK
    return NA if chance >= rated else GOOD


def _scenario(
    agent: Agent, line: Line, version: Version | None, code: str, rng: Random, *, spoken: bool,
    only: Scenario | None = None, language: str = "",
) -> tuple[Scenario, Flaw | None]:  # fmt: skip
    if code == NA:
        return _weighted(rng, empty_for(line)), None
    scenario = only or _weighted(rng, [one for one in scenarios_for(agent, line) if language in ("", one.language)])
    flaws = scenario.flaws(code, spoken=spoken)
    if code == GOOD and (not flaws or rng.random() > 0.045):
        return scenario, None
    boost = VERSION_42 if agent is NORTHLAKE and version and version.number == 42 and code == BAD else {}
    weights = [flaw.weight * boost.get(flaw.name, 1.0) for flaw in flaws]
    return scenario, flaws[_place(rng.random(), weights)]


def _ending(rng: Random, line: Line, scenario: Scenario, flaw: Flaw | None) -> str:
    """caller, agent, transfer, voicemail: what the last word of the session is."""
    luck = rng.random()
    if flaw and flaw.ends:
        return flaw.ends[int(luck * len(flaw.ends))]
    if scenario.ends:
        return scenario.ends
    if line.channel == "sms" or (flaw and flaw.needs == SPANISH):
        return "caller"
    if luck < 0.075 and scenario.kind != "empty" and not line.outbound and (flaw is None or flaw.code == OK):
        return "transfer"
    return "caller" if luck < 0.72 else "agent"


def _extras(rng: Random, code: str, flaw: Flaw | None) -> int:
    """How many more requests follow the first one."""
    luck = rng.random()
    if code == NA or (flaw and flaw.ends):
        return 0
    return 0 if luck < 0.86 else 1 if luck < 0.965 else 2 if luck < 0.99 else 3


def _in_hours(parent: Plan, at: datetime) -> datetime:
    """The same moment, or the next hour at which that line is used."""
    from_hour = at
    for _ in range(72):
        local = from_hour.astimezone(ZoneInfo(parent.agent.timezone))
        if parent.line.rhythm.weight(local.weekday(), local.hour) > 0.25:
            return from_hour
        from_hour += timedelta(hours=1)
    return at


def _weighted(rng: Random, scenarios: list[Scenario]) -> Scenario:
    return scenarios[_place(rng.random(), [scenario.weight for scenario in scenarios])]


def _place(luck: float, weights: list[float]) -> int:
    left = luck * sum(weights)
    for place, weight in enumerate(weights):
        left -= weight
        if left < 0:
            return place
    return len(weights) - 1
