"""Erasing a person: nothing is left that says who they were or what was said, and the labels count as they did."""

import json
from datetime import timedelta

import pgtrigger
import pytest
import time_machine
from django.db import Error, connection, transaction
from django.utils import timezone

from labeling.codes import ERASED_WORDS
from labeling.models import (
    CurrentLabel,
    Draw,
    Erasure,
    Event,
    Evidence,
    Export,
    GuideExample,
    Incident,
    Label,
    LabelIssue,
    Queue,
    Search,
    SessionComments,
    VerdictDelta,
)
from labeling.models.erasure import ErasureState
from labeling.models.export import ExportState
from labeling.operations.drafts import DraftIsVoid, Typed, save_draft
from labeling.operations.erasure import Files, NothingToErase, carry_out_erasure, order_erasure, replay_erasures, sessions_of
from labeling.operations.erasure_list import read_lines
from labeling.operations.holds import lift_hold, place_hold
from labeling.operations.incidents import acknowledge_incident, raise_incident
from labeling.operations.label_rows import IssueGiven
from labeling.operations.labels import submit_label, withdraw_label
from labeling.operations.raters import rater_of
from labeling.operations.second_opinions import ask_second_opinion
from labeling.queries.erasure import caller, one_session
from sessions_app.codes import RecordingState, TranscriptState
from sessions_app.models import Session, Transcript
from sessions_app.operations import store_transcript, upsert_sessions
from tests.factories import (
    BulkActionFactory,
    DraftFactory,
    DrawFactory,
    ExportFactory,
    GuideExampleFactory,
    IncidentFactory,
    IssueAliasFactory,
    QueueFactory,
    RaterFactory,
    RecordingFactory,
    RunFactory,
    SavedViewFactory,
    SearchFactory,
    SecondOpinionFactory,
    ShareLinkFactory,
    SourceFactory,
    UnmaskingFactory,
    UserFactory,
)
from tests.labeling.recomputation import check_everything_derived

pytestmark = pytest.mark.django_db

NUMBER = "+12025550177"
SPELLED = "(202) 555-0177"
TRACES = ("5550177", "555-0177", "Zebulon", "zebulon", "xylophone", "Xylophone")


@pytest.fixture(autouse=True)
def list_of_its_own(settings, tmp_path):
    settings.ERASURE_LIST = tmp_path / "list" / "erasures.jsonl"
    settings.ERASURE_KEYS = ["a key of the test"]


@pytest.fixture
def removed():
    return {"recordings": [], "exports": []}


@pytest.fixture
def files(removed):
    return Files(remove_recordings=removed["recordings"].extend, remove_export=removed["exports"].append)


def wire(**changes):
    return {
        "session_id": "call-1",
        "timestamp": "2026-03-02T12:00:00+00:00",
        "conversation_id": NUMBER,
        "channel_manager_type": "voice_sip_v1",
        "channel_manager_sid": "CA-xylophone",
        "agent_id": "a1",
        "agent_name": "Northlake",
        "source": NUMBER,
        "target": "+18005550100",
        "is_outbound": False,
        "is_test": False,
        "caller_name": "Zebulon",
        **changes,
    }


SPOKEN = {
    "transcription": [
        {"timestamp": "2026-03-02T12:00:01Z", "source": "user", "text": "I am Zebulon and I play the xylophone, call 202 555-0177.", "lang": "en-US"},
        {"timestamp": "2026-03-02T12:00:05Z", "source": "agent", "text": "Thank you, Zebulon.", "lang": "en-US"},
    ],
    "actions": [
        {"timestamp": "2026-03-02T12:00:06Z", "tool_name": "find_patient", "tool_request": '{"name": "Zebulon", "phone": "2025550177"}', "tool_result": "{}"}
    ],
}


def call(data_source=None, /, **changes):
    """A session with everything that can say whom it was with."""
    upsert_sessions(data_source=data_source or SourceFactory(), records=[wire(**changes)])
    session = Session.objects.order_by("-pk").first()
    store_transcript(session=session, transcript=SPOKEN, summary={"summary": "Zebulon asked about a xylophone."})
    session.refresh_from_db()
    return session


def write_everywhere(session, person):
    label = submit_label(
        session_id=session.pk,
        rater=rater_of(user=person),
        code="BAD",
        client_key="one-key",
        comment="Zebulon was angry.",
        issues=[IssueGiven("said 2025550177 twice")],
    ).label
    submit_label(
        session_id=session.pk, rater=rater_of(user=person), code="OK", client_key="two-key", comment="Zebulon was calm.", reason="Zebulon called again."
    )
    other = submit_label(session_id=session.pk, rater=RaterFactory(), code="OK", client_key="three-key", comment="A xylophone.").label
    withdraw_label(label=other, by=person, reason="Zebulon again")
    DraftFactory(session=session, user=person, comment="Zebulon", issues=[{"raw": "xylophone"}])
    IncidentFactory(session=session, line="Zebulon was given a wrong dose.", note="Zebulon was called.", acknowledged_by=person, acknowledged_at=timezone.now())
    SecondOpinionFactory(session=session, note="Look at Zebulon.")
    UnmaskingFactory(session=session, user=person, note="Zebulon asked for it.")
    ShareLinkFactory(session=session, purpose="For the doctor of Zebulon.", created_by=person)
    example = GuideExampleFactory(session=session, note="Zebulon shows it.")
    GuideExample.objects.filter(pk=example.pk).update(note="Zebulon shows it well.")
    RecordingFactory(session=session, reference="https://vendor/zebulon.wav", state=RecordingState.HELD, file="f" * 43, size=9)
    SearchFactory(created_by=person, text=f"from:{SPELLED}")
    SavedViewFactory(owner=person, name=f"Calls of {NUMBER}", query="conversation=%2B12025550177&label=BAD")
    RunFactory(owner=person, query="conversation=2025550177&label=OK", sessions=[session.pk])
    BulkActionFactory(created_by=person, reason=f"All of {SPELLED}", query="conversation=%2B12025550177", sessions=[session.pk])
    queue = QueueFactory(created_by=person, name=f"Calls of {NUMBER}", query="conversation=%2B12025550177&label=OK")
    DrawFactory(queue=queue, query="conversation=%2B12025550177&label=OK")
    IssueAliasFactory(text=f"Said {SPELLED} twice").save()
    ExportFactory(created_by=person, query="conversation=%2B12025550177", state=ExportState.READY, expires_at=timezone.now() + timedelta(hours=2))
    return label


def traces():
    """Every table of the database as text, and what of it still says who it was."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT row_to_json(held)::text FROM "{table}" AS held')
            found += [(table, trace) for (row,) in cursor.fetchall() for trace in TRACES if trace in row]
    return sorted(set(found))


def erase(subject, files, **more):
    erasure = order_erasure(subject=subject, by=None, **more)
    carry_out_erasure(erasure_pk=erasure.pk, files=files)
    erasure.refresh_from_db()
    return erasure


def test_nothing_in_any_table_says_who_it_was_or_what_was_said(files, removed):
    session, person = call(), UserFactory()
    write_everywhere(session, person)
    before = {table for table, _ in traces()}

    erasure = erase(caller(SPELLED), files)

    assert len(before) >= 18, "The test must have something to find."
    assert traces() == []
    assert erasure.state == ErasureState.FINISHED
    assert removed == {"recordings": ["f" * 43], "exports": [Export.objects.get().token]}
    assert "5550177" not in (path := read_text())
    assert erasure.digest in path


def read_text():
    from django.conf import settings  # noqa: PLC0415

    return settings.ERASURE_LIST.read_text()


def test_labels_stay_and_everything_derived_is_as_it_was(files):
    session, person = call(), UserFactory()
    write_everywhere(session, person)
    labels, current = Label.objects.count(), sorted(CurrentLabel.objects.values_list("label", flat=True))
    deltas = sorted(VerdictDelta.objects.values_list("code", "n"))
    verdict = Session.objects.values_list("label_code", "label_raters", "session_label_id").get()
    evidence = list(Evidence.objects.values_list("target_uid", flat=True))

    erase(caller(NUMBER), files)

    assert Label.objects.count() == labels
    assert sorted(CurrentLabel.objects.values_list("label", flat=True)) == current
    assert sorted(VerdictDelta.objects.values_list("code", "n")) == deltas
    assert Session.objects.values_list("label_code", "label_raters", "session_label_id").get() == verdict
    assert list(Evidence.objects.values_list("target_uid", flat=True)) == evidence
    assert set(Label.objects.values_list("comment", flat=True)) == {ERASED_WORDS}
    assert LabelIssue.objects.count() == 1
    assert not SessionComments.objects.exists()
    check_everything_derived()


def test_the_rule_of_a_queue_that_named_somebody_finds_nothing_instead_of_more(files):
    session, person = call(), UserFactory()
    write_everywhere(session, person)

    erase(caller(NUMBER), files)

    assert (Queue.objects.get().query, Draw.objects.get().query) == ("conversation=%28erased%29&label=OK",) * 2


def test_what_is_counted_is_what_went(files):
    session, person = call(), UserFactory()
    write_everywhere(session, person)

    erasure = erase(caller(NUMBER), files)

    counts = {name: erasure.counts[name] for name in ("sessions", "transcripts", "recordings", "comments", "drafts", "incidents", "searches", "exports")}
    assert counts == {"sessions": 1, "transcripts": 1, "recordings": 1, "comments": 3, "drafts": 1, "incidents": 1, "searches": 1, "exports": 1}
    assert erasure.counts["filters"] == 6
    session.refresh_from_db()
    assert (session.transcript_state, session.turns, session.target, session.channel) == (TranscriptState.ERASED, 2, "+18005550100", "voice")
    assert session.erased_at


def test_the_view_that_named_somebody_keeps_the_rest_of_its_filter(files):
    view = SavedViewFactory(query="conversation=%2B12025550177&label=BAD", name="Bad ones")
    call()

    erase(caller(NUMBER), files)

    view.refresh_from_db()
    assert (view.name, view.query) == ("Bad ones", "label=BAD")


def test_a_view_that_stands_on_a_search_for_somebody_loses_it(files):
    view = SavedViewFactory(query=f"q={SearchFactory(text=SPELLED).token}&label=BAD")
    other = SavedViewFactory(query=f"q={SearchFactory(text='refill').token}")

    erasure = erase(caller(NUMBER), files)

    view.refresh_from_db()
    assert (view.query, erasure.counts["searches"], erasure.counts["filters"]) == ("label=BAD", 1, 1)
    other.refresh_from_db()
    assert other.query.startswith("q=")


def test_its_page_says_when_it_was_erased_and_nothing_of_its_former_id(files, as_person, admin):
    session = call()
    erase(caller(NUMBER), files)

    page = as_person(admin).get(f"/sessions/{session.pk}/").content.decode()

    assert "Erased on " in page
    assert "erased:" not in page


def test_others_keep_everything(files):
    source = SourceFactory()
    call(source)
    other = call(source, session_id="call-2", source="+12025550178", conversation_id="c-2", caller_name="Somebody", channel_manager_sid="CA-2")
    submit_label(session_id=other.pk, rater=RaterFactory(), code="BAD", client_key="one-key", comment="Kept.")
    SearchFactory(text="from:+12025550178")

    erase(caller(NUMBER), files)

    other.refresh_from_db()
    assert (other.source, other.erased_at, other.transcript_state) == ("+12025550178", None, TranscriptState.HELD)
    assert Transcript.objects.filter(pk=other.pk).exists()
    assert Label.objects.get().comment == "Kept."
    assert Search.objects.count() == 1


@pytest.mark.parametrize("spelled", ["+1 202 555 0177", "2025550177", "1-202-555-0177", "tel:+12025550177", "202.555.0177", "+1\u00a0(202)\u2011555\u20110177"])
def test_a_number_is_found_however_it_is_written(spelled, files):
    call()

    assert erase(caller(spelled), files).counts["sessions"] == 1


@pytest.mark.parametrize("other", ["+442025550177", "+12025550176", "5550177", "+2025550177"])
def test_a_number_that_only_looks_alike_is_another_one(other, files):
    call()

    assert "sessions" not in erase(caller(other), files).counts


def test_an_address_and_a_name_are_found_in_any_case(files):
    call(session_id="mail-1")
    Session.objects.update(source="Zeb@Example.com", conversation_id=None)

    assert erase(caller("zeb@example.COM"), files).counts["sessions"] == 1


def test_a_call_that_went_out_is_known_by_whom_it_went_to(files):
    call()
    Session.objects.update(source="+18005550100", target=NUMBER, is_outbound=True, conversation_id=None)

    erase(caller(NUMBER), files)

    assert Session.objects.values_list("source", "target").get() == (None, None)


def test_one_session_is_erased_and_the_others_of_the_same_person_stay(files):
    source = SourceFactory()
    first = call(source)
    second = call(source, session_id="call-2")

    erase(one_session(first), files, sessions=[first.pk])

    assert list(Session.objects.filter(erased_at=None)) == [second]


def test_what_a_source_sends_again_brings_nothing_back(files):
    source = SourceFactory()
    session = call(source)
    erase(caller(NUMBER), files)

    outcome = upsert_sessions(data_source=source, records=[wire(duration=60.0)])
    store_transcript(session=session, transcript=SPOKEN)

    assert (outcome.created, outcome.changed, outcome.unchanged) == (0, 0, 1)
    assert traces() == []
    assert not Transcript.objects.exists()


def test_the_primary_connection_keeps_its_ids_and_brings_nothing_back(files):
    source = SourceFactory(is_primary=True, kind="vendor")
    call(source, session_id="4711")
    erase(caller(NUMBER), files)

    outcome = upsert_sessions(data_source=source, records=[wire(session_id="4711")])

    assert (outcome.unchanged, Session.objects.get().pk) == (1, 4711)
    assert traces() == []


def test_a_record_that_comes_late_is_counted_and_says_nothing(files):
    source = SourceFactory()
    call(source)
    erase(caller(NUMBER), files)

    outcome = upsert_sessions(data_source=source, records=[wire(session_id="call-2")])

    late = Session.objects.order_by("pk").last()
    store_transcript(session=late, transcript=SPOKEN)
    assert (outcome.created, late.source, late.transcript_state) == (1, None, TranscriptState.ERASED)
    assert late.erased_at
    assert traces() == []


def test_a_call_after_the_erasure_is_a_new_matter(files):
    source = SourceFactory()
    call(source)
    erasure = erase(caller(NUMBER), files)

    later = (timezone.now() + timedelta(hours=1)).isoformat()
    upsert_sessions(data_source=source, records=[wire(session_id="call-2", timestamp=later)])
    Erasure.objects.filter(pk=erasure.pk).update(state=ErasureState.FAILED)
    carry_out_erasure(erasure_pk=erasure.pk, files=files)

    assert Session.objects.filter(source=NUMBER, erased_at=None).count() == 1


def test_what_is_written_about_an_erased_session_later_counts_without_words(files):
    session, person = call(), UserFactory()
    erase(caller(NUMBER), files)

    submit_label(session_id=session.pk, rater=rater_of(user=person), code="BAD", client_key="late-key", comment="Zebulon was angry.")
    again = submit_label(session_id=session.pk, rater=rater_of(user=person), code="BAD", client_key="late-key", comment="Zebulon was angry.")
    with pytest.raises(DraftIsVoid), transaction.atomic():
        save_draft(session_id=session.pk, by=person, typed=Typed(comment="Zebulon"), tab="a-tab", sequence=1, revision=0)

    assert (Label.objects.get().comment, again.is_new) == (ERASED_WORDS, False)
    assert not SessionComments.objects.exists()
    assert traces() == []


def test_nothing_else_that_is_written_about_an_erased_session_is_kept(files):
    session, person, colleague = call(), UserFactory(), UserFactory()
    label = submit_label(session_id=session.pk, rater=rater_of(user=person), code="BAD", client_key="one-key").label
    erase(caller(NUMBER), files)

    incident = raise_incident(session=session, by=person, line="Zebulon was angry.", client_key="two-key", base="https://desk")
    raise_incident(session=session, by=person, line="Zebulon was angry.", client_key="two-key", base="https://desk")
    acknowledge_incident(incident=incident, by=person, note="Zebulon was called.")
    ask_second_opinion(session=session, by=person, of=colleague, note="Look at Zebulon.", client_key="three-key")
    withdraw_label(label=label, by=person, reason="Zebulon asked.")

    assert traces() == []
    assert Incident.objects.get().line == ERASED_WORDS


def test_what_a_hold_covers_is_left_until_it_is_lifted(files, admin):
    session = call()
    hold = place_hold(by=admin, reason="Case 12.", session=session, since=None, until=None)

    erasure = erase(caller(NUMBER), files)
    session.refresh_from_db()
    was = (erasure.state, erasure.counts["held"], session.source)
    lift_hold(hold=hold, by=admin)
    carry_out_erasure(erasure_pk=erasure.pk, files=files)

    erasure.refresh_from_db()
    assert was == (ErasureState.HELD, 1, NUMBER)
    assert (erasure.state, erasure.counts["held"], erasure.counts["sessions"]) == (ErasureState.FINISHED, 0, 1)
    assert [event.kind for event in Event.objects.filter(subject_kind="legal_hold").order_by("pk")] == ["hold_placed", "hold_lifted"]


def test_a_hold_is_lifted_at_the_time_of_the_database_whatever_the_clock_of_the_machine_says(admin):
    hold = place_hold(by=admin, reason="Case 12.", since=None, until=None)

    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        lifted = lift_hold(hold=hold, by=admin)

    assert abs(lifted.lifted_at - timezone.now()) < timedelta(minutes=5)


def test_a_late_record_that_a_hold_covers_goes_when_the_hold_is_lifted(files, admin):
    source = SourceFactory()
    call(source)
    erasure = erase(caller(NUMBER), files)
    hold = place_hold(by=admin, reason="Case 12.", since=None, until=None)

    upsert_sessions(data_source=source, records=[wire(session_id="call-2")])
    was_kept = Session.objects.filter(source=NUMBER).exists()
    lift_hold(hold=hold, by=admin)
    carry_out_erasure(erasure_pk=erasure.pk, files=files)

    assert was_kept
    assert traces() == []


def test_a_search_for_a_name_goes_with_it(files):
    call(source="Zebulon Xylo", conversation_id="web-1")
    person = UserFactory()
    for text in ("from:zebulon refill", 'conversation:"Zebulon Xylo" late', 'refill "zebulon xylo"', "zebulon"):
        SearchFactory(created_by=person, text=text)

    erase(caller("zebulon xylo"), files)

    assert sorted(Search.objects.values_list("text", flat=True)) == ["from:zebulon refill", "zebulon"]


def test_the_facts_are_protected_again_afterwards(files):
    session, person = call(), UserFactory()
    write_everywhere(session, person)

    erase(caller(NUMBER), files)

    for statement in (
        "UPDATE labeling_label SET comment = 'x'",
        "UPDATE labeling_labelissue SET raw = 'x'",
        "UPDATE labeling_labelwithdrawal SET reason = 'x'",
        "UPDATE labeling_unmasking SET note = 'x'",
        "UPDATE labeling_event SET after = 'x'",
        "UPDATE labeling_guideexamplehistory SET note = 'x'",
        "DELETE FROM labeling_label",
        "DELETE FROM labeling_event",
    ):
        with pytest.raises(Error, match="pgtrigger: Cannot"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_events_name_the_session_and_nobody(files, admin):
    session = call()
    erasure = order_erasure(subject=caller(NUMBER), by=admin, reference="R-7")
    carry_out_erasure(erasure_pk=erasure.pk, files=files)

    events = Event.objects.filter(kind="erased").order_by("pk")
    assert [(event.user, event.session, event.subject, event.after) for event in events] == [
        (admin.pk, session.pk, erasure.pk, ""),
        (admin.pk, None, erasure.pk, "1 sessions"),
    ]
    assert sessions_of(erasure) == [session.pk]


def test_no_job_holds_whom_it_is_about(admin):
    call()

    order_erasure(subject=caller(NUMBER), by=admin, sessions=[1])

    with connection.cursor() as cursor:
        cursor.execute("SELECT args::text FROM procrastinate_jobs")
        told = [args for (args,) in cursor.fetchall()]
    assert told == [json.dumps({"erasure": Erasure.objects.get().pk, "sessions": [1]})]


def test_the_same_order_twice_is_one(admin):
    first = order_erasure(subject=caller(NUMBER), by=admin)

    assert order_erasure(subject=caller(SPELLED), by=admin) == first


def test_nothing_is_nobody(admin):
    with pytest.raises(NothingToErase):
        order_erasure(subject=caller("  "), by=admin)


def test_nothing_is_erased_that_cannot_be_written_down(files, settings, tmp_path):
    session = call()
    (tmp_path / "file").write_text("")
    settings.ERASURE_LIST = tmp_path / "file" / "erasures.jsonl"
    erasure = order_erasure(subject=caller(NUMBER), by=None)

    with pytest.raises(OSError):
        carry_out_erasure(erasure_pk=erasure.pk, files=files)

    erasure.refresh_from_db()
    session.refresh_from_db()
    assert (erasure.state, session.source) == (ErasureState.FAILED, NUMBER)


def test_after_a_restore_the_list_erases_again(files, settings):
    source = SourceFactory()
    call(source)
    erase(caller(NUMBER), files)
    digest = Erasure.objects.get().digest
    # As a restore leaves it: the rows of before are back, and nobody in the database remembers.
    with pgtrigger.ignore():
        Event.objects.all().delete()
    Erasure.objects.all().delete()
    Session.objects.all().delete()
    call(source)
    assert traces() != []

    first = replay_erasures(lines=list(read_lines(settings.ERASURE_LIST)), files=files)
    second = replay_erasures(lines=list(read_lines(settings.ERASURE_LIST)), files=files)

    assert ((first.lines, first.sessions), second.sessions) == ((1, 1), 0)
    assert traces() == []
    assert list(Erasure.objects.values_list("digest", "state")) == [(digest, "finished")]
