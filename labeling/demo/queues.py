"""The queues of the demo: a random sample that is begun, and two that look for problems."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta

from labeling.filters.queue_rules import get_frame
from labeling.models import Queue, User
from labeling.models.queue import QueueOrder, Reason, Stratum
from labeling.operations.draws import carry_out_draw
from labeling.operations.events import audit_log
from labeling.operations.queues import Design, create_queue

SAMPLE, SAMPLE_SEED = 60, 7


def make_demo_queues(*, by: User, until: datetime) -> list[Queue]:
    """This will make the queues and fill them, as they would be by a manager and the worker."""
    friday = until.date() + timedelta(days=(4 - until.weekday()) % 7 or 7)
    designs = [
        Design(
            name=f"Random sample, week {until.isocalendar().week}",
            query="since=7d",
            draw_kind="random",
            seed=SAMPLE_SEED,
            strata=[Stratum.AGENT],
            size=SAMPLE,
            more_percent=20,
            more_labels=2,
            asks_another=True,
            due_at=datetime.combine(friday, time(22), tzinfo=until.tzinfo),
        ),
        Design(
            name="Low auto-rating", query="auto=BAD&auto=OK&label=none&since=7d", is_independent=False, order=QueueOrder.PRIORITY, reasons=[Reason.AUTO_LOW]
        ),
        Design(name="Long silences", query="label=none&signal=silence&since=30d", is_independent=False, order=QueueOrder.OLDEST),
    ]
    queues = []
    with _untold():
        for number, design in enumerate(designs):
            queue = create_queue(design=design, by=by, client_key=f"demo-{number}")
            for draw in queue.draws.all():
                carry_out_draw(draw_pk=draw.pk, frame_of=get_frame)
            queues.append(queue)
    return queues


@contextmanager
def _untold() -> Iterator[None]:
    """Nobody did this, so the lines that a house collects of what people do say nothing of it, nor does the first start."""
    audit_log.disabled = True
    try:
        yield
    finally:
        audit_log.disabled = False
