"""Sentences that are kept in English, as the API tells them, and said in the language of whoever opens the page."""

import re

from django.utils.formats import number_format
from django.utils.translation import gettext

GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+")
_patterns: dict[str, re.Pattern[str]] = {}


def with_values(message: str) -> str:
    """This will let a message be known again by what became of it. Give it to gettext_noop first."""
    _patterns[message] = re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+?)", re.escape(message)), re.DOTALL)
    return message


def say(kept: str) -> str:
    """This will say a sentence that was kept; one that nobody has translated stays as it is."""
    # What says more of itself first: a value can hold whatever a shorter one goes on with.
    for message in sorted(_patterns, key=len, reverse=True):
        if found := _patterns[message].fullmatch(kept):
            return gettext(message) % {name: _value(name, value) for name, value in found.groupdict().items()}
    return gettext(kept)


def _value(name: str, written: str) -> str:
    """A number that is grouped is grouped as the language does; a reason within another is said like any."""
    if name == "reason":
        return say(written)
    return str(number_format(int(written.replace(",", "")))) if GROUPED.fullmatch(written) else written
