"""Agreement, against published figures and against drawing sessions one by one."""

from random import Random

import pytest

from labeling.agreement import ac1, ballot, kappa, likely_share, share_of_pairs
from labeling.statistics import Range, Share, wilson

# Fleiss 1971 as Wikipedia prints it: ten subjects, fourteen raters, five categories.
FLEISS = [
    (0, 0, 0, 0, 14),
    (0, 2, 6, 4, 2),
    (0, 0, 3, 5, 6),
    (0, 3, 9, 2, 0),
    (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0),
    (3, 2, 6, 3, 0),
    (2, 5, 3, 2, 2),
    (6, 5, 2, 1, 0),
    (0, 2, 2, 3, 7),
]


def ballots(table):
    """This will read a table of two raters: how many subjects the one put into a row's category and the other into a column's."""
    found = {}
    for row, numbers in enumerate(table):
        for column, n in enumerate(numbers):
            key = ballot([str(row), str(column)])
            found[key] = found.get(key, 0) + n
    return {key: n for key, n in found.items() if n}


@pytest.mark.parametrize(
    ("table", "kappa_is", "ac1_is"),
    [
        # Gwet's package irrCAC, cont3x3abstractors: Scott's pi and AC1.
        ([(13, 0, 0), (0, 20, 7), (0, 4, 56)], 0.7962, 0.8493),
        # Gwet 2008, "Computing inter-rater reliability": kappa collapses where 118 of 125 are one category.
        ([(118, 5), (2, 0)], -0.0288, 0.9408),
    ],
)
def test_two_raters_are_as_published(table, kappa_is, ac1_is):
    found = ballots(table)

    assert round(kappa(found), 4) == kappa_is
    assert round(ac1(found, codes=len(table)), 4) == ac1_is


def test_many_raters_are_as_published():
    found = {}
    for row in FLEISS:
        key = tuple((str(place), n) for place, n in enumerate(row) if n)
        found[key] = found.get(key, 0) + 1

    assert round(kappa(found), 3) == 0.210


def test_a_share_is_of_pairs_not_of_sessions():
    assert share_of_pairs({(1, 1): 8, (1, 0): 1, (3, 1): 1}) == Share(9, 12)


def drawn_one_by_one(sessions, rounds=4_000):
    """The plain bootstrap: as many sessions as there are, with replacement."""
    rng = Random(1)
    each = [key for key, n in sessions.items() for _ in range(n)]
    shares = []
    for _ in range(rounds):
        drawn = rng.choices(each, k=len(each))
        shares.append(sum(agreeing for _, agreeing in drawn) / sum(pairs for pairs, _ in drawn))
    shares.sort()
    return Range(shares[round(rounds * 0.025)], shares[round(rounds * 0.975)])


@pytest.mark.parametrize(
    "sessions", [{(1, 1): 200, (1, 0): 30}, {(1, 1): 40, (1, 0): 12}, {(1, 1): 60, (1, 0): 10, (3, 3): 8, (3, 1): 9, (3, 0): 1, (6, 2): 2}]
)
def test_the_range_is_that_of_drawing_sessions_anew(sessions):
    found, plain = likely_share(sessions), drawn_one_by_one(sessions)

    assert abs(found.low - plain.low) < 0.015
    assert abs(found.high - plain.high) < 0.015


def test_the_range_is_the_same_at_every_look():
    sessions = {(1, 1): 61, (1, 0): 9, (3, 1): 4}

    assert likely_share(sessions) == likely_share(dict(reversed(sessions.items())))


def test_the_range_holds_the_share_and_narrows_with_more():
    rng = Random(3)
    for _ in range(60):
        sessions = {(1, 1): rng.randrange(40), (1, 0): rng.randrange(40), (3, 1): rng.randrange(9), (3, 3): 1 + rng.randrange(9)}
        share, found = share_of_pairs(sessions), likely_share(sessions)
        more = likely_share({key: n * 40 for key, n in sessions.items()})

        assert 0 <= found.low <= share.part / share.whole <= found.high <= 1
        assert more.high - more.low < found.high - found.low


def test_where_all_agree_it_is_not_certain():
    assert likely_share({(1, 1): 12}) == wilson(12, 12)
    assert likely_share({(1, 0): 12}) == wilson(0, 12)


def test_pairs_of_one_session_are_not_as_good_as_as_many_sessions():
    together, apart = likely_share({(10, 10): 20, (10, 0): 10}), likely_share({(1, 1): 200, (1, 0): 100})

    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_nothing_is_nothing():
    assert share_of_pairs({}) == Share(0, 0)
    assert likely_share({}) == likely_share({(0, 0): 5}) == Range(0.0, 1.0)
    assert ac1({}, codes=4) is None
    assert kappa({}) is None


def test_one_code_everywhere_has_no_kappa():
    found = {ballot(["GOOD", "GOOD"]): 30}

    assert kappa(found) is None
    assert ac1(found, codes=4) == 1
