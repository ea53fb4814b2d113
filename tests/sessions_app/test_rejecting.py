"""Rejected records: one line a record, nothing endless, and nothing of who was erased."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from labeling.models import Erasure
from labeling.operations.erasure import Files, carry_out_erasure, order_erasure
from labeling.queries.erasure import caller, one_session
from sessions_app.models import RejectedRecord, Session
from sessions_app.operations.rejecting import LARGEST_PAYLOAD, Refusal, accept_records, clear_rejected, name_of_record, refuse_records
from tests.factories import NOON, AgentFactory, RejectedRecordFactory, SessionFactory, SourceFactory

pytestmark = pytest.mark.django_db
NUMBER = "+12025550199"
FILES = Files(remove_recordings=lambda names: None, remove_export=lambda token: None)


@pytest.fixture
def source():
    return SourceFactory(kind="vendor")


def refuse(source, payload, *, external_id="1", kind="session", reason="It is bad."):
    refuse_records(data_source=source, kind=kind, run=None, refusals=[Refusal(external_id, payload, reason)])


def erase(subject):
    erasure = order_erasure(subject=subject, by=None, in_background=False)
    carry_out_erasure(erasure_pk=erasure.pk, files=FILES)
    return Erasure.objects.get(pk=erasure.pk)


@pytest.fixture(autouse=True)
def list_elsewhere(settings, tmp_path):
    settings.ERASURE_LIST = tmp_path / "erasures.jsonl"


def test_a_record_is_one_line_however_often_it_comes(source):
    refuse(source, {"a": 1})
    refuse(source, {"a": 2}, reason="It is worse.")
    refuse(source, {"a": 3}, kind="label")

    row = RejectedRecord.objects.get(kind="session")
    assert (row.payload, row.reason, row.attempts) == ({"a": 2}, "It is worse.", 2)
    assert accept_records(data_source=source, kind="session", external_ids=["1", "2"]) == {"1"}
    assert RejectedRecord.objects.get().kind == "label"


@pytest.mark.parametrize("payload", ["text", None, 5, ["a", {"b": "\0\ud800"}], {"x": float("nan")}, {"n": 10**400}])
def test_whatever_came_is_kept_as_the_database_can_hold_it(source, payload):
    refuse(source, payload)

    assert RejectedRecord.objects.count() == 1


def test_what_is_endless_is_not_kept(source):
    deep = {}
    for _ in range(500):
        deep = {"d": deep}
    refuse(source, deep, external_id="deep")
    refuse(source, {"x": "y" * LARGEST_PAYLOAD}, external_id="large")

    assert list(RejectedRecord.objects.values_list("payload", flat=True)) == [{}, {}]


@pytest.mark.parametrize(
    "wire", [{"id": "a\0b"}, {"id": "x" * 501}, {"id": True}, {"id": ""}, {"id": None}, {"id": 1.5}, {"id": ["1"]}, "x", None, {"id": "\n"}]
)
def test_a_record_without_an_id_is_known_by_what_it_says(wire):
    assert name_of_record(wire, "id").startswith("sha256:")
    assert name_of_record(wire, "id") == name_of_record(wire, "id")


def test_a_record_that_is_nested_without_end_has_a_name_too():
    deep = []
    for _ in range(100_000):
        deep = [deep]

    assert name_of_record({"id": None, "x": deep}, "id").startswith("sha256:")


def test_the_payload_goes_after_a_month_and_the_line_later(source):
    refuse(source, {"source": NUMBER})

    clear_rejected(at=timezone.now() + timedelta(days=29))
    assert RejectedRecord.objects.get().payload == {"source": NUMBER}
    clear_rejected(at=timezone.now() + timedelta(days=31))
    assert RejectedRecord.objects.get().payload == {}
    clear_rejected(at=timezone.now() + timedelta(days=181))
    assert not RejectedRecord.objects.exists()


def test_an_erased_session_takes_along_what_was_rejected_of_it(source):
    session = SessionFactory(seen_agent=AgentFactory(data_source=source), external_id="55", source=NUMBER)
    for kind, external_id, payload in (
        ("session", "55", {}),
        ("transcript", "55", {}),
        ("label", "9", {"session_id": 55, "comments": "x"}),
        ("label", "10", {"session_id": "55"}),
    ):
        RejectedRecordFactory(data_source=source, kind=kind, external_id=external_id, payload=payload)
    left = [
        RejectedRecordFactory(data_source=source, kind="label", external_id="11", payload={"session_id": 56}),
        RejectedRecordFactory(kind="session", external_id="55"),
    ]

    erasure = erase(one_session(session))

    assert set(RejectedRecord.objects.all()) == set(left)
    assert erasure.counts["rejected"] == 4


def test_an_erased_caller_is_taken_out_of_what_was_rejected_wherever_it_stands(source):
    for external_id, payload in (
        ("1", {"source": NUMBER}),
        ("2", {"extra": [{"deep": "call 202-555-0199 back"}]}),
        ("3", {"source": "+12025550111"}),
        ("4", ["x", NUMBER]),
    ):
        RejectedRecordFactory(data_source=source, external_id=external_id, payload=payload)

    erasure = erase(caller(NUMBER))

    assert set(RejectedRecord.objects.values_list("external_id", flat=True)) <= {"2", "3"}
    assert erasure.counts["rejected"] >= 2


def test_a_rejected_record_of_an_erased_caller_that_comes_again_says_nothing(source):
    erase(caller(NUMBER))
    for place, at in enumerate([NOON.isoformat(), None, "yesterday"]):
        refuse(source, {"source": NUMBER, "session_id": f"old-{place}", "timestamp": at}, external_id=f"old-{place}")
    refuse(source, {"source": NUMBER, "timestamp": datetime(2099, 1, 1, tzinfo=UTC).isoformat()}, external_id="later")
    refuse(source, {"source": "+12025550111", "timestamp": NOON.isoformat()}, external_id="other")

    kept = dict(RejectedRecord.objects.values_list("external_id", "payload"))
    assert [kept[f"old-{place}"] for place in range(3)] == [{}, {}, {}]
    assert kept["later"]
    assert kept["other"]


def test_what_is_rejected_of_an_erased_session_says_nothing(source):
    session = SessionFactory(seen_agent=AgentFactory(data_source=source), external_id="55", source=NUMBER)
    erase(one_session(session))
    assert Session.objects.get().external_id != "55"

    refuse(source, {"session_id": 55, "comments": "About the caller.", "code": "GREAT"}, external_id="9", kind="label")

    assert RejectedRecord.objects.get().payload == {}
