"""What came in after a list was shown."""

from sessions_app.models import SessionQuerySet
from sessions_app.paging import NEWEST_FIRST, Key

MOST_ARRIVALS = 99


def count_newer(sessions: SessionQuerySet, *, than: Key | None) -> tuple[int, bool]:
    """This will count the sessions newer than a key, or all of them after an empty list: to 99, and then that there are more."""
    newer = sessions.filter(NEWEST_FIRST.beyond(than, backward=True)) if than else sessions
    n = newer.order_by()[: MOST_ARRIVALS + 1].count()
    return min(n, MOST_ARRIVALS), n > MOST_ARRIVALS
