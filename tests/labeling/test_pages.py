"""The smaller pages: home, settings, health, errors, the API's edge."""

import json
import re
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import RequestFactory
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateWorker

from config.wsgi import application
from labeling.models import User
from labeling.models.api_key import KeyScope
from labeling.models.user import Column
from labeling.operations.api_keys import create_api_key, revoke_api_key
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from tests.factories import NOON, SessionFactory

pytestmark = pytest.mark.django_db


def test_home_shows_what_i_labeled_and_nobody_else(as_person, reviewer, manager, agent):
    mine, theirs = SessionFactory(seen_agent=agent), SessionFactory(seen_agent=agent)
    submit_label(session_id=mine.pk, rater=rater_of(user=reviewer), code="BAD", client_key="mine-and-only")
    submit_label(session_id=theirs.pk, rater=rater_of(user=manager), code="BAD", client_key="theirs-and-only")

    answer = as_person(reviewer).get("/review/")

    assert [recent.label.session_id for recent in answer.context["recent"]] == [mine.pk]
    assert answer.context["labeled_today"] == 1


def test_settings_save_one_choice_and_keep_the_rest(as_person, reviewer):
    client = as_person(reviewer)

    assert client.post("/settings/", {"theme": "dark"}, headers={"HX-Request": "true"}).status_code == 204
    client.post("/settings/", {"shortcuts": ["false"]}, headers={"HX-Request": "true"})

    reviewer.refresh_from_db()
    assert (reviewer.theme, reviewer.density, reviewer.shortcuts) == ("dark", "default", False)


def test_settings_page_saves_all(as_person, reviewer):
    answer = as_person(reviewer).post("/settings/", {"theme": "light", "density": "roomy", "time_display": "mine", "time_zone": "Europe/Vienna"})

    reviewer.refresh_from_db()
    assert answer.status_code == 302
    assert (reviewer.density, reviewer.time_zone, reviewer.shortcuts) == ("roomy", "Europe/Vienna", False)


@pytest.mark.parametrize("sent", [{"theme": "pink"}, {"time_zone": "Mars/Olympus"}, {"density": "\0"}])
def test_settings_refuse_what_is_not_a_choice(as_person, reviewer, sent):
    assert as_person(reviewer).post("/settings/", sent).status_code == 422


def boxes(page):
    """The columns by whether their box is checked, in that part of a page."""
    return {name: " checked" in rest for name, rest in re.findall(r'<input[^>]*name="columns" value="(\w+)"([^>]*)>', page)}


def test_columns_are_left_out_by_their_boxes_and_come_back(as_person, reviewer):
    client = as_person(reviewer)
    whole = {"theme": "light", "density": "roomy", "time_display": "mine", "time_zone": "UTC"}

    client.post("/settings/", whole | {"columns": ["", "channel", "length", "auto"]})
    reviewer.refresh_from_db()
    some = reviewer.columns_hidden
    page = client.get("/settings/").content.decode()
    client.post("/settings/", whole | {"columns": [""]})
    reviewer.refresh_from_db()
    none = reviewer.columns_hidden
    client.post("/settings/", whole | {"columns": ["", *Column.values]})
    reviewer.refresh_from_db()

    assert some == {"from", "signals", "issues", "reviewers"}
    assert {name for name, is_checked in boxes(page).items() if is_checked} == {"channel", "length", "auto"}
    assert (none, reviewer.columns_hidden) == (set(Column.values), set())


def test_columns_that_were_not_asked_about_stay(as_person, reviewer):
    reviewer.choose(hidden_columns="from,issues")
    client = as_person(reviewer)

    client.post("/settings/", {"density": "compact"}, headers={"HX-Request": "true"})
    client.post("/settings/", {"theme": "light", "density": "roomy", "time_display": "mine", "time_zone": "UTC"})

    reviewer.refresh_from_db()
    assert (reviewer.columns_hidden, reviewer.density) == ({"from", "issues"}, "roomy")


def test_columns_chosen_in_the_menu_keep_the_rest_and_show_the_list_anew(as_person, reviewer):
    reviewer.choose(theme="dark", shortcuts=False)
    client = as_person(reviewer)

    other = client.post("/settings/", {"density": "compact"}, headers={"HX-Request": "true"})
    answer = client.post("/settings/", {"columns": ["", "from"]}, headers={"HX-Request": "true"})

    reviewer.refresh_from_db()
    assert (answer.status_code, json.loads(answer["HX-Trigger"])) == (204, {"columns-changed": {}})
    assert "HX-Trigger" not in other
    assert (reviewer.theme, reviewer.shortcuts, reviewer.density) == ("dark", False, "compact")
    assert reviewer.columns_hidden == set(Column.values) - {"from"}


@pytest.mark.parametrize("sent", [["", "password"], ["\0"], ["from,auto"], ["x" * 5000]])
def test_what_is_no_column_is_refused(as_person, reviewer, sent):
    assert as_person(reviewer).post("/settings/", {"columns": sent}).status_code == 422

    reviewer.refresh_from_db()
    assert reviewer.hidden_columns == ""


def test_a_column_that_is_gone_hides_nothing(reviewer):
    reviewer.hidden_columns = "from,,agent,a column of earlier"

    assert reviewer.columns_hidden == {"from"}


@pytest.mark.parametrize(
    ("page", "leads_to"),
    [
        ("/sessions/v/mine/?auto=BAD&since=7d", "/sessions/v/mine/?auto=BAD&since=7d"),
        ("//evil.example/", "/settings/"),
        ("/\\evil.example/", "/settings/"),
        ("https://evil.example/", "/settings/"),
        ("javascript:alert(1)", "/settings/"),
        ("sessions/", "/settings/"),
        ("/sessions/?a=\r\nX-Attack:%20y", "/sessions/?a=%0D%0AX-Attack:%20y"),
        ("/" + "x" * 5000, "/settings/"),
        ("", "/settings/"),
    ],
)
def test_the_menu_without_script_leads_back_to_a_page_of_ours_only(as_person, reviewer, page, leads_to):
    answer = as_person(reviewer).post("/settings/", {"columns": ["", "from"], "density": "compact", "next": page})

    assert (answer.status_code, answer["Location"]) == (302, leads_to)


def test_nobody_raises_themselves_through_their_settings(as_person, reviewer):
    as_person(reviewer).post(
        "/settings/", {"theme": "dark", "role": "admin", "may_unmask": "on", "all_agents": "on", "is_active": "on", "email": "x@example.com"}
    )

    reviewer.refresh_from_db()
    assert (reviewer.role, reviewer.may_unmask, reviewer.email) == ("reviewer", False, "amara@example.com")


def test_healthz_says_only_that_the_process_lives_and_asks_the_database_nothing(as_person, reviewer, django_assert_num_queries):
    client = as_person(reviewer)

    with django_assert_num_queries(0):
        answer = client.get("/healthz")

    assert (answer.status_code, answer.content) == (200, b"ok")


def test_readyz_needs_a_living_worker(client):
    without = client.get("/readyz")

    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")

    assert (without.status_code, without.json()) == (503, {"database": True, "migrations": True, "worker": False})
    assert client.get("/readyz").status_code == 200
    assert ProcrastinateWorker.objects.count() == 1


def test_a_database_that_is_away_is_a_503_with_a_time_to_come_back(as_person, reviewer, monkeypatch):
    client = as_person(reviewer)
    client.raise_request_exception = False

    def away(*args, **kwargs):
        raise OperationalError("away")

    monkeypatch.setattr("labeling.views.home.get_recent_labels", away)
    answer = client.get("/review/")

    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert b"<html" in answer.content


def test_any_other_fault_is_a_500_page_without_a_trace(as_person, reviewer, monkeypatch):
    client = as_person(reviewer)
    client.raise_request_exception = False

    def broken(*args, **kwargs):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("labeling.views.home.get_recent_labels", broken)
    answer = client.get("/review/")

    assert answer.status_code == 500
    assert b"secret detail" not in answer.content


def test_an_unknown_page_is_a_404_page(as_person, reviewer):
    assert as_person(reviewer).get("/no/such/page/").status_code == 404


def test_an_api_key_opens_the_api_and_a_cookie_does_not(client, reviewer):
    _, key = create_api_key(user=reviewer, name="script", scopes=[KeyScope.SESSIONS_READ], expires_at=timezone.now() + timedelta(days=1), by=None)
    client.force_login(reviewer)

    assert client.get("/api/v1/nothing/").status_code == 401
    answer = client.get("/api/v1/nothing/", headers={"Syllable-API-Key": key})
    assert (answer.status_code, answer.json()) == (404, {"detail": "There is nothing at this address of the API."})


@pytest.mark.parametrize("fault", ["revoked", "expired", "owner gone", "changed", "empty", "NUL", "long", "not ascii"])
def test_an_api_key_that_does_not_work_is_refused(client, reviewer, admin, fault):
    expires_at = NOON if fault == "expired" else timezone.now() + timedelta(days=1)
    row, key = create_api_key(user=reviewer, name="script", scopes=[], expires_at=expires_at, by=admin)
    if fault == "revoked":
        revoke_api_key(key=row, by=admin)
    if fault == "owner gone":
        reviewer.is_active = False
        reviewer.save(update_fields=["is_active"])
    sent = {"changed": key[:-1] + "-", "empty": "", "NUL": "rd_\0\0\0\0\0\0\0\0_x", "long": key * 100, "not ascii": "rd_12345678_é"}.get(fault, key)

    assert client.get("/api/v1/sessions/", headers={"Syllable-API-Key": sent}).status_code == 401


def test_an_api_key_is_kept_as_a_hash_only(reviewer):
    row, key = create_api_key(user=reviewer, name="script", scopes=[], expires_at=timezone.now(), by=None)

    assert key.split("_", 2)[2] not in str(vars(row))


def test_saving_a_choice_does_not_put_back_rights_that_an_admin_has_just_taken(reviewer):
    seen_by_the_page = User.objects.get(pk=reviewer.pk)
    User.objects.filter(pk=reviewer.pk).update(is_active=False, may_unmask=False)

    seen_by_the_page.choose(theme="dark")

    reviewer.refresh_from_db()
    assert (reviewer.theme, reviewer.is_active) == ("dark", False)


@pytest.mark.parametrize("path", ["/healthz", "/accounts/login/", "/sessions/"])
@pytest.mark.parametrize("cookie", ['"\\000abcdefghijk"', "short", "a" * 5000, "é" * 10])
def test_a_strange_cookie_is_a_stranger(client, path, cookie):
    assert client.get(path, headers={"Cookie": f"sessionid={cookie}"}).status_code in (200, 302)


@pytest.mark.parametrize("charset", ["hex", "undefined", "utf-7", "unicode_escape", "nonsense"])
def test_a_strange_charset_is_ignored(charset):
    address = "/accounts/login/?next=%2Fsessions%2F%3Fa%3D%5Cud800"
    environ = RequestFactory().get(address).environ | {"CONTENT_TYPE": f"text/plain; charset={charset}"}
    answers = []

    b"".join(application(environ, lambda status, headers: answers.append(status)))

    assert answers == ["200 OK"]


def test_the_api_refuses_a_key_that_crossed_the_network_in_clear(client, reviewer, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_REDIRECT_EXEMPT = ["^api/"]
    _, key = create_api_key(user=reviewer, name="script", scopes=[], expires_at=timezone.now() + timedelta(days=1), by=None)

    assert client.get("/api/v1/sessions/", headers={"Syllable-API-Key": key}).status_code == 403
    assert client.get("/api/v1/nothing/", headers={"Syllable-API-Key": key}, secure=True).status_code == 404
