"""Periods in words: "7d", "12w", "today". Today is the agent's, so it begins at a different instant in each zone."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

PRESETS = {
    "today": _("Today"),
    "yesterday": _("Yesterday"),
    "24h": _("Last 24 hours"),
    "7d": _("Last 7 days"),
    "30d": _("Last 30 days"),
    "12w": _("Last 12 weeks"),
    "52w": _("Last 12 months"),
}
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
ROLLING = re.compile(r"([1-9][0-9]{0,3})([hdw])")
NARROW = timedelta(days=31)


def is_period(word: str) -> bool:
    return word in ("today", "yesterday") or bool(ROLLING.fullmatch(word))


def start_of(word: str, *, now: datetime) -> datetime:
    """This will return the instant before which nothing belongs to the period, whatever the zone."""
    if rolling := ROLLING.fullmatch(word):
        return now - int(rolling[1]) * UNITS[rolling[2]]
    return _midnight(now, 0 if word == "today" else -1, UTC) - timedelta(hours=14)


def within_period(word: str, *, now: datetime, zones: Iterable[str]) -> Q:
    """This will be the condition of a period; a day is a day in the zone of each agent."""
    whole = Q(timestamp__gte=start_of(word, now=now))
    if word not in ("today", "yesterday"):
        return whole
    first = 0 if word == "today" else -1
    named = {name: zone for name in zones if (zone := _zone(name))}
    days = Q(pk__in=())
    for name, zone in named.items():
        days |= Q(agent_timezone=name) & _day(now, first, zone)
    unknown = (Q(agent_timezone=None) | ~Q(agent_timezone__in=list(named))) & _day(now, first, UTC)
    return whole & (days | unknown)


def _day(now: datetime, offset: int, zone: tzinfo) -> Q:
    return Q(timestamp__gte=_midnight(now, offset, zone), timestamp__lt=_midnight(now, offset + 1, zone))


def _midnight(now: datetime, offset: int, zone: tzinfo) -> datetime:
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=offset), time.min, zone).astimezone(UTC)


def _zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
