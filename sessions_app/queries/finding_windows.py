"""The stretches of time that a search reads, so that a page costs as little for a word of every session as for a rare one."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from django.db.models import Max, Min, Q

from sessions_app.models import Session
from sessions_app.queries.finding_words import Reach, Way, Window, candidates, condition, start_of_hour
from sessions_app.queries.search_text import Asked
from sessions_app.search_words import hour_of

# Sessions of the first window: enough for a common word. Each window after it is so many times as long.
FIRST = 500
GROWTH = 4
# More sessions with the words than this are not looked up by id.
MOST_CANDIDATES = 3_000
# What is as rare as this in a window may be rare everywhere: then it is quickest to know them all. A phrase has to be read.
FEW = 2
MOST_KNOWN, MOST_TO_READ = 1_000, 500
BUDGET_MS = 2_000


Windows = Generator[Window, int | None, None]


@dataclass(frozen=True, slots=True)
class Found:
    """Ids in their order. `reached` is set where time ran out: what lies beyond that moment has not been searched."""

    ids: list[int]
    reached: datetime | None = None


def windows(asked: Asked, *, reach: Reach, newest: datetime | None = None, oldest: datetime | None = None, backward: bool = False) -> Windows:
    """This will give the windows from new to old, or `backward` from old to new; together they are the whole stretch.

    Whoever reads all that a window has may send how many that were; otherwise they are counted once more.
    """
    first, last = _ends(newest, oldest)
    if first > last:
        return
    if not asked.terms or not reach.read_transcripts:
        yield Window(first, last, Way.BY_ROW)
        return
    stretch = _Stretch(first, last, backward)
    most_known = MOST_TO_READ if asked.has_phrase else MOST_KNOWN
    everything: list[int] | None = None
    window = stretch.take(_first_hours(stretch))
    told = yield window
    while not stretch.is_empty:
        matches = told if told is not None and not asked.has_phrase else _count_loosely(asked, window, reach)
        if matches * GROWTH > MOST_CANDIDATES:
            yield from _row_by_row(stretch, window.hours)
            return
        if matches <= FEW and everything is None:
            everything = candidates(asked, reach=reach, limit=most_known + 1)
            if len(everything) <= most_known:
                yield from _known(stretch, everything)
                return
        window = stretch.take(window.hours * (GROWTH if matches > FEW else GROWTH * GROWTH))
        told = yield window


def read_windows(
    find: Callable[[Q, int], list[int]], read: Windows, *, asked: Asked, reach: Reach, limit: int, finds_all: bool = False, budget_ms: int = BUDGET_MS
) -> Found:
    """This will read windows until so many ids are found. `find` gives at most that many ids that satisfy a condition, in order.

    `finds_all` where it asks for nothing else: then what it found in a window is what there is.
    """
    ids: list[int] = []
    told: int | None = None
    former: Window | None = None
    ends_at = monotonic() + budget_ms / 1000
    while len(ids) < limit:
        try:
            window = read.send(told)
        except StopIteration:
            break
        if former and monotonic() > ends_at:
            return Found(ids, start_of_hour(former.first if window.last < former.first else former.last + 1))
        found = find(condition(asked, window, reach=reach), limit - len(ids))
        ids += found
        told, former = len(found) if finds_all else None, window
    return Found(ids)


class _Stretch:
    """The hours that no window has taken yet."""

    def __init__(self, first: int, last: int, backward: bool) -> None:
        self.first, self.last, self.backward = first, last, backward

    @property
    def is_empty(self) -> bool:
        return self.first > self.last

    def take(self, hours: int | None, way: Way = Way.BY_TIME, ids: Sequence[int] = ()) -> Window:
        """This will take so many hours off the end where reading begins, or all."""
        left = self.last - self.first + 1
        taken = left if hours is None else min(hours, left)
        if self.backward:
            self.first += taken
            return Window(self.first - taken, self.first - 1, way, tuple(ids))
        self.last -= taken
        return Window(self.last + 1, self.last + taken, way, tuple(ids))


def _count_loosely(asked: Asked, window: Window, reach: Reach) -> int:
    return Session.objects.filter(condition(asked, window, reach=reach, is_loose=True)).order_by()[:MOST_CANDIDATES].count()


def _known(stretch: _Stretch, ids: list[int]) -> Windows:
    if ids:
        yield stretch.take(None, Way.BY_ID, ids)


def _row_by_row(stretch: _Stretch, hours: int) -> Windows:
    """Growing, so that whoever reads can stop when it has taken long enough."""
    while not stretch.is_empty:
        hours *= GROWTH
        yield stretch.take(hours, Way.BY_ROW)


def _ends(newest: datetime | None, oldest: datetime | None) -> tuple[int, int]:
    # Nothing is held beyond these, however far a period reaches.
    held = Session.objects.aggregate(oldest=Min("timestamp"), newest=Max("timestamp"))
    if held["newest"] is None:
        return 1, 0
    return hour_of(max(oldest or held["oldest"], held["oldest"])), hour_of(min(newest or held["newest"], held["newest"]))


def _first_hours(stretch: _Stretch) -> int | None:
    """How many hours the first sessions take, or None where there are fewer."""
    if stretch.backward:
        ahead = Session.objects.filter(timestamp__gte=start_of_hour(stretch.first)).oldest_first()
    else:
        ahead = Session.objects.filter(timestamp__lt=start_of_hour(stretch.last + 1)).newest_first()
    moments = list(ahead.values_list("timestamp", flat=True)[FIRST : FIRST + 1])
    if not moments:
        return None
    return abs(hour_of(moments[0]) - (stretch.first if stretch.backward else stretch.last)) + 1
