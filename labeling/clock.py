"""Times are stored in UTC and shown in the agent's zone, the viewer's or UTC, as the viewer chose."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.formats import date_format, time_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from labeling.models.user import TimeDisplay, User


@dataclass(frozen=True, slots=True)
class Shown:
    """One moment as a page shows it, and all three readings for hover and focus."""

    at: datetime
    all_readings: str

    @property
    def zone(self) -> str:
        return self.at.tzname() or ""

    @property
    def clock(self) -> str:
        """9:14 AM"""
        return _clock(self.at)

    @property
    def date_and_clock(self) -> str:
        """Nov 18, 9:14 AM; with its year when that is another one."""
        return date_format(self.at, "M j, g:i A" if self.at.year == self.at.now(self.at.tzinfo).year else "M j, Y, g:i A")

    @property
    def iso(self) -> str:
        return self.at.isoformat(timespec="seconds")


def show(moment: datetime, *, agent_zone: str | None, viewer: User) -> Shown:
    """This will place a moment in the zone the viewer chose."""
    zones = {TimeDisplay.AGENT: zone(agent_zone), TimeDisplay.MINE: zone(viewer.time_zone), TimeDisplay.UTC: UTC}
    language = get_language()
    readings = [words % _parts(moment.astimezone(zones[choice]), language) for choice, words in _words_in(language).items()]
    return Shown(at=moment.astimezone(zones[TimeDisplay(viewer.time_display)]), all_readings=", ".join(readings))


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


@lru_cache(maxsize=512)
def zone(name: str | None) -> tzinfo:
    """This will return the zone of that name; one that nobody knows is UTC."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


LEAP_YEAR = 2000


# A page of fifty sessions writes three hundred times of day: each is written once in a language, and kept.
@lru_cache(maxsize=4096)
def _clock_in(language: str | None, hour: int, minute: int) -> str:
    return time_format(time(hour, minute), "g:i A")


@lru_cache(maxsize=1024)
def _day_in(language: str | None, month: int, day: int) -> str:
    return date_format(date(LEAP_YEAR, month, day), "M j")


@lru_cache(maxsize=16)
def _words_in(language: str | None) -> dict[TimeDisplay, str]:
    return {
        TimeDisplay.AGENT: _("%(day)s, %(clock)s agent time"),
        TimeDisplay.MINE: _("%(day)s, %(clock)s your time"),
        TimeDisplay.UTC: _("%(day)s, %(clock)s UTC"),
    }


def _parts(moment: datetime, language: str | None) -> dict[str, str]:
    return {"day": _day_in(language, moment.month, moment.day), "clock": _clock_in(language, moment.hour, moment.minute)}


def _clock(moment: datetime) -> str:
    return _clock_in(get_language(), moment.hour, moment.minute)
