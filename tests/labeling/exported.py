"""Reading an exported file again, each format by means other than ours."""

import csv
import io
import json
import re
import zipfile
from xml.etree import ElementTree

SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read_csv(content):
    """The lines above the table, and the rows by column."""
    assert content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    start = next(number for number, line in enumerate(lines) if not line[0].startswith("#"))
    assert all(len(line) == 1 for line in lines[:start])
    return [line[0] for line in lines[:start]], [dict(zip(lines[start], line, strict=True)) for line in lines[start + 1 :]]


def read_jsonl(content):
    first, *rest = [json.loads(line) for line in content.decode().split("\n")[:-1]]
    return first["export"], rest


def read_xlsx(content):
    """The sheet About as pairs, and the rows of Sessions by column. Every cell is a value: a formula fails."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        assert book.testzip() is None
        sheets, about = (_cells(book.read(f"xl/worksheets/sheet{number}.xml")) for number in (1, 2))
    names = sheets[0]
    rows = [{name: row.get(column) for column, name in names.items()} for row in sheets[1:]]
    return [tuple(row.values()) for row in about], rows


def text_of(exported):
    """What a text was before a spreadsheet had to be kept from working it out."""
    return exported[1:] if exported.startswith("'") else exported


def _cells(xml):
    tree = ElementTree.fromstring(xml)  # noqa: S314 - we wrote it
    assert tree.find(f".//{SPREADSHEET}f") is None
    return [{re.match("[A-Z]+", cell.get("r")).group(): _value(cell) for cell in row} for row in tree.iter(f"{SPREADSHEET}row")]


def _value(cell):
    kind = cell.get("t")
    if kind == "inlineStr":
        text = "".join(part.text or "" for part in cell.iter(f"{SPREADSHEET}t"))
        return re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found.group(1), 16)), text)
    value = cell.find(f"{SPREADSHEET}v").text
    return value == "1" if kind == "b" else float(value)
