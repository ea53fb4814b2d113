"""The stream of demo sessions, in the order in which they happened."""

from bisect import insort
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from random import Random

from sessions_app.demo import wire
from sessions_app.demo.perform import perform
from sessions_app.demo.plan import Clock, Plan, plan_follow_up, plan_root
from sessions_app.demo.quality import auto_code
from sessions_app.demo.records import DemoSession, Truth
from sessions_app.demo.rhythm import DAYS, Window, quotas, windows
from sessions_app.demo.summary import summarize

FIRST_ID = 41_001


def generate(sessions: int, seed: int, until: datetime, *, transcripts: bool = True, silent: int = 0, first: int = 0) -> Iterator[DemoSession]:
    """This will yield `sessions` sessions of the twelve weeks before `until`, oldest first.

    The same arguments give the same sessions everywhere. With `transcripts=False` nobody speaks, with `silent` the oldest
    so many do not: records, codes and issues are the same, lengths are typical ones, and transcript, latency, summary and
    evidence are left out. Ids count from `first`, so that several periods can stand one before the other.
    Raises ValueError when `until` has no time zone.
    """
    if until.tzinfo is None:
        raise ValueError("until needs a time zone")
    vendor = chat = first
    for place, plan in enumerate(_plans(sessions, Clock(seed, until.astimezone(UTC)))):
        if plan.agent.platform == "vendor":
            session_id = str(FIRST_ID + vendor)
            vendor += 1
        else:
            session_id = _chat_id(chat)
            chat += 1
        yield _speak(plan, session_id) if transcripts and place >= silent else _sketch(plan, session_id)


def _plans(sessions: int, clock: Clock) -> Iterator[Plan]:
    """Day by day: first the people who come back, then as many new ones as the day has room for."""
    found = windows(clock.until)
    waiting: list[list[Plan]] = [[] for _ in range(DAYS)]
    turns: dict[str, int] = {}
    for window, quota in zip(found, quotas(found, sessions), strict=True):
        day = waiting[window.index][:quota]
        waiting[window.index] = []
        place = 0
        fresh = list(day)
        while len(day) < quota or fresh:
            if fresh:
                follow_up = plan_follow_up(clock, fresh.pop(0))
                if follow_up is None:
                    continue
                index = DAYS - 1 - int(clock.days_left(follow_up.at))
                if index > window.index:
                    insort(waiting[index], follow_up, key=_moment)
                elif len(day) < quota:
                    day.append(follow_up)
                    fresh.append(follow_up)
                continue
            plan = _root(clock, window, place, turns)
            place += 1
            day.append(plan)
            fresh.append(plan)
        yield from sorted(day, key=_moment)


def _root(clock: Clock, window: Window, place: int, turns: dict[str, int]) -> Plan:
    """Luck is spread evenly over the sessions of a line, so that a small demo shows the shares of a large one."""
    rng = Random(f"{clock.seed}:{window.index}:{place}")
    cell = window.pick(rng.random())
    key = f"{cell.agent.key}:{cell.line.key}"
    nth = turns[key] = turns.get(key, -1) + 1
    chance = (_first_chance(clock.seed, key) + nth * 0.6180339887) % 1.0
    return plan_root(clock, window.index, place, cell, chance, rng)


@cache
def _first_chance(seed: int, key: str) -> float:
    return Random(f"{seed}:{key}").random()


def _speak(plan: Plan, session_id: str) -> DemoSession:
    talk = perform(plan)
    auto = auto_code(plan)
    return DemoSession(
        platform=plan.agent.platform,
        record=wire.session(plan, session_id, round(talk.now + 0.4, 3)),
        transcript=wire.transcript(plan, talk, session_id),
        latency=wire.latency(plan, talk, session_id),
        summary=summarize(plan, talk, auto),
        auto_code=auto,
        truth=Truth(plan.code, plan.issues, tuple(talk.evidence), plan.comment),
    )


def _sketch(plan: Plan, session_id: str) -> DemoSession:
    record = wire.session(plan, session_id, plan.typical_length)
    return DemoSession(plan.agent.platform, record, None, None, None, auto_code(plan), Truth(plan.code, plan.issues, (), plan.comment))


def _chat_id(number: int) -> str:
    """Ids that look drawn by lot and never repeat: from sixteen million on they begin with the round."""
    lap = number // 2**24
    return f"wc_{lap or ''}{(number * 0x9E3775 + 0x8F3A2C) % 2**24:06x}"


def _moment(plan: Plan) -> tuple[datetime, str]:
    return plan.at, plan.key
