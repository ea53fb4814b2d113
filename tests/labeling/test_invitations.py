"""Inviting people: a link, good once, and nothing of it kept in clear."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session as StoredSignIn
from django.core import mail
from django.db.models import F
from django.test import Client
from django.utils import timezone

from labeling.models import Event, Invitation, User
from labeling.operations.invitations import InvitationOver, NotActive, accept_invitation, find_invitation, renew_invitation, token_of
from labeling.operations.people import OwnRights, deactivate_person
from tests.factories import PASSWORD, ApiKeyFactory, UserFactory

pytestmark = pytest.mark.django_db
NEW = "a wholly new password"


def invited(person, by):
    return token_of(renew_invitation(person=person, by=by))


def link_on(page):
    return re.search(r'value="(http[^"]+/accounts/invitations/[^"]+)"', page.content.decode()).group(1)


def accept(token, password=NEW, client=None):
    return (client or Client()).post(f"/accounts/invitations/{token}/", {"new_password1": password, "new_password2": password})


def test_an_admin_invites_and_is_shown_the_link_once(as_person, admin, agent):
    client = as_person(admin)

    answer = client.post("/admin/labeling/user/add/", {"email": "New@Example.com", "name": "New", "role": "manager", "agents": [agent.pk]})
    shown, again = client.get(answer["Location"]), client.get(answer["Location"])

    person = User.objects.get(email="new@example.com")
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/labeling/user/{person.pk}/access/")
    assert (person.role, list(person.agents.all()), person.has_usable_password()) == ("manager", [agent], False)
    assert link_on(shown).startswith("http://testserver/accounts/invitations/")
    assert b"/accounts/invitations/" not in again.content
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True)) == ["role_changed", "right_changed", "invited"]


def test_an_invitation_is_sent_by_mail_where_mail_is_sent(as_person, admin, settings):
    client = as_person(admin)
    client.get(client.post("/admin/labeling/user/add/", {"email": "one@example.com", "role": "reviewer"})["Location"])
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    page = client.get(client.post("/admin/labeling/user/add/", {"email": "two@example.com", "role": "reviewer"})["Location"])

    assert [message.to for message in mail.outbox] == [["one@example.com"]]
    assert "/accounts/invitations/" in mail.outbox[0].body
    assert b"Mail is not set up" in page.content


def test_a_printed_mail_would_put_the_link_into_a_log(as_person, admin, settings, capfd):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    client = as_person(admin)

    client.get(client.post("/admin/labeling/user/add/", {"email": "two@example.com", "role": "reviewer"})["Location"])

    assert "invitations" not in "".join(capfd.readouterr())


def test_a_mail_server_that_is_away_leaves_the_link_on_the_page(as_person, admin, settings, caplog):
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", 1
    client = as_person(admin)

    page = client.get(client.post("/admin/labeling/user/add/", {"email": "two@example.com", "role": "reviewer"})["Location"])

    assert link_on(page)
    assert b"did not take the mail" in page.content
    assert "two@example.com" not in caplog.text


def test_the_link_leads_to_a_password_and_signs_nobody_in(admin, client):
    person = UserFactory(email="new@example.com")
    token = invited(person, admin)

    form = client.get(f"/accounts/invitations/{token}/")
    answer = accept(token, client=client)

    person.refresh_from_db()
    assert (form.status_code, b"new@example.com" in form.content) == (200, True)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/password/reset/key/done/")
    assert person.check_password(NEW)
    assert "_auth_user_id" not in client.session
    assert client.post("/accounts/login/", {"login": person.email, "password": NEW})["Location"] == "/"


@pytest.mark.parametrize("password", ["short", "password1234", "new@example.com", "x" * 129])
def test_a_weak_password_is_refused_beside_the_field_and_the_link_stays_good(admin, password):
    token = invited(UserFactory(email="new@example.com"), admin)

    assert accept(token, password).status_code == 422
    assert accept(token).status_code == 302


def test_used_expired_voided_and_wrong_look_the_same(admin):
    used, voided, expired, gone = (invited(UserFactory(), admin) for _ in range(4))
    accept(used)
    renew_invitation(person=find_invitation(voided).user, by=admin)
    Invitation.objects.filter(user=find_invitation(expired).user).update(expires_at=timezone.now())
    deactivate_person(person=find_invitation(gone).user, by=admin)

    answers = [Client().get(f"/accounts/invitations/{token}/") for token in (used, voided, expired, gone, "0" * 64, "x")]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert {accept(token).status_code for token in (used, voided, expired, gone, "x")} == {404}


@pytest.mark.parametrize("hours", [-2, 0, 2])
def test_a_link_is_good_for_seven_days_whatever_the_clock_of_the_machine_says(admin, hours):
    with time_machine.travel(timezone.now() + timedelta(hours=hours)):
        token = invited(UserFactory(), admin)
    made = Invitation.objects.filter(user=find_invitation(token).user)

    with time_machine.travel(timezone.now() + timedelta(hours=-hours)):
        made.update(expires_at=F("expires_at") - timedelta(days=7) + timedelta(minutes=1))
        assert find_invitation(token)
        made.update(expires_at=F("expires_at") - timedelta(minutes=1))
        with pytest.raises(InvitationOver):
            find_invitation(token)


def test_nothing_of_the_link_is_kept_in_clear(as_person, admin):
    client = as_person(admin)
    token = None
    answer = client.post("/admin/labeling/user/add/", {"email": "new@example.com", "role": "reviewer"})
    waiting = [stored.get_decoded() for stored in StoredSignIn.objects.all()]

    token = link_on(client.get(answer["Location"])).rstrip("/").rpartition("/")[2]

    assert token not in str(list(Invitation.objects.values())) + str(list(Event.objects.values())) + str(waiting)


def test_accepting_ends_what_was_signed_in_before_and_leaves_keys_alone(admin):
    person = UserFactory(email="old@example.com")
    person.set_password(PASSWORD)
    person.save()
    key = ApiKeyFactory(user=person)
    elsewhere = Client()
    elsewhere.post("/accounts/login/", {"login": "old@example.com", "password": PASSWORD})
    token = invited(person, admin)
    assert elsewhere.get("/settings/").status_code == 200

    accept(token)

    key.refresh_from_db()
    assert elsewhere.get("/settings/").status_code == 302
    assert key.revoked_at is None


def test_nobody_makes_a_link_for_themselves_and_none_is_made_for_who_was_deactivated(admin):
    with pytest.raises(OwnRights):
        renew_invitation(person=admin, by=admin)
    with pytest.raises(NotActive):
        renew_invitation(person=UserFactory(is_active=False), by=admin)


def test_the_page_says_why_there_is_no_link(as_person, admin):
    client, other = as_person(admin), UserFactory(is_active=False)

    own = client.post(f"/admin/labeling/user/{admin.pk}/access/invitations/", follow=True)
    off = client.post(f"/admin/labeling/user/{other.pk}/access/invitations/", follow=True)

    assert b"changed in your settings" in own.content
    assert b"Activate this person first" in off.content
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(
    "path", ["access/", "access/invitations/", "access/sign-ins/deletion/", "access/second-factors/deletion/", "access/identity/deletion/"]
)
@pytest.mark.parametrize("role", ["reviewer", "manager"])
def test_only_an_admin_governs_access(as_person, role, path):
    client, other = as_person(UserFactory(role=role)), UserFactory()
    address = f"/admin/labeling/user/{other.pk}/{path}"

    assert (client.get if path == "access/" else client.post)(address).status_code == 403


def test_tries_are_limited(settings, client):
    settings.ACCOUNT_RATE_LIMITS = {"invitation": "3/m/ip"}

    statuses = [client.get("/accounts/invitations/nothing/").status_code for _ in range(4)]

    assert statuses == [404, 404, 404, 429]


def test_two_who_accept_at_once_are_one(admin):
    token = invited(UserFactory(), admin)
    accept_invitation(token=token, password=NEW)

    with pytest.raises(InvitationOver):
        accept_invitation(token=token, password="another new password")


def test_an_address_that_somebody_has_is_refused_beside_the_field(as_person, admin, reviewer):
    answer = as_person(admin).post("/admin/labeling/user/add/", {"email": reviewer.email.upper(), "role": "reviewer"})

    assert answer.status_code == 200
    assert b"already exists" in answer.content
