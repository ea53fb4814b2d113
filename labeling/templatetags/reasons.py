"""Why something stopped in the background: kept in English, as the API tells it, and said in the language of whoever opens the page."""

import re

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext

from labeling.operations.draws import TOO_MANY, TOO_MANY_GROUPS

register = template.Library()

NUMBER = r"(?P<{}>[\d,]+)"


@register.filter
def reason(kept: str) -> str:
    """This will say a reason that was kept; one that nobody has translated stays as it is."""
    for message, pattern in WITH_NUMBERS.items():
        if found := pattern.fullmatch(kept):
            return gettext(message) % {name: _number(value) for name, value in found.groupdict().items()}
    return gettext(kept)


def _pattern(message: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"%\\\((\w+)\\\)s", lambda found: NUMBER.format(found[1]), re.escape(message)))


def _number(written: str) -> str:
    return str(number_format(int(written.replace(",", ""))))


WITH_NUMBERS = {message: _pattern(message) for message in (TOO_MANY, TOO_MANY_GROUPS)}
