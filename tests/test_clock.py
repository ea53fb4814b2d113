"""There is one clock, the database's: what a machine believes the time to be neither ends nor prolongs anything, and is not stored."""

import ast
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from labeling.models import ApiKey, NightlyCheck, ShareLink, Unmasking
from labeling.models.nightly_check import CheckKind
from labeling.operations.api_keys import create_api_key, find_api_key
from labeling.operations.nightly_checks import note_check
from labeling.operations.retention import GIVEN_UP, ask_for_retention
from labeling.queries.lenses import get_lens
from sessions_app.operations.erasing import forget
from sessions_app.operations.sync_runs import Cursor, begin_run, count_requests, finish_run
from tests.factories import ConnectionFactory, ExportFactory, RetentionRunFactory, SessionFactory, TranscriptFactory, UserFactory
from tests.test_architecture import CODE, name_of

AN_HOUR, MOMENTS = timedelta(hours=1), timedelta(minutes=5)
# The clocks of a machine that tell the date. Those that measure a span are none.
CLOCKS = {"timezone.now", "timezone.localtime", "timezone.localdate", "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
# Where a machine's own clock is asked, how often, and why that is right.
ITS_OWN = {
    "config.embedded_postgres.cluster": (1, "how old files of this machine are"),
    "labeling.backups.making": (1, "how old files of this machine are"),
    "labeling.demo.seeding": (1, "the day of invented sessions"),
    "labeling.exports.folder": (2, "how old files of this machine are"),
    "labeling.forms.api_keys": (2, "the first and the last day that a form takes; the key ends by the database's clock"),
    "labeling.forms.connections": (2, "the first and the last day that a form takes"),
    "labeling.forms.pushes": (1, "the last day that a form takes"),
    "labeling.forms.queues": (1, "the first day that a form takes"),
    "labeling.imports.folder": (1, "how old files of this machine are"),
    "labeling.imports.labels": (1, "refuses times of next week, with a day to spare"),
    "labeling.management.commands.backup": (1, "how old files of this machine are, by the moment in their names"),
    "labeling.operations.searches": (1, "saves a write; the database says what is written and what is forgotten"),
    "labeling.operations.webhook_events": (1, "leaves out labels that claim to be older than about a day; asking would cost each label a statement"),
    "labeling.operations.webhook_sending": (1, "the moment of a signature, made where the database is not asked"),
    "labeling.queries.home": (2, "which day a page calls today"),
    "labeling.queries.summary.period": (2, "which day a page calls today"),
    "labeling.views.exports": (1, "the name of a download"),
    "labeling.views.pushes": (1, "asks the vendor with a margin on both sides"),
    "sessions_app.filters.session_filter": (1, "which day a page calls today; queues and samples give the database's"),
    "sessions_app.identifiers": (1, "tells a year from a number"),
    "sessions_app.recordings.folder": (2, "how old files of this machine are"),
    "sessions_app.upstream.answers": (1, "how long an answer of the vendor asks to wait, which names a date"),
}


def asks(file):
    text = file.read_text()
    # To parse all of the code takes seconds.
    if not any(clock in text for clock in CLOCKS):
        return 0
    return sum(ast.unparse(node) in CLOCKS for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute))


def test_only_these_ask_the_machine_what_time_it_is():
    assert {name_of(file): times for file in CODE if (times := asks(file))} == {name: times for name, (times, _why) in ITS_OWN.items()}


def off(hours):
    """The clock of this machine is so many hours off, and that of the database is not."""
    return time_machine.travel(timezone.now() + timedelta(hours=hours))


def is_now(moment):
    return abs(moment - timezone.now()) < MOMENTS


pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("hours", "ends_in", "is_good"), [(2, AN_HOUR, True), (-2, -AN_HOUR, False)])
def test_a_key_is_good_until_its_end(reviewer, hours, ends_in, is_good):
    row, key = create_api_key(user=reviewer, name="script", scopes=["sessions:read"], expires_at=timezone.now() + AN_HOUR, by=None, rate_per_minute=60)
    ApiKey.objects.filter(pk=row.pk).update(expires_at=timezone.now() + ends_in)

    with off(hours):
        found = find_api_key(key)

    assert bool(found) == is_good


@pytest.mark.parametrize(("hours", "ends_in", "state"), [(2, AN_HOUR, "Ready"), (-2, -AN_HOUR, "Expired")])
def test_a_file_can_be_had_until_its_end(as_person, manager, hours, ends_in, state):
    ExportFactory(created_by=manager, state="ready", finished_at=timezone.now(), expires_at=timezone.now() + ends_in)
    client = as_person(manager)

    with off(hours):
        answer = client.get("/exports/")

    assert [line.state for line in answer.context["lines"]] == [state]


def test_a_share_link_lasts_as_long_as_was_said(as_person, manager, agent):
    session = SessionFactory(seen_agent=agent, transcript_state="held")
    TranscriptFactory(session=session)
    client = as_person(manager)

    with off(2):
        made = client.post(f"/sessions/{session.pk}/share-links/", {"purpose": "To look at.", "hours": 24, "client_key": "a-key-of-one-form-0001"})
        opened = Client().get(made.context["made"])
    link = ShareLink.objects.get()
    ShareLink.objects.update(expires_at=timezone.now() - AN_HOUR)
    with off(-2):
        late = Client().get(made.context["made"])

    assert is_now(link.expires_at - timedelta(hours=24))
    assert (opened.status_code, late.status_code) == (200, 404)


def test_an_unmasking_lasts_a_quarter_of_an_hour(as_person, masked_keys, agent):
    person, session = UserFactory(may_unmask=True), SessionFactory(seen_agent=agent)
    client = as_person(person)

    with off(2):
        client.post(f"/sessions/{session.pk}/unmasking/", {"reason": "call_back"})
        shown = get_lens(session.pk, viewer=person).until

    assert shown == Unmasking.objects.get().until
    assert is_now(shown - timedelta(minutes=15))


@pytest.mark.parametrize(("hours", "age", "is_found"), [(2, GIVEN_UP - AN_HOUR, True), (-2, GIVEN_UP + AN_HOUR, False)])
def test_a_retention_run_that_is_under_way_is_found_again(admin, hours, age, is_found):
    run = RetentionRunFactory(run_by=admin, counts={"finished": False}, run_at=timezone.now() - age)

    with off(hours):
        asked = ask_for_retention(by=admin, is_dry=True)

    assert (asked == run) == is_found


def test_what_a_sync_writes_down_is_the_databases_time():
    connection = ConnectionFactory(begins_at=timezone.now() - timedelta(days=1))

    with off(2):
        run = begin_run(connection=connection)
        count_requests(run=run, requests=1)
        finish_run(run=run, before=Cursor.of(run))
    run.refresh_from_db()
    connection.refresh_from_db()

    assert all(is_now(moment) for moment in (run.window_until, run.heard_at, run.finished_at, connection.succeeded_at, connection.caught_up_at))


def test_what_the_night_writes_down_is_the_databases_time():
    session = SessionFactory()

    with off(2):
        note_check(CheckKind.LABELS, 1)
        forget([session])
    check = NightlyCheck.objects.get()

    assert all(is_now(moment) for moment in (check.ended_at, check.repaired_at, session.erased_at))
