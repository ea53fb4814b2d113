"""Agreement, against published figures and against drawing sessions one by one."""

import json
from itertools import permutations
from pathlib import Path
from random import Random

import pytest

from labeling.agreement import ac1, ac1_error, ac1_likely, agreement_on, ballot, kappa, likely_share, share_of_pairs, student
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


# Gwet 2014, "Handbook of Inter-Rater Reliability", table 2.10: four raters, twelve units, some not rated by all; irrCAC's raw.4raters.
FOUR_RATERS = ["111", "2232", "3333", "3333", "2222", "1234", "4444", "1121", "2222", "555", "11", "3"]

# Made once with irrCAC 0.4.4, statsmodels 0.15.0 and nltk 3.10.4, from seeded random labels: two and four codes, two to four people.
CASES = json.loads((Path(__file__).parent / "agreement_cases.json").read_text())


def ballots_of(case):
    return {tuple((code, n) for code, n in zip(case["codes"], counts, strict=True) if n): times for counts, times in case["ballots"]}


def test_gwets_four_raters_are_as_published():
    found = {}
    for said in FOUR_RATERS:
        found[ballot(said)] = found.get(ballot(said), 0) + 1

    assert round(ac1(found, codes=5), 5) == 0.77544
    assert round(ac1_error(found, codes=5), 5) == 0.14295
    assert round(kappa(found), 5) == 0.76117
    likely = ac1_likely(found, codes=5)
    assert (round(likely.low, 3), likely.high) == (0.461, 1.0)


def test_there_are_three_hundred_cases():
    assert len(CASES) == 300


@pytest.mark.parametrize("number", range(0, 300, 50))
def test_figures_are_those_of_the_libraries(number):
    for case in CASES[number : number + 50]:
        found, codes = ballots_of(case), len(case["codes"])

        assert ac1(found, codes=codes) == pytest.approx(case["ac1"], abs=1e-9)
        assert ac1_error(found, codes=codes) == pytest.approx(case["error"], abs=1e-9)
        for library in {"fleiss", "statsmodels_fleiss", "statsmodels_cohen", "nltk_pi"} & set(case):
            assert kappa(found) == pytest.approx(case[library], abs=1e-9), library


def test_the_share_of_pairs_is_that_of_the_libraries_where_all_sessions_have_as_many_people():
    compared = [case for case in CASES if "nltk_ao" in case]
    for case in compared:
        pairs = {}
        for votes, n in ballots_of(case).items():
            people = sum(count for _, count in votes)
            key = (people * (people - 1), sum(count * (count - 1) for _, count in votes))
            pairs[key] = pairs.get(key, 0) + n
        share = share_of_pairs(pairs)

        assert share.part / share.whole == pytest.approx(case["nltk_ao"], abs=1e-9)
        assert share.part / share.whole == pytest.approx(case["percent"], abs=1e-9)
    assert len(compared) > 100


def test_the_range_of_ac1_is_that_of_the_library():
    compared = 0
    for case in CASES:
        n = sum(times for _, times in case["ballots"])
        if n < 10 or case["ac1"] == 1:
            continue
        likely = ac1_likely(ballots_of(case), codes=len(case["codes"]))

        assert likely.low == pytest.approx(max(case["low"], -1.0), abs=1e-3)
        compared += 1
    assert compared > 100


def test_agreement_on_a_code_counts_each_who_said_it_and_whether_the_other_did():
    for case in CASES:
        code = case["codes"][2] if len(case["codes"]) > 2 else case["codes"][1]
        share = share_of_pairs(agreement_on(ballots_of(case), code))

        assert (share.part, share.whole) == (case["both"], case["said"])


@pytest.mark.parametrize("said", [["BAD", "BAD", "GOOD"], ["BAD", "GOOD"], ["BAD"], ["GOOD", "GOOD"], ["BAD", "BAD", "BAD", "OK"]])
def test_agreement_on_a_code_is_what_going_over_all_pairs_counts(said):
    pairs = [(one, other) for one, other in permutations(said, 2) if one == "BAD"]

    share = share_of_pairs(agreement_on({ballot(said): 1}, "BAD"))

    assert (share.part, share.whole) == (sum(other == "BAD" for _, other in pairs), len(pairs))


def test_twice_both_of_twice_both_and_the_ones_alone():
    """The table of Gwet 2008, of the category that is rare: neither person confirmed the other's."""
    found = ballots([(118, 5), (2, 0)])

    assert share_of_pairs(agreement_on(found, "0")) == Share(2 * 118, 2 * 118 + 5 + 2)
    assert share_of_pairs(agreement_on(found, "1")) == Share(0, 7)


def test_where_all_agree_the_range_is_that_of_so_many_sessions_and_not_certain():
    likely = ac1_likely({ballot(["GOOD", "GOOD"]): 12}, codes=4)

    assert likely == Range(wilson(12, 12).low, 1.0)


def test_where_nobody_can_be_compared_there_is_no_range():
    assert ac1_likely({}, codes=4) is None
    assert ac1_likely({ballot(["GOOD"]): 5}, codes=4) is None
    assert ac1_likely({ballot(["GOOD", "BAD"]): 1}, codes=4) is None


@pytest.mark.parametrize(("degrees", "published"), [(9, 2.262157), (11, 2.200985), (30, 2.042272), (100, 1.983972), (10_000, 1.960201)])
def test_the_factor_of_the_range_is_students(degrees, published):
    assert student(degrees) == pytest.approx(published, abs=1e-3)
