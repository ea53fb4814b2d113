"""Connections to the vendor in the admin: the key is typed once, the address is guarded, and the status page says how it fares."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.models import Event, VendorLabels
from labeling.models.event import EventKind
from labeling.queries.health import get_health
from sessions_app.models import Connection, IngestRun, RejectedRecord, Source
from sessions_app.queries.connections import due_connections
from sessions_app.sealing import unseal
from tests.factories import NOON, ConnectionFactory, IngestRunFactory, RejectedRecordFactory, SourceFactory

pytestmark = pytest.mark.django_db
KEY = "vendor-key-1234567890"
ADD = "/admin/sessions_app/connection/add/"


@pytest.fixture(autouse=True)
def allowed(settings):
    settings.OUTBOUND_ALLOWED = frozenset({"127.0.0.1:8999", "localhost:8999"})


def filled(**changes):
    given = {
        "source_name": "Syllable", "base_url": "http://127.0.0.1:8999", "key": KEY, "begins_at_0": "2026-01-01", "begins_at_1": "00:00:00",
        "every_minutes": "15", "overlap_hours": "48", "takes_transcripts": "on", "takes_labels": "on", "is_active": "on",
    } | changes  # fmt: skip
    return {name: value for name, value in given.items() if value is not None}


def change(connection):
    return f"/admin/sessions_app/connection/{connection.pk}/change/"


def problems(answer):
    return {name: list(errors) for name, errors in answer.context["adminform"].form.errors.items()}


def test_the_first_connection_makes_the_primary_source_and_seals_its_key(as_person, admin):
    answer = as_person(admin).post(ADD, filled())

    connection = Connection.objects.get()
    assert answer.status_code == 302, problems(answer)
    assert (connection.data_source.name, connection.data_source.kind, connection.data_source.is_primary) == ("Syllable", "vendor", True)
    assert KEY not in connection.sealed_key
    assert unseal(connection.sealed_key) == KEY
    assert connection.is_active
    assert VendorLabels.objects.get(data_source=connection.data_source).pushes is False


def test_a_connection_beside_a_primary_source_gets_a_source_of_its_own(as_person, admin):
    SourceFactory(kind="vendor", is_primary=True)

    as_person(admin).post(ADD, filled())

    assert Connection.objects.get().data_source.is_primary is False


def test_a_source_that_is_here_without_a_connection_can_be_gone_on_with(as_person, admin):
    source = SourceFactory(kind="vendor", is_primary=True)

    as_person(admin).post(ADD, filled(source_name="", data_source=source.pk))

    assert Connection.objects.get().data_source == source
    assert Source.objects.count() == 1


def test_the_key_is_on_no_page_and_in_no_event(as_person, admin):
    client = as_person(admin)
    client.post(ADD, filled())
    connection = Connection.objects.get()

    pages = [client.get(address) for address in (change(connection), f"/admin/connections/{connection.pk}/", "/admin/sessions_app/connection/")]
    refused = client.post(change(connection), filled(key="another-key-99", every_minutes="0"))

    for page in (*pages, refused):
        assert page.status_code == 200
        assert KEY not in page.content.decode()
        assert "another-key-99" not in page.content.decode()
        assert connection.sealed_key not in page.content.decode()
    events = Event.objects.filter(kind=EventKind.CONNECTION_CHANGED)
    assert events.filter(subject_kind="connection key", after="typed").count() == 1
    assert not any(KEY in f"{event.before}{event.after}" for event in events)


def test_another_address_without_a_key_wipes_the_stored_one_and_switches_off(as_person, admin):
    connection = ConnectionFactory(base_url="http://127.0.0.1:8999")

    answer = as_person(admin).post(change(connection), filled(base_url="http://localhost:8999", key="", is_active=None))

    connection.refresh_from_db()
    assert answer.status_code == 302, problems(answer)
    assert (connection.base_url, connection.sealed_key, connection.is_active) == ("http://localhost:8999", "", False)
    assert Event.objects.filter(subject_kind="connection key", after="cleared").exists()


def test_another_address_cannot_be_switched_on_with_the_former_key(as_person, admin):
    connection = ConnectionFactory(base_url="http://127.0.0.1:8999")
    before = connection.sealed_key

    answer = as_person(admin).post(change(connection), filled(base_url="http://localhost:8999", key=""))

    connection.refresh_from_db()
    assert "former address" in problems(answer)["key"][0]
    assert (connection.base_url, connection.sealed_key) == ("http://127.0.0.1:8999", before)


def test_an_empty_key_keeps_the_stored_one(as_person, admin):
    connection = ConnectionFactory(base_url="http://127.0.0.1:8999")
    before = connection.sealed_key

    answer = as_person(admin).post(change(connection), filled(key="", every_minutes="30"))

    connection.refresh_from_db()
    assert answer.status_code == 302, problems(answer)
    assert (connection.sealed_key, connection.every_minutes) == (before, 30)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "https://127.0.0.1", "https://[::1]", "https://169.254.169.254", "https://2130706433", "https://[64:ff9b::7f00:1]", "ftp://example.com",
     "https://user:password@example.com", "https://example.com:5432", "example.com", "", "https://example.com/?a=b", "https://[", "https://a\0b.example"],
)  # fmt: skip
def test_an_address_inside_or_none_at_all_is_refused_at_the_form(as_person, admin, url):
    answer = as_person(admin).post(ADD, filled(base_url=url))

    assert answer.status_code == 200
    assert "base_url" in problems(answer)
    assert not Connection.objects.exists()


def test_an_earlier_beginning_reads_everything_once_more(as_person, admin):
    connection = ConnectionFactory(base_url="http://127.0.0.1:8999", begins_at=NOON, caught_up_at=NOON, synced_until=NOON)
    run = IngestRunFactory(data_source=connection.data_source, state="stopped", cursor={"phase": "sessions"})

    as_person(admin).post(change(connection), filled(key=""))

    connection.refresh_from_db()
    run.refresh_from_db()
    assert (connection.caught_up_at, connection.synced_until, run.cursor) == (None, None, {})


def test_the_status_page_says_lag_counts_the_last_error_and_what_was_rejected(as_person, admin):
    now = timezone.now()
    connection = ConnectionFactory(
        caught_up_at=now, synced_until=now - timedelta(minutes=7), succeeded_at=now, failed_at=now, problem="The vendor answered 500."
    )
    IngestRunFactory(data_source=connection.data_source, state="finished", created=1234, transcripts=77, requests=99)
    rejected = RejectedRecordFactory(data_source=connection.data_source, payload={"source": "+12025550142"})

    page = as_person(admin).get(f"/admin/connections/{connection.pk}/").content.decode()

    for told in ("7 minutes", "1,234", "77", "The vendor answered 500.", rejected.reason, rejected.external_id):
        assert told in page or told.replace(",", "") in page
    assert "+12025550142" not in page


def test_a_retry_is_asked_of_the_worker_and_noted(as_person, admin, django_capture_on_commit_callbacks):
    connection = ConnectionFactory()
    rejected = RejectedRecordFactory(data_source=connection.data_source)
    elsewhere = RejectedRecordFactory()
    client = as_person(admin)

    answers = [client.post(f"/admin/connections/{connection.pk}/retries/", {"record": pk}).status_code for pk in (rejected.pk, elsewhere.pk, "x", "-1", "")]

    assert answers == [303, 404, 422, 422, 303]
    assert Event.objects.filter(kind=EventKind.JOB_RETRIED, subject_kind="rejected record", subject=rejected.pk).count() == 1
    assert RejectedRecord.objects.count() == 2


def test_health_says_the_lag_and_what_is_wrong(db):
    assert "no vendor connection yet" in {figure.value for figure in get_health().groups[0][1]}
    now = timezone.now()
    connection = ConnectionFactory(caught_up_at=now, synced_until=now - timedelta(minutes=7), succeeded_at=now)

    [fine] = [figure for figure in get_health().groups[0][1] if figure.name == "Sync"]
    Connection.objects.filter(pk=connection.pk).update(synced_until=now - timedelta(hours=9), problem="The vendor refuses the key (401).")
    [bad] = [figure for figure in get_health().groups[0][1] if figure.name == "Sync"]

    assert (fine.value, fine.bad) == ("waiting for its first sync, 7 minutes behind", "")
    assert (bad.value, bad.bad) == ("waiting for its first sync, 9 hours behind", "The vendor refuses the key (401).")


def test_a_connection_is_due_when_its_time_has_come_or_something_was_left_off():
    now = timezone.now()
    first = ConnectionFactory()
    others = {
        "fresh": {"succeeded_at": now - timedelta(minutes=5)},
        "late": {"succeeded_at": now - timedelta(minutes=16)},
        "off": {"is_active": False},
    }
    made = {name: ConnectionFactory(data_source=SourceFactory(kind="vendor"), **values) for name, values in others.items()}
    stopped = ConnectionFactory(data_source=SourceFactory(kind="vendor"), succeeded_at=now)
    IngestRunFactory(data_source=stopped.data_source, state="stopped", cursor={"phase": "labels"})
    running = ConnectionFactory(data_source=SourceFactory(kind="vendor"))
    IngestRunFactory(data_source=running.data_source, state="running", cursor={"phase": "labels"}, heard_at=now - timedelta(minutes=1))
    failed = ConnectionFactory(data_source=SourceFactory(kind="vendor"), succeeded_at=now - timedelta(hours=1))
    IngestRunFactory(data_source=failed.data_source, state="failed", cursor={"phase": "labels"}, heard_at=now - timedelta(minutes=1))

    assert due_connections(at=now) == [first.pk, made["late"].pk, stopped.pk]
    IngestRun.objects.update(heard_at=now - timedelta(minutes=6))
    assert {running.pk, failed.pk} <= set(due_connections(at=now))
