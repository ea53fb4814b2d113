"""The audit as it is asked: who did what to which session, newest first, in pages by key."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from labeling.models import ApiKey, Event, User
from sessions_app.queries.budget import OverBudget, within

PAGE_SIZE = 50
# A filter that matches next to nothing would have the whole table read; then the page says so and asks for a span.
PAGE_MS = 2_000
COUNT_MS = 3_000
MOST_EXPORTED = 1_000_000
EXPORT_BATCH = 2_000
COLUMNS = ("id", "at", "kind", "user", "api_key", "session", "subject_kind", "subject", "before", "after", "address")


class BadKey(Exception):
    """A page address that we did not write."""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    kind: str = ""
    user: int | None = None
    session: int | None = None
    api_key: int | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def events(self) -> QuerySet[Event]:
        equal = {"kind": self.kind, "user": self.user, "session": self.session, "api_key": self.api_key}
        events = Event.objects.filter(*(Q((name, value)) for name, value in equal.items() if value))
        if self.since:
            events = events.filter(at__gte=self.since)
        return events.filter(at__lt=self.until) if self.until else events


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One event, with the person and the key by name where they are still known."""

    event: Event
    person: str
    key: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    lines: list[AuditLine]
    # Where the next page begins; empty on the last one.
    after: str = ""
    is_over_budget: bool = False


def get_audit_page(wanted: AuditFilter, *, after: str = "") -> AuditPage:
    """This will read one page. Raises BadKey."""
    events = _beyond(wanted.events, after).order_by("-at", "-id")[: PAGE_SIZE + 1]
    try:
        with within(PAGE_MS):
            rows = list(events)
    except OverBudget:
        return AuditPage([], is_over_budget=True)
    shown = rows[:PAGE_SIZE]
    return AuditPage(_lines(shown), _key_of(shown[-1]) if len(rows) > PAGE_SIZE else "")


def is_too_long_to_export(wanted: AuditFilter) -> bool:
    """This will count no further than an export may go."""
    try:
        with within(COUNT_MS):
            return wanted.events.order_by()[: MOST_EXPORTED + 1].count() > MOST_EXPORTED
    except OverBudget:
        return True


def get_events_in_batches(wanted: AuditFilter, *, before: datetime) -> Iterator[list[dict[str, Any]]]:
    """This will read all that matches, newest first, a batch for each statement, with the address of each person beside their id.

    Nothing that happens after `before` comes in, so that an export ends.
    """
    events, after = wanted.events.filter(at__lt=before), ""
    while True:
        rows: list[dict[str, Any]] = list(_beyond(events, after).order_by("-at", "-id")[:EXPORT_BATCH].values(*COLUMNS))
        if not rows:
            return
        addresses = dict(User.objects.filter(pk__in={row["user"] for row in rows if row["user"]}).values_list("pk", "email"))
        yield [row | {"person": addresses.get(row["user"], "")} for row in rows]
        after = f"{_micros(rows[-1]['at'])}_{rows[-1]['id']}"


def _lines(events: list[Event]) -> list[AuditLine]:
    people = _names(User.objects.only("email"), (event.user for event in events), "email")
    keys = _names(ApiKey.objects.only("name", "prefix"), (event.api_key for event in events), "prefix")
    return [AuditLine(event, people.get(event.user or 0, ""), keys.get(event.api_key or 0, "")) for event in events]


def _names(rows: QuerySet[Any], pks: Iterable[int | None], column: str) -> dict[int, str]:
    wanted = {pk for pk in pks if pk}
    return {row.pk: getattr(row, column) for row in rows.filter(pk__in=wanted)} if wanted else {}


def _beyond(events: QuerySet[Event], after: str) -> QuerySet[Event]:
    if not after:
        return events
    micros, _, pk = after.partition("_")
    if not (micros.isascii() and micros.isdigit() and pk.isascii() and pk.isdigit()) or len(after) > 40 or int(pk) >= 2**63:
        raise BadKey
    try:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(micros))
    except OverflowError as problem:
        raise BadKey from problem
    return events.filter(Q(at__lte=at) & (Q(at__lt=at) | Q(id__lt=int(pk))))


def _key_of(event: Event) -> str:
    return f"{_micros(event.at)}_{event.pk}"


def _micros(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000 + at.microsecond
