"""How far a draw has come, written about twice a second."""

from time import monotonic
from types import TracebackType

from django.db import connection, connections
from django.db.models import QuerySet

from labeling.models import Draw
from labeling.models.queue import DrawState

EVERY_SECONDS = 0.5
ALIAS = "draw_progress"


class Progress:
    """On a connection of its own: what is written inside the transaction that makes the places is seen by nobody before its end."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._noted_at = monotonic()

    def __enter__(self) -> "Progress":
        connections[ALIAS] = connection.copy(ALIAS)
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        connections[ALIAS].close()
        del connections[ALIAS]

    def expect(self, frame: int) -> None:
        """This will say how many sessions qualify."""
        self._running().update(frame=frame, drawn=0)

    def note(self, drawn: int) -> None:
        """This will say how many of them have their places."""
        if monotonic() - self._noted_at >= EVERY_SECONDS:
            self._running().update(drawn=drawn)
            self._noted_at = monotonic()

    def _running(self) -> QuerySet[Draw]:
        return Draw.objects.using(ALIAS).filter(pk=self._draw.pk, state=DrawState.RUNNING)
