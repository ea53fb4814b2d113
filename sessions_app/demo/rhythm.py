"""When sessions start: twelve weeks of hours, weighted by each line's local rhythm."""

from bisect import bisect
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from sessions_app.demo.agents import AGENTS, Agent, Line

DAYS = 84


@dataclass(frozen=True, slots=True)
class Cell:
    """One hour of one line."""

    hour: datetime
    agent: Agent
    line: Line


@dataclass(frozen=True, slots=True)
class Window:
    """Twenty-four hours, counted back from the end of the period."""

    index: int
    weight: float
    cells: tuple[Cell, ...]
    cumulative: tuple[float, ...]

    def pick(self, chance: float) -> Cell:
        return self.cells[min(bisect(self.cumulative, chance * self.weight), len(self.cells) - 1)]


def windows(until: datetime) -> list[Window]:
    """The twelve weeks before `until`, oldest first."""
    end = until.astimezone(UTC)
    return [_window(index, end - timedelta(days=DAYS - index)) for index in range(DAYS)]


def quotas(found: list[Window], sessions: int) -> list[int]:
    """How many sessions each window gets: they add up to `sessions` exactly."""
    whole = sum(window.weight for window in found)
    ends = [round(sessions * reached / whole) for reached in accumulate(window.weight for window in found)]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def _window(index: int, start: datetime) -> Window:
    cells: list[Cell] = []
    weights: list[float] = []
    for hour in (start + timedelta(hours=n) for n in range(24)):
        for agent in AGENTS:
            local = hour.astimezone(_ZONES[agent.timezone])
            for line in agent.lines:
                weight = line.share * line.rhythm.weight(local.weekday(), local.hour) / _WEEK[agent.key, line.key]
                if weight > 0:
                    cells.append(Cell(hour, agent, line))
                    weights.append(weight)
    cumulative = tuple(accumulate(weights))
    return Window(index, cumulative[-1], tuple(cells), cumulative)


_ZONES = {agent.timezone: ZoneInfo(agent.timezone) for agent in AGENTS}
_WEEK = {(agent.key, line.key): sum(line.rhythm.weight(day, hour) for day in range(7) for hour in range(24)) for agent in AGENTS for line in agent.lines}
