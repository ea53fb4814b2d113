"""What kind of file somebody brought: CSV or JSON lines, in which columns, and whether it is an export of ours."""

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO, Self

from django.utils.translation import gettext as _

MOST_COLUMNS = 200
LONGEST_NAME = 200
LONGEST_CELL = 2**20
# A line of CSV can hold several cells, and one of JSON a session with all that was said in it.
LONGEST_LINE = 16 * 2**20
# So many lines of JSON are looked at for the names of their fields.
LOOKED_AT = 100
BOM = b"\xef\xbb\xbf"
OURS = "# Review Desk export"
NOTHING_MASKED = "# Masked: nothing"
SAFE = "apostrophe that is not part of it"
CSV, JSONL = "csv", "jsonl"
# The csv module's own limit is an eighth of this, for the whole process.
csv.field_size_limit(LONGEST_CELL)


class Unreadable(Exception):
    """The file as a whole cannot be read; its words are a sentence for who chose it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """`begins` is where the first row does, in bytes. `is_safe` says that texts carry an apostrophe where a spreadsheet could read a formula."""

    format: str = JSONL
    columns: list[str] = field(default_factory=list)
    begins: int = 0
    delimiter: str = ""
    is_safe: bool = False
    is_ours: bool = False
    is_masked: bool = False
    # What an export in JSON lines says of itself.
    about: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, held: Mapping[str, Any]) -> Self:
        return cls(**{name: held[name] for name in cls.__dataclass_fields__ if name in held})


def find_shape(file: BinaryIO) -> Shape:
    """This will find out what a file is, from its beginning. Raises Unreadable."""
    file.seek(0)
    start = file.read(4)
    if not start:
        raise Unreadable(_("The file is empty."))
    if start.startswith((b"\x1f\x8b", b"PK\x03\x04", b"BZh", b"\xfd7zX", b"\x28\xb5\x2f\xfd")):
        raise Unreadable(_("The file is packed, or a workbook. Unpack it, or save it as “CSV UTF-8”."))
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable(_("The file is UTF-16. Save it as “CSV UTF-8”, or as JSON lines."))
    begins = len(BOM) if start.startswith(BOM) else 0
    file.seek(begins)
    line = _first_line(file)
    if line.lstrip().startswith("{"):
        return _json_shape(file, begins)
    if line.lstrip().startswith("["):
        raise Unreadable(_("The file is one list in JSON. Write one object on each line, without the list."))
    return _csv_shape(file)


def _first_line(file: BinaryIO) -> str:
    """Not empty. The file is left where it was."""
    begins = file.tell()
    for _number in range(LOOKED_AT):
        line = _line(file)
        if not line:
            break
        if line.strip():
            file.seek(begins)
            return line
    raise Unreadable(_("The file has no rows."))


def _line(file: BinaryIO) -> str:
    line = file.readline(LONGEST_LINE + 1)
    if len(line) > LONGEST_LINE:
        raise Unreadable(_("A line of the file is longer than 16 MB. Lines end with a line feed."))
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise Unreadable(_("The file is not UTF-8 text. Save it as “CSV UTF-8”, or as JSON lines.")) from None


def _json_shape(file: BinaryIO, begins: int) -> Shape:
    about: dict[str, Any] = {}
    names: dict[str, None] = {}
    for number in range(LOOKED_AT):
        at = file.tell()
        line = file.readline(LONGEST_LINE + 1)
        if not line:
            break
        try:
            row = json.loads(line.decode()) if line.strip() else {}
        except (ValueError, RecursionError):
            # Later ones are told of one by one.
            if number == 0:
                raise Unreadable(_("The file begins like JSON lines, and its first line cannot be read.")) from None
            continue
        if not about and not names and isinstance(row, dict) and set(row) == {"export"} and isinstance(row["export"], dict):
            about, begins = row["export"], at + len(line)
            continue
        if isinstance(row, dict):
            names |= dict.fromkeys(row)
    _check_names(list(names))
    is_masked = about.get("masked") != []
    return Shape(JSONL, list(names), begins, is_ours=bool(about), is_masked=bool(about) and is_masked, about={"columns": about.get("columns")} if about else {})


def _csv_shape(file: BinaryIO) -> Shape:
    is_ours = is_safe = False
    is_masked = True
    while True:
        at = file.tell()
        line = _line(file)
        if not line:
            raise Unreadable(_("The file has no line that names its columns."))
        note = line.strip().strip('"')
        if (is_ours or note == OURS) and note.startswith("#"):
            is_ours = True
            is_safe = is_safe or SAFE in note
            is_masked = is_masked and note != NOTHING_MASKED
        elif line.strip():
            break
    # What stands in quotes separates nothing.
    delimiter = max(",;\t", key=re.sub(r'"[^"]*"', "", line).count)
    file.seek(at)
    table = csv.reader(iter(lambda: _line(file), ""), delimiter=delimiter)
    try:
        names = [name.strip() for name in next(table, [])]
    except csv.Error:
        raise Unreadable(_("The line that names the columns cannot be read as CSV.")) from None
    while names and not names[-1]:
        names.pop()
    _check_names(names)
    return Shape(CSV, names, file.tell(), delimiter, is_safe=is_safe, is_ours=is_ours, is_masked=is_ours and is_masked)


def _check_names(names: list[str]) -> None:
    if not names:
        raise Unreadable(_("The file has no columns."))
    if len(names) > MOST_COLUMNS:
        raise Unreadable(_("The file has more than %(most)s columns.") % {"most": MOST_COLUMNS})
    if any(not name for name in names):
        raise Unreadable(_("A column of the file has no name."))
    if any(len(name) > LONGEST_NAME or "\0" in name or not name.encode("utf-8", "ignore").decode() == name for name in names):
        raise Unreadable(_("The name of a column cannot be read, or is longer than 200 characters."))
    if len(set(names)) < len(names):
        raise Unreadable(_("The file has two columns of the same name."))
