"""How far an export has come, written about once a second."""

from time import monotonic
from types import TracebackType

from django.db import connection, connections

from labeling.models import Export
from labeling.operations.exports import note_rows

EVERY_SECONDS = 1.0
ALIAS = "export_progress"


class Progress:
    """On a connection of its own: what is written inside the transaction that reads is seen by nobody before its end."""

    def __init__(self, export: Export) -> None:
        self._export = export
        self._expected: int | None = None
        self._noted_at = monotonic()

    def __enter__(self) -> "Progress":
        connections[ALIAS] = connection.copy(ALIAS)
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        connections[ALIAS].close()
        del connections[ALIAS]

    def expect(self, rows: int | None) -> None:
        self._expected = rows
        self._write(0)

    def note(self, rows: int) -> None:
        if monotonic() - self._noted_at >= EVERY_SECONDS:
            self._write(rows)

    def _write(self, rows: int) -> None:
        note_rows(export=self._export, rows=rows, expected=self._expected, using=ALIAS)
        self._noted_at = monotonic()
