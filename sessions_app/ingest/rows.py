"""The rows of a file, one after the other, each with where the next one begins."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.utils.translation import gettext_noop

from sessions_app.ingest.shapes import CSV, LONGEST_LINE, Shape
from sessions_app.reasons import with_values

# Of a row as it came, what a list of refused rows gives back.
LONGEST_RAW = 2**20
TOO_LONG = gettext_noop("The line is longer than 16 MB.")
NOT_UTF8 = gettext_noop("The line is not UTF-8 text.")
TOO_LONG_A_CELL = gettext_noop("A cell is longer than 1 MB, or a quotation mark is missing.")
NO_CSV = gettext_noop("The line cannot be read as CSV.")
NOT_AN_OBJECT = gettext_noop("The line is not a JSON object.")
TOO_MANY_CELLS = with_values(gettext_noop("The row is too long. Cells: %(n)s, columns of the file: %(columns)s. Is a quotation mark missing?"))
TOO_FEW_CELLS = with_values(gettext_noop("The row is too short. Cells: %(n)s, columns of the file: %(columns)s."))


@dataclass(slots=True)
class Row:
    """`values` by column, or `problem`. `raw` is as it came, and `ends` where it does in the file."""

    number: int
    ends: int
    raw: str
    values: Mapping[str, Any]
    problem: str = ""


class _NotPlain(ValueError):
    """What JSON allows, or Python reads, and nobody means."""


def read_rows(file: BinaryIO, shape: Shape, *, position: int = 0, number: int = 0) -> Iterator[Row]:
    """This will read the rows after a position, which is the end of the row with that number."""
    file.seek(position or shape.begins)
    rows = _csv_rows(file, shape, number) if shape.format == CSV else _json_rows(file, number)
    yield from rows


def _json_rows(file: BinaryIO, number: int) -> Iterator[Row]:
    lines = _Lines(file)
    while (line := lines.read()) is not None:
        if not line.strip() and not lines.problem:
            continue
        number += 1
        row = Row(number, lines.position, line, {}, lines.problem)
        if not row.problem:
            try:
                value = decode(line)
            except _NotPlain as told:
                row.problem = str(told)
            except (ValueError, RecursionError):
                row.problem = NOT_AN_OBJECT
            else:
                row.values, row.problem = (value, "") if isinstance(value, dict) else ({}, NOT_AN_OBJECT)
        row.raw = line[:LONGEST_RAW] if row.problem else line
        yield row


def _csv_rows(file: BinaryIO, shape: Shape, number: int) -> Iterator[Row]:
    lines = _Lines(file)
    table = csv.reader(_Feed(lines), delimiter=shape.delimiter)
    columns = shape.columns
    while True:
        lines.begun.clear()
        problem = ""
        cells: list[str] = []
        try:
            cells = next(table)
        except StopIteration:
            return
        except csv.Error as told:
            problem = TOO_LONG_A_CELL if "limit" in str(told) else NO_CSV
        except _NotText as told:
            problem = str(told)
        if not problem and not any(cells):
            continue
        number += 1
        if not problem and len(cells) != len(columns):
            # Spreadsheets leave away what is empty at the end, or add some.
            if any(cells[len(columns) :]):
                problem = TOO_MANY_CELLS % {"n": len(cells), "columns": len(columns)}
            elif len(cells) < len(columns) // 2:
                problem = TOO_FEW_CELLS % {"n": len(cells), "columns": len(columns)}
        if shape.is_safe:
            cells = [cell[1:] if cell.startswith("'") else cell for cell in cells]
        raw = "".join(lines.begun)
        yield Row(number, lines.position, raw[:LONGEST_RAW] if problem else raw, dict(zip(columns, cells, strict=False)), problem)


class _NotText(Exception):
    """A line that cannot be handed on; its words are a sentence."""


class _Lines:
    """Lines as text, of any length: of one that is too long the beginning, and the rest is passed over."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.position = file.tell()
        self.problem = ""
        # The lines of the row that is being read.
        self.begun: list[str] = []

    def read(self) -> str | None:
        line = self._file.readline(LONGEST_LINE + 1)
        if not line:
            return None
        self.position += len(line)
        self.problem = ""
        if len(line) > LONGEST_LINE:
            self.problem = TOO_LONG
            while not line.endswith(b"\n") and (more := self._file.readline(LONGEST_LINE)):
                self.position += len(more)
                line = line[:LONGEST_RAW] + more[-1:]
        try:
            return line.decode()
        except UnicodeDecodeError:
            self.problem = self.problem or NOT_UTF8
            return line.decode("utf-8", "replace")


class _Feed:
    """Lines for the csv module. Not a generator: what cannot be read must not be the end of it."""

    def __init__(self, lines: _Lines) -> None:
        self._lines = lines

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        line = self._lines.read()
        if line is None:
            raise StopIteration
        self._lines.begun.append(line[:LONGEST_RAW])
        if self._lines.problem:
            raise _NotText(self._lines.problem)
        return line


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _NotPlain(gettext_noop("A key stands twice in one object."))
    return found


def _constant(name: str) -> Any:
    raise _NotPlain(gettext_noop("A number is not finite."))


def _integer(digits: str) -> int:
    if len(digits) > 30:
        raise _NotPlain(gettext_noop("A whole number is too long."))
    return int(digits)


decode = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer).decode
