"""The sync against a vendor over real HTTP."""

import random
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection as database
from django.db import connections
from django.utils import timezone

from sessions_app.models import Connection, IngestRun, Recording, RejectedRecord, Session, Transcript
from sessions_app.operations import sync_runs
from sessions_app.syncing import engine, windows
from sessions_app.upstream.client import Patience
from tests.factories import SourceFactory
from tests.repetitions import repetitions
from tests.sessions_app.upstream.fake_vendor import FIRST, FakeVendor, session_wire, wire_time

pytestmark = pytest.mark.django_db

TALKS = "/api/v1/sessions/transcript/"


def newest_run():
    return IngestRun.objects.order_by("-pk").first()


def test_a_first_sync_brings_sessions_and_what_was_said_in_them(vendor, connection, sync):
    vendor.fill(12)
    vendor.put_session(session_id="3", timestamp=wire_time(FIRST), a_field_of_tomorrow={"kept": [1, "two"]})

    outcome = sync()

    assert outcome.is_finished, outcome
    assert set(Session.objects.values_list("pk", flat=True)) == set(range(1, 13))
    assert Session.objects.get(pk=3).extra == {"a_field_of_tomorrow": {"kept": [1, "two"]}}
    transcript = Transcript.objects.get(pk=3)
    assert [turn["text"] for turn in transcript.turns][:2] == ["How can I help you today?", "I need to move my visit."]
    assert (len(transcript.tools), len(transcript.latencies), transcript.summary) == (1, 1, "The caller moved a visit.")
    assert set(Session.objects.values_list("transcript_state", flat=True)) == {"held"}
    run = newest_run()
    assert (run.kind, run.state, run.created, run.transcripts, run.requests) == ("backfill", "finished", 12, 12, len(vendor.requests))
    connection.refresh_from_db()
    assert connection.caught_up_at
    assert connection.synced_until == run.window_until


def test_a_later_sync_asks_only_for_what_changed(vendor, connection, sync):
    start = timezone.now() - timedelta(hours=20)
    vendor.fill(10, start=start)
    sync()
    vendor.requests.clear()
    vendor.put_session(session_id="4", timestamp=wire_time(start), duration=999.0)
    vendor.put_transcript(4, at=start, lines=[("agent", "Hello.")])
    vendor.fill(1, first=11, start=start + timedelta(hours=1))

    outcome = sync()

    run = newest_run()
    assert outcome.is_finished
    assert (run.kind, run.created, run.changed, run.transcripts) == ("sync", 1, 1, 2)
    assert sorted(one.path.removeprefix(TALKS) for one in vendor.asked(TALKS)) == ["11", "4"]
    assert [turn["text"] for turn in Transcript.objects.get(pk=4).turns] == ["Hello."]
    assert Transcript.objects.get(pk=4).revision == 2
    connection.refresh_from_db()
    assert run.window_from == IngestRun.objects.order_by("pk").first().window_until - timedelta(hours=48) or run.window_from == connection.begins_at


def test_what_comes_later_than_the_overlap_is_not_asked_for(vendor, connection, sync):
    vendor.fill(3)
    sync()
    vendor.requests.clear()

    sync()

    asked = [one.query["start_datetime"][0] for one in vendor.asked("/api/v1/sessions/")]
    assert len(asked) == 1
    assert datetime.fromisoformat(asked[0]) > timezone.now() - timedelta(hours=49)


@pytest.mark.parametrize("turn", repetitions(2, 60))
def test_copies_in_any_order_end_as_what_the_vendor_says_of_each_by_itself(vendor, connection, sync, turn, monkeypatch):
    """Old copies, copies that cannot be read, and the same ones again, over several pages: the last word is the vendor's of each one."""
    monkeypatch.setattr(sync_runs, "LIMIT", 7)
    vendor.fill(6)
    vendor.put_record({"session_id": "9", "timestamp": "yesterday"}, name="9")
    truth = {name: entry.wire for name, entry in vendor.sessions.items()}
    copies = [
        {**truth[name], **change} for name in ("1", "2", "3") for change in ({}, {"duration": 1.0}, {"duration": 2.0, "agent_name": "Old"}, {"timestamp": None})
    ]
    copies += [{**session_wire(9), "session_id": "9", "timestamp": wire_time(FIRST)}, truth["9"], truth["4"]]
    random.Random(turn).shuffle(copies)
    places = {f"copy-{place}": (copy, FIRST + timedelta(seconds=place)) for place, copy in enumerate(copies)}

    for name, (copy, at) in places.items():
        vendor.put_record(copy, at=at, name=name)
    outcome = sync()

    assert outcome.is_finished, outcome
    for pk in range(1, 7):
        row = Session.objects.get(pk=pk)
        assert (row.duration, row.agent_name, row.timestamp) == (
            truth[str(pk)]["duration"],
            truth[str(pk)]["agent_name"],
            datetime.fromisoformat(truth[str(pk)]["timestamp"]),
        )
    # What the vendor itself says of number nine cannot be read; what could be read of it stays.
    assert list(RejectedRecord.objects.values_list("kind", "external_id")) == [("session", "9")]
    assert Session.objects.count() == 7


def test_bad_answers_change_nothing_but_the_number_of_requests(vendor, connection, sync):
    vendor.fill(15)
    vendor.bad_share = 0.12

    outcome = sync()

    assert outcome.is_finished, outcome
    assert Transcript.objects.count() == 15
    assert not RejectedRecord.objects.exists()


def test_what_cannot_be_read_is_kept_with_a_reason_and_goes_when_it_can(vendor, connection, sync):
    start = timezone.now() - timedelta(hours=20)
    vendor.fill(3, start=start)
    vendor.put_record({"session_id": "7", "timestamp": "yesterday", "source": "+12025550199"}, at=start, name="7")
    vendor.put_record(["no", "object"], at=start)
    vendor.put_record({"session_id": "not-a-number", "timestamp": wire_time(start)}, at=start)
    vendor.transcripts["2"] = {"session_id": "2", "transcription": [{"text": "When?"}], "actions": []}
    vendor.transcripts["3"] = {"session_id": "1", "transcription": [], "actions": []}
    sync()
    sync()

    rejected = {row.external_id[:12]: row for row in RejectedRecord.objects.all()}
    assert {name: row.kind for name, row in rejected.items() if not name.startswith("sha")} == {
        "7": "session",
        "not-a-number": "session",
        "2": "transcript",
        "3": "transcript",
    }
    assert rejected["7"].reason == "timestamp is not an ISO 8601 time."
    assert rejected["3"].reason == "The transcript is of another session."
    assert rejected["7"].attempts > 1
    assert Session.objects.get(pk=2).transcript_state == "failed"
    assert len(rejected) == 5

    vendor.put_session(session_id="7", timestamp=wire_time(start))
    vendor.put_transcript(2, at=start)
    sync()

    assert Session.objects.filter(pk=7).exists()
    assert Session.objects.get(pk=2).transcript_state == "held"
    assert {row.external_id for row in RejectedRecord.objects.all()} & {"7", "2"} == set()


def test_a_session_without_a_transcript_says_so_and_is_asked_again_while_it_is_young(vendor, connection, sync):
    old, young = timezone.now() - timedelta(hours=20), timezone.now() - timedelta(hours=1)
    vendor.fill(1, start=old, transcripts=False)
    vendor.fill(1, first=2, start=young, transcripts=False)
    sync()
    assert set(Session.objects.values_list("transcript_state", flat=True)) == {"none"}
    vendor.requests.clear()
    vendor.put_transcript(2, at=young)
    vendor.put_transcript(1, at=old)

    sync()

    assert [one.path for one in vendor.asked(TALKS)] == [f"{TALKS}2"]
    assert dict(Session.objects.values_list("pk", "transcript_state")) == {1: "none", 2: "held"}


def test_a_transcript_that_failed_is_asked_for_again_however_old_its_session_is(vendor, connection, sync):
    vendor.fill(2)
    vendor.transcripts["1"] = {"session_id": "1", "transcription": "none"}
    sync()
    assert Session.objects.get(pk=1).transcript_state == "failed"
    vendor.put_transcript(1)

    sync()

    assert Session.objects.get(pk=1).transcript_state == "held"
    assert not RejectedRecord.objects.exists()


def test_nothing_is_asked_for_that_was_not_wanted(vendor, connection, sync):
    vendor.fill(4)
    vendor.put_label(1)
    Connection.objects.update(takes_transcripts=False, takes_labels=False)

    sync()

    assert {one.path for one in vendor.requests} == {"/api/v1/sessions/"}
    assert set(Session.objects.values_list("transcript_state", flat=True)) == {"none"}
    assert not Recording.objects.exists()


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_stops_the_sync_and_says_so(vendor, connection, sync, status):
    vendor.fill(3)
    vendor.refuses_with = status

    outcome = sync()

    connection.refresh_from_db()
    assert str(status) in outcome.problem
    assert (connection.is_active, connection.problem) == (False, outcome.problem)
    assert len(vendor.requests) == 1
    assert newest_run().state == "failed"


def test_what_the_key_may_not_have_of_one_session_does_not_stop_the_others(vendor, connection, sync):
    vendor.fill(6)
    vendor.not_allowed = re.compile("transcript/3$")

    assert sync().is_finished

    assert dict(Counter(Session.objects.values_list("transcript_state", flat=True))) == {"held": 5, "failed": 1}
    assert RejectedRecord.objects.get().external_id == "3"
    connection.refresh_from_db()
    assert connection.is_active


def test_another_address_ends_the_sync_that_is_under_way(vendor, connection, sync, monkeypatch):
    monkeypatch.setattr(sync_runs, "LIMIT", 5)
    Connection.objects.update(takes_transcripts=False)
    vendor.fill(30)

    def move():
        if Session.objects.count() > 10:
            Connection.objects.update(base_url="https://elsewhere.example", sealed_key="")
        return False

    outcome = sync(should_stop=move)

    assert not outcome.is_finished
    assert newest_run().state == "stopped"
    assert 10 < Session.objects.count() < 20


def test_a_connection_without_a_key_or_with_one_of_another_server_stops_and_says_so(vendor, connection, sync, settings):
    Connection.objects.update(sealed_key="")
    assert "no key" in sync().problem
    Connection.objects.update(sealed_key="gAAAAA-of-another-server", is_active=True)
    assert "sealing key" in sync().problem
    assert vendor.requests == []


def test_a_vendor_that_is_away_fails_the_run_which_goes_on_from_there_later(vendor, connection, sync):
    vendor.fill(12)
    vendor.bad_share, vendor.bad_kinds = 1.0, ("503",)
    vendor.bad_paths = re.compile("transcript")
    outcome = sync()
    assert outcome.problem == "The vendor answered 503."
    assert (newest_run().state, Session.objects.count(), Transcript.objects.count()) == ("failed", 12, 0)
    assert set(Session.objects.values_list("transcript_state", flat=True)) == {"pending"}
    connection.refresh_from_db()
    assert (connection.problem, connection.is_active) == (outcome.problem, True)
    vendor.bad_share = 0.0
    vendor.requests.clear()

    assert sync().is_finished

    assert IngestRun.objects.count() == 1
    assert Transcript.objects.count() == 12
    connection.refresh_from_db()
    assert (connection.problem, connection.failed_at) == ("", None)
    assert not RejectedRecord.objects.exists()


def test_a_wait_that_the_vendor_asks_for_is_kept_but_not_an_endless_one(vendor, connection, sync):
    vendor.fill(1)
    vendor.bad_share, vendor.bad_kinds, vendor.retry_after = 1.0, ("429",), "0.3"
    sync(patience=Patience(attempts=2, first_wait=0.001, longest_wait=5.0, seconds=2.0))
    first, second = vendor.requests
    assert 0.3 <= second.at - first.at < 2
    vendor.requests.clear()
    vendor.retry_after = "86400"

    sync(patience=Patience(attempts=2, first_wait=0.001, longest_wait=0.2, seconds=2.0))

    first, second = vendor.requests
    assert 0.2 <= second.at - first.at < 2


def test_no_redirect_is_followed_and_the_key_goes_nowhere_else(vendor, connection, sync, settings):
    vendor.fill(1)
    with FakeVendor() as elsewhere:
        settings.OUTBOUND_ALLOWED |= {elsewhere.allowed}
        vendor.redirects_to = f"{elsewhere.url}/api/v1/sessions/"

        outcome = sync(patience=Patience(attempts=2, first_wait=0.001, seconds=2.0))

        assert "no redirect is followed" in outcome.problem
        assert elsewhere.requests == []


def test_an_address_that_came_to_lie_inside_is_not_called(vendor, connection, sync, settings):
    settings.OUTBOUND_ALLOWED = frozenset()
    Connection.objects.update(base_url="https://localhost")

    outcome = sync()

    assert outcome.problem == "This address lies inside."
    assert vendor.requests == []


def test_windows_shrink_until_no_page_lies_deep(vendor, connection, sync, monkeypatch):
    monkeypatch.setattr(windows, "MOST_ROWS", 40)
    monkeypatch.setattr(windows, "FEW_ROWS", 10)
    monkeypatch.setattr(windows, "LONGEST", 31 * 86_400.0)
    monkeypatch.setattr(sync_runs, "FIRST_WINDOW", 86_400.0)
    monkeypatch.setattr(sync_runs, "LIMIT", 10)
    Connection.objects.update(takes_transcripts=False, takes_labels=False)
    # Many at one time, few at another.
    vendor.fill(70, step=timedelta(seconds=20))
    vendor.fill(10, first=1000, start=FIRST + timedelta(days=40), step=timedelta(hours=5))
    vendor.most_rows = 60

    for counts_until in (10_000, 30):
        Session.objects.all().delete()
        Connection.objects.update(caught_up_at=None, synced_until=None)
        vendor.counts_until = counts_until
        assert sync().is_finished
        assert Session.objects.count() == 80
    depths = [int(one.query["page"][0]) * int(one.query["limit"][0]) for one in vendor.asked("/api/v1/sessions/")]
    assert max(depths) <= 50


@pytest.mark.parametrize("caps", [True, False])
def test_a_vendor_that_gives_fewer_at_once_is_asked_for_fewer(vendor, connection, sync, caps):
    Connection.objects.update(takes_transcripts=False, takes_labels=False)
    vendor.fill(130, step=timedelta(seconds=1))
    vendor.most_limit, vendor.caps = 40, caps

    assert sync().is_finished

    assert Session.objects.count() == 130


def test_many_at_one_moment_are_all_taken(vendor, connection, sync, monkeypatch):
    monkeypatch.setattr(windows, "MOST_ROWS", 20)
    monkeypatch.setattr(sync_runs, "LIMIT", 10)
    Connection.objects.update(takes_transcripts=False, takes_labels=False)
    vendor.fill(45, step=timedelta(0))

    assert sync().is_finished

    assert Session.objects.count() == 45


def test_a_sync_that_has_to_end_goes_on_where_it_was(vendor, connection, sync):
    vendor.fill(25)
    steps = iter(range(100))
    outcome = sync(should_stop=lambda: next(steps) > 8)
    assert not outcome.is_finished
    assert newest_run().state == "stopped"

    assert sync().is_finished

    assert IngestRun.objects.count() == 1
    assert Transcript.objects.count() == 25


def test_a_connection_that_is_switched_off_ends_its_sync(vendor, connection, sync):
    vendor.fill(5)
    Connection.objects.update(is_active=False)

    outcome = sync()

    assert not outcome.is_finished
    assert vendor.requests == []


@pytest.mark.django_db(transaction=True)
def test_a_second_sync_of_the_same_connection_ends_at_once(vendor, connection, sync):
    vendor.fill(5)
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [engine.SYNC_LOCK, connection.pk])

        outcome = sync()

        assert outcome.is_elsewhere
        assert vendor.requests == []
    finally:
        other.close()
    assert database.vendor == "postgresql"


def test_a_source_that_is_not_the_primary_one_keeps_the_vendors_ids_as_external_ones(vendor, connection, sync):
    Connection.objects.update(data_source=SourceFactory(kind="vendor", is_primary=False))
    vendor.fill(3)

    assert sync().is_finished

    assert sorted(Session.objects.values_list("external_id", flat=True)) == ["1", "2", "3"]
    assert Session.objects.filter(pk__gte=2**52).count() == 3
    assert Transcript.objects.count() == 3


def test_calls_may_have_recordings_and_others_have_none(vendor, connection, sync):
    vendor.fill(6)

    sync()

    assert set(Recording.objects.values_list("session__channel", "reference", "state")) == {("voice", "vendor:1", "pending")}
    assert Recording.objects.count() == 2


@time_machine.travel(datetime(2026, 3, 3, tzinfo=UTC), tick=True)
def test_the_run_knows_how_far_it_is(vendor, connection, sync):
    vendor.fill(300, step=timedelta(seconds=2))
    steps = iter(range(10_000))

    sync(should_stop=lambda: next(steps) > 4)

    run = newest_run()
    assert run.cursor["phase"] == "sessions"
    assert run.window_from <= datetime.fromisoformat(run.cursor["at"]) <= run.window_until
