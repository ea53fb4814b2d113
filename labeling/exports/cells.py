"""Cells of a flat file: values that a spreadsheet shows and never works out."""

import re
from collections.abc import Iterable
from typing import Any

# What a spreadsheet would read as a formula, also after space, signs without width and full-width signs. An apostrophe
# is escaped by another, so that leaving one away always gives the text back.
RISKY = re.compile(
    r"[\s\x00-\x1f\u00ad\u200b-\u200f\u2028-\u202f\u2060\ufeff]*[=+\-@\ufe62\ufe63\ufe66\ufe6b\uff0b\uff0d\uff1d\uff20]"
    r"|[\t\r\n']"
)
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
