"""Cells of a flat file: values that a spreadsheet shows and never works out."""

import re
from collections.abc import Iterable
from typing import Any

# Signs of which nothing is seen: white space, control and format signs, and the letters and marks that are drawn as nothing.
UNSEEN = (
    r"\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u180b-\u180f\u200b-\u200f\u2028-\u202f\u2060-\u206f"
    r"\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff"
)
# What a spreadsheet would read as a formula, also after signs that are not seen, and with full-width signs. An apostrophe
# is escaped by another, so that leaving one away always gives the text back.
RISKY = re.compile(rf"[{UNSEEN}]*[=+\-@\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20]|[\t\r\n']")
PHONE = re.compile(r"\+[0-9]{4,20}")


def guard(text: str) -> str:
    """This will put an apostrophe before a text that could be read as a formula."""
    return f"'{text}" if RISKY.match(text) else text


def guarded(values: Iterable[Any]) -> list[Any]:
    risky = RISKY.match
    return [f"'{value}" if value and risky(value) else value for value in values]


def is_phone(text: str) -> bool:
    """A number in full is no formula; where a cell has a type of its own it needs no apostrophe."""
    return bool(PHONE.fullmatch(text))


def flags(values: Iterable[bool | None]) -> list[str | None]:
    return [_FLAGS[value] for value in values]


_FLAGS: dict[bool | None, str | None] = {True: "true", False: "false", None: None}
