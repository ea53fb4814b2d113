"""Wanting to hear a recording, and the audit of who did."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from procrastinate.contrib.django import app

from labeling.models import ApiKey, Event, User
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from sessions_app.models import Recording
from sessions_app.recording_operations import want_recording


@transaction.atomic
def ask_for_recordings(*, recordings: Iterable[Recording], at: datetime, again: bool = False) -> None:
    """This will have the worker fetch what is not here yet, once for everybody who asks. `again` gives failed ones another try."""
    for recording in recordings:
        if want_recording(recording=recording, at=at, again=again):
            # By name: a task is above an operation. One at a time, should an earlier one still be at it.
            app.configure_task("labeling.tasks.fetch_recording", lock=f"recording {recording.pk}").defer(recording=recording.pk)


@transaction.atomic
def note_hearing(*, recording: Recording, by: User, link: str, key: ApiKey | None = None) -> None:
    """This will record that somebody heard a recording: once a link, however many parts of the file its player asks for."""
    heard = Event.objects.filter(session=recording.session_id, kind=EventKind.RECORDING_HEARD, user=by.pk, subject=recording.pk, after=link)
    if heard.exists():
        return
    Recording.objects.select_for_update(no_key=True).get(pk=recording.pk)
    if not heard.exists():
        record_event(
            kind=EventKind.RECORDING_HEARD,
            by=by,
            api_key=key.pk if key else None,
            session=recording.session_id,
            subject_kind="recording",
            subject=recording.pk,
            after=link,
        )
