"""Numbers as people read them. Rounded before they are formatted: formatting alone cuts off what follows."""

from datetime import timedelta
from functools import lru_cache
from typing import Protocol

from django import template
from django.urls import get_script_prefix, reverse
from django.utils.formats import number_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from labeling.queries.summary import words
from labeling.queries.summary.period import Period
from labeling.statistics import Range

register = template.Library()


class Figure(Protocol):
    @property
    def n(self) -> int: ...
    @property
    def query(self) -> str: ...


@register.simple_tag
def door(figure: Figure) -> SafeString:
    """This will write the attributes of a link to the sessions behind a number; a test compares `data-n` with their count."""
    return _door(get_script_prefix(), figure.query, figure.n)


@lru_cache(maxsize=8192)
def _door(prefix: str, query: str, n: int) -> SafeString:
    return format_html('href="{}?{}" data-n="{}"', _list_address(prefix), query, n)


@lru_cache
def _list_address(prefix: str) -> str:
    """A page has hundreds of doors, and to work out the same address each time took a tenth of it."""
    return reverse("labeling:session_list")


@register.filter
def whole(n: int) -> str:
    """This will write a count: 1,234. A page writes hundreds, most of them small, and formatting one takes as long as three lines of a template."""
    return _number(n, 0, get_language() or "")


@register.filter
def seconds(milliseconds: int) -> str:
    """This will write milliseconds as seconds with one decimal: 4.8."""
    return _number(round(milliseconds / 1000, 1), 1, get_language() or "")


@register.filter
def percent(share: float) -> str:
    """This will write a share of one with one decimal: 9.8."""
    return _number(round(share * 100, 1), 1, get_language() or "")


@register.filter
def whole_percent(share: float) -> str:
    """This will write a share of one without decimals: 72."""
    return whole(round(share * 100))


@register.filter
def short_percent(share: float) -> str:
    """This will write a share of one with a decimal only where it has one: 8, or 7.5."""
    shown = round(share * 100, 1)
    return _number(shown, 0 if shown == int(shown) else 1, get_language() or "")


@register.filter
def duration(length: timedelta) -> str:
    """This will write how long something took, in the unit that fits: 40 seconds, 12 minutes, 3 hours, 2 days."""
    taken = int(length.total_seconds())
    if taken < 60:
        return ngettext("%(n)d second", "%(n)d seconds", taken) % {"n": taken}
    if taken < 3600:
        return ngettext("%(n)d minute", "%(n)d minutes", taken // 60) % {"n": taken // 60}
    if taken < 2 * 86_400:
        return ngettext("%(n)d hour", "%(n)d hours", taken // 3600) % {"n": taken // 3600}
    return ngettext("%(n)d day", "%(n)d days", taken // 86_400) % {"n": taken // 86_400}


@register.filter
def points(difference: float) -> str:
    """This will write a difference of two shares in points, with its sign: +9.0, or −6.1."""
    shown = round(difference * 100, 1)
    return f"{'−' if shown < 0 else '+' if shown > 0 else ''}{_number(abs(shown), 1, get_language() or '')}"


@register.filter
def span(found: Range, decimals: int = 0) -> str:
    """This will write a range of shares: 18–40%."""
    low, high = (_number(round(share * 100, decimals), decimals, get_language() or "") for share in (found.low, found.high))
    return f"{low}–{high}%"


@lru_cache(maxsize=4096)
def _number(value: float, decimals: int, language: str) -> SafeString:
    return escape(number_format(value, decimals))


@register.filter
def likely(found: Range) -> str:
    """This will write where a share likely lies: likely 18–40%."""
    return _("likely %(range)s") % {"range": span(found)}


@register.filter
def before_words(period: Period) -> str:
    """This will name the period before one: the 12 weeks before."""
    return words.before_words(period)


@register.filter
def as_far_before_words(period: Period) -> str:
    """This will name as much of the period before as has passed of this one."""
    return words.as_far_before_words(period)
