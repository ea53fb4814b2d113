"""Payloads: JSON in lines that fold, and whatever else came as it came."""

import json

import pytest

from sessions_app.queries.payloads import get_payload, read_payload
from tests.factories import TranscriptFactory


def shown(value, **how):
    """What is read with everything unfolded; « and » stand where a fold begins and ends."""
    payload = read_payload("result", value, hide=str, **how)
    return "".join(f"«{part.text}»" if part.folds else "/" if part.ends else part.text for part in payload.parts)


def test_short_json_stays_on_one_line():
    assert shown('{"a":1,"b":[true,null]}') == '{"a": 1, "b": [true, null]}\n'


def test_long_json_gets_a_line_for_each_item():
    assert shown({"first": "x" * 60, "second": ["y" * 40]}) == '{\n  "first": "' + "x" * 60 + '",\n  "second": ["' + "y" * 40 + '"]\n}\n'


def test_a_part_of_more_than_a_few_lines_folds():
    rows = [f"a rather long line number {number}" for number in range(7)]

    text = shown({"rows": rows, "more": 1})

    assert text.startswith('{\n«  "rows": [7],»    "a rather long line number 0",\n')
    assert text.endswith('number 6"\n/  "more": 1\n}\n')


def test_folds_that_hold_folds_all_end():
    deep = {"a": {"b": {"c": [{"name": "x" * 30, "value": "y" * 50} for _ in range(9)]}}}

    parts = read_payload("result", deep, hide=str).parts

    assert sum(part.folds for part in parts) == sum(part.ends for part in parts) == 3
    assert [part for part in parts if part.ends] == parts[-4:-1]


def test_what_is_not_json_is_shown_as_it_came():
    assert shown("<html>{ not json") == "<html>{ not json"
    assert shown("NaN, maybe") == "NaN, maybe"


def test_nothing_is_no_payload():
    assert read_payload("result", None, hide=str) is None
    assert read_payload("result", "", hide=str) is None
    assert shown("{}") == "{}\n"
    assert shown(0) == "0\n"


def test_json_nested_deeper_than_anybody_reads_is_shown_all_the_same():
    assert shown("[" * 60 + '"deep"' + "]" * 60).count("deep") == 1
    assert "[" * 100_000 in shown("[" * 100_000, whole=True)
    assert shown("[" * 900 + "]" * 900).count("[") >= 1


def test_a_long_payload_is_not_folded_but_whole():
    text = shown({"rows": [{"n": number} for number in range(40_000)]}, whole=True)

    assert "«" not in text
    assert json.loads(text)["rows"][-1] == {"n": 39_999}


def test_text_in_other_scripts_is_readable():
    assert shown('{"name": "G\\u00f3mez \\u5f20"}') == '{"name": "Gómez 张"}\n'


def test_every_part_passes_the_mask():
    rows = [f"call 2025550142 about item number {number}" for number in range(9)]

    payload = read_payload("result", {"rows 2025550142": rows, "tel": 2025550142}, hide=lambda text: text.replace("2025550142", "•"))

    assert "2025550142" not in "".join(part.text for part in payload.parts)


@pytest.mark.django_db
@pytest.mark.parametrize(("number", "name"), [(0, "result"), (2, "result"), (10**30, "result"), (1, "request"), (1, "uid"), (-1, "result")])
def test_a_payload_that_is_not_there_is_none(number, name):
    transcript = TranscriptFactory(tools=[{"uid": "x1", "tool_name": "find_patient", "tool_result": "found"}])

    assert get_payload(transcript, number=number, name=name) is None
    assert get_payload(transcript, number=1, name="result").parts[0].text == "found"
