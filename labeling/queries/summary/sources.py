"""The rows that count a frame: whole days, added up every hour, and the deltas that came since."""

from datetime import datetime, time
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce

from labeling.queries.summary.frame import Frame
from sessions_app.models import DayMark, SessionKey

ALL = Q()
MARKS = "marks"


def get_sources(frame: Frame, family: type[SessionKey], only: Q = ALL) -> list[QuerySet[Any]]:
    """This will return parts that, read in one statement, count each session of the frame once."""
    start, end = frame.period.start, frame.period.end
    deltas, until = family._default_manager.filter(only), _marks(frame).get(family._meta.db_table)
    if until is None:
        return [_in_frame(frame, deltas, start, end)]
    evening = _last_midnight(frame, end)
    # The number, from which PostgreSQL sees how few they are; and what it is when this is read, by when more may stand in the days.
    now = DayMark.objects.filter(family=family._meta.db_table).values("until")
    young = _in_frame(frame, deltas, start, evening).filter(pk__gt=until).filter(pk__gt=Coalesce(now, Value(0)))
    parts = [_in_frame(frame, family.days._default_manager.filter(only), start, evening), young]
    return [*parts, _in_frame(frame, deltas, evening, end)] if evening < end else parts


def _marks(frame: Frame) -> dict[str, int]:
    """Days that begin in another zone, because the workspace has moved, wait to be counted anew."""

    def ask() -> dict[str, int]:
        return dict(DayMark.objects.filter(zone=str(frame.period.zone)).values_list("family", "until"))

    if frame.counted is None:
        return ask()
    if MARKS not in frame.counted:
        frame.counted[MARKS] = ask()
    marks: dict[str, int] = frame.counted[MARKS]
    return marks


def _last_midnight(frame: Frame, end: datetime) -> datetime:
    """Periods begin at midnight, and most end so."""
    day = end.astimezone(frame.period.zone).date()
    return datetime.combine(day, time.min, frame.period.zone)


def _in_frame(frame: Frame, rows: QuerySet[Any], start: datetime, end: datetime) -> QuerySet[Any]:
    rows = rows.filter(bucket__gte=start, bucket__lt=end, is_test=False)
    if not frame.scope.all_agents:
        rows = rows.filter(agent__in=frame.scope.agents)
    if frame.agents:
        rows = rows.filter(agent__in=frame.agents)
    return rows.filter(channel__in=frame.channels) if frame.channels else rows
