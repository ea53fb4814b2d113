"""Silences that were measured, and those that were estimated beside them."""

from sessions_app.signals import Gap
from sessions_app.spans import Heard, silences_between, with_measured

STARTS = [0, 4_000, 14_000]
HEARD = Heard(0, 20_000, [[0, 2_000], [14_200, 16_000]], [[4_100, 6_000]])


def test_a_silence_is_what_lies_between_two_voices_whosever_they_are():
    assert silences_between([HEARD], STARTS) == [Gap(after_turn=1, from_ms=6_000, until_ms=14_200)]


def test_shorter_silences_are_found_when_asked_for():
    assert silences_between([HEARD], STARTS, shortest_ms=2_000) == [Gap(0, 2_000, 4_100), Gap(1, 6_000, 14_200)]


def test_voices_that_overlap_leave_no_silence():
    talking_over = Heard(0, 20_000, [[0, 9_000]], [[1_000, 2_000], [8_000, 15_000]])

    assert silences_between([talking_over], STARTS) == []


def test_what_nobody_recorded_is_no_silence():
    first, second = Heard(0, 5_000, [[0, 4_000]], []), Heard(60_000, 70_000, [[61_000, 62_000]], [])

    assert silences_between([first, second], STARTS) == []


def test_two_files_one_after_the_other_are_heard_through():
    first, second = Heard(0, 10_000, [[0, 4_000]], []), Heard(10_200, 20_000, [], [[12_000, 14_000]])

    assert silences_between([second, first], STARTS) == [Gap(1, 4_000, 12_000)]


def test_what_was_measured_replaces_what_was_estimated_where_there_is_a_recording():
    estimated = [Gap(1, 5_500, 14_000), Gap(2, 30_000, 40_000)]

    assert with_measured(estimated, [HEARD], STARTS) == [(Gap(1, 6_000, 14_200), True), (Gap(2, 30_000, 40_000), False)]
    assert with_measured(estimated, [], STARTS) == [(gap, False) for gap in estimated]


def test_an_estimate_that_the_recording_contradicts_is_dropped():
    talking = Heard(0, 20_000, [[0, 20_000]], [])

    assert with_measured([Gap(1, 5_500, 14_000)], [talking], STARTS) == []


def test_a_silence_points_at_a_turn_that_exists():
    assert silences_between([HEARD], []) == [Gap(0, 6_000, 14_200)]
    assert [gap.after_turn for gap in silences_between([HEARD], [0])] == [0]
