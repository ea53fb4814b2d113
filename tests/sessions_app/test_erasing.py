"""What is left of a session that was erased, and what a source can no longer change of it."""

import pytest

from sessions_app.codes import RecordingState, TranscriptState
from sessions_app.models import Session, SessionDelta, Transcript
from sessions_app.operations import drop_transcripts, erase_sessions, release_recordings, store_transcript, upsert_sessions
from tests.factories import RecordingFactory, SessionFactory, TranscriptFactory

pytestmark = pytest.mark.django_db


def test_an_erased_session_keeps_what_it_counts_as_and_nothing_else():
    session = TranscriptFactory(session__source="+12025550142", session__extra={"name": "Ann"}, session__turns=3, session__external_id="call-1").session

    transcripts, files = erase_sessions(sessions=[session])

    row = Session.objects.get()
    assert (transcripts, files) == (1, [])
    assert (row.source, row.conversation_id, row.channel_manager_sid, row.extra) == (None, None, None, {})
    assert (row.agent_name, row.channel, row.duration, row.turns) == (session.agent_name, "voice", 138.0, 3)
    assert row.transcript_state == TranscriptState.ERASED
    assert row.external_id.startswith("erased:")
    assert not Transcript.objects.exists()


@pytest.mark.parametrize(("is_outbound", "target"), [(False, "+18005550100"), (True, None), (None, None)])
def test_the_number_that_was_dialed_stays_where_the_caller_dialed_it(is_outbound, target):
    session = SessionFactory(is_outbound=is_outbound, target="+18005550100")

    erase_sessions(sessions=[session])

    assert Session.objects.get().target == target


def test_a_record_that_comes_again_changes_neither_row_nor_counts():
    session = SessionFactory(external_id="call-1")
    erase_sessions(sessions=[session])
    before = Session.objects.values().get()
    record = {"session_id": "call-1", "timestamp": "2026-03-02T12:00:00Z", "source": "+12025550142", "agent_name": "Another"}

    outcome = upsert_sessions(data_source=session.data_source, records=[record])

    assert (outcome.created, outcome.changed, outcome.unchanged) == (0, 0, 1)
    assert Session.objects.values().get() == before
    assert not SessionDelta.objects.exists()


def test_a_transcript_that_comes_late_is_not_kept():
    session = SessionFactory()
    erase_sessions(sessions=[session])

    store_transcript(session=session, transcript={"transcription": [{"timestamp": "2026-03-02T12:00:01Z", "source": "user", "text": "Late."}]})

    assert not Transcript.objects.exists()


def test_a_dropped_transcript_leaves_the_rest_of_the_session():
    session = TranscriptFactory(session__external_id="call-1").session

    assert drop_transcripts(sessions=[session]) == 1

    row = Session.objects.get()
    assert (row.transcript_state, row.source, row.external_id, row.erased_at) == (TranscriptState.ERASED, "+12025550142", "call-1", None)


def test_a_recording_that_is_let_go_of_is_never_fetched_again():
    held = RecordingFactory(state=RecordingState.HELD, file="f" * 43, size=9, agent_spans=[[1, 2]])

    files = release_recordings(recordings=[held])

    held.refresh_from_db()
    assert files == ["f" * 43]
    assert (held.state, held.file, held.reference, held.agent_spans) == (RecordingState.GONE, "", "", [])
