"""What was read with an API key: the same events and exposures as for a person's own eyes, with the key beside them."""

from collections.abc import Iterable

from django.db import transaction

from labeling.models import ApiKey, Exposure
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from labeling.operations.number_searches import asks_for_number, note_number_search

# Of a list's searches, those whose values may be a caller's number.
HOLDING_NUMBERS = frozenset({"source", "target", "conversation_id", "channel_manager_sid"})


@transaction.atomic
def note_api_reading(*, key: ApiKey, session: int, judgments: Iterable[str] = (), is_unmasked: bool = False) -> None:
    """This will record that what was said in a session was read, and which judgments with it."""
    record_event(kind=EventKind.TRANSCRIPT_READ, by=key.user_id, session=session, api_key=key.pk)
    if is_unmasked:
        note_unmasked(key=key, session=session)
    note_exposures(key=key, shown=[(session, judgment) for judgment in judgments])


def note_unmasked(*, key: ApiKey, session: int | None) -> None:
    """This will record that callers were read without a mask: in one session, or in a list."""
    record_event(kind=EventKind.UNMASKED, by=key.user_id, session=session, api_key=key.pk, after="api")


def note_number_searches(*, key: ApiKey, searches: Iterable[tuple[str, str]]) -> None:
    """This will put down that a list was asked for by a caller's number, by who would not be shown it. Raises TooManyNumbers."""
    if asks_for_number(value for name, value in searches if name in HOLDING_NUMBERS):
        note_number_search(by=key.user, api_key=key)


def note_exposures(*, key: ApiKey, shown: Iterable[tuple[int, str]]) -> None:
    """This will remember which judgments of which sessions the key's owner has been shown: a label they give after that is not independent."""
    rows = [Exposure(session_id=session, user_id=key.user_id, judgment=judgment) for session, judgment in sorted(set(shown))]
    Exposure.objects.bulk_create(rows, ignore_conflicts=True)
