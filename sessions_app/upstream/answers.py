"""What the vendor answered: as JSON, as a page of a list, or as one of our own facts."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_noop

from sessions_app.upstream.facts import ANSWERED, ELSEWHERE, KEY_REFUSED, NOT_TAKEN, KeyRefused, NoAnswer, NotAllowed, NotTaken, NotThere

if TYPE_CHECKING:
    import httpx

# Anything longer than this on the wire is no number that means something, and would cost time to read.
LONGEST_NUMBER = 40
SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")
LONGEST_WAIT = 86_400.0


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, its records as they came. `total` is None where the vendor does not say."""

    items: list[Any]
    size: int
    total: int | None

    @property
    def is_last(self) -> bool:
        return len(self.items) < self.size

    @property
    def is_capped(self) -> bool:
        """Of a first page: there is more, and yet it is not full. This vendor gives fewer at once than it was asked for."""
        return 0 < len(self.items) < self.size and self.total is not None and self.total > len(self.items)


class Again(Exception):
    """This answer may be better in a moment."""

    def __init__(self, sentence: str, after: float = 0.0) -> None:
        super().__init__(sentence)
        self.after = after


def meaning_of(response: "httpx.Response") -> Exception:
    status = response.status_code
    if status in (401, 403):
        refused = KeyRefused if status == 401 else NotAllowed
        return refused(KEY_REFUSED % {"status": status})
    if status == 404:
        return NotThere(gettext_noop("The vendor has no such thing (404)."))
    if status in (408, 425, 429) or status >= 500:
        return Again(ANSWERED % {"status": status}, after=asked_wait(response.headers.get("retry-after", "")))
    if 400 <= status < 500:
        return NotTaken(NOT_TAKEN % {"status": status}, status=status, fields=_fields(response))
    if 300 <= status < 400:
        return Again(ELSEWHERE % {"status": status})
    return Again(gettext_noop("What came was no JSON."))


def read_answer(response: "httpx.Response") -> Any:
    """Raises Again for what is no whole JSON: a reply that was cut, or a page of something in between."""
    try:
        return json.loads(response.content, parse_int=_whole_number)
    except (ValueError, RecursionError):
        raise Again(gettext_noop("What came was no whole JSON.")) from None


def read_page(answer: Any, limit: int) -> Page:
    items = answer.get("items") if isinstance(answer, Mapping) else None
    if not isinstance(items, list):
        raise NoAnswer(gettext_noop("The vendor's list has no items."))
    size, total = answer.get("page_size"), answer.get("total_count")
    return Page(items, size if _is_count(size) and 0 < size <= limit else limit, total if _is_count(total) else None)


def _fields(response: "httpx.Response") -> list[str]:
    """What a 422 minds: the last part of each place it names."""
    try:
        told = read_answer(response)
    except Again:
        return []
    detail = told.get("detail") if isinstance(told, Mapping) else None
    places = [one.get("loc") for one in detail if isinstance(one, Mapping)] if isinstance(detail, list) else []
    return [str(place[-1]) for place in places if isinstance(place, list) and place]


def _whole_number(digits: str) -> int | None:
    return int(digits) if len(digits) <= LONGEST_NUMBER else None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def asked_wait(said: str) -> float:
    """This will read how many seconds Retry-After asks for, within a day: it says a number or a date, or nothing that can be read."""
    try:
        seconds = float(said) if SECONDS.fullmatch(said) else _seconds_until(parsedate_to_datetime(said))
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _seconds_until(moment: datetime) -> float:
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
