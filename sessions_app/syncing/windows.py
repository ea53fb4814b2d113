"""Windows of time: how much of the past is asked for at once, so that no page lies deep. Pure."""

from datetime import datetime, timedelta

# The vendor counts its way to a page; the further down, the longer that takes.
MOST_ROWS = 5_000
FEW_ROWS = MOST_ROWS // 4
SHORTEST, LONGEST = 1.0, 31 * 86_400.0
# Windows lap over, whether a vendor counts their ends in or not.
SEAM = timedelta(seconds=1)


def bounds(*, begins: datetime, at: datetime, seconds: float, until: datetime) -> tuple[datetime, datetime]:
    """This will be the span to ask for, and it never begins before the first session that is wanted."""
    return max(begins, at - SEAM), min(at + timedelta(seconds=seconds), until)


def is_too_much(*, total: int | None, page: int, size: int, is_last: bool, seconds: float) -> bool:
    """Whether a window has more rows than are paged through, as far as the vendor says or as far as we got."""
    if seconds <= SHORTEST:
        return False
    return (total is not None and total > MOST_ROWS) if page == 0 and total is not None else (not is_last and (page + 1) * size >= MOST_ROWS)


def shorter(*, seconds: float, total: int | None) -> float:
    """This will be a length with which the rows fit, if they are spread evenly."""
    share = 2.0 if total is None else max(total / (MOST_ROWS / 2), 2.0)
    return max(seconds / share, SHORTEST)


def next_length(*, seconds: float, rows: int) -> float:
    """This will be the length of the next window: longer where there was little."""
    return min(seconds * 2, LONGEST) if rows < FEW_ROWS else seconds
