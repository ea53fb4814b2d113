"""What follows when the list of masked keys changes: a word in the audit, and search words without what is masked now."""

from django.db import transaction
from procrastinate.contrib.django import app

from labeling.models import MaskedKey, User
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from sessions_app import operations

SESSIONS_OF_A_JOB = 5_000
LOCK = "renew_search_words"


@transaction.atomic
def note_masked_key(*, key: MaskedKey, by: User, change: str) -> None:
    """This will record that a key was added, changed or removed. Pages follow at once; searches when the worker has gone over all sessions."""
    record_event(kind=EventKind.SETTING_CHANGED, by=by, subject_kind="masked key", subject=key.pk, after=change)
    _ask_for_renewal(after=0)


def renew_search_words(*, after: int) -> None:
    """This will go over some sessions, and leave the rest to the next job: a worker that is killed repeats no more than its own."""
    last = operations.renew_search_words(after=after, most=SESSIONS_OF_A_JOB)
    if last is not None:
        _ask_for_renewal(after=last)


def _ask_for_renewal(*, after: int) -> None:
    # By name: a task is above an operation.
    app.configure_task("labeling.tasks.renew_search_words", lock=LOCK).defer(after=after)
