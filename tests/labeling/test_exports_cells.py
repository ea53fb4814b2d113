"""Cells that a spreadsheet shows and never works out."""

import sys
import unicodedata

import pytest

from labeling.exports.cells import guard, guarded, is_phone

FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example","click")',
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "\u00a0=1+1",
    "\u200b=1+1",
    "\ufeff@SUM(A1)",
    "\u3000-1",
    "\x01=1+1",
    "\x0b+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "﹦1+1",
    "\ttext",
    "\rtext",
    "-",
    "=",
    "'=1+1",
    "'quoted'",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_could_be_a_formula_gets_an_apostrophe(text):
    assert guard(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Northlake", "a=b", "1-2", "•••", "••• ••• 0142", "–dash", "“=1”", "12", "Ana: -1", '"=1+1"', "#REF!"])
def test_any_other_text_stays_as_it_is(text):
    assert guard(text) == text


def test_a_formula_after_signs_that_are_not_seen_gets_an_apostrophe():
    unseen = [sign for sign in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(sign) in ("Cf", "Zs", "Cc")]
    unseen += "\u034f\u3164\u2800\u115f\u1160\uffa0\ufe0f"

    assert [f"{ord(sign):04x}" for sign in unseen if guard(f"{sign}{sign}=1") != f"'{sign}{sign}=1"] == []


def test_a_number_in_full_is_told_from_a_sum():
    assert [is_phone(text) for text in ("+12025550142", "+1+1", "+1-202-555-0142", "+12", "+1 202", "+1202555014２")] == [
        True,
        False,
        False,
        False,
        False,
        False,
    ]


def test_what_is_empty_stays_empty():
    assert guarded([None, "", "=1", "a"]) == [None, "", "'=1", "a"]


def test_a_long_text_of_spaces_takes_no_time():
    assert guard(" " * 200_000 + "x")[0] == " "
