"""How much of the sessions people looked at, and where nobody did."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from labeling.queries.summary.frame import Figure, Frame
from labeling.queries.summary.kinds import count_judged_kinds, count_kinds, value_of, words_of
from labeling.queries.summary.tallies import count_kept_back
from labeling.statistics import Share
from sessions_app.codes import Verdict
from sessions_app.models import Agent

# The others are a click away, and of more there would be no reading.
SHOWN, MOST = 8, 60

Key = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class Spot:
    """Sessions of an agent, a channel and a language. It is blind where nobody looked at any."""

    agent: Agent
    channel: str
    language: str
    sessions: Figure
    reviewed: Figure
    others: Figure

    @property
    def is_blind(self) -> bool:
        return not self.reviewed.n

    @property
    def share(self) -> Share:
        return Share(self.reviewed.n, self.sessions.n)


@dataclass(frozen=True, slots=True)
class Coverage:
    """`in_bulk` have labels that were made for many at once only, which do not count as looked at. `spots`: least looked at first."""

    sessions: Figure
    reviewed: Figure
    in_bulk: Figure
    spots: list[Spot]
    has_more: bool
    is_own: bool

    @property
    def share(self) -> Share:
        return Share(self.reviewed.n, self.sessions.n)

    @property
    def blind(self) -> list[Spot]:
        return [spot for spot in self.spots if spot.is_blind]

    @property
    def first(self) -> list[Spot]:
        """Those that nobody looked at, or if there are none, those that were looked at least."""
        return (self.blind or self.spots)[:SHOWN]

    @property
    def rest(self) -> list[Spot]:
        return self.spots[len(self.first) :]


def get_coverage(frame: Frame) -> Coverage:
    """This will show who has to label first their own part only: where others looked is not theirs to know."""
    sessions = count_kinds(frame).by("agent", "channel", "language")
    reviewed: Counter[Key] = Counter()
    in_bulk = 0
    for (*key, was_reviewed, code), n in count_judged_kinds(frame.of_all_labels).by("agent", "channel", "language", "was_reviewed", "code").items():
        if was_reviewed:
            reviewed[_key(key)] += n
        elif code:
            in_bulk += n
    kept_back = count_kept_back(frame, "agent", "channel", "language")
    keys = [] if frame.is_gated else sorted(sessions, key=lambda key: _least_looked_at(sessions[key], reviewed[_key(key)], key))
    agents = Agent.objects.in_bulk({key[0] for key in keys[:MOST]})
    spots = [_spot(frame, agents[key[0]], _key(key), sessions[key], reviewed[_key(key)], kept_back.get(key, 0)) for key in keys[:MOST]]
    return Coverage(
        sessions=frame.figure(sessions.total()),
        reviewed=frame.figure(reviewed.total(), reviewed=["yes"]),
        in_bulk=frame.figure(in_bulk, reviewed=["no"], label=Verdict.values),
        spots=spots,
        has_more=len(keys) > MOST,
        is_own=frame.is_gated,
    )


def _key(key: Any) -> Key:
    agent, channel, language = key
    return agent, channel, language


def _least_looked_at(n: int, reviewed: int, key: tuple[Any, ...]) -> tuple[float, int, tuple[Any, ...]]:
    return (reviewed / n if n else 0.0), -n, key


def _spot(frame: Frame, agent: Agent, key: Key, n: int, reviewed: int, kept_back: int) -> Spot:
    of: dict[str, Any] = {"agent": [key[0]], "channel": [key[1]], "language": [value_of("language", key[2])]}
    return Spot(
        agent=agent,
        channel=words_of("channel", key[1]),
        language=words_of("language", key[2]),
        sessions=frame.figure(n, **of),
        reviewed=frame.figure(reviewed, reviewed=["yes"], **of),
        others=frame.figure(n - reviewed - kept_back, reviewed=["no"], **of),
    )
