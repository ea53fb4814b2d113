"""Masking: what a person who may not see callers' identities is shown instead. Applied at render, never at rest."""

import re
from typing import Protocol

from labeling.roles import Permission


class Viewer(Protocol):
    def may(self, permission: Permission) -> bool: ...


DOTS = "•••"
PHONE = re.compile(r"\+?\d[\d\s().-]{5,}\d")
EMAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[A-Za-z]{2,}")
SSN = re.compile(r"\b\d{3}-\d{2}-\d{4}\b")
# What a chat platform calls an unknown visitor, such as web-8814: it identifies nobody.
VISITOR = re.compile(r"[a-z]{1,12}[-_][0-9a-f]{1,12}")


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
    text = EMAIL.sub(f"{DOTS}@{DOTS}", text)
    text = SSN.sub(f"{DOTS}-{DOTS}", text)
    return PHONE.sub(_mask_number, text)


def _mask_number(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found.group())
    # Fewer digits are dates, times and amounts.
    return f"{DOTS} {digits[-4:]}" if len(digits) >= 10 else found.group()
