"""What was erased, and what retention let go of, is not fetched again; and nothing of a call stands where it must not."""

import logging
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from labeling.models import Erasure, RetentionRule
from labeling.operations.erasure import Files, carry_out_erasure, order_erasure
from labeling.operations.retention import begin_retention, carry_out_retention
from labeling.queries.erasure import caller, one_session
from sessions_app.models import Connection, IngestRun, Recording, Session, Transcript
from sessions_app.operations import ingesting
from tests.sessions_app.upstream.fake_vendor import FIRST, wire_time

pytestmark = pytest.mark.django_db
FILES = Files(remove_recordings=lambda names: None, remove_export=lambda token: None)


@pytest.fixture(autouse=True)
def list_elsewhere(settings, tmp_path):
    settings.ERASURE_LIST = tmp_path / "erasures.jsonl"


def erase(subject):
    erasure = order_erasure(subject=subject, by=None, in_background=False)
    carry_out_erasure(erasure_pk=erasure.pk, files=FILES)
    assert Erasure.objects.get(pk=erasure.pk).state == "finished"


def asked(vendor, *parts):
    return [one.path for one in vendor.requests if one.path.rsplit("/", 1)[1] in parts]


def test_an_erased_session_stays_erased_however_often_and_changed_it_comes(vendor, connection, sync):
    start = timezone.now() - timedelta(hours=5)
    vendor.fill(3, start=start)
    sync()
    erase(one_session(Session.objects.get(pk=3)))
    vendor.requests.clear()
    vendor.put_session(session_id="3", timestamp=wire_time(start), duration=1.0)

    sync()

    assert asked(vendor, "3") == []
    row = Session.objects.get(pk=3)
    assert (row.source, row.transcript_state, row.extra) == (None, "erased", {})
    assert not Transcript.objects.filter(pk=3).exists()


def test_a_session_of_an_erased_caller_that_comes_late_is_counted_and_says_nothing(vendor, connection, sync):
    start = timezone.now() - timedelta(hours=5)
    vendor.fill(3, start=start)
    erase(caller("+12025550003"))

    sync()

    assert asked(vendor, "3") == []
    assert (Session.objects.get(pk=3).source, Session.objects.get(pk=3).transcript_state) == (None, "erased")
    assert Session.objects.get(pk=2).source == "+12025550002"
    assert not Recording.objects.filter(session=3).exists()


def test_a_session_that_is_erased_between_its_record_and_its_transcript_gets_none(vendor, connection, sync):
    vendor.fill(3)
    # All of them in the first window.
    Connection.objects.update(begins_at=FIRST)
    steps = iter(range(100))
    sync(should_stop=lambda: next(steps) > 2)
    assert IngestRun.objects.get().cursor["owed"]
    erase(one_session(Session.objects.get(pk=2)))
    vendor.requests.clear()

    assert sync().is_finished

    assert asked(vendor, "2") == []
    assert not Transcript.objects.filter(pk=2).exists()


def test_what_retention_dropped_is_not_fetched_again_and_what_is_older_is_not_fetched_at_all(vendor, connection, sync):
    start = timezone.now() - timedelta(hours=30)
    vendor.fill(3, start=start)
    Connection.objects.update(begins_at=timezone.now() - timedelta(days=60))
    sync()
    assert Transcript.objects.count() == 3
    for data_class in ("transcript", "recording"):
        RetentionRule.objects.update_or_create(data_class=data_class, defaults={"days": 1})
    carry_out_retention(run=begin_retention(by=None, is_dry=False), remove_recordings=lambda names: None)
    assert Transcript.objects.count() == 0
    vendor.requests.clear()
    vendor.put_session(session_id="2", timestamp=wire_time(start), duration=1.0)
    vendor.fill(3, first=10, start=start)

    sync()

    assert vendor.asked("/api/v1/sessions/transcript/") == []
    states = dict(Session.objects.values_list("pk", "transcript_state"))
    assert states == {1: "erased", 2: "erased", 3: "erased", 10: "none", 11: "none", 12: "none"}
    assert Session.objects.get(pk=2).duration == 1.0
    assert set(Recording.objects.values_list("session", "state")) == {(3, "gone")}


def test_no_log_problem_or_job_names_a_caller_a_word_or_the_key(vendor, connection, sync, caplog):
    caplog.set_level(logging.DEBUG)
    vendor.fill(3)
    vendor.put_record({"session_id": "7", "timestamp": "yesterday", "source": "+12025550199"}, name="7")
    vendor.bad_share = 0.3
    sync()
    vendor.bad_share, vendor.bad_kinds = 1.0, ("html",)
    sync()
    vendor.refuses_with, vendor.bad_share = 401, 0.0
    sync()

    told = [caplog.text, *IngestRun.objects.values_list("problem", flat=True), *Connection.objects.values_list("problem", flat=True)]
    assert any(told)
    for secret in ("2025550", vendor.key, "move my visit", "gateway is being serviced"):
        assert [line for text in told for line in text.splitlines() if secret in line] == []


def test_a_mistake_of_our_own_is_told_without_the_row_it_was_about(vendor, connection, sync, caplog, monkeypatch):
    def refuse(source, labels):
        raise IntegrityError("Failing row contains (3, +12025550199, Wrong day.)")

    monkeypatch.setattr(ingesting, "TAKES_LABELS", [refuse])
    vendor.fill(1)
    vendor.put_label(1)

    outcome = sync()

    assert outcome.problem == "Something is wrong here, not at the vendor: IntegrityError. The log says where."
    assert "IntegrityError in" in caplog.text
    assert "2025550199" not in caplog.text
    assert IngestRun.objects.get().state == "failed"
