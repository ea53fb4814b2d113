"""Masking: what a person who may not see callers' identities is shown instead. Applied at render, never at rest."""

import re
from collections.abc import Iterable
from typing import Protocol

from labeling.roles import Permission


class Viewer(Protocol):
    def may(self, permission: Permission) -> bool: ...


DOTS = "•••"
# Between the digits of a number: spaces, dots, slashes, brackets, every kind of dash, and signs that have no width.
GAP = r"[\s()\[\]./_·\u00ad\u200b-\u200d\u2060\u2010-\u2015\u2212-]"
PHONE = re.compile(rf"(?<![\d:T])\+?\d(?:{GAP}{{0,3}}\d){{9,14}}?(?!\d)")
DATE = re.compile(r"(?:19|20)\d\d-\d\d-\d\d")
# Bounded and anchored: without that a long text with no space in it takes the square of its length.
EMAIL = re.compile(r"(?<![^\s@<>\"'(),;:])[^\s@<>\"'(),;:]{1,64}@[^\s@<>\"'(),;:]{1,190}\.[A-Za-z]{2,24}")
SSN = re.compile(rf"(?<!\d)\d{{3}}{GAP}\d{{2}}{GAP}\d{{4}}(?!\d)")
# What a chat platform calls an unknown visitor, such as web-8814: it identifies nobody.
VISITOR = re.compile(r"[a-z]{1,12}[-_](?=[a-f]*\d)[0-9a-f]{1,6}")
# A number may be written without its country code or area code; this many of its digits in a row still tell whose it is.
TELLING_DIGITS = 7


def mask(value: str | None, viewer: Viewer) -> str:
    """This will hide a caller's number, address or name, leaving the last four digits of a number."""
    if not value or viewer.may(Permission.UNMASK) or VISITOR.fullmatch(value):
        return value or ""
    digits = re.sub(r"\D", "", value)
    if "@" not in value and len(digits) >= 7:
        return f"{DOTS} {DOTS} {digits[-4:]}"
    if "@" in value:
        return f"{value[0]}{DOTS}@{DOTS}"
    return f"{value[0]}{DOTS}"


def mask_text(text: str, viewer: Viewer) -> str:
    """This will hide phone numbers, e-mail addresses and social security numbers that are written out in a text.

    Names in free speech stay: whoever may read transcripts reads them.
    """
    if viewer.may(Permission.UNMASK):
        return text
    if "@" in text:
        text = EMAIL.sub(f"{DOTS}@{DOTS}", text)
    text = SSN.sub(f"{DOTS}-{DOTS}", text)
    return PHONE.sub(_mask_number, text)


def mask_handle(handle: str, viewer: Viewer, *, callers: Iterable[str | None]) -> str:
    """This will mask an id at the source that holds a caller's number or is a caller's name. Any other long number is an id and stays."""
    if viewer.may(Permission.UNMASK):
        return handle
    if any(tells_whose(handle, caller) for caller in callers if caller):
        return mask(handle, viewer)
    return mask_text(handle, viewer) if "+" in handle or "@" in handle else handle


def tells_whose(handle: str, caller: str) -> bool:
    """This will say whether a handle is a caller's number or name, written in whatever way."""
    if handle.strip().casefold() == caller.strip().casefold():
        return True
    number, digits = re.sub(r"\D", "", caller), re.sub(r"\D", "", handle)
    return any(number[start : start + TELLING_DIGITS] in digits for start in range(len(number) - TELLING_DIGITS + 1))


def _mask_number(found: re.Match[str]) -> str:
    # A date with a time after it has as many digits as a number.
    if DATE.match(found.group()):
        return found.group()
    return f"{DOTS} {re.sub(r'[^0-9]', '', found.group())[-4:]}"
