"""The period of a summary: whole days of the workspace's time zone, cut into days or weeks."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

# A period up to here is drawn day by day, a longer one week by week.
MOST_DAYS_DRAWN = 14
WEEK = timedelta(days=7)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Step:
    """One point of a line: a day or a week, clipped to the period. `is_running` until it ends."""

    first: date
    start: datetime
    end: datetime
    is_running: bool


@dataclass(frozen=True)
class Period:
    """From the first day through the last one. Bounds are instants, and whole quarter hours in any zone."""

    first: date
    last: date
    zone: tzinfo
    now: datetime
    # Where it ends before its last day does.
    until: datetime | None = None

    @property
    def start(self) -> datetime:
        return self._midnight(self.first)

    @property
    def end(self) -> datetime:
        return self.until or self._midnight(self.last + DAY)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Period":
        """The period of the same length that ended where this one begins."""
        length = timedelta(days=self.days)
        return Period(self.first - length, self.last - length, self.zone, self.now)

    @property
    def as_far_before(self) -> "Period":
        """The period before, up to where this one is now: what is to come is no fewer sessions."""
        before = self.before
        elapsed = self.now.replace(minute=self.now.minute // 15 * 15, second=0, microsecond=0) - self.start
        until = before.start + elapsed
        return replace(before, until=until) if before.start < until < before.end else before

    def with_days_before(self, days: int) -> "Period":
        return Period(self.first - timedelta(days=days), self.last, self.zone, self.now)

    @cached_property
    def steps(self) -> list[Step]:
        firsts = [self.first]
        while (following := self._step_after(firsts[-1])) <= self.last:
            firsts.append(following)
        starts = [self._midnight(day) for day in firsts]
        return [Step(day, start, end, start <= self.now < end) for day, start, end in zip(firsts, starts, [*starts[1:], self.end], strict=True)]

    @property
    def midnights(self) -> list[datetime]:
        """When each of its days begins. A day has 23, 24 or 25 hours."""
        return [self._midnight(self.first + place * DAY) for place in range(self.days)]

    @property
    def is_by_day(self) -> bool:
        return self.days <= MOST_DAYS_DRAWN

    def _step_after(self, day: date) -> date:
        return day + DAY if self.is_by_day else week_of(day) + WEEK

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self.zone).astimezone(UTC)


def week_of(day: date) -> date:
    """This will be the first day of the week, which begins where the workspace says."""
    return day - timedelta(days=(day.weekday() - settings.WEEK_STARTS_ON) % 7)


def last_weeks(weeks: int, *, now: datetime | None = None) -> Period:
    """This will be the last 7 days, or that many weeks with the one that is running."""
    now = now or timezone.now()
    zone = ZoneInfo(settings.REPORTING_TIME_ZONE)
    today = now.astimezone(zone).date()
    if weeks == 1:
        return Period(today - 6 * DAY, today, zone, now)
    first = week_of(today) - (weeks - 1) * WEEK
    return Period(first, first + weeks * WEEK - DAY, zone, now)


def days_between(first: date, last: date, *, now: datetime | None = None) -> Period:
    return Period(first, last, ZoneInfo(settings.REPORTING_TIME_ZONE), now or timezone.now())
