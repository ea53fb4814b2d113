"""Looking for a caller's number by who is shown numbers masked: who knows it finds it; who tries them one after the other is stopped, and seen."""

import re
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from labeling.masking import TELLING_DIGITS
from labeling.models import ApiKey, Event, User
from labeling.models.event import EventKind
from labeling.operations.events import record_event

MOST_AN_HOUR = 30
AN_HOUR = timedelta(hours=1)
NUMBER = re.compile(rf"\d(?:[^\d\w]{{0,3}}\d){{{TELLING_DIGITS - 1}}}")


class TooManyNumbers(Exception):
    """The person has looked for as many numbers as an hour allows."""


def asks_for_number(texts: Iterable[str]) -> bool:
    return any(NUMBER.search(text) for text in texts)


@transaction.atomic
def note_number_search(*, by: User, api_key: ApiKey | None = None) -> None:
    """This will put down that a number was looked for, never which. Raises TooManyNumbers."""
    # One after the other: requests at once would all find room for one more.
    User.objects.select_for_update(no_key=True).only("pk").get(pk=by.pk)
    if Event.objects.filter(user=by.pk, at__gt=Now() - AN_HOUR, kind=EventKind.NUMBER_SOUGHT).count() >= MOST_AN_HOUR:
        raise TooManyNumbers
    record_event(kind=EventKind.NUMBER_SOUGHT, by=by, api_key=api_key.pk if api_key else None)
