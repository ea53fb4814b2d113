"""Second factors: a code is good once, who needs one reaches nothing else, and nothing goes around it."""

import re

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.test import Client, TestCase

from labeling.models import Event, User
from labeling.operations.api_keys import create_api_key
from labeling.operations.identities import link_identity
from labeling.operations.people import OwnRights, deactivate_person, remove_second_factors
from tests.factories import NOON, PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
START = NOON.timestamp()
NO_PASSKEYS = [
    "",
    "{}",
    "[]",
    "null",
    "1",
    "\0",
    '{"id": "x"}',
    '{"response": {"userHandle": "AA"}}',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "AA", "authenticatorData": "AA", "signature": "AA", "userHandle": "AA"}}',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "e30", "attestationObject": "oA"}}',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "AA", "attestationObject": "AA"}}',
]


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as clock:
        yield clock


@pytest.fixture
def person(clock):
    return User.objects.create_user("priya@example.com", PASSWORD, name="Priya Nair", role="manager", all_agents=True)


def sign_in(client=None, email="priya@example.com", password=PASSWORD):
    client = client or Client()
    client.answer = client.post("/accounts/login/", {"login": email, "password": password})
    return client


def is_in(client):
    return client.get("/activity/").status_code == 200


def code_of(secret, at=START):
    return format_hotp_value(hotp_value(secret, int(at) // 30))


def set_up(client, at=START):
    """With the password once more, as the page asks."""
    client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/accounts/2fa/totp/activate/"})
    page = client.get("/accounts/2fa/totp/activate/")
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page.content.decode()).group(1)
    with TestCase.captureOnCommitCallbacks(execute=True):
        client.answer = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret, at)})
    return secret


@pytest.fixture
def secret(person, clock):
    secret = set_up(sign_in())
    clock.shift(300)
    return secret


def test_setting_up_shows_recovery_codes_once_and_is_an_event(person):
    client = sign_in()
    secret = set_up(client)

    first, second = client.get("/accounts/2fa/recovery-codes/"), client.get("/accounts/2fa/recovery-codes/")

    assert client.answer["Location"] == "/accounts/2fa/recovery-codes/"
    assert len(re.findall(rb"<li>\d{8}</li>", first.content)) == 10
    assert re.findall(rb"<li>\d{8}</li>", second.content) == []
    assert Event.objects.get(kind="factor_changed").after == "totp_activated"
    assert secret not in str(list(Authenticator.objects.values()))


def test_the_password_alone_does_not_sign_in(secret):
    client = sign_in()

    assert client.answer["Location"] == "/accounts/2fa/authenticate/"
    assert not is_in(client)


def test_no_passkey_is_asked_of_who_has_none(secret):
    page = sign_in().get("/accounts/2fa/authenticate/").content.decode()

    assert "Enter the code" in page
    assert "Use a passkey" not in page


def test_a_code_signs_in_once(secret, clock):
    one, two = sign_in(), sign_in()
    code = code_of(secret, START + 300)

    good = one.post("/accounts/2fa/authenticate/", {"code": code})
    replayed = two.post("/accounts/2fa/authenticate/", {"code": code})
    clock.shift(45)
    later = two.post("/accounts/2fa/authenticate/", {"code": f" {code} "})

    assert (good.status_code, is_in(one)) == (302, True)
    assert (replayed.status_code, later.status_code, is_in(two)) == (200, 200, False)


@pytest.mark.parametrize("ended", ["deactivated", "linked"])
def test_what_an_admin_ends_between_the_password_and_the_code_stays_ended(secret, person, admin, settings, ended):
    settings.OIDC_ISSUER = "https://login.example"
    client = sign_in()
    if ended == "linked":
        link_identity(person=person, issuer=settings.OIDC_ISSUER, subject="subject-1", by=admin)
    else:
        deactivate_person(person=person, by=admin)

    answer = client.post("/accounts/2fa/authenticate/", {"code": code_of(secret, START + 300)})
    User.objects.filter(pk=person.pk).update(is_active=True)

    assert (answer.status_code, is_in(client)) == (403, False)


@pytest.mark.parametrize("form", ["{}-{}", "{} {}", "{}.{}"])
def test_the_same_code_in_another_form_is_not_another(secret, clock, form):
    """Half a minute later the library has forgotten it, and would still take it."""
    first = sign_in()
    code = code_of(secret, START + 300)
    first.post("/accounts/2fa/authenticate/", {"code": code})
    clock.shift(40)
    again = sign_in()

    again.post("/accounts/2fa/authenticate/", {"code": form.format(code[:3], code[3:])})

    assert (is_in(first), is_in(again)) == (True, False)


def test_the_code_that_set_it_up_is_used_up(person, clock):
    secret = set_up(sign_in())
    client = sign_in()

    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})

    assert not is_in(client)


@pytest.mark.parametrize(("off", "is_good"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
def test_a_clock_may_be_half_a_minute_off(secret, off, is_good):
    client = sign_in()

    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret, START + 300 + off)})

    assert is_in(client) == is_good


def test_a_recovery_code_is_good_once(person, clock):
    owner = sign_in()
    set_up(owner)
    code = re.search(rb"<li>(\d{8})</li>", owner.get("/accounts/2fa/recovery-codes/").content).group(1).decode()
    clock.shift(300)
    one, two = sign_in(), sign_in()

    one.post("/accounts/2fa/authenticate/", {"code": code})
    two.post("/accounts/2fa/authenticate/", {"code": code})

    assert (is_in(one), is_in(two)) == (True, False)


def test_guesses_are_limited(secret, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
    client = sign_in()
    for guess in range(5):
        client.post("/accounts/2fa/authenticate/", {"code": f"{guess:06}"})

    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret, START + 300)})

    assert not is_in(client)


def test_setting_one_up_ends_the_other_sign_ins(person):
    here, there = sign_in(), sign_in()

    set_up(here)

    assert (is_in(here), is_in(there)) == (True, False)


@pytest.mark.parametrize(
    "path", ["/", "/sessions/", "/settings/", "/admin/", "/summary/", "/accounts/password/change/", "/accounts/2fa/webauthn/", "/no/such/page/"]
)
def test_who_has_to_have_one_reaches_nothing_else(person, settings, path):
    settings.MFA_REQUIRED_FOR = frozenset({"manager", "admin"})
    client = sign_in()

    page, fragment, beat = client.get(path), client.get(path, headers={"HX-Request": "true"}), client.post(path, headers={"X-Background": "1"})

    if path != "/no/such/page/":
        assert (page.status_code, page["Location"]) == (302, "/accounts/2fa/")
        assert (fragment.status_code, beat.status_code) == (403, 403)
    else:
        assert page.status_code == 404


def test_who_has_to_have_one_can_set_it_up_or_sign_out(person, settings):
    settings.MFA_REQUIRED_FOR = frozenset({"manager", "admin"})
    client, other = sign_in(), sign_in()

    assert b"Your role needs a second factor" in client.get("/accounts/2fa/").content
    assert other.post("/accounts/logout/").status_code == 302
    set_up(client)
    assert client.get("/accounts/2fa/recovery-codes/").status_code == 200
    assert client.get("/sessions/").status_code == 200


def test_it_is_not_asked_of_other_roles_nor_of_keys(settings, person):
    settings.MFA_REQUIRED_FOR = frozenset({"manager", "admin"})
    User.objects.create_user("amara@example.com", PASSWORD, all_agents=True)
    _, key = create_api_key(user=person, name="script", scopes=[], expires_at=NOON.replace(year=2099), by=None)

    assert sign_in(email="amara@example.com").get("/sessions/").status_code == 200
    assert Client().get("/api/v1/x", headers={"Syllable-API-Key": key}).status_code == 404


def test_a_promotion_asks_for_one_at_the_next_request(settings, person):
    settings.MFA_REQUIRED_FOR = frozenset({"admin"})
    client = sign_in()
    assert client.get("/sessions/").status_code == 200

    User.objects.update(role="admin")

    assert client.get("/sessions/")["Location"] == "/accounts/2fa/"


def test_the_last_one_stays_with_who_has_to_have_it(person, settings):
    client = sign_in()
    set_up(client)
    settings.MFA_REQUIRED_FOR = frozenset({"manager"})

    page, answer = client.get("/accounts/2fa/totp/deactivate/"), client.post("/accounts/2fa/totp/deactivate/")

    assert b"Add another one first" in page.content
    assert answer.status_code == 200
    assert Authenticator.objects.filter(type="totp").exists()


def test_the_last_passkey_stays_too(person, settings):
    client = sign_in()
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    passkey = Authenticator.objects.create(user=person, type="webauthn", data={"name": "Key", "credential": {}})
    settings.MFA_REQUIRED_FOR = frozenset({"manager"})

    answer = client.post(f"/accounts/2fa/webauthn/keys/{passkey.pk}/remove/")

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/webauthn/")
    assert Authenticator.objects.filter(pk=passkey.pk).exists()


def test_who_may_removes_it(person):
    client = sign_in()
    set_up(client)

    client.post("/accounts/2fa/totp/deactivate/")

    assert not Authenticator.objects.exists()
    assert Event.objects.filter(kind="factor_changed", after="totp_deactivated").exists()


def test_a_password_reset_does_not_go_around_it(secret):
    client = Client()
    client.post("/accounts/password/reset/", {"email": "priya@example.com"})
    address = next(word for word in mail.outbox[0].body.split() if "/password/reset/key/" in word).removeprefix("http://testserver")
    form = client.get(address, follow=True)
    client.post(form.request["PATH_INFO"], {"password1": "a wholly new password", "password2": "a wholly new password"})

    again = sign_in(client, password="a wholly new password")

    assert again.answer["Location"] == "/accounts/2fa/authenticate/"
    assert not is_in(again)


def test_an_admin_removes_the_second_factors_of_who_lost_them(as_person, secret, person):
    admin = UserFactory(role="admin", email="luis@example.com")
    client = sign_in()
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret, START + 300)})
    assert is_in(client)

    page = as_person(admin).post(f"/admin/labeling/user/{person.pk}/access/second-factors/deletion/", follow=True)

    assert b"Second factors removed" in page.content
    assert not is_in(client)
    assert is_in(sign_in())
    removed = Event.objects.filter(kind="factor_changed", user=admin.pk).values_list("subject_kind", "subject", "after")
    assert set(removed) == {("user totp", person.pk, "removed"), ("user recovery_codes", person.pk, "removed")}


def test_nobody_removes_their_own_that_way(admin):
    with pytest.raises(OwnRights):
        remove_second_factors(person=admin, by=admin)


@pytest.mark.parametrize(
    "path", ["", "totp/activate/", "webauthn/", "webauthn/add/", "recovery-codes/generate/", "reauthenticate/", "webauthn/reauthenticate/"]
)
def test_the_pages_keep_the_content_policy(person, path):
    client = sign_in()
    set_up(client)

    page = client.get(f"/accounts/2fa/{path}", follow=True)

    assert page.status_code == 200
    assert "unsafe" not in page["Content-Security-Policy"]
    assert not re.search(rb'<script(?![^>]*(src=|application/json))|\son\w+="|style="', page.content)


@pytest.mark.parametrize("credential", NO_PASSKEYS)
def test_a_new_passkey_that_is_none_is_told_so(person, credential):
    client = sign_in()
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert client.get("/accounts/2fa/webauthn/add/").status_code == 200

    answer = client.post("/accounts/2fa/webauthn/add/", {"name": "x", "passwordless": "on", "credential": credential})

    assert answer.status_code == 200
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("credential", NO_PASSKEYS)
def test_a_passkey_that_is_none_is_told_so(client, credential, settings):
    settings.MFA_RATE_LIMITS = False
    client.get("/accounts/2fa/webauthn/login/", headers={"Accept": "application/json"})

    answer = client.post("/accounts/2fa/webauthn/login/", {"credential": credential})

    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")
