"""Going through a file: batch by batch, in constant memory, each batch a transaction or all of them one."""

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, BinaryIO

from django.db import transaction

from labeling.imports.folder import RefusedRows
from labeling.imports.taking import BATCH, MOST_CHARACTERS, Outcome, Taker
from sessions_app.ingest.rows import Row, read_rows
from sessions_app.ingest.shapes import Shape

EVERY_SECONDS = 1.0
FIRST_REFUSED = 20


class Stopped(Exception):
    """The worker has to end; the job is taken up again."""


class Canceled(Exception):
    """Somebody canceled it, or another worker goes on with it."""


class RowsRefused(Exception):
    """All rows or none, and there are some that cannot be taken. Nothing was."""


@dataclass(slots=True)
class Came:
    """How far an import has come."""

    position: int = 0
    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    first_refused: list[list[Any]] = field(default_factory=list)
    refused_size: int = 0

    def add(self, rows: list[Row], outcome: Outcome) -> None:
        self.position, self.rows = rows[-1].ends, rows[-1].number
        self.created += outcome.created
        self.changed += outcome.changed
        self.unchanged += outcome.unchanged
        self.refused += len(outcome.refused)
        room = FIRST_REFUSED - len(self.first_refused)
        self.first_refused += [[row.number, sentence] for row, sentence in outcome.refused[: max(room, 0)]]


@dataclass(slots=True)
class Run:
    """One pass over a file. `note` is told how far it has come, and raises Canceled; `refused` keeps the rows that were not taken."""

    file: BinaryIO
    shape: Shape
    taker: Taker
    refused: RefusedRows
    note: Callable[[Came], None]
    should_stop: Callable[[], bool] = lambda: False
    came: Came = field(default_factory=Came)

    def look_through(self) -> Came:
        """This will look at every row and write nothing. Raises Stopped, Canceled."""
        noted = monotonic()
        for rows in self._batches():
            self._add(rows, self._outcome(rows, self.taker.look))
            if monotonic() - noted > EVERY_SECONDS:
                self.note(self.came)
                noted = monotonic()
        return self.came

    def take_good(self) -> Came:
        """This will take what can be taken, a transaction a batch, each with how far it has come. Raises Stopped, Canceled."""
        for rows in self._batches():
            with transaction.atomic():
                self._add(rows, self._outcome(rows, self.taker.take))
                self.note(self.came)
        return self.came

    def take_all(self) -> Came:
        """This will take every row in the transaction of the caller, or raise RowsRefused at the first batch with one that is not. Raises Stopped, Canceled."""
        noted = monotonic()
        for rows in self._batches():
            self._add(rows, self._outcome(rows, self.taker.take))
            if self.came.refused:
                raise RowsRefused
            if monotonic() - noted > EVERY_SECONDS:
                self.note(self.came)
                noted = monotonic()
        return self.came

    def _batches(self) -> Iterator[list[Row]]:
        # Rows hold no circles; looking for some took a tenth of the time.
        usual = gc.get_threshold()
        gc.set_threshold(100_000, *usual[1:])
        try:
            yield from self._read()
        finally:
            gc.set_threshold(*usual)

    def _read(self) -> Iterator[list[Row]]:
        batch: list[Row] = []
        size = 0
        for row in read_rows(self.file, self.shape, position=self.came.position, number=self.came.rows):
            batch.append(row)
            size += len(row.raw)
            if len(batch) >= BATCH or size >= MOST_CHARACTERS:
                if self.should_stop():
                    raise Stopped
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _outcome(self, rows: list[Row], act: Callable[[list[Row]], Outcome]) -> Outcome:
        outcome = act([row for row in rows if not row.problem])
        outcome.refused = sorted([*outcome.refused, *((row, row.problem) for row in rows if row.problem)], key=lambda one: one[0].number)
        return outcome

    def _add(self, rows: list[Row], outcome: Outcome) -> None:
        self.came.add(rows, outcome)
        if outcome.refused:
            self.came.refused_size = self.refused.add((row.number, sentence, row.raw) for row, sentence in outcome.refused)
