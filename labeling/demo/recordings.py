"""Which demo sessions have a recording: rows only, the sound is made when somebody wants to hear it."""

from sessions_app.codes import Channel, RecordingState, TranscriptState
from sessions_app.models import Recording, Session, Transcript
from sessions_app.queries.recordings import get_talk

RECORDED = 60
# Of the recorded ones, counted from the newest: in two parts, failed, gone at the source.
IN_PARTS, FAILED, GONE = frozenset({3, 11, 24}), 7, 15


def seed_recordings() -> None:
    """This will give recordings to the newest calls that have a transcript."""
    calls = Session.objects.filter(channel=Channel.VOICE, transcript_state=TranscriptState.HELD, is_test=False).select_related("transcript").newest_first()
    rows: list[Recording] = []
    for place, session in enumerate(calls[:RECORDED]):
        if place == FAILED:
            rows.append(Recording(session=session, reference="demo:lost", state=RecordingState.FAILED))
        elif place == GONE:
            rows.append(Recording(session=session, reference="demo:gone", state=RecordingState.GONE))
        elif place in IN_PARTS:
            rows += _in_parts(session, session.transcript)
        else:
            rows.append(Recording(session=session, reference="demo:-"))
    Recording.objects.bulk_create(rows)


def _in_parts(session: Session, transcript: Transcript) -> list[Recording]:
    """A session that was recorded in two files, the second from the middle turn on."""
    turns = get_talk(session, transcript).turns
    cut = turns[len(turns) // 2].from_ms
    return [
        Recording(session=session, reference=f"demo:-{cut}"),
        Recording(session=session, reference=f"demo:{cut}-", place=2, starts_ms=cut),
    ]
