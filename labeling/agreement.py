"""How far people who judged the same session agree: pure functions over counts. The words of it are at /summary/definitions/."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import exp, lgamma, log, sqrt
from random import Random

from labeling.statistics import Range, Share, wilson

# How many sessions have so many pairs, of which so many agree.
Histogram = Mapping[tuple[int, int], int]
# How many sessions got these codes, in any order, with how often each.
Ballots = Mapping[tuple[tuple[str, int], ...], int]
RESAMPLES = 2_000
# The same numbers on every page and at every look.
SEED = 20_260_302
TAIL = 0.025


def share_of_pairs(sessions: Histogram) -> Share:
    """This will be the equal pairs of all pairs."""
    return Share(sum(agreeing * n for (_, agreeing), n in sessions.items()), sum(pairs * n for (pairs, _), n in sessions.items()))


def likely_share(sessions: Histogram) -> Range:
    """This will be the range of that share by drawing sessions anew: the pairs of one session stand or fall together.

    Sessions that are alike are drawn together, as often as a Poisson number says. Where all agree, or none, drawing
    anew gives the same always and would seem certain; then it is the range of that many sessions.
    """
    kept = {key: n for key, n in sessions.items() if n > 0 and key[0]}
    observed, n_sessions = share_of_pairs(kept), sum(kept.values())
    if observed.part in (0, observed.whole):
        return wilson(n_sessions if observed.part else 0, n_sessions)
    rng = Random(SEED)  # noqa: S311 - a range, not a secret
    shares = []
    tables = [(pairs, agreeing, _poisson(n)) for (pairs, agreeing), n in sorted(kept.items())]
    for _ in range(RESAMPLES):
        whole = part = 0
        for pairs, agreeing, (lowest, chances) in tables:
            drawn = lowest + bisect_left(chances, rng.random())
            whole, part = whole + drawn * pairs, part + drawn * agreeing
        if whole:
            shares.append(part / whole)
    shares.sort()
    rate = observed.part / observed.whole
    last = len(shares) - 1
    return Range(min(shares[round(last * TAIL)], rate), max(shares[round(last * (1 - TAIL))], rate))


def ballot(codes: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """This will be what a session was given, in whatever order: (("BAD", 1), ("GOOD", 2))."""
    return tuple(sorted(Counter(codes).items()))


def ac1(sessions: Ballots, *, codes: int) -> float | None:
    """This will be Gwet's AC1: agreement beyond chance that does not collapse when almost everything is one code. None without pairs."""
    agreement, shares = _agreement(sessions), _shares(sessions)
    if agreement is None:
        return None
    by_chance = sum(share * (1 - share) for share in shares.values()) / (codes - 1)
    return (agreement - by_chance) / (1 - by_chance)


def kappa(sessions: Ballots) -> float | None:
    """This will be Fleiss' kappa, which for two people is Scott's pi. None without pairs, and where all is one code: there it says nothing."""
    agreement, shares = _agreement(sessions), _shares(sessions)
    by_chance = sum(share * share for share in shares.values())
    return None if agreement is None or len(shares) == 1 else (agreement - by_chance) / (1 - by_chance)


def _agreement(sessions: Ballots) -> float | None:
    """The mean over the sessions that at least two people judged."""
    total = agreed = 0.0
    for votes, n in sessions.items():
        people = sum(count for _, count in votes)
        if people > 1:
            total += n
            agreed += n * sum(count * (count - 1) for _, count in votes) / (people * (people - 1))
    return agreed / total if total else None


def _shares(sessions: Ballots) -> dict[str, float]:
    """How much of all judging each code got, every session counting the same."""
    whole = sum(sessions.values())
    weights: dict[str, float] = {}
    for votes, n in sessions.items():
        people = sum(count for _, count in votes)
        for code, count in votes:
            weights[code] = weights.get(code, 0.0) + n * count / people
    return {code: weight / whole for code, weight in weights.items()}


def _poisson(mean: int) -> tuple[int, list[float]]:
    """The lowest number worth speaking of, and how likely is at most it, one more, and so on."""
    reach = 8 * sqrt(mean) + 8
    lowest, highest = max(0, int(mean - reach)), int(mean + reach)
    return lowest, list(accumulate(exp(k * log(mean) - mean - lgamma(k + 1)) for k in range(lowest, highest + 1)))
