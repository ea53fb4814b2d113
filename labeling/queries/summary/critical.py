"""Critical: sessions with an incident. Never sampled, never averaged, whatever the basis."""

from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from django.db.models import Q

from labeling.models import Incident
from labeling.queries.summary.frame import Figure, Frame


@dataclass(frozen=True, slots=True)
class Critical:
    """`open` is of any time. `acknowledged_in` is the median of the period, None where none was acknowledged."""

    open: Figure
    this_period: Figure
    acknowledged_in: timedelta | None


def get_critical(frame: Frame) -> Critical:
    """Sessions are counted, not incidents: a list shows sessions."""
    start, end = frame.period.start, frame.period.end
    in_period = Q(session__timestamp__gte=start, session__timestamp__lt=end)
    rows = list(
        Incident.objects.filter(Q(acknowledged_at=None) | in_period, session__in=frame.judged_of_any_time())
        .order_by()
        .values_list("session", "session__timestamp", "raised_at", "acknowledged_at")
    )
    open_sessions = {session for session, _, _, acknowledged_at in rows if acknowledged_at is None}
    this_period = {session for session, started, _, _ in rows if start <= started < end}
    taken = [(acknowledged_at - raised_at).total_seconds() for _, started, raised_at, acknowledged_at in rows if acknowledged_at and start <= started < end]
    return Critical(
        open=Figure(len(open_sessions), frame.query_of_any_time(incident=["open"])),
        this_period=frame.figure(len(this_period), incident=["any"]),
        acknowledged_in=timedelta(seconds=median(taken)) if taken else None,
    )
