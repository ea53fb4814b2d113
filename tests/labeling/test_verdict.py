"""What labels add up to."""

from datetime import UTC, datetime, timedelta

import pytest

from labeling.verdict import Standing, session_label

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def labels(*codes):
    return [Standing(pk=n, rater_id=n, type="human-rating", code=code, made_at=NOON + timedelta(minutes=n)) for n, code in enumerate(codes, 1)]


@pytest.mark.parametrize(
    ("codes", "code", "agreeing"),
    [
        ((), None, 0),
        (("GOOD",), "GOOD", 1),
        (("GOOD", "GOOD"), "GOOD", 2),
        (("GOOD", "BAD"), "DISPUTED", 0),
        (("GOOD", "N/A"), "GOOD", 1),
        (("N/A", "N/A"), "N/A", 2),
        (("GOOD", "GOOD", "BAD", "N/A"), "GOOD", 2),
        (("GOOD", "BAD", "BAD"), "BAD", 2),
        (("GOOD", "OK", "BAD"), "DISPUTED", 0),
        (("GOOD", "GOOD", "BAD", "BAD"), "DISPUTED", 0),
        (("GOOD", "BAD", "N/A"), "DISPUTED", 0),
        (("GOOD", "GOOD", "GOOD", "BAD", "N/A"), "GOOD", 3),
    ],
)
def test_session_label_is_the_common_code_or_the_strict_majority_of_three(codes, code, agreeing):
    summed = session_label(labels(*codes))

    voters = len([code for code in codes if code != "N/A"]) or len(codes)
    assert (summed.code, summed.agreeing, summed.raters) == (code, agreeing, voters)


def test_session_label_counts_the_first_independent_label_of_a_draw_by_its_weight():
    drawn = [
        Standing(1, 1, "human-rating", "BAD", NOON, basis="random", selection_probability=0.1, independent=False),
        Standing(2, 2, "human-rating", "OK", NOON + timedelta(hours=1), basis="random", selection_probability=0.1, independent=True),
        Standing(3, 3, "human-rating", "BAD", NOON + timedelta(hours=2), basis="random", selection_probability=0.1, independent=True),
    ]

    summed = session_label(drawn)

    assert (summed.sample_code, summed.sample_weight) == ("OK", 10.0)


def test_session_label_points_at_the_auto_rating_where_nobody_labeled():
    auto = Standing(9, 4, "auto-rating", "BAD", NOON)

    assert (session_label([auto]).label_id, session_label([auto]).code, session_label([auto]).auto_code) == (9, None, "BAD")
