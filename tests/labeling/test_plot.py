"""Where the marks of a chart stand."""

from itertools import pairwise

import pytest

from labeling.plot import FLOOR, LEFT, MOST_LINES, RIGHT, STRIP_FLOOR, STRIP_TOP, TOP, WIDTH, place_marks, plot_counts, plot_shares
from labeling.statistics import Share


def pairs(points):
    return [tuple(map(float, point.split(","))) for point in points.split()]


def test_a_rate_stands_within_its_range_and_all_of_it_in_the_drawing():
    shares = [Share(1, 20), Share(10, 10), Share(0, 10), Share(300, 1000)]

    plot = plot_shares(shares, is_running=False)

    for place in plot.places:
        assert TOP <= float(place.high) <= float(place.y) <= float(place.low) <= FLOOR
        assert LEFT < float(place.x) < RIGHT
    assert float(plot.places[1].y) == TOP
    assert float(plot.places[2].y) == FLOOR


def test_the_line_is_broken_where_there_are_too_few():
    plot = plot_shares([Share(1, 20), Share(2, 20), Share(3, 9), Share(0, 0), Share(2, 20)], is_running=False)

    assert [len(pairs(stretch.line)) for stretch in plot.stretches] == [2, 1]
    assert [place.y != "" for place in plot.places] == [True, True, False, False, True]


def test_a_point_alone_has_a_band_that_can_be_seen():
    [stretch] = plot_shares([Share(0, 0), Share(5, 20), Share(0, 0)], is_running=False).stretches

    xs = {x for x, _ in pairs(stretch.band)}
    assert max(xs) - min(xs) > 5


def test_the_way_to_the_point_that_is_still_running_is_a_line_of_its_own():
    shares = [Share(1, 20), Share(2, 20), Share(3, 20)]

    plot = plot_shares(shares, is_running=True)

    assert len(pairs(plot.stretches[0].line)) == 2
    assert len(pairs(plot.stretches[0].band)) == 6
    assert pairs(plot.running) == [(float(place.x), float(place.y)) for place in plot.places[1:]]
    assert plot_shares(shares, is_running=False).running == ""


def test_a_running_point_without_a_rate_leaves_the_line_whole():
    plot = plot_shares([Share(1, 20), Share(2, 20), Share(0, 3)], is_running=True)

    assert plot.running == ""
    assert len(pairs(plot.stretches[0].line)) == 2


@pytest.mark.parametrize("shares", [[], [Share(0, 0)], [Share(0, 0)] * 400])
def test_nothing_at_all_is_a_floor(shares):
    plot = plot_shares(shares, is_running=bool(shares))

    assert [line.value for line in plot.grid] == [0.0]
    assert plot.stretches == []
    assert all(float(place.bar_height) == 0 for place in plot.places)


@pytest.mark.parametrize("highest", [0.004, 0.02, 0.079, 0.3, 0.41, 0.6, 0.99, 1.0])
def test_the_axis_begins_at_zero_and_has_few_lines(highest):
    whole = 100_000
    grid = plot_shares([Share(round(highest * whole), whole)], is_running=False).grid

    assert grid[0].value == 0
    assert float(grid[0].y) == FLOOR
    assert 2 <= len(grid) <= MOST_LINES
    assert all(TOP <= float(line.y) <= FLOOR for line in grid)


@pytest.mark.parametrize("highest", [1, 2, 3, 4, 5, 9, 17, 20, 21, 126, 999, 50_000, 10_000_000])
def test_counts_stand_on_whole_numbers(highest):
    plot = plot_counts([highest, 0], [0, 0])

    assert 2 <= len(plot.grid) <= MOST_LINES
    assert all(line.value == int(line.value) for line in plot.grid)
    assert float(plot.places[0].y) == TOP if highest >= 4 else float(plot.places[0].y) >= TOP
    assert plot.places[1].y == ""


def test_bars_are_as_high_as_what_they_count_and_one_is_to_be_seen():
    plot = plot_shares([Share(0, 5000), Share(0, 2500), Share(0, 1), Share(0, 0)], is_running=False)

    heights = [float(place.bar_height) for place in plot.places]
    assert heights == [STRIP_FLOOR - STRIP_TOP, (STRIP_FLOOR - STRIP_TOP) / 2, 1.0, 0.0]
    assert [float(place.bar_y) + float(place.bar_height) for place in plot.places] == [STRIP_FLOOR] * 4


@pytest.mark.parametrize("n", [1, 7, 12, 14, 52, 105])
def test_dates_have_room_and_the_last_point_has_one(n):
    places = plot_shares([Share(1, 20)] * n, is_running=False).places

    dated = [float(place.x) for place in places if place.has_date]
    assert places[-1].has_date
    assert all(later - earlier > 57 for earlier, later in pairwise(dated))


def test_words_of_marks_never_run_into_each_other_and_the_newest_have_theirs():
    uprights = place_marks([place / 40 for place in range(40)])

    rows = {}
    for upright in uprights:
        if upright.text_y:
            rows.setdefault(upright.text_y, []).append(float(upright.text_x) - (92 if upright.is_before else 0))
    assert all(later - earlier >= 85 for starts in rows.values() for earlier, later in pairwise(starts))
    assert uprights[-1].text_y
    assert 4 < sum(bool(upright.text_y) for upright in uprights) < 20


def test_words_of_a_mark_at_the_end_stand_before_it():
    [upright] = place_marks([0.99])

    assert upright.is_before
    assert float(upright.text_x) < float(upright.x) < WIDTH
