"""The audit: everything that has to be in it is, it can be asked and taken along, and nobody else sees it."""

import csv
import json
import logging
from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.urls import reverse
from pytest_django.asserts import assertNumQueries

from labeling.models import Event
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from labeling.operations.label_rows import LabelGiven, Provenance
from labeling.operations.labels import record_labels, submit_label, withdraw_label
from labeling.operations.raters import rater_of
from labeling.queries import audit
from tests.factories import ApiKeyFactory, EventFactory, RaterFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db
PAGE, FILE = "/admin/audit/", "/admin/audit/export/"
FIELDS = ["id", "at", "kind", "user", "api_key", "session", "subject_kind", "subject", "before", "after", "address"]


@pytest.fixture
def lines(caplog):
    """What a collector would take from the logger."""
    logger = logging.getLogger("review_desk.audit")
    logger.addHandler(caplog.handler)
    yield lambda: [json.loads(record.getMessage()) for record in caplog.records if record.name == "review_desk.audit"]
    logger.removeHandler(caplog.handler)


def kinds():
    return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def test_a_label_and_its_withdrawal_are_events_of_who_gave_it(reviewer):
    session = SessionFactory()

    label = submit_label(session_id=session.pk, rater=rater_of(user=reviewer), code="BAD", client_key="one").label
    withdraw_label(label=label, by=reviewer)

    assert list(Event.objects.order_by("pk").values_list("kind", "user", "session", "subject_kind", "subject", "after")) == [
        ("labeled", reviewer.pk, session.pk, "label", label.pk, "page"),
        ("withdrawn", reviewer.pk, session.pk, "label", label.pk, ""),
    ]


def test_the_same_submit_again_is_one_event(reviewer):
    sent = {"session_id": SessionFactory().pk, "rater": rater_of(user=reviewer), "code": "OK", "client_key": "one"}

    first, again = submit_label(**sent), submit_label(**sent)
    withdraw_label(label=first.label, by=reviewer)
    withdraw_label(label=first.label, by=reviewer)

    assert (again.is_new, kinds()) == (False, ["labeled", "withdrawn"])


def test_a_label_through_the_api_is_an_event_of_the_keys_owner_not_of_whom_it_names():
    key = ApiKeyFactory()
    claimed = Provenance(via="api", api_key=key, claimed_email="other@example.com")

    submit_label(session_id=SessionFactory().pk, rater=RaterFactory(user=UserFactory()), code="OK", client_key="one", provenance=claimed)

    assert Event.objects.values_list("kind", "user", "api_key", "after").get() == ("labeled", key.user_id, key.pk, "api")


@pytest.mark.parametrize("via", ["bulk", "import", "sync"])
def test_what_came_in_bulk_has_no_event_for_each_label(reviewer, via):
    rater, provenance = rater_of(user=reviewer), Provenance(via=via)

    submit_label(session_id=SessionFactory().pk, rater=rater, code="OK", client_key="one", provenance=provenance)
    record_labels(labels=[LabelGiven(SessionFactory().pk, rater, "OK", "two", provenance=provenance)])

    assert kinds() == []


def test_a_label_that_is_rolled_back_leaves_no_event_and_no_line(reviewer, lines, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        submit_label(session_id=SessionFactory().pk, rater=rater_of(user=reviewer), code="OK", client_key="one")
        transaction.set_rollback(True)

    assert (kinds(), lines()) == ([], [])


def test_the_line_of_an_event_holds_its_row_and_nothing_else(reviewer, lines, django_capture_on_commit_callbacks):
    session = SessionFactory(source="+12025550142")
    with django_capture_on_commit_callbacks(execute=True):
        submit_label(session_id=session.pk, rater=rater_of(user=reviewer), code="BAD", client_key="one", comment="The caller is +1 202 555 0142.")

    event, (line,) = Event.objects.get(), lines()
    assert list(line) == FIELDS
    assert (line["id"], datetime.fromisoformat(line["at"]), line["user"], line["session"]) == (event.pk, event.at, reviewer.pk, session.pk)
    assert "0142" not in json.dumps(line).replace(str(session.pk), "")


def test_a_collector_that_is_away_costs_nobody_their_label(reviewer, monkeypatch, django_capture_on_commit_callbacks):
    def broken(*args):
        raise OSError("no room")

    monkeypatch.setattr("labeling.operations.events.audit_log.info", broken)

    with django_capture_on_commit_callbacks(execute=True):
        submit_label(session_id=SessionFactory().pk, rater=rater_of(user=reviewer), code="OK", client_key="one")

    assert kinds() == ["labeled"]


def test_the_page_shows_who_did_what(as_person, admin, reviewer):
    key = ApiKeyFactory(prefix="0badcafe")
    record_event(kind=EventKind.TRANSCRIPT_READ, by=reviewer, session=4711, api_key=key.pk)
    record_event(kind=EventKind.ROLE_CHANGED, by=None, subject_kind="user", subject=5, before="reviewer", after="manager")

    page = as_person(admin).get(PAGE).content.decode()

    for words in ("amara@example.com", "Transcript read", ">4711<", "0badcafe", "Role changed", "user 5", "reviewer", "nobody signed in"):
        assert words in page


def test_what_is_asked_for_becomes_numbers_in_the_address(as_person, admin, reviewer):
    asked = {"kind": "unmasked", "person": "AMARA@example.com", "session": "12", "since": "2026-03-01", "until": "2026-03-02"}

    answer = as_person(admin).post(PAGE, asked)

    assert (answer.status_code, answer["Location"]) == (303, f"{PAGE}?kind=unmasked&person={reviewer.pk}&session=12&since=2026-03-01&until=2026-03-02")
    assert 'value="amara@example.com"' in as_person(admin).get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"kind": "unmasked"}, {1}), ({"person": "7"}, {1, 2}), ({"person": "7", "kind": "exported"}, {2}), ({"session": "33"}, {3}), ({"key": "4"}, {3}),
        ({"since": "2026-03-02", "until": "2026-03-02"}, {2}), ({"until": "2026-03-01"}, {1}), ({"person": "8"}, set()),
    ],
)  # fmt: skip
def test_each_filter_finds_what_it_says(as_person, admin, query, found):
    rows = [
        EventFactory(kind="unmasked", user=7, at=datetime(2026, 3, 1, 23, 59, tzinfo=UTC)),
        EventFactory(kind="exported", user=7, at=datetime(2026, 3, 2, 0, 0, tzinfo=UTC)),
        EventFactory(kind="shared", user=None, session=33, api_key=4, at=datetime(2026, 3, 3, tzinfo=UTC)),
    ]

    page = as_person(admin).get(PAGE, query).context["page"]

    assert {rows.index(line.event) + 1 for line in page.lines} == found


def test_pages_go_on_where_the_last_one_ended_though_all_happened_at_once(as_person, admin):
    at = datetime(2026, 3, 1, tzinfo=UTC)
    made = {EventFactory(user=9, at=at).pk for _ in range(audit.PAGE_SIZE * 2 + 1)}
    client, address, seen = as_person(admin), f"{PAGE}?person=9", []

    while address:
        context = client.get(address).context
        seen += [line.event.pk for line in context["page"].lines]
        address = context["next"]

    assert (len(seen), set(seen)) == (len(made), made)


def test_a_page_costs_the_same_with_many_events(as_person, admin):
    client = as_person(admin)

    def count():
        with assertNumQueries(counted := 9):
            client.get(PAGE)
        return counted

    for person in (UserFactory(), UserFactory()):
        EventFactory(user=person.pk, api_key=ApiKeyFactory().pk)
    client.get(PAGE)
    count()
    for _ in range(60):
        EventFactory(user=UserFactory().pk, api_key=ApiKeyFactory().pk)
    count()


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "nothing"}, {"person": "nobody@example.com"}, {"person": "9" * 40}, {"person": "\0"}, {"session": "-1"}, {"session": "9" * 30},
        {"key": "rd_zz"},
        {"since": "0001-01-01"}, {"until": "9999-12-31"}, {"since": "2026-02-30"}, {"since": "2026-03-02", "until": "2026-03-01"},
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_said_beside_its_field(as_person, admin, query):
    client = as_person(admin)

    page, asked, file = client.get(PAGE, query), client.post(PAGE, query), client.post(f"{FILE}?{'&'.join(f'{k}=x%00' for k in query)}", {"format": "csv"})

    assert (page.status_code, asked.status_code, file.status_code) == (422, 422, 422)
    assert b"errorlist" in page.content


@pytest.mark.parametrize("after", ["x", "1", "_", "1_", "-1_1", "9" * 30 + "_1", "1_99999999999999999999", "²_1", "99999999999999999999_1"])
def test_a_place_that_is_none_leads_to_the_first_page(as_person, admin, after):
    assert as_person(admin).get(PAGE, {"after": after, "kind": "unmasked"})["Location"] == f"{PAGE}?kind=unmasked"


def test_a_search_that_takes_too_long_asks_for_a_span(as_person, admin, monkeypatch):
    monkeypatch.setattr(audit, "PAGE_MS", 0)

    assert "Give a span of days" in as_person(admin).get(PAGE).content.decode()


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_an_export_has_what_the_filter_finds_and_is_an_event(as_person, admin, reviewer, format, monkeypatch):
    monkeypatch.setattr(audit, "EXPORT_BATCH", 2)
    made = [EventFactory(kind="unmasked", user=reviewer.pk, session=n) for n in range(1, 6)]
    EventFactory(kind="exported")

    answer = as_person(admin).post(f"{FILE}?kind=unmasked", {"format": format})

    text = b"".join(answer.streaming_content).decode()
    rows = list(csv.DictReader(text.splitlines())) if format == "csv" else [json.loads(line) for line in text.splitlines()]
    assert [int(row["id"]) for row in rows] == [event.pk for event in reversed(made)]
    assert list(rows[0]) == [*FIELDS, "person"]
    assert {row["person"] for row in rows} == {"amara@example.com"}
    assert Event.objects.values_list("kind", "user", "subject_kind", "after").latest("pk") == ("exported", admin.pk, "audit", format)


def test_a_formula_in_an_address_is_none_in_the_file(as_person, admin):
    person = UserFactory(email="=cmd@example.com")
    EventFactory(user=person.pk)

    text = b"".join(as_person(admin).post(FILE, {"format": "csv"}).streaming_content).decode()

    assert "'=cmd@example.com" in text


def test_too_long_an_export_is_refused_and_is_no_event(as_person, admin, monkeypatch):
    monkeypatch.setattr(audit, "MOST_EXPORTED", 1)
    EventFactory.create_batch(2, kind="shared")

    answer = as_person(admin).post(FILE, {"format": "csv"})

    assert (answer.status_code, set(kinds())) == (422, {"shared"})


def test_a_format_that_is_none_is_refused(as_person, admin):
    assert as_person(admin).post(FILE, {"format": "exe"}).status_code == 422


@pytest.mark.parametrize("role", ["reviewer", "manager"])
def test_the_audit_is_for_admins(as_person, request, role):
    client = as_person(request.getfixturevalue(role))

    assert [client.get(PAGE).status_code, client.post(FILE, {"format": "csv"}).status_code] == [403, 403]


def test_the_list_of_events_in_the_admin_is_the_audit(as_person, admin):
    assert as_person(admin).get(reverse("admin:labeling_event_changelist"))["Location"] == PAGE
