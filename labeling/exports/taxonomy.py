"""The issue categories as a file, CSV or JSON: written, and read back with a sentence for whatever cannot be read."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from labeling.exports.cells import RISKY, guard
from labeling.exports.taxonomy_values import READ, NotAValue
from labeling.forms.categories import LONGEST_NAME
from labeling.queries.taxonomy_plan import COLUMNS, Refusal, Row

NEVER_EMPTY = ("order", "severity", "retired")
MOST_ROWS = 1_000
LONGEST_CELL = 100_000


class Unreadable(Exception):
    """The file as a whole cannot be read; its words are a sentence for who chose it."""


def write_csv(rows: Sequence[Row]) -> str:
    """This will write a table that a spreadsheet shows and never works out. Several values of one cell stand on lines of their own."""
    written = io.StringIO(newline="")
    table = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    table.writerow(COLUMNS)
    table.writerows([guard(_cell(row.values[name])) for name in COLUMNS] for row in rows)
    return f"\ufeff{written.getvalue()}"


def write_json(rows: Sequence[Row]) -> str:
    return json.dumps({"categories": [dict(row.values) for row in rows]}, ensure_ascii=False, indent=2)


def read_file(content: bytes) -> tuple[list[Row], list[Refusal]]:
    """This will read a file as exported, or made by hand: the rows that can be read, and those that cannot. Raises Unreadable."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(_("The file is not UTF-8 text. Save it as “CSV UTF-8”, or as JSON.")) from None
    found = _json_rows(text) if text.lstrip()[:1] in ("[", "{") else _csv_rows(text)
    rows: list[Row] = []
    refused: list[Refusal] = []
    for number, (line, given) in enumerate(found):
        if number >= MOST_ROWS:
            raise Unreadable(_("The file has more than %(most)s rows. Is it a list of issue categories?") % {"most": number_format(MOST_ROWS)})
        try:
            rows.append(Row(line, {name: READ[name](value) for name, value in given.items()}))
        except NotAValue as problem:
            name = given.get("name")
            refused.append(Refusal(line, _showable(name) if isinstance(name, str) else "", str(problem)))
    if not rows and not refused:
        raise Unreadable(_("The file has no rows."))
    return rows, refused


def _csv_rows(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = next((cells for cells in table if any(cells)), [])
        columns = _columns([name.strip().lower() for name in names])
        begun = table.line_num + 1
        for cells in table:
            line, begun = begun, table.line_num + 1
            if any(len(cell) > LONGEST_CELL for cell in cells):
                raise csv.Error
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(columns):
                yield line, {"name": cells[0], "order": None, "extra": True}
                continue
            # An empty cell says nothing where nothing is no value.
            yield line, {name: _unguarded(cell) for name, cell in zip(columns, cells, strict=False) if cell.strip() or name not in NEVER_EMPTY}
    except csv.Error:
        raise Unreadable(_("Line %(line)s cannot be read as CSV: a quotation mark is missing, or a cell is too long.") % {"line": table.line_num}) from None


def _json_rows(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable(_("The file begins like JSON, and cannot be read as that.")) from None
    entries = read.get("categories") if isinstance(read, dict) else read
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise Unreadable(_("A JSON file holds a list of categories, each with its fields."))
    for number, entry in enumerate(entries, 1):
        _columns(list(entry))
        yield number, entry


def _columns(names: list[str]) -> list[str]:
    if unknown := [name for name in names if name not in COLUMNS]:
        raise Unreadable(
            _("The file has a column that is not known: “%(name)s”. Known are %(known)s.") % {"name": _showable(unknown[0]), "known": ", ".join(COLUMNS)}
        )
    if "name" not in names:
        raise Unreadable(_("The file has no column “name”."))
    if len(set(names)) < len(names):
        raise Unreadable(_("The file has a column twice."))
    return names


def _showable(text: str) -> str:
    """Whatever a file holds where a name is expected, as a page can show it."""
    return text[:LONGEST_NAME].encode("utf-8", "replace").decode().replace("\0", "")


def _unguarded(cell: str) -> str:
    """Without the apostrophe that keeps a spreadsheet from reading a text as a formula."""
    return cell[1:] if cell[:1] == "'" and RISKY.match(cell[1:]) else cell


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "\n".join(value) if isinstance(value, list) else str(value)
