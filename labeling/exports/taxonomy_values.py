"""The values of a file of issue categories: each cell read into what the category holds, or refused with the reason."""

from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from labeling.codes import LONGEST_ISSUE, Severity
from labeling.forms.categories import LONGEST_NAME, template_lines, why_not_templates
from labeling.models.issue_category import Signal
from labeling.queries.issues import one_spaced
from sessions_app.codes import Channel

MOST_ALIASES = 500
LONGEST_TEXT = 10_000
LONGEST_GROUP = 60
LARGEST_ORDER = 32_767
YES, NO = ("yes", "true", "1"), ("no", "false", "0", "")


class NotAValue(Exception):
    """A cell cannot be read; its words are the reason."""


def _text(value: Any, longest: int = LONGEST_TEXT) -> str:
    if not isinstance(value, str):
        raise NotAValue(_("A text is expected where there is none."))
    if "\0" in value:
        raise NotAValue(_("A text holds a NUL character."))
    try:
        value.encode()
    except UnicodeEncodeError:
        raise NotAValue(_("A text holds half a character.")) from None
    if len(value) > longest:
        raise NotAValue(_("A text is longer than %(most)s characters.") % {"most": number_format(longest)})
    return value


def _many(value: Any) -> list[str]:
    given = value.splitlines() if isinstance(value, str) else value
    if not isinstance(given, list):
        raise NotAValue(_("A list is expected where there is none."))
    return [one for text in given if (one := _text(text).strip())]


def _name(value: Any) -> str:
    name = one_spaced(_text(value))
    if not name:
        raise NotAValue(_("The name is missing."))
    if len(name) > LONGEST_NAME:
        raise NotAValue(_("A name has at most %(most)s characters.") % {"most": LONGEST_NAME})
    return name


def _order(value: Any) -> int:
    text = str(value).strip()
    if isinstance(value, bool) or not (text.isascii() and text.isdecimal() and len(text) <= 5 and int(text) <= LARGEST_ORDER):
        raise NotAValue(_("The order is a whole number from 0 to %(most)s.") % {"most": number_format(LARGEST_ORDER)})
    return int(text)


def _severity(value: Any) -> str:
    word = _text(value).strip().lower()
    if word not in Severity.values:
        raise NotAValue(_("The severity is one of %(known)s.") % {"known": ", ".join(Severity.values)})
    return word


def _channels(value: Any) -> list[str]:
    words = [word.lower() for one in _many(value) for word in one.replace(",", " ").split()]
    if unknown := [word for word in words if word not in Channel.values]:
        raise NotAValue(_("“%(word)s” is no channel. Channels are %(known)s; none means all.") % {"word": unknown[0][:20], "known": ", ".join(Channel.values)})
    return sorted(set(words))


def _templates(value: Any) -> list[str]:
    lines = template_lines("\n".join(_many(value)))
    if why_not := why_not_templates(lines):
        raise NotAValue(why_not)
    return lines


def _signal(value: Any) -> str:
    word = _text(value).strip().lower()
    if word and word not in Signal.values:
        raise NotAValue(_("What suggests it is one of %(known)s, or nothing.") % {"known": ", ".join(Signal.values)})
    return word


def _aliases(value: Any) -> list[str]:
    texts = [one_spaced(one) for one in _many(value)]
    if any(len(text) > LONGEST_ISSUE for text in texts):
        raise NotAValue(_("Another name has at most %(most)s characters.") % {"most": LONGEST_ISSUE})
    if len(texts) > MOST_ALIASES:
        raise NotAValue(_("At most %(most)s other names.") % {"most": MOST_ALIASES})
    return sorted({text.upper(): text for text in texts if text}.values(), key=str.upper)


def _flag(value: Any) -> bool:
    word = str(value).strip().lower()
    if word not in (*YES, *NO):
        raise NotAValue(_("Retired is yes or no."))
    return word in YES


def _into(value: Any) -> str:
    return one_spaced(_text("" if value is None else value, LONGEST_NAME))


def _group(value: Any) -> str:
    return _text(value, LONGEST_GROUP).strip()


def _too_many(value: Any) -> Any:
    raise NotAValue(_("The row has more cells than the first row has columns."))


READ: dict[str, Any] = {
    "name": _name,
    "group": _group,
    "order": _order,
    "severity": _severity,
    "description": _text,
    "example": _text,
    "counter_example": _text,
    "channels": _channels,
    "comment_templates": _templates,
    "suggested_by_signal": _signal,
    "aliases": _aliases,
    "retired": _flag,
    "merged_into": _into,
    "extra": _too_many,
}
