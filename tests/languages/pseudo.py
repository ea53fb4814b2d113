"""A language that nobody speaks: every translated letter is a wide one, so that a plain letter on a page was not translated or is data.

Each message stands in brackets, so that it is seen where one ends.
"""

import calendar
import re
import string
from html.parser import HTMLParser

WIDE = {ord(plain): chr(ord(plain) + 0xFEE0) for plain in string.ascii_letters}
BEGIN, END = "⟦", "⟧"
# Parts of a date, which a pattern puts in order.
OF_DATES = {*calendar.month_name, *calendar.month_abbr, *calendar.day_name, *calendar.day_abbr, "a.m.", "p.m.", "AM", "PM"}
OF_DATES |= {name.lower() for name in OF_DATES}
# Placeholders and marks are not for translators.
KEPT = re.compile(r"(%\(\w+\)[sd]|%[sd]|%%|\{\w*\}|<[^>]+>|&\w+;)")
SPOKEN = ("placeholder", "title", "aria-label", "aria-description", "alt", "data-words", "data-copied")
# What keyboards print, what programs read and what browsers run is no text.
UNSPOKEN = {"script", "style", "kbd", "code", "pre"}


def widened(message: str) -> str:
    """This will translate. A message may come after its context."""
    return "".join(part if KEPT.fullmatch(part) else part.translate(WIDE) for part in KEPT.split(message.rpartition("\x04")[2]))


def bracketed(message: str) -> str:
    """This will translate, and say where the message begins and ends."""
    plain = message.rpartition("\x04")[2]
    return widened(message) if plain in OF_DATES or not plain.strip() else f"{BEGIN}{widened(message)}{END}"


def unbracketed(text: str) -> str:
    return text.replace(BEGIN, "").replace(END, "")


class Pseudo:
    """Stands where Django keeps what it read of a language."""

    domain = "django"

    def gettext(self, message: str) -> str:
        return bracketed(message)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return bracketed(singular if number == 1 else plural)

    def language(self) -> str:
        return "xx"

    def to_language(self) -> str:
        return "xx"


class Spoken(HTMLParser):
    """Every text that a page shows or says."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._within: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        # Names of zones and of fields are data that no database holds.
        name = given.get("name") or ""
        if tag in UNSPOKEN or given.get("translate") == "no" or name == "time_zone" or (tag == "select" and name.startswith("column_")):
            self._within.append(tag)
        self.texts += [text for attribute in SPOKEN if (text := given.get(attribute))]
        if tag == "input" and given.get("type") in ("submit", "button", "reset"):
            self.texts.append(given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if self._within and self._within[-1] == tag:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        if not self._within and data.strip():
            self.texts.append(" ".join(data.split()))
