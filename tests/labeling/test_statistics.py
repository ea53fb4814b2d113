"""Ranges and changes, against figures from the literature."""

import random
from math import comb

import pytest

from labeling.statistics import Range, Share, Weights, chance, change, clear_among, wilson


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_is_as_published(part, whole, low, high):
    found = wilson(part, whole)

    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


def test_nothing_known_is_anything():
    assert wilson(0, 0) == Range(0.0, 1.0)


@pytest.mark.parametrize(
    ("now", "then", "low", "high"),
    # Newcombe 1998, "Interval estimation for the difference between independent proportions", table II, method 10.
    [(Share(56, 70), Share(48, 80), 0.0524, 0.3339), (Share(10, 10), Share(0, 20), 0.6791, 1.0), (Share(10, 10), Share(0, 10), 0.6075, 1.0)],
)
def test_newcombe_is_as_published(now, then, low, high):
    found = change(now, then)

    assert (round(found.likely.low, 4), round(found.likely.high, 4)) == (low, high)
    assert found.is_clear


def test_too_few_have_no_rate_and_no_change():
    assert Share(3, 7).rate is None
    assert change(Share(3, 7), Share(50, 100)) is None


def test_a_difference_within_its_range_is_no_clear_change():
    assert not change(Share(11, 100), Share(9, 100)).is_clear


def in_full(now, then):
    """Fisher's exact test with every table written out."""
    n, part = now.whole + then.whole, now.part + then.part
    lowest = max(0, now.whole + part - n)
    chances = [comb(part, k) * comb(n - part, now.whole - k) / comb(n, now.whole) for k in range(lowest, min(part, now.whole) + 1)]
    return min(1.0, 2 * min(sum(chances[now.part - lowest :]), sum(chances[: now.part - lowest + 1])))


def test_chance_is_fishers():
    # Fisher 1935, the lady tasting tea: 3 of 4 against 1 of 4, one tail 0.243.
    assert round(chance(Share(3, 4), Share(1, 4)) / 2, 3) == 0.243
    drawn = random.Random(5)
    for _ in range(500):
        now, then = (Share(drawn.randint(0, whole), whole) for whole in (drawn.randint(1, 150), drawn.randint(1, 150)))
        assert chance(now, then) == pytest.approx(1.0 if now.part + then.part in (0, now.whole + then.whole) else in_full(now, then), abs=1e-9)


def test_chance_of_nothing_is_certain():
    assert chance(Share(0, 0), Share(3, 10)) == chance(Share(0, 10), Share(0, 20)) == chance(Share(10, 10), Share(20, 20)) == 1.0


def test_chance_of_many_is_quick_and_within_its_bounds():
    assert 0.02 < chance(Share(10_000, 100_000), Share(10_300, 100_000)) < 0.03
    assert chance(Share(10_000, 100_000), Share(100, 100_000)) == 0.0


def test_clear_among_many_is_as_published():
    # Benjamini and Hochberg 1995, the 15 comparisons of their example: the first four are rejected.
    published = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    shuffled = [published[place] for place in (7, 0, 14, 3, 1, 9, 2, 4, 5, 6, 8, 10, 11, 12, 13)]

    assert {shuffled[place] for place in clear_among(shuffled)} == set(published[:4])
    assert clear_among([]) == set()


def test_of_200_tables_without_any_difference_at_most_one_in_twenty_says_there_is_one():
    said = 0
    for seed in range(200):
        drawn = random.Random(seed)
        rows = []
        for _ in range(20):
            rows.append([Share(sum(drawn.random() < 0.12 for _ in range(whole)), whole) for whole in (drawn.randint(30, 250), drawn.randint(30, 250))])
        clear = clear_among([chance(*row) for row in rows])
        said += any(change(*rows[place]).is_clear for place in clear)

    assert said <= 10


def weighed(bad, good):
    """A share of drawn sessions, by the weight of each."""
    return Share(len(bad), len(bad) + len(good), Weights(sum(bad), sum(bad) + sum(good), sum(one * one for one in [*bad, *good])))


def test_equal_weights_change_nothing():
    for weight in (1.0, 0.25, 40.0):
        found, plain = weighed([weight] * 12, [weight] * 88), Share(12, 100)
        assert found.rate == pytest.approx(plain.rate)
        assert (found.likely.low, found.likely.high) == pytest.approx((plain.likely.low, plain.likely.high))
        assert chance(found, Share(30, 100)) == chance(plain, Share(30, 100))


def test_unequal_weights_are_kishs():
    # Half drawn one in one, half one in nine: (50 + 450)² / (50 + 50 · 81) = 60.98 sessions of equal weight.
    found = weighed([1.0] * 20 + [9.0] * 5, [1.0] * 30 + [9.0] * 45)

    assert found.weights.effective == pytest.approx(60.9756, abs=1e-4)
    assert found.rate == pytest.approx((20 + 45) / 500)
    assert found.part == 25
    plain = wilson(0.13 * 60.9756, 60.9756)
    assert (found.likely.low, found.likely.high) == pytest.approx((plain.low, plain.high), abs=1e-6)


def test_weighted_ranges_hold_the_rate_and_stay_between_nothing_and_all():
    drawn = random.Random(11)
    for _ in range(500):
        bad, good = ([drawn.choice([1.0, 2.5, 40.0]) for _ in range(drawn.randint(0, 60))] for _ in range(2))
        found = weighed(bad, good)
        if found.rate is None:
            continue
        assert 0 <= found.likely.low <= found.rate + 1e-12
        assert found.rate - 1e-12 <= found.likely.high <= 1
        assert found.weights.effective <= found.whole + 1e-9
