"""Ranges and changes, against figures from the literature."""

import pytest

from labeling.statistics import Range, Share, change, wilson


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
