"""Revealing: a manager asks to see what others think of a session before judging it, and a label of theirs no longer counts as independent."""

from django.db import transaction

from labeling.codes import Judgment, LabelType
from labeling.models import CurrentLabel, Exposure, User
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from sessions_app.models import Session, Transcript


@transaction.atomic
def reveal_judgments(*, session: Session, by: User) -> None:
    """This will open the judgments of a session to a person, and record which there were. Revealing twice is revealing once."""
    # As every label does: one that is given at this moment either saw nothing, or knows of this.
    Session.objects.select_for_update(no_key=True).get(pk=session.pk)
    if Exposure.objects.filter(session=session, user=by, judgment=Judgment.REVEAL).exists():
        return
    shown = [Judgment.REVEAL, *_what_there_is(session, by)]
    Exposure.objects.bulk_create([Exposure(session=session, user=by, judgment=judgment) for judgment in shown], ignore_conflicts=True)
    record_event(kind=EventKind.REVEALED, by=by, session=session.pk)


def _what_there_is(session: Session, by: User) -> list[Judgment]:
    others = CurrentLabel.objects.filter(session=session, type=LabelType.HUMAN).exclude(rater__user=by)
    summary = Transcript.objects.filter(pk=session.pk).exclude(summary="")
    return [
        *([Judgment.AUTO] if session.auto_code else []),
        *([Judgment.OTHERS] if others.exists() else []),
        *([Judgment.SUMMARY] if by.may_read_transcripts and summary.exists() else []),
    ]
