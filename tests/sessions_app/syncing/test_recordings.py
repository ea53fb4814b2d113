"""Recordings of the vendor: its address is asked for when somebody wants to hear it, and the key goes to nobody else."""

import json

import pytest

from sessions_app.models import Recording, Session
from sessions_app.recordings import vendor as fetcher
from sessions_app.recordings.fetching import fetch_recording
from tests.factories import RecordingFactory, SessionFactory
from tests.sessions_app.sounds import wav
from tests.sessions_app.syncing.conftest import QUICK
from tests.sessions_app.upstream.fake_vendor import FakeVendor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def place(settings, tmp_path, monkeypatch):
    settings.RECORDING_DIR = tmp_path / "recordings"
    monkeypatch.setattr(fetcher, "PATIENCE", QUICK)
    return settings.RECORDING_DIR


@pytest.fixture
def call(vendor, connection):
    """A call with its recording, which nobody has asked for yet."""
    vendor.fill(3)
    vendor.recordings["3"] = [wav(400, [(0, 200)])]
    session = SessionFactory(pk=3, external_id="3", seen_agent__data_source=connection.data_source, transcript_state="held")
    RecordingFactory(session=session, reference="vendor:1", state="pending")
    return session


def fetched(session, place=1):
    row = Recording.objects.get(session=session, place=place)
    fetch_recording(recording_pk=row.pk)
    row.refresh_from_db()
    return row


def test_it_is_asked_for_and_kept(vendor, call, place):
    row = fetched(call)

    assert (row.state, row.media_type) == ("held", "audio/wav")
    assert (place / row.file).read_bytes() == vendor.recordings["3"][0]
    assert [one.path for one in vendor.requests] == ["/api/v1/sessions/recording/3", "/api/v1/sessions/recording/stream"]


def test_an_address_is_used_once_and_another_is_asked_for_each_time(vendor, call):
    fetched(call)
    Recording.objects.update(state="pending", file="")

    assert fetched(call).state == "held"


def test_a_call_in_parts_gets_a_recording_for_each(vendor, call):
    vendor.recordings["3"].append(wav(300, [(0, 300)]))

    fetched(call)

    assert list(Recording.objects.order_by("place").values_list("place", "reference", "state")) == [(1, "vendor:1", "held"), (2, "vendor:2", "pending")]
    assert fetched(call, place=2).state == "held"


def test_parts_follow_one_another_in_whatever_order_they_are_fetched(vendor, call):
    vendor.recordings["3"] += [wav(300, [(100, 200)]), wav(200, [(0, 100)])]
    fetched(call)
    fetched(call, place=3)
    Recording.objects.filter(place=3, starts_ms=0).update(agent_spans=[[10, 20]])

    fetched(call, place=2)

    lengths = list(Recording.objects.order_by("place").values_list("duration_ms", flat=True))
    assert list(Recording.objects.order_by("place").values_list("starts_ms", flat=True)) == [0, lengths[0], lengths[0] + lengths[1]]
    third = Recording.objects.get(place=3)
    assert third.agent_spans == [[third.starts_ms + 10, third.starts_ms + 20]]


def test_a_call_without_a_recording_says_that_it_is_gone(vendor, call):
    vendor.recordings.clear()

    assert fetched(call).state == "gone"


@pytest.mark.parametrize("kind", ["500", "html", "reset"])
def test_a_vendor_that_does_not_answer_is_a_failure_and_not_the_end(vendor, call, kind):
    vendor.bad_share, vendor.bad_kinds = 1.0, (kind,)

    assert fetched(call).state == "failed"


def test_nothing_is_asked_about_an_erased_session(vendor, call):
    Session.objects.filter(pk=3).update(erased_at=call.timestamp, transcript_state="erased")

    assert fetched(call).state == "failed"
    assert vendor.requests == []


def test_the_key_goes_to_the_vendors_host_only(vendor, call, settings):
    with FakeVendor(key=None) as elsewhere:
        settings.OUTBOUND_ALLOWED |= {elsewhere.allowed}
        elsewhere.fill(3)
        elsewhere.recordings["3"] = [wav(100, [(0, 100)])]
        vendor.recordings_lie_at = json.loads(elsewhere._recordings("3")[2])["recordings"]

        row = fetched(call)

        assert row.state == "held"
        assert [one.key for one in elsewhere.requests] == [None]


def test_an_address_that_lies_inside_is_not_called(vendor, call):
    vendor.recordings_lie_at = ["https://169.254.169.254/latest/meta-data"]

    assert fetched(call).state == "failed"
