"""Pages by key: (timestamp, id), so that page ten thousand costs what page one costs."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Q

from sessions_app.models import Session, SessionQuerySet

PAGE_SIZE = 50
COUNT_LIMIT = 10_000


class BadPage(Exception):
    """A page address that we did not write."""


@dataclass(frozen=True, slots=True)
class Page:
    sessions: list[Session]
    newer: str
    older: str


def get_page(sessions: SessionQuerySet, *, before: str = "", after: str = "") -> Page:
    """This will return one page, newest first: the sessions older than `after`, or newer than `before`. Raises BadPage."""
    if before:
        moment, pk = _read(before)
        newer = sessions.filter(Q(timestamp__gt=moment) | Q(timestamp=moment, pk__gt=pk), timestamp__gte=moment)
        rows = list(newer.oldest_first()[: PAGE_SIZE + 1])
        more_newer, more_older = len(rows) > PAGE_SIZE, True
        rows = rows[:PAGE_SIZE][::-1]
    else:
        older = sessions
        if after:
            moment, pk = _read(after)
            older = older.filter(Q(timestamp__lt=moment) | Q(timestamp=moment, pk__lt=pk), timestamp__lte=moment)
        rows = list(older.newest_first()[: PAGE_SIZE + 1])
        more_newer, more_older = bool(after), len(rows) > PAGE_SIZE
        rows = rows[:PAGE_SIZE]
    return Page(rows, newer=_write(rows[0]) if rows and more_newer else "", older=_write(rows[-1]) if rows and more_older else "")


def count_up_to_limit(sessions: SessionQuerySet) -> tuple[int, bool]:
    """This will count exactly to 10,000, and then say that there are more."""
    n = sessions.order_by()[: COUNT_LIMIT + 1].count()
    return min(n, COUNT_LIMIT), n > COUNT_LIMIT


def _write(session: Session) -> str:
    microseconds = int(session.timestamp.timestamp()) * 1_000_000 + session.timestamp.microsecond
    return f"{microseconds}-{session.pk}"


def _read(token: str) -> tuple[datetime, int]:
    microseconds, _, pk = token.partition("-")
    if not (microseconds.isascii() and microseconds.isdigit() and pk.isascii() and pk.isdigit()) or len(token) > 40:
        raise BadPage
    seconds, rest = divmod(int(microseconds), 1_000_000)
    try:
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest), min(int(pk), 2**63 - 1)
    except (ValueError, OverflowError, OSError):
        raise BadPage from None
