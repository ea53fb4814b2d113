"""Times are stored in UTC and shown in the agent's zone, the viewer's or UTC, as the viewer chose."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

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
        return _clock(self.at)


def show(moment: datetime, *, agent_zone: str | None, viewer: User) -> Shown:
    """This will place a moment in the zone the viewer chose."""
    zones = {TimeDisplay.AGENT: zone(agent_zone), TimeDisplay.MINE: zone(viewer.time_zone), TimeDisplay.UTC: UTC}
    readings = [f"{_long(moment.astimezone(zones[choice]))} {word}" for choice, word in _WORDS.items()]
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


_WORDS = {TimeDisplay.AGENT: "agent time", TimeDisplay.MINE: "your time", TimeDisplay.UTC: "UTC"}


# A page of fifty sessions writes three hundred times of day; strftime takes three times as long.
_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _long(moment: datetime) -> str:
    return f"{_MONTHS[moment.month]} {moment.day}, {_clock(moment)}"


def _clock(moment: datetime) -> str:
    return f"{moment.hour % 12 or 12}:{moment.minute:02} {'AM' if moment.hour < 12 else 'PM'}"
