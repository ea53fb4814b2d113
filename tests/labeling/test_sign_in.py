"""Signing in, staying signed in, and being signed out."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session as StoredSignIn
from django.core import mail
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone

from labeling.models import Event, User
from tests.factories import PASSWORD, UserFactory
from tests.sign_ins import pass_time

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    return User.objects.create_user("amara@example.com", PASSWORD, name="Amara Osei", all_agents=True)


def sign_in(client, email="amara@example.com", password=PASSWORD):
    return client.post("/accounts/login/", {"login": email, "password": password})


def test_sign_in_is_by_address_in_any_case_and_is_an_event(client, person):
    answer = sign_in(client, "AMARA@example.com")

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert Event.objects.get(kind="signed_in").user == person.pk


def test_sign_in_with_a_wrong_password_says_the_same_as_for_a_stranger(client, person):
    wrong = sign_in(client, password="not the password")
    stranger = sign_in(client, email="nobody@example.com", password="not the password")

    assert wrong.context["form"].errors == stranger.context["form"].errors
    assert not Event.objects.exists()


def test_sign_in_is_limited_by_account_also_through_the_admin(settings, person):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
    client = Client()
    for _ in range(5):
        sign_in(client, password="not the password")

    blocked = sign_in(client)
    through_admin = client.get("/admin/login/", follow=True)

    assert "_auth_user_id" not in client.session
    assert blocked.status_code == 200
    assert through_admin.redirect_chain[0][0].startswith("/accounts/login/")


def test_a_database_that_fails_when_a_sign_in_is_saved_is_asked_again_later(client, person):
    def cut(execute, sql, params, many, context):
        if sql.startswith('UPDATE "django_session"'):
            raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, params, many, context)

    client.force_login(person)
    client.get("/settings/")
    pass_time(60)
    client.raise_request_exception = False

    with connection.execute_wrapper(cut):
        answer = client.get("/settings/")

    assert (answer.status_code, "Retry-After" in answer) == (503, True)


def test_an_address_with_the_name_of_a_wire_signs_in_too(client, person):
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD}, REMOTE_ADDR="fe80::1%eth0")

    assert Event.objects.get(kind="signed_in").address == "fe80::1"


def test_whose_address_nobody_can_tell_is_not_half_signed_in(client, person):
    """What is noted of a sign-in holds its address; without the note nobody could end it."""
    answer = client.post("/accounts/login/", {"login": person.email, "password": PASSWORD}, REMOTE_ADDR="")

    assert (answer.status_code, client.get("/settings/").status_code) == (403, 302)


def test_there_is_no_sign_up(client):
    assert client.get("/accounts/signup/").status_code == 404
    assert client.post("/accounts/signup/", {"email": "a@example.com"}).status_code == 404


def test_a_fresh_installation_has_nobody():
    assert not User.objects.exists()


def test_createsuperuser_makes_an_admin(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", email="Root@Example.com", interactive=False, verbosity=0)

    assert (User.objects.get().email, User.objects.get().is_staff, User.objects.get().all_agents) == ("root@example.com", True, True)


def test_a_deactivated_person_is_signed_out_at_the_next_request(client, person):
    client.force_login(person)
    User.objects.update(is_active=False)

    assert client.get("/sessions/").status_code == 302


def test_a_page_redirects_a_fragment_and_a_beat_get_401(client):
    assert client.get("/sessions/?label=BAD")["Location"] == "/accounts/login/?next=/sessions/%3Flabel%3DBAD"
    assert client.get("/sessions/", headers={"HX-Request": "true"}).status_code == 401
    assert client.get("/activity/", headers={"X-Background": "1"}).status_code == 401


def test_without_activity_a_sign_in_ends_after_fifteen_minutes(client, person):
    client.force_login(person)
    client.get("/activity/")
    pass_time(14 * 60)
    assert client.get("/activity/").status_code == 200
    pass_time(14 * 60)
    assert client.get("/activity/").json()["idle_left"] == 15 * 60
    pass_time(15 * 60)

    assert client.get("/sessions/").status_code == 302


def test_background_beats_do_not_keep_a_sign_in(client, person):
    client.force_login(person)
    client.get("/activity/")
    for _ in range(14):
        pass_time(60)
        assert client.get("/activity/", headers={"X-Background": "1"}).status_code == 200
    pass_time(60)

    assert client.get("/activity/", headers={"X-Background": "1"}).status_code == 401


def test_activity_keeps_a_sign_in_but_not_beyond_twelve_hours(client, person):
    client.force_login(person)
    for _ in range(12 * 6 - 1):
        assert client.post("/activity/").status_code == 200
        pass_time(600)
    # Beside it the seconds that this took.
    assert 540 < client.post("/activity/").json()["absolute_left"] <= 600
    pass_time(600)

    assert client.post("/activity/", headers={"X-Background": "1"}).status_code == 401


@pytest.mark.parametrize("hours", [-2, 2])
def test_a_machine_whose_clock_is_wrong_neither_ends_nor_prolongs_a_sign_in(client, person, hours):
    client.force_login(person)
    client.get("/activity/")
    kept_until = StoredSignIn.objects.get().expire_date
    pass_time(60)

    with time_machine.travel(timezone.now() + timedelta(hours=hours)):
        answer = client.post("/activity/").json()
        stored = StoredSignIn.objects.get()
        pass_time(15 * 60)
        over = client.get("/activity/", headers={"X-Background": "1"})

    assert answer["idle_left"] == 15 * 60
    assert abs(stored.expire_date - kept_until) < timedelta(minutes=2)
    assert over.status_code == 401


def test_signing_out_clears_the_browser(client, person):
    client.force_login(person)

    answer = client.post("/accounts/logout/")

    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert client.get("/sessions/").status_code == 302


def test_password_reset_by_mail(client, person):
    client.post("/accounts/password/reset/", {"email": "amara@example.com"})
    address = next(word for word in mail.outbox[0].body.split() if "/password/reset/key/" in word).removeprefix("http://testserver")
    form = client.get(address, follow=True)

    client.post(form.request["PATH_INFO"], {"password1": "a wholly new password", "password2": "a wholly new password"})

    assert sign_in(client, password="a wholly new password").status_code == 302


def test_password_reset_for_nobody_sends_nothing_and_looks_the_same(client, person):
    known = client.post("/accounts/password/reset/", {"email": "amara@example.com"})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.com"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert [message.to for message in mail.outbox] == [["amara@example.com"]]


@pytest.mark.parametrize("path", ["/sessions/", "/review/", "/settings/", "/accounts/login/", "/no/such/page/"])
def test_pages_are_not_stored_and_carry_the_content_policy(client, path):
    client.force_login(UserFactory())

    answer = client.get(path)

    assert "no-store" in answer["Cache-Control"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "HX-Request" in answer["Vary"]


@pytest.mark.parametrize(("role", "place"), [("reviewer", "/review/"), ("manager", "/summary/"), ("admin", "/summary/")])
def test_the_first_page_is_the_one_for_the_role(as_person, role, place):
    assert as_person(UserFactory(role=role)).get("/")["Location"] == place


@pytest.mark.parametrize(("role", "status"), [("reviewer", 302), ("manager", 302), ("admin", 200)])
def test_only_an_admin_enters_the_admin(as_person, role, status):
    assert as_person(UserFactory(role=role)).get("/admin/").status_code == status


def test_a_mail_server_that_is_away_does_not_tell_who_has_an_account(client, person, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_PORT = 1

    known = client.post("/accounts/password/reset/", {"email": "amara@example.com"})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.com"})

    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
