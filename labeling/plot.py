"""Where the marks of a line chart stand: pure geometry over shares and counts. What they say is the template's business."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from math import ceil

from labeling.statistics import Share

# A view box of this size, the axis at the left, the strip of counts below the axis and the dates below the strip.
WIDTH, HEIGHT = 888, 210
LEFT, RIGHT = 34.0, 884.0
TOP, FLOOR = 24.0, 150.0
STRIP_TOP, STRIP_FLOOR = 164.0, 190.0
WIDEST_BAR, WIDEST_REACH = 20.0, 12.0
# Half the width of the band of a point without neighbors.
ALONE = 6.0
# A date and a mark's words need this much room beside the next.
DATE_ROOM, MARK_ROOM = 58.0, 92.0
WORD_ROWS, ROW_HEIGHT = 2, 11
# The space between two lines of an axis, as a share; the first that leaves at most so many lines.
SHARE_STEPS = (0.02, 0.05, 0.1, 0.2, 0.25)
MOST_LINES = 5


@dataclass(frozen=True, slots=True)
class Grid:
    """A line of the axis, and what it stands for."""

    y: str
    value: float

    @property
    def text_y(self) -> str:
        return _at(float(self.y) + 4)


@dataclass(frozen=True, slots=True)
class Place:
    """Where one point of the line stands. Without a rate there is no `y`; without a count no bar."""

    x: str
    y: str
    low: str
    high: str
    bar_x: str
    bar_y: str
    bar_width: str
    bar_height: str
    has_date: bool
    # How far from its middle a point can be hit: a finger is wider than what is drawn.
    reach: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A line without a gap, and the band around it."""

    line: str
    band: str


@dataclass(frozen=True, slots=True)
class Plot:
    grid: list[Grid]
    places: list[Place]
    stretches: list[Stretch]
    # From the last whole point to the one that is still running.
    running: str


@dataclass(frozen=True, slots=True)
class Upright:
    """A line from top to floor. Its words stand at `text_y`, "" where there is no room for them, and before or after it."""

    x: str
    text_y: str
    is_before: bool

    @property
    def text_x(self) -> str:
        return _at(float(self.x) + (-5 if self.is_before else 5))


def plot_shares(shares: Sequence[Share], *, is_running: bool) -> Plot:
    """This will draw rates with their likely ranges, and how many each is of. `is_running` is about the last one."""
    slot = (RIGHT - LEFT) / max(len(shares), 1)
    top, grid = _share_axis(max((share.likely.high for share in shares if share.rate is not None), default=0.0))
    most = max((share.whole for share in shares), default=0)
    dated = _dated(len(shares), slot)
    places = [_place(share, LEFT + slot * (place + 0.5), slot, top=top, most=most, has_date=place in dated) for place, share in enumerate(shares)]
    stretches = [_stretch(stretch) for stretch in _unbroken(places)]
    running = ""
    if is_running and len(places) > 1 and places[-1].y and places[-2].y:
        running = f"{places[-2].x},{places[-2].y} {places[-1].x},{places[-1].y}"
        stretches = [_stretch(stretch, but_last=stretch[-1] is places[-1]) for stretch in _unbroken(places)]
    return Plot(grid, places, stretches, running)


def plot_counts(counts: Sequence[int], parts: Sequence[int]) -> Plot:
    """This will draw counts as bars from zero, and a part of each in the strip below."""
    slot = (RIGHT - LEFT) / max(len(counts), 1)
    top, grid = _count_axis(max(counts, default=0))
    most = max(parts, default=0)
    dated = _dated(len(counts), slot)
    places = []
    for place, (n, part) in enumerate(zip(counts, parts, strict=True)):
        x = LEFT + slot * (place + 0.5)
        bar = _bar(part, x, slot, most)
        y = FLOOR - (FLOOR - TOP) * n / top
        places.append(Place(_at(x), _at(y) if n else "", _at(FLOOR), _at(FLOOR - y), *bar, place in dated, _reach(slot)))
    return Plot(grid, places, [], "")


def place_marks(shares: Sequence[float]) -> list[Upright]:
    """This will place marks along the width: `shares` are their distances from the left, in order, from 0 to 1.

    The last ones have their words first, because they are news.
    """
    edges = [float(WIDTH)] * WORD_ROWS
    found = []
    for share in reversed(shares):
        x = LEFT + (RIGHT - LEFT) * share
        # Words stand after their line, or before it where they would run out of the drawing.
        starts = x if x + MARK_ROOM <= WIDTH else x - MARK_ROOM
        row = next((row for row, edge in enumerate(edges) if starts + MARK_ROOM <= edge), None)
        if row is not None:
            edges[row] = starts
        found.append(Upright(_at(x), "" if row is None else _at(ROW_HEIGHT * (row + 1) - 1), is_before=starts < x))
    return found[::-1]


def _share_axis(highest: float) -> tuple[float, list[Grid]]:
    """Without a rate there is only the floor."""
    if not highest:
        return 1.0, [Grid(_at(FLOOR), 0.0)]
    step = next((step for step in SHARE_STEPS if highest <= step * (MOST_LINES - 1)), SHARE_STEPS[-1])
    top = min(max(highest, step), 1.0)
    return top, _grid(top, step)


def _count_axis(highest: int) -> tuple[float, list[Grid]]:
    """Lines at 1, 2 or 5 and their tens."""
    step = next(digit * 10**zeros for zeros in count() for digit in (1, 2, 5) if highest <= digit * 10**zeros * (MOST_LINES - 1))
    top = float(max(highest, step))
    return top, _grid(top, step)


def _grid(top: float, step: float) -> list[Grid]:
    lines = int(top / step + 1e-9)
    return [Grid(_at(FLOOR - (FLOOR - TOP) * step * line / top), step * line) for line in range(lines + 1)]


def _place(share: Share, x: float, slot: float, *, top: float, most: int, has_date: bool) -> Place:
    y = low = high = ""
    if share.rate is not None:
        y, low, high = (_at(FLOOR - (FLOOR - TOP) * value / top) for value in (share.rate, share.likely.low, share.likely.high))
    return Place(_at(x), y, low, high, *_bar(share.whole, x, slot, most), has_date, _reach(slot))


def _bar(n: int, x: float, slot: float, most: int) -> tuple[str, str, str, str]:
    width = min(WIDEST_BAR, slot * 0.6)
    # What is there is to be seen.
    height = max((STRIP_FLOOR - STRIP_TOP) * n / most, 1.0) if n else 0.0
    return _at(x - width / 2), _at(STRIP_FLOOR - height), _at(width), _at(height)


def _reach(slot: float) -> str:
    return _at(min(WIDEST_REACH, slot / 2))


def _dated(n: int, slot: float) -> range:
    """The last point has its date, and as many before it as there is room for."""
    every = max(1, ceil(DATE_ROOM / slot))
    return range((n - 1) % every, n, every)


def _unbroken(places: Sequence[Place]) -> list[list[Place]]:
    stretches: list[list[Place]] = [[]]
    for place in places:
        if place.y:
            stretches[-1].append(place)
        elif stretches[-1]:
            stretches.append([])
    return [stretch for stretch in stretches if stretch]


def _stretch(places: Sequence[Place], *, but_last: bool = False) -> Stretch:
    edge = [(float(place.x), place.high, place.low) for place in places]
    if len(edge) == 1:
        [(x, high, low)] = edge
        edge = [(x - ALONE, high, low), (x + ALONE, high, low)]
    band = [f"{_at(x)},{high}" for x, high, _ in edge] + [f"{_at(x)},{low}" for x, _, low in reversed(edge)]
    return Stretch(" ".join(f"{place.x},{place.y}" for place in (places[:-1] if but_last else places)), " ".join(band))


def _at(value: float) -> str:
    return f"{value:.1f}"
