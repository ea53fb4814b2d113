"""Trying again what was rejected, when somebody asks for it."""

import pytest

from labeling.models import Label
from sessions_app.models import RejectedRecord, Session
from sessions_app.syncing.retrying import retry_rejected
from sessions_app.upstream.facts import KeyRefused
from tests.factories import RejectedRecordFactory
from tests.sessions_app.syncing.conftest import QUICK
from tests.sessions_app.upstream.fake_vendor import FIRST, session_wire, wire_time

pytestmark = pytest.mark.django_db


def retry(connection, **options):
    return retry_rejected(connection_pk=connection.pk, patience=QUICK, **options)


@pytest.fixture
def rejected(vendor, connection, sync):
    """A session, a transcript and two labels that could not be taken."""
    vendor.fill(2)
    vendor.put_record({"session_id": "7", "timestamp": "yesterday"}, at=FIRST, name="7")
    vendor.transcripts["2"] = {"session_id": "2", "transcription": "none"}
    vendor.put_label(7, code="OK", at=FIRST)
    vendor.put_label(1, code="GREAT", at=FIRST)
    sync()
    assert sorted(RejectedRecord.objects.values_list("kind", "external_id")) == [("label", "1"), ("label", "2"), ("session", "7"), ("transcript", "2")]


def test_what_is_good_by_now_is_taken_and_what_is_not_stays(vendor, connection, rejected):
    vendor.put_session(session_id="7", timestamp=wire_time(FIRST), number=7)
    vendor.put_transcript(7)
    vendor.put_transcript(2)

    outcome = retry(connection)

    assert (outcome.tried, outcome.left) == (4, 1)
    assert dict(Session.objects.values_list("pk", "transcript_state")) == {1: "held", 2: "held", 7: "held"}
    assert Label.objects.get(type="human-rating").session_id == 7
    assert RejectedRecord.objects.get().reason == "code is not one of GOOD, OK, BAD and N/A."


def test_one_alone_is_tried_alone(vendor, connection, rejected):
    vendor.requests.clear()

    outcome = retry(connection, only=RejectedRecord.objects.get(kind="transcript").pk)

    assert (outcome.tried, outcome.left) == (1, 1)
    assert {one.path.rsplit("/", 1)[1] for one in vendor.requests} == {"2"}
    assert RejectedRecord.objects.get(kind="transcript").attempts == 2


def test_what_the_vendor_has_no_more_is_read_from_what_it_sent(vendor, connection):
    kept = {**session_wire(8), "timestamp": wire_time(FIRST), "session_id": "8"}
    RejectedRecordFactory(data_source=connection.data_source, kind="session", external_id="8", payload=kept)
    RejectedRecordFactory(data_source=connection.data_source, kind="session", external_id="9", payload={})

    outcome = retry(connection)

    assert (outcome.tried, outcome.left) == (2, 1)
    assert Session.objects.get().pk == 8


def test_what_belongs_to_another_connection_is_left_alone(vendor, connection):
    RejectedRecordFactory()

    assert retry(connection).tried == 0


def test_a_refused_key_is_told(vendor, connection):
    RejectedRecordFactory(data_source=connection.data_source, external_id="5")
    vendor.refuses_with = 401

    with pytest.raises(KeyRefused):
        retry(connection)
