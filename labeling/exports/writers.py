"""The three formats: CSV that a spreadsheet can open without harm, JSON lines as things are, and Excel."""

import csv
import json
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from django.utils.functional import SimpleLazyObject

from labeling.exports.about import About
from labeling.exports.batches import Batch
from labeling.exports.cells import flags, guard, guarded, is_phone
from labeling.exports.columns import Column, Kind
from labeling.models.export import ExportFormat

# 42 modules, which no page asks for: loaded by the first file that needs them.
xlsxwriter: Any = SimpleLazyObject(lambda: import_module("xlsxwriter"))
MOST_EXCEL_ROWS = 1_048_575
LONGEST_EXCEL_CELL = 32_767
CUT = " … [cut]"
# What would end a cell of a line that stands for itself, in whatever a spreadsheet takes for a separator.
SEPARATES = re.compile(r'[,;\t|"\r\n]')
# Not allowed in XML.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class TooManyRows(Exception):
    """A sheet of Excel ends before the sessions do."""


class Writer(Protocol):
    def write(self, batch: Batch) -> None: ...

    def close(self) -> None:
        """This will complete the file."""

    def abandon(self) -> None:
        """This will let go of a file that nobody gets."""


def open_writer(format: str, path: Path, *, columns: Sequence[Column], about: About) -> Writer:
    return _WRITERS[format](path, columns=columns, about=about)


class CsvWriter:
    """A byte order mark first: without it Excel takes UTF-8 for something older. Texts in quotes, numbers without."""

    def __init__(self, path: Path, *, columns: Sequence[Column], about: About) -> None:
        self._columns = columns
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
        lines = ["Review Desk export", *(f"{term}: {words}" for term, words in about.facts)]
        lines.append("A text that a spreadsheet could read as a formula begins with an apostrophe that is not part of it")
        self._file.writelines(f"{_note(line)}\r\n" for line in lines)
        self._csv.writerow([column.name for column in columns])

    def write(self, batch: Batch) -> None:
        self._csv.writerows(zip(*(_flat(column, batch) for column in self._columns), strict=True))

    def close(self) -> None:
        self._file.close()

    def abandon(self) -> None:
        with suppress(OSError):
            self._file.close()


class JsonLinesWriter:
    """Values as they are: no apostrophes, nested where they are nested. The first line describes the rest."""

    def __init__(self, path: Path, *, columns: Sequence[Column], about: About) -> None:
        self._columns = columns
        self._names = [column.name for column in columns]
        self._encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
        self._file = path.open("w", encoding="utf-8", newline="")
        self._file.write(f"{self._encode({'export': about.as_json})}\n")

    def write(self, batch: Batch) -> None:
        rows = zip(*(column.read(batch) for column in self._columns), strict=True)
        self._file.writelines(f"{self._encode(dict(zip(self._names, row, strict=True)))}\n" for row in rows)

    def close(self) -> None:
        self._file.close()

    def abandon(self) -> None:
        with suppress(OSError):
            self._file.close()


class ExcelWriter:
    """Raises TooManyRows. Ids are texts: Excel keeps fifteen digits of a number."""

    def __init__(self, path: Path, *, columns: Sequence[Column], about: About) -> None:
        self._columns = columns
        self._about = about
        self._rows = self._cut = self._replaced = 0
        options = {"constant_memory": True, "tmpdir": str(path.parent), "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self._book = xlsxwriter.Workbook(str(path), options)
        self._book.use_zip64()
        bold = self._book.add_format({"bold": True})
        self._sheet = self._book.add_worksheet("Sessions")
        self._notes = self._book.add_worksheet("About")
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, len(columns) - 1, 18)
        for place, column in enumerate(columns):
            self._sheet.write_string(0, place, column.name, bold)

    def write(self, batch: Batch) -> None:
        if self._rows + len(batch) > MOST_EXCEL_ROWS:
            raise TooManyRows
        for values in zip(*(self._cells(column, batch) for column in self._columns), strict=True):
            self._rows += 1
            for place, value in enumerate(values):
                if value is None or value == "":
                    continue
                if isinstance(value, str):
                    self._sheet.write_string(self._rows, place, value)
                elif isinstance(value, bool):
                    self._sheet.write_boolean(self._rows, place, value)
                else:
                    self._sheet.write_number(self._rows, place, value)

    def close(self) -> None:
        facts = [("Review Desk export", ""), *self._about.facts, ("Rows", f"{self._rows:,}")]
        if self._cut:
            words = f"{self._cut:,} longer than the {LONGEST_EXCEL_CELL:,} characters Excel allows, marked{CUT}. CSV and JSON lines hold them whole"
            facts.append(("Cells cut", words))
        if self._replaced:
            facts.append(("Cells with replaced signs", f"{self._replaced:,} with control characters, which Excel does not allow, shown as \ufffd"))
        self._notes.set_column(0, 0, 24)
        self._notes.set_column(1, 1, 100)
        for row, (term, words) in enumerate(facts):
            self._notes.write_string(row, 0, term)
            self._notes.write_string(row, 1, self._text(words))
        try:
            self._book.close()
        except xlsxwriter.exceptions.FileCreateError as problem:
            raise problem.args[0] from problem

    def abandon(self) -> None:
        """Completing it may take minutes; what the library left lies in the folder of the file."""

    def _cells(self, column: Column, batch: Batch) -> Iterable[Any]:
        values = column.read(batch)
        if column.kind is Kind.NESTED:
            values = [_words(column, value) for value in values]
        if column.kind in (Kind.TEXT, Kind.NESTED):
            return [self._text(value) if value else None for value in values]
        return values

    def _text(self, value: str) -> str:
        if CONTROL.search(value):
            self._replaced += 1
            value = CONTROL.sub("\ufffd", value)
        # The library takes a text in these tags for markup of its own and writes it as it is.
        text = f"'{value}" if value.startswith("<r>") else value if is_phone(value) else guard(value)
        if len(text) * 2 > LONGEST_EXCEL_CELL and _units(text) > LONGEST_EXCEL_CELL:
            self._cut += 1
            kept = text.encode("utf-16-le")[: (LONGEST_EXCEL_CELL - len(CUT)) * 2].decode("utf-16-le", "ignore")
            return kept + CUT
        return text


_WRITERS: dict[str, type[CsvWriter] | type[JsonLinesWriter] | type[ExcelWriter]] = {
    ExportFormat.CSV: CsvWriter,
    ExportFormat.JSONL: JsonLinesWriter,
    ExportFormat.XLSX: ExcelWriter,
}


def _flat(column: Column, batch: Batch) -> Iterable[Any]:
    values = column.read(batch)
    if column.kind is Kind.TEXT:
        return guarded(values)
    if column.kind is Kind.NESTED:
        return guarded([_words(column, value) for value in values])
    if column.kind is Kind.FLAG:
        return flags(values)
    # An id is a number here: quotes keep no spreadsheet from reading it as one, and other programs want it bare.
    return [int(value) if value else None for value in values] if column.kind is Kind.ID else values


def _words(column: Column, value: Any) -> str:
    return column.words(value) if column.words else value


def _note(line: str) -> str:
    note = f"# {line}"
    return f'"{note.replace(chr(34), chr(34) * 2)}"' if SEPARATES.search(note) else note


def _units(text: str) -> int:
    """Excel counts as UTF-16 does: a sign beyond the first 65,536 is two."""
    return len(text.encode("utf-16-le")) // 2
