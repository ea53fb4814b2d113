"""When a repeating queue is drawn again: at night, when the day's sessions are in."""

from datetime import UTC, datetime, time, timedelta

from labeling.models.queue import Repeats

# In UTC. Deep night in the Americas, where the day that ended is whole.
AT = time(8, 30)
MONDAY = 0


def next_draw(repeats: str, now: datetime) -> datetime | None:
    """This will be the next time after a moment, or None for a queue that is drawn once. A week's is on Monday."""
    if not repeats:
        return None
    at = datetime.combine(now.astimezone(UTC).date(), AT, UTC)
    while at <= now or (repeats == Repeats.WEEKLY and at.weekday() != MONDAY):
        at += timedelta(days=1)
    return at
