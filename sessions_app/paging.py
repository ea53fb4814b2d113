"""Pages by key, so that page ten thousand costs what page one costs: (timestamp, id), or another column and the id."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual

from sessions_app.models import Session, SessionQuerySet

PAGE_SIZE = 50
COUNT_LIMIT = 10_000
LONGEST_TOKEN = 60
NO_LENGTH = -1.0


class BadPage(Exception):
    """A page address that we did not write."""


@dataclass(frozen=True, slots=True)
class Order:
    """One way to sort sessions. Equal values are told apart by id, in the same direction."""

    column: str
    descending: bool
    is_narrowing: bool = False

    @property
    def value(self) -> Any:
        # A chat has no length; it stands behind the shortest call.
        return Coalesce(F("duration"), Value(NO_LENGTH)) if self.column == "duration" else F(self.column)

    def applied_to(self, sessions: SessionQuerySet) -> SessionQuerySet:
        """This will leave out what has no place in the order: sessions without a label have no label date."""
        return sessions.filter(labeled_at__isnull=False) if self.column == "labeled_at" else sessions

    def sorted(self, sessions: Any, *, backward: bool = False) -> Any:
        if self.descending is not backward:
            return sessions.order_by(self.value.desc(), "-id")
        return sessions.order_by(self.value.asc(), "id")

    def beyond(self, key: "Key", *, backward: bool = False) -> Q:
        """This will be the condition of what comes after a key, or before it when read backward."""
        value = Value(key.value)
        if self.descending is not backward:
            return Q(LessThanOrEqual(self.value, value)) & (Q(LessThan(self.value, value)) | (Q(Exact(self.value, value)) & Q(pk__lt=key.pk)))
        return Q(GreaterThanOrEqual(self.value, value)) & (Q(GreaterThan(self.value, value)) | (Q(Exact(self.value, value)) & Q(pk__gt=key.pk)))

    def key_of(self, session: Session, place: int) -> str:
        """This will write the key of a row as it stands in an address, with its place in the list."""
        value = getattr(session, self.column)
        if self.column == "duration":
            return f"{NO_LENGTH if value is None else value!r}_{session.pk}_{place}"
        return f"{int(value.timestamp()) * 1_000_000 + value.microsecond}_{session.pk}_{place}"

    def key_at(self, value: datetime, place: int) -> str:
        """This will write the key from which all that lies beyond a moment follows."""
        return f"{int(value.timestamp()) * 1_000_000}_0_{place}"

    def read_key(self, token: str) -> "Key":
        """Raises BadPage."""
        parts = token.split("_")
        if len(token) > LONGEST_TOKEN or len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts[1:]):
            raise BadPage
        return Key(self._read_value(parts[0]), min(int(parts[1]), 2**63 - 1), min(int(parts[2]), 10**9))

    def _read_value(self, written: str) -> Any:
        try:
            if self.column == "duration":
                length = float(written)
                if not math.isfinite(length):
                    raise BadPage
                return length
            if not written.isascii() or not written.isdigit():
                raise BadPage
            seconds, rest = divmod(int(written), 1_000_000)
            return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)
        except (ValueError, OverflowError, OSError):
            raise BadPage from None


@dataclass(frozen=True, slots=True)
class Key:
    """Where a page begins: the value and id of the row before it, and that row's place in the list, from one."""

    value: Any
    pk: int
    place: int


ORDERS = {
    "-started": Order("timestamp", descending=True),
    "started": Order("timestamp", descending=False),
    "-length": Order("duration", descending=True, is_narrowing=True),
    "length": Order("duration", descending=False, is_narrowing=True),
    "-labeled": Order("labeled_at", descending=True),
    "labeled": Order("labeled_at", descending=False),
}
NEWEST_FIRST = ORDERS["-started"]
# Finds the ids of at most that many sessions that satisfy a condition, in the order, or backward.
Reader = Callable[..., list[int]]


@dataclass(frozen=True, slots=True)
class Page:
    sessions: list[Session]
    newer: str
    older: str
    first: int
    newest: str

    @property
    def last(self) -> int:
        return self.first + len(self.sessions) - 1

    @property
    def is_whole_list(self) -> bool:
        return not self.newer and not self.older


def get_page(find: Reader, read: Callable[[list[int]], Mapping[int, Session]], *, order: Order = NEWEST_FIRST, before: str = "", after: str = "") -> Page:
    """This will return one page: what comes after the key `after`, or before the key `before`. Raises BadPage.

    First the ids, which an index gives; then `read` gives the rows that it finds of them.
    """
    backward = bool(before)
    key = order.read_key(before or after) if before or after else None
    ids = find(order.beyond(key, backward=backward) if key else Q(), key=key, order=order, backward=backward, limit=PAGE_SIZE + 1)
    is_more = len(ids) > PAGE_SIZE
    ids = ids[:PAGE_SIZE][:: -1 if backward else 1]
    held = read(ids) if ids else {}
    sessions = [held[pk] for pk in ids if pk in held]
    first = 1 if key is None else max(key.place - len(sessions), 1) if backward else key.place + 1
    has_newer = is_more if backward else key is not None
    has_older = backward or is_more
    return Page(
        sessions=sessions,
        newer=order.key_of(sessions[0], first) if sessions and has_newer else "",
        older=order.key_of(sessions[-1], first + len(sessions) - 1) if sessions and has_older else "",
        first=first,
        newest=order.key_of(sessions[0], first) if sessions else "",
    )


def find_in_streams(
    sessions: SessionQuerySet, streams: list[Q], condition: Q, *, order: Order, backward: bool, limit: int, key: Key | None = None
) -> list[int]:
    """This will find ids in several conditions that an index serves in order each, and merge what they give."""
    merged = merge_streams(sessions.filter(condition), streams, {}, order=order, backward=backward)
    return [row["id"] for row in merged[:limit]]


def merge_streams(sessions: SessionQuerySet, streams: list[Q], columns: Mapping[str, Any], *, order: Order = NEWEST_FIRST, backward: bool = False) -> Any:
    """This will be ids in order, with what they are sorted by and the columns asked for and no more: an index may answer by itself.

    A union of ordered reads is merged row by row, so that a stream gives as many rows as are needed of it; with a limit of
    its own each stream would be read for a whole page.
    """
    parts = [order.sorted(sessions.filter(stream).values("id", place=order.value, **columns), backward=backward) for stream in streams]
    if len(parts) == 1:
        return parts[0]
    ways = ("-place", "-id") if order.descending is not backward else ("place", "id")
    return parts[0].union(*parts[1:], all=True).order_by(*ways)


def count_up_to_limit(sessions: SessionQuerySet) -> tuple[int, bool]:
    """This will count exactly to 10,000, and then say that there are more."""
    n = sessions.order_by()[: COUNT_LIMIT + 1].count()
    return min(n, COUNT_LIMIT), n > COUNT_LIMIT
