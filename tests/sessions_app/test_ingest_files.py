"""Files read row by row: what is wrong with one row is said of it, and the next one is read."""

import io
import json

import pytest

from sessions_app.ingest.columns import ALSO, AS_IT_IS, SESSION_FIELDS, guess, record_of
from sessions_app.ingest.rows import read_rows
from sessions_app.ingest.shapes import LONGEST_CELL, LONGEST_LINE, find_shape
from sessions_app.records import BadRecord


def rows(content):
    file = io.BytesIO(content)
    return list(read_rows(file, find_shape(file)))


def told(content):
    return [(row.number, row.values if not row.problem else row.problem) for row in rows(content)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a,b\n1,2\r\n3,4", [(1, {"a": "1", "b": "2"}), (2, {"a": "3", "b": "4"})]),
        (b'a;b\n"1;\n2";x\n', [(1, {"a": "1;\n2", "b": "x"})]),
        (b'a\t"b,c,d"\n1\t2\n', [(1, {"a": "1", "b,c,d": "2"})]),
        (b"a,b\n\n,\n1,2\n", [(1, {"a": "1", "b": "2"})]),
        (b"a,b,c\n1,2\n1,2,3,,\n", [(1, {"a": "1", "b": "2"}), (2, {"a": "1", "b": "2", "c": "3"})]),
        (b"a,b\n1,2,3\n4,5\n", [(1, "The row is too long. Cells: 3, columns of the file: 2. Is a quotation mark missing?"), (2, {"a": "4", "b": "5"})]),
        (b"a,b,c,d\n1\n", [(1, "The row is too short. Cells: 1, columns of the file: 4.")]),
        (b"a,b\n\xff,1\n2,3\n", [(1, "The line is not UTF-8 text."), (2, {"a": "2", "b": "3"})]),
        (b"a,b\n1,2\r3,4\n5,6\n", [(1, "The line cannot be read as CSV."), (2, {"a": "5", "b": "6"})]),
        (b"a,b\n1,\0\n", [(1, {"a": "1", "b": "\0"})]),
        (b'{"a": 1}\n\n{"a": 2}{"a": 3}\n{"a": 4}', [(1, {"a": 1}), (2, "The line is not a JSON object."), (3, {"a": 4})]),
        (b'{"a": 1}\n{"a": ' + b"9" * 5000 + b"}\n", [(1, {"a": 1}), (2, "A whole number is too long.")]),
        (b'{"a": 1}\nnull\n"x"\n', [(1, {"a": 1}), (2, "The line is not a JSON object."), (3, "The line is not a JSON object.")]),
    ],
)
def test_each_row_says_what_is_wrong_with_it(content, expected):
    assert told(content) == expected


def test_a_line_a_cell_and_an_open_quote_without_end_cost_one_row_each():
    line = told(b'{"a": 1}\n{"a": "' + b"x" * (LONGEST_LINE + 3 * 2**20) + b'"}\n{"a": 2}\n')
    cell = told(b"a,b\n1," + b"x" * (LONGEST_CELL + 10) + b"\n2,3\n")
    quote = told(b'a,b\n1,"' + b"x,y\n" * (LONGEST_CELL // 4 + 10) + b"2,3\n")

    assert line == [(1, {"a": 1}), (2, "The line is longer than 16 MB."), (3, {"a": 2})]
    assert cell == [(1, "A cell is longer than 1 MB, or a quotation mark is missing."), (2, {"a": "2", "b": "3"})]
    assert quote[0] == (1, "A cell is longer than 1 MB, or a quotation mark is missing.")
    assert quote[-1][1] == {"a": "2", "b": "3"}


@pytest.mark.parametrize("content", [b'a,b\n1,"2\n3"\n4,5\n6,7\n', b"\xef\xbb\xbf" + b'{"a": 1}\n{"a": 2}\r\n\n{"a": 3}\n'])
def test_reading_goes_on_behind_any_row(content):
    whole = rows(content)
    file = io.BytesIO(content)
    shape = find_shape(file)

    for row in whole:
        rest = list(read_rows(file, shape, position=row.ends, number=row.number))
        assert [(one.number, one.ends, one.values) for one in rest] == [(one.number, one.ends, one.values) for one in whole[row.number :]]


def test_columns_are_guessed_by_their_names_each_field_once():
    columns = ["Call ID", "ID", "started_at", "From", "caller", "Agent name", "agent", "Wait"]

    assert guess(columns, SESSION_FIELDS, ALSO) == {
        "Call ID": "session_id",
        "ID": "",
        "started_at": "timestamp",
        "From": "source",
        "caller": "",
        "Agent name": "agent_name",
        "agent": "",
        "Wait": "",
    }


def test_cells_take_the_types_of_the_wire():
    mapping = {"a": "duration", "b": "is_test", "c": "agent_id", "d": "transcript", "e": "summary", "f": AS_IT_IS, "g": "target", "h": "prompt_version_number"}
    turn = {"timestamp": "2026-03-02T15:14:00Z", "text": "x"}
    values = {"a": " 12.50 ", "b": "Yes", "c": 7, "d": json.dumps([turn]), "e": "Moved.", "f": "kept", "g": "", "h": "42"}

    assert record_of(values, mapping) == {
        "duration": 12.5,
        "is_test": True,
        "agent_id": "7",
        "transcript": {"transcription": [turn]},
        "summary": {"summary": "Moved."},
        "f": "kept",
        "prompt_version_number": 42,
    }
    with pytest.raises(BadRecord):
        record_of({"d": "[0:00] Agent: Hello"}, mapping)
