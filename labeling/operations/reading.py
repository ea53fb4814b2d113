"""What a person was shown: an event for the audit, an exposure for the independence of their label."""

from collections.abc import Sequence
from contextlib import nullcontext

from django.db import transaction

from labeling.codes import Judgment
from labeling.models import Exposure, User
from labeling.models.event import EventKind
from labeling.operations.disputes import mark_seen
from labeling.operations.events import record_event
from sessions_app.codes import Verdict
from sessions_app.models import Session


def note_reading(*, session: Session, by: User, judgments: Sequence[str], has_transcript: bool) -> None:
    """This will record that a session was read, and which judgments were on the page for the first time."""
    # Both or neither; one statement alone needs no transaction around it.
    with transaction.atomic() if has_transcript and judgments else nullcontext():
        if has_transcript:
            record_event(kind=EventKind.TRANSCRIPT_READ, by=by, session=session.pk)
        if judgments:
            Exposure.objects.bulk_create([Exposure(session=session, user=by, judgment=judgment) for judgment in judgments], ignore_conflicts=True)
    if Judgment.OTHERS in judgments and (session.label_is_settled or session.label_code == Verdict.DISPUTED):
        mark_seen(session=session, by=by)
