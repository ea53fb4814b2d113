"""Erasing sessions, and letting go of transcripts and recordings that are kept no longer. The counts of sessions stay."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models.functions import Now

from sessions_app.bulk import update_rows
from sessions_app.codes import RecordingState, TranscriptState
from sessions_app.models import Recording, Session, Transcript
from sessions_app.queries.database_clock import database_now
from sessions_app.queries.identity import erased_id

# labeling knows who was erased. It registers here, because sessions_app must not import it.
Erased = Callable[[Sequence[Session]], list[Session]]
WAS_ERASED: list[Erased] = []

# Everything in a session's row that says whom it was with, or by which that could be looked up at its source.
NOTHING: dict[str, Any] = {
    "source": None,
    "conversation_id": None,
    "channel_manager_sid": None,
    "override_timestamp": None,
    "extra": {},
    "transcript_state": TranscriptState.ERASED.value,
}


def forget(sessions: Sequence[Session]) -> None:
    """This will take out of rows, saved or not, whom the session was with. A number that was dialed by a caller stays: it is ours."""
    now = database_now()
    for session in sessions:
        for name, value in NOTHING.items():
            setattr(session, name, value)
        if session.is_outbound is not False:
            session.target = None
        # The primary connection's ids are the wire's, and say nothing by themselves.
        if not session.data_source.is_primary:
            session.external_id = erased_id(session.data_source.name, session.external_id)
        session.erased_at = now


def erase_sessions(*, sessions: Sequence[Session]) -> tuple[int, list[str]]:
    """This will erase sessions that the caller has locked; and return how many transcripts went, and the files to remove."""
    forget(sessions)
    update_rows(sessions, [*NOTHING, "target", "external_id", "erased_at"], touch="changed_at")
    transcripts, _ = Transcript.objects.filter(pk__in=[session.pk for session in sessions]).delete()
    return transcripts, release_recordings(recordings=list(Recording.objects.filter(session__in=sessions)))


def drop_transcripts(*, sessions: Sequence[Session]) -> int:
    """This will delete the transcripts of sessions that the caller has locked. Their signals stay, and so does what they were counted as."""
    dropped, _ = Transcript.objects.filter(pk__in=[session.pk for session in sessions]).delete()
    Session.objects.filter(pk__in=[session.pk for session in sessions], transcript_state=TranscriptState.HELD).update(
        transcript_state=TranscriptState.ERASED, changed_at=Now()
    )
    return dropped


def release_recordings(*, recordings: Sequence[Recording]) -> list[str]:
    """This will let go of recordings for good, and return the names of the files. One that is being fetched is not kept."""
    # Locked first: a fetch that ends at this moment has put its file down, or finds that nobody wants it.
    locked = list(Recording.objects.select_for_update(no_key=True).filter(pk__in=[one.pk for one in recordings]).order_by("pk").values_list("pk", "file"))
    Recording.objects.filter(pk__in=[pk for pk, _ in locked]).update(
        state=RecordingState.GONE, file="", reference="", asked_at=None, agent_spans=[], caller_spans=[], size=None
    )
    return [file for _, file in locked if file]
