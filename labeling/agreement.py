"""How far people who judged the same session agree: pure functions over counts. The words of it are at /summary/definitions/."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from math import exp, lgamma, log, sqrt
from random import Random

from labeling.statistics import Range, Share, Z, wilson

# How many sessions have so many pairs, of which so many agree.
Histogram = Mapping[tuple[int, int], int]
# How many sessions got these codes, in any order, with how often each.
Ballots = Mapping[tuple[tuple[str, int], ...], int]
RESAMPLES = 2_000
# The same numbers on every page and at every look.
SEED = 20_260_302
TAIL = 0.025
# An error below it is none but for rounding.
CERTAIN = 1e-9


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
    return _drawn_anew(tuple(sorted(kept.items())))


@lru_cache(maxsize=1024)
def _drawn_anew(kept: tuple[tuple[tuple[int, int], int], ...]) -> Range:
    rng = Random(SEED)  # noqa: S311 - a range, not a secret
    shares = []
    tables = [(pairs, agreeing, _poisson(n)) for (pairs, agreeing), n in kept]
    for _ in range(RESAMPLES):
        whole = part = 0
        for pairs, agreeing, (lowest, chances) in tables:
            drawn = lowest + bisect_left(chances, rng.random())
            whole, part = whole + drawn * pairs, part + drawn * agreeing
        if whole:
            shares.append(part / whole)
    shares.sort()
    observed = share_of_pairs(dict(kept))
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
    by_chance = _by_chance(shares, codes)
    return (agreement - by_chance) / (1 - by_chance)


def kappa(sessions: Ballots) -> float | None:
    """This will be Fleiss' kappa, which for two people is Scott's pi. None without pairs, and where all is one code: there it says nothing."""
    agreement, shares = _agreement(sessions), _shares(sessions)
    by_chance = sum(share * share for share in shares.values())
    return None if agreement is None or len(shares) == 1 else (agreement - by_chance) / (1 - by_chance)


def ac1_likely(sessions: Ballots, *, codes: int) -> Range | None:
    """This will be the range of AC1 by the variance that Gwet published (2008, 2014), with Student's t on one less than the sessions.

    None where there are fewer than two sessions. Where all sessions are alike that variance is nothing and would seem certain;
    then it is AC1 at the agreement that so many sessions leave likely.
    """
    value, error, n = ac1(sessions, codes=codes), ac1_error(sessions, codes=codes), sum(sessions.values())
    if value is None or error is None:
        return None
    if error < CERTAIN:
        by_chance, agreement = _by_chance(_shares(sessions), codes), _agreement(sessions) or 0.0
        likely = wilson(agreement * n, n)
        return Range((likely.low - by_chance) / (1 - by_chance), (likely.high - by_chance) / (1 - by_chance))
    half = student(n - 1) * error
    return Range(max(value - half, -1.0), min(value + half, 1.0))


def ac1_error(sessions: Ballots, *, codes: int) -> float | None:
    """This will be the standard error of AC1, sessions being drawn from very many."""
    value, agreement, shares = ac1(sessions, codes=codes), _agreement(sessions), _shares(sessions)
    n, n_compared = sum(sessions.values()), sum(n for votes, n in sessions.items() if _people(votes) > 1)
    if value is None or agreement is None or n < 2:
        return None
    by_chance = _by_chance(shares, codes)
    squares = 0.0
    for votes, times in sessions.items():
        people = _people(votes)
        alike = (n / n_compared) * (_alike(votes) - by_chance) / (1 - by_chance) if people > 1 else 0.0
        chance_here = sum(count * (1 - shares[code]) for code, count in votes) / people / (codes - 1)
        squares += times * (alike - 2 * (1 - value) * (chance_here - by_chance) / (1 - by_chance) - value) ** 2
    return sqrt(squares / (n * (n - 1)))


def agreement_on(sessions: Ballots, code: str) -> Histogram:
    """This will count, by session, how often one of a pair said a code, and how often the other did too: 2a of 2a + b + c.

    The positive specific agreement of Spitzer and Fleiss: where both said it, each of them is one who said it.
    """
    counted: Counter[tuple[int, int]] = Counter()
    for votes, n in sessions.items():
        said, people = dict(votes).get(code, 0), _people(votes)
        if said and people > 1:
            counted[said * (people - 1), said * (said - 1)] += n
    return counted


def student(degrees: int) -> float:
    """This will be how many standard errors two sides of 95 % are. Hill 1970, to within 0.001 from eight degrees on."""
    powers = [float(Z**power) for power in range(10)]
    terms = (
        (powers[3] + Z) / 4,
        (5 * powers[5] + 16 * powers[3] + 3 * Z) / 96,
        (3 * powers[7] + 19 * powers[5] + 17 * powers[3] - 15 * Z) / 384,
        (79 * powers[9] + 776 * powers[7] + 1482 * powers[5] - 1920 * powers[3] - 945 * Z) / 92_160,
    )
    return Z + sum(term / float(degrees**place) for place, term in enumerate(terms, 1))


def _agreement(sessions: Ballots) -> float | None:
    """The mean over the sessions that at least two people judged."""
    compared = [(votes, n) for votes, n in sessions.items() if _people(votes) > 1]
    return sum(n * _alike(votes) for votes, n in compared) / sum(n for _, n in compared) if compared else None


def _alike(votes: tuple[tuple[str, int], ...]) -> float:
    """Of a session that at least two people judged, the share of pairs that are equal."""
    people = _people(votes)
    return sum(count * (count - 1) for _, count in votes) / (people * (people - 1))


def _by_chance(shares: Mapping[str, float], codes: int) -> float:
    return sum(share * (1 - share) for share in shares.values()) / (codes - 1)


def _people(votes: tuple[tuple[str, int], ...]) -> int:
    return sum(count for _, count in votes)


def _shares(sessions: Ballots) -> dict[str, float]:
    """How much of all judging each code got, every session counting the same."""
    whole = sum(sessions.values())
    weights: dict[str, float] = {}
    for votes, n in sessions.items():
        people = _people(votes)
        for code, count in votes:
            weights[code] = weights.get(code, 0.0) + n * count / people
    return {code: weight / whole for code, weight in weights.items()}


def _poisson(mean: int) -> tuple[int, list[float]]:
    """The lowest number worth speaking of, and how likely is at most it, one more, and so on."""
    reach = 8 * sqrt(mean) + 8
    lowest, highest = max(0, int(mean - reach)), int(mean + reach)
    return lowest, list(accumulate(exp(k * log(mean) - mean - lgamma(k + 1)) for k in range(lowest, highest + 1)))
