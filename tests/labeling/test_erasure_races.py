"""Erasing while others work on the same sessions, and being cut off in the middle."""

import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from labeling.exports import folder as exports
from labeling.exports.background import make_file
from labeling.exports.erased_files import FILES
from labeling.models import Draft, Erasure, Event, Label
from labeling.models.erasure import ErasureState
from labeling.models.export import ExportState
from labeling.operations import erasure as erasing
from labeling.operations.drafts import DraftIsVoid, Typed, save_draft
from labeling.operations.erasure import Files, carry_out_erasure, order_erasure
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from labeling.queries.erasure import caller
from sessions_app.codes import RecordingState
from sessions_app.models import Recording, Session, Transcript
from sessions_app.operations import upsert_sessions
from sessions_app.recordings import fetching
from tests.factories import AgentFactory, ExportFactory, RecordingFactory, SessionFactory, TranscriptFactory, UserFactory
from tests.labeling.recomputation import check_everything_derived
from tests.sessions_app.sounds import wav

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER = "+12025550177"


@pytest.fixture(autouse=True)
def folders_of_its_own(settings, tmp_path):
    settings.ERASURE_LIST = tmp_path / "erasures.jsonl"
    settings.EXPORT_DIR = tmp_path / "exports"
    settings.RECORDING_DIR = tmp_path / "recordings"


def elsewhere(work, *given):
    """On a connection of its own, as another process would."""

    def closing():
        try:
            return work(*given)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(closing).result()


def erase(number=NUMBER, files=FILES):
    erasure = order_erasure(subject=caller(number), by=None)
    carry_out_erasure(erasure_pk=erasure.pk, files=files)
    return Erasure.objects.get(pk=erasure.pk)


def test_labels_and_drafts_that_come_meanwhile_leave_no_word():
    agent = AgentFactory()
    sessions = [TranscriptFactory(session__source=NUMBER, session__seen_agent=agent).session for _ in range(12)]
    people = UserFactory.create_batch(4)

    def work(person):
        try:
            for n, session in enumerate(sessions):
                submit_label(session_id=session.pk, rater=rater_of(user=person), code="BAD", client_key=f"key-{n}", comment="Zebulon wept.")
                with contextlib.suppress(DraftIsVoid):
                    save_draft(session_id=session.pk, by=person, typed=Typed(comment="Zebulon"), tab="a-tab", sequence=1, revision=0)
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        waiting = [pool.submit(work, person) for person in people]
        erasure = pool.submit(elsewhere, erase).result()
        for one in waiting:
            one.result()

    assert erasure.state == ErasureState.FINISHED
    assert Label.objects.count() == 48
    assert set(Label.objects.values_list("comment", flat=True)) == {"(erased)"}
    assert not Draft.objects.exclude(comment="").exists()
    check_everything_derived()


def test_a_file_that_was_being_made_is_not_handed_out():
    for n in range(3):
        SessionFactory(source=NUMBER if n else "+12025550100")
    export = ExportFactory(created_by=UserFactory(role="admin"), columns=["session_id", "caller"], token="a" * 43)
    erased = []

    def meanwhile():
        if not erased:
            erased.append(elsewhere(erase))
        return False

    make_file(export_pk=export.pk, base="http://localhost/", should_stop=meanwhile)

    export.refresh_from_db()
    assert erased[0].counts["exports"] == 1
    assert (export.state, export.problem) == (ExportState.FAILED, erasing.EXPORT_VOID)
    assert not exports.holds(export.token)


def test_a_recording_that_was_being_fetched_is_not_kept(monkeypatch, settings):
    session = SessionFactory(source=NUMBER)
    recording = RecordingFactory(session=session)

    def fetcher(wanted, write):
        elsewhere(erase)
        write(wav(1_000, [(0, 500)]))

    monkeypatch.setitem(fetching.FETCHERS, session.data_source.kind, fetcher)

    fetching.fetch_recording(recording_pk=recording.pk)

    recording.refresh_from_db()
    assert (recording.state, recording.file, recording.reference) == (RecordingState.GONE, "", "")
    assert list(settings.RECORDING_DIR.iterdir()) == []


def test_two_erasures_at_once_erase_each_session_once():
    sessions = [TranscriptFactory(session__source=NUMBER, session__conversation_id="+13035550100").session for _ in range(30)]

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda number: elsewhere(erase, number), (NUMBER, "+13035550100")))

    assert sum(one.counts.get("sessions", 0) for one in done) == 30
    assert Session.objects.filter(erased_at=None).count() == 0
    assert Event.objects.filter(kind="erased", session__in=[one.pk for one in sessions]).count() == 30


def test_a_sync_that_comes_meanwhile_brings_nothing_back():
    source = AgentFactory().data_source
    records = [
        {"session_id": f"c{n}", "timestamp": "2026-03-02T12:00:00Z", "source": NUMBER, "is_outbound": False, "channel_manager_type": "sms"} for n in range(60)
    ]
    upsert_sessions(data_source=source, records=records)

    with ThreadPoolExecutor(2) as pool:
        synced = pool.submit(elsewhere, lambda: [upsert_sessions(data_source=source, records=records) for _ in range(5)])
        erased = pool.submit(elsewhere, erase)
        synced.result()
        erased.result()
    upsert_sessions(data_source=source, records=records)

    assert (Session.objects.count(), Session.objects.filter(source=NUMBER).count()) == (60, 0)


class Killed(BaseException):
    """What no handler catches."""


def test_an_erasure_that_was_killed_goes_on_and_counts_each_session_once(monkeypatch):
    monkeypatch.setattr(erasing, "BATCH", 2)
    for n in range(7):
        RecordingFactory(session=TranscriptFactory(session__source=NUMBER).session, state=RecordingState.HELD, file=f"{n}" * 43, size=1)
    removed = []

    def remove(names):
        removed.extend(names)
        if len(removed) == 4:
            raise Killed

    erasure = order_erasure(subject=caller(NUMBER), by=None)
    with pytest.raises(Killed):
        carry_out_erasure(erasure_pk=erasure.pk, files=Files(remove, exports.clear))
    cut_off = Erasure.objects.get(pk=erasure.pk)
    left = Transcript.objects.count()
    carry_out_erasure(erasure_pk=erasure.pk, files=Files(removed.extend, exports.clear))

    erasure.refresh_from_db()
    assert (cut_off.state, cut_off.counts["sessions"], left) == (ErasureState.RUNNING, 2, 5)
    assert (erasure.state, erasure.counts["sessions"], erasure.counts["transcripts"]) == (ErasureState.FINISHED, 7, 7)
    assert set(removed) == {f"{n}" * 43 for n in range(7)}
    assert not Recording.objects.exclude(file="").exists()
