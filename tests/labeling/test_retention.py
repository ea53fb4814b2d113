"""Retention: what is older than its class is kept goes, what a hold covers stays, and the report says how much."""

from contextlib import contextmanager
from datetime import timedelta

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db import Error, connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from labeling.codes import ERASED_WORDS
from labeling.models import Draft, Event, Label, LabelWithdrawal, RetentionRule, RetentionRun, SessionComments
from labeling.models.retention import DataClass
from labeling.operations import retention
from labeling.operations.labels import submit_label, withdraw_label
from labeling.operations.raters import rater_of
from labeling.operations.retention import Stopped, ask_for_nightly_retention, ask_for_retention, begin_retention, carry_out_retention
from labeling.queries.retention import count_due, get_report
from sessions_app.codes import RecordingState, TranscriptState
from sessions_app.models import Recording, Session, Transcript
from sessions_app.operations import repair_search_words, store_transcript
from tests.factories import (
    AgentFactory,
    DraftFactory,
    EventFactory,
    LegalHoldFactory,
    RaterFactory,
    RecordingFactory,
    SessionFactory,
    TranscriptFactory,
    UserFactory,
)
from tests.labeling.recomputation import check_everything_derived

pytestmark = pytest.mark.django_db

NOW = timezone.now()
OLD, NEW = NOW - timedelta(days=40), NOW - timedelta(days=3)


def keep(data_class, days):
    RetentionRule.objects.update_or_create(data_class=data_class, defaults={"days": days})


def old_transcript(**session):
    return TranscriptFactory(
        session__timestamp=OLD, session__transcript_state=TranscriptState.HELD, session__turns=3, **{f"session__{k}": v for k, v in session.items()}
    )


def run(*, is_dry=False, removed=None, **more):
    return carry_out_retention(run=begin_retention(by=None, is_dry=is_dry), remove_recordings=(removed if removed is not None else []).extend, **more)


def line(made, data_class):
    return next(one for one in get_report(made) if one.data_class == data_class)


def test_without_days_everything_is_kept():
    old_transcript()

    made = run()

    assert Transcript.objects.count() == 1
    assert [one.days for one in get_report(made)] == [None] * 4


def test_an_old_transcript_goes_and_its_signals_stay():
    old, new = old_transcript(), TranscriptFactory(session__timestamp=NEW)
    keep(DataClass.TRANSCRIPT, 30)

    made = run()

    session = Session.objects.get(pk=old.pk)
    assert list(Transcript.objects.values_list("pk", flat=True)) == [new.pk]
    assert (session.transcript_state, session.turns, session.erased_at, session.source) == (TranscriptState.ERASED, 3, None, "+12025550142")
    told = line(made, DataClass.TRANSCRIPT)
    assert (told.due, told.held, told.deleted, told.oldest) == (1, 0, 1, f"{NEW:%Y-%m-%d}")
    assert Event.objects.get(kind="retention_run").after == "1 deleted"


def test_what_went_does_not_come_back_with_the_next_sync_and_nothing_has_to_be_repaired():
    old = old_transcript()
    keep(DataClass.TRANSCRIPT, 30)
    run()

    store_transcript(session=old.session, transcript={"transcription": [{"timestamp": "2026-03-02T12:00:01Z", "source": "user", "text": "Again."}]})

    assert not Transcript.objects.exists()
    assert repair_search_words() == 0


def test_a_dry_run_counts_and_deletes_nothing():
    old_transcript()
    keep(DataClass.TRANSCRIPT, 30)

    made = run(is_dry=True)

    told = line(made, DataClass.TRANSCRIPT)
    assert (told.due, told.deleted, told.oldest) == (1, 0, f"{OLD:%Y-%m-%d}")
    assert Transcript.objects.count() == 1


@pytest.mark.parametrize("covers", ["session", "agent", "span", "everything", "all together"])
def test_what_a_hold_covers_stays(covers):
    agent = AgentFactory()
    old = old_transcript(seen_agent=agent)
    loose = TranscriptFactory(session__timestamp=OLD - timedelta(days=60), session__seen_agent=AgentFactory())
    span = {"since": OLD - timedelta(days=1), "until": OLD + timedelta(days=1)}
    LegalHoldFactory(
        **{"session": {"session": old.session}, "agent": {"agent": agent}, "span": span, "everything": {}}.get(
            covers, {"session": old.session, "agent": agent, **span}
        )
    )
    keep(DataClass.TRANSCRIPT, 30)

    told = line(run(), DataClass.TRANSCRIPT)

    assert Transcript.objects.filter(pk=old.pk).exists()
    assert Transcript.objects.filter(pk=loose.pk).exists() == (covers == "everything")
    assert (told.due, told.held, told.deleted) == ((0, 2, 0) if covers == "everything" else (1, 1, 1))


@pytest.mark.parametrize("misses", ["another agent", "an earlier span", "lifted"])
def test_what_a_hold_does_not_cover_goes(misses):
    old = old_transcript()
    LegalHoldFactory(
        **{
            "another agent": {"session": old.session, "agent": AgentFactory()},
            "an earlier span": {"until": OLD - timedelta(seconds=1)},
            "lifted": {"lifted_by": UserFactory(), "lifted_at": NOW},
        }[misses]
    )
    keep(DataClass.TRANSCRIPT, 30)

    run()

    assert not Transcript.objects.exists()


def test_a_recording_is_let_go_of_for_good():
    removed = []
    held = RecordingFactory(session__timestamp=OLD, state=RecordingState.HELD, file="f" * 43, size=9)
    RecordingFactory(session__timestamp=OLD, state=RecordingState.PENDING)
    fresh = RecordingFactory(session__timestamp=NEW, state=RecordingState.HELD, file="g" * 43, size=9)
    keep(DataClass.RECORDING, 30)

    told = line(run(removed=removed), DataClass.RECORDING)

    held.refresh_from_db()
    assert removed == ["f" * 43]
    assert (held.state, held.file, held.reference) == (RecordingState.GONE, "", "")
    assert (told.due, told.deleted) == (2, 2)
    assert list(Recording.objects.exclude(state=RecordingState.GONE)) == [fresh]


def age_labels():
    with pgtrigger.ignore("labeling.Label:label_is_a_fact"):
        Label.objects.update(recorded_at=OLD)


def test_labels_lose_their_words_and_nothing_else():
    session, person = SessionFactory(), UserFactory()
    submit_label(session_id=session.pk, rater=rater_of(user=person), code="BAD", client_key="key-one", comment="The caller wept.", reason="A reason.")
    taken_back = submit_label(session_id=session.pk, rater=RaterFactory(), code="OK", client_key="key-two", comment="No.").label
    withdrawal = withdraw_label(label=taken_back, by=person, reason="A slip.")
    age_labels()
    submit_label(session_id=session.pk, rater=RaterFactory(), code="BAD", client_key="key-new", comment="The caller laughed.")
    DraftFactory(session=session, user=person, comment="Old", saved_at=OLD)
    DraftFactory(session=session, comment="New", saved_at=NOW)
    keep(DataClass.LABEL, 30)

    told = line(run(), DataClass.LABEL)

    assert list(Label.objects.order_by("pk").values_list("comment", "reason")) == [
        (ERASED_WORDS, ERASED_WORDS),
        (ERASED_WORDS, ""),
        ("The caller laughed.", ""),
    ]
    withdrawal.refresh_from_db()
    assert withdrawal.reason == ERASED_WORDS
    assert list(Draft.objects.values_list("comment", flat=True)) == ["New"]
    assert "laugh" in SessionComments.objects.get().search
    assert "wept" not in SessionComments.objects.get().search
    assert (told.due, told.deleted) == (2, 2)
    check_everything_derived()


def test_the_reason_for_withdrawing_a_label_that_said_nothing_goes_too():
    session, person = SessionFactory(), UserFactory()
    label = submit_label(session_id=session.pk, rater=rater_of(user=person), code="BAD", client_key="one-key").label
    withdraw_label(label=label, by=person, reason="Zebulon asked for it.")
    with pgtrigger.ignore("labeling.Label:label_is_a_fact"):
        Label.objects.update(recorded_at=OLD)
    keep(DataClass.LABEL, 30)

    made = run()

    assert LabelWithdrawal.objects.get().reason == ERASED_WORDS
    assert line(made, DataClass.LABEL).deleted == 1
    assert line(run(), DataClass.LABEL).due == 0


def test_an_event_that_a_hold_covers_by_now_is_left(monkeypatch):
    EventFactory(at=OLD, session=None)
    keep(DataClass.EVENT, 30)
    looked = retention.rows_of

    def held_after_the_look(*given, **more):
        rows = list(looked(*given, **more))
        LegalHoldFactory(session=None, agent=None)
        yield from rows

    monkeypatch.setattr(retention, "rows_of", held_after_the_look)
    run()

    assert Event.objects.filter(at=OLD).exists()


def test_what_was_taken_out_is_not_due_again():
    session = SessionFactory()
    submit_label(session_id=session.pk, rater=RaterFactory(), code="BAD", client_key="key-one", comment="The caller wept.")
    age_labels()
    keep(DataClass.LABEL, 30)

    run()

    assert line(run(), DataClass.LABEL).due == 0


def test_old_events_go_and_the_table_is_protected_again():
    EventFactory(at=NOW - timedelta(days=400))
    held = EventFactory(at=NOW - timedelta(days=500), session=SessionFactory().pk)
    LegalHoldFactory(session_id=held.session)
    kept = EventFactory(at=NOW - timedelta(days=300))
    keep(DataClass.EVENT, 365)

    told = line(run(), DataClass.EVENT)

    assert list(Event.objects.exclude(kind="retention_run").order_by("pk")) == [held, kept]
    assert (told.due, told.held, told.deleted, told.oldest) == (1, 1, 1, f"{held.at:%Y-%m-%d}")
    with pytest.raises(Error, match="pgtrigger: Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM labeling_event")


def test_the_oldest_event_that_is_left_is_told_where_none_is_due():
    kept = EventFactory(at=NOW - timedelta(days=300))
    keep(DataClass.EVENT, 365)

    assert line(run(), DataClass.EVENT).oldest == f"{kept.at:%Y-%m-%d}"


def test_more_than_one_look_is_looked_at_whole(monkeypatch):
    monkeypatch.setattr("labeling.queries.retention.LOOK", 2)
    for n in range(5):
        old_transcript()
        EventFactory(at=NOW - timedelta(days=400 + n % 2))
    keep(DataClass.TRANSCRIPT, 30)
    keep(DataClass.EVENT, 365)

    made = run()

    assert (line(made, DataClass.TRANSCRIPT).deleted, line(made, DataClass.EVENT).deleted) == (5, 5)


def test_a_run_that_was_cut_off_goes_on_and_says_all_that_it_deleted(monkeypatch):
    monkeypatch.setitem(retention.BATCH, DataClass.TRANSCRIPT, 1)
    for _ in range(3):
        old_transcript()
    keep(DataClass.TRANSCRIPT, 30)
    row = begin_retention(by=None, is_dry=False)

    with pytest.raises(Stopped):
        carry_out_retention(run=row, remove_recordings=len, should_stop=lambda: True)
    cut_off = RetentionRun.objects.get(pk=row.pk)
    left = Transcript.objects.count()
    made = carry_out_retention(run=cut_off, remove_recordings=len)

    assert left == 2
    assert (line(made, DataClass.TRANSCRIPT).due, line(made, DataClass.TRANSCRIPT).deleted) == (3, 3)


def test_a_report_that_is_closed_is_a_fact():
    made = run()

    assert carry_out_retention(run=made, remove_recordings=len) == made
    assert Event.objects.filter(kind="retention_run").count() == 1
    with pytest.raises(Error, match="pgtrigger: Cannot"), transaction.atomic():
        RetentionRun.objects.update(counts={})


def test_what_is_asked_for_twice_is_counted_once(admin):
    assert ask_for_retention(by=admin, is_dry=True) == ask_for_retention(by=admin, is_dry=True)


def test_no_run_is_made_at_night_while_everything_is_kept():
    assert ask_for_nightly_retention() is None
    keep(DataClass.TRANSCRIPT, 30)

    assert ask_for_nightly_retention().is_dry is False


def test_the_count_before_a_shorter_time_leaves_out_what_is_held():
    old_transcript()
    LegalHoldFactory(session=old_transcript().session)

    assert count_due(DataClass.TRANSCRIPT, before=NOW - timedelta(days=30)) == 1


def test_the_command_says_what_it_did(capsys):
    old_transcript()
    keep(DataClass.TRANSCRIPT, 30)

    call_command("retention", "--dry-run")
    call_command("retention")

    told = capsys.readouterr().out
    assert "Transcripts, kept 30 days: 1 due, 0 on hold, 0 deleted." in told
    assert "Transcripts, kept 30 days: 1 due, 0 on hold, 1 deleted. Oldest left: none." in told
    assert "Recordings: kept for good." in told


def test_a_command_that_may_not_run_leaves_nothing_for_the_night_to_wait_for(monkeypatch):
    keep(DataClass.TRANSCRIPT, 30)

    @contextmanager
    def busy(lock):
        yield False

    monkeypatch.setattr(retention, "alone", busy)
    with pytest.raises(CommandError, match="Another run is under way"):
        call_command("retention")

    assert not RetentionRun.objects.exists()


def test_what_a_killed_command_left_is_gone_on_with_at_night():
    keep(DataClass.TRANSCRIPT, 30)
    left = begin_retention(by=None, is_dry=False)

    assert ask_for_nightly_retention() == left
    [job] = ProcrastinateJob.objects.filter(task_name="labeling.tasks.run_retention")
    assert job.args == {"run": left.pk}
