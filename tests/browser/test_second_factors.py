"""Second factors in a browser: an app by its code, and passkeys by an authenticator that Chromium pretends to have."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

from labeling.models import Event
from tests.browser.driver import axe_complaints, expect
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def with_authenticator():
    """A device that asks for nothing: whoever holds it is its owner."""

    def plug_in(page):
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
        options |= {"automaticPresenceSimulation": True}
        return session, session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    return plug_in


def sign_in(page, email="amara@example.com"):
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def confirm(page):
    expect(page.get_by_role("heading", name="Confirm it is you")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


def add_passkey(page):
    page.goto("/accounts/2fa/webauthn/add/")
    confirm(page)
    page.get_by_label("Name").fill("This laptop")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()


def test_a_passkey_is_added_and_signs_in_alone(visit, known, with_authenticator):
    page = visit()
    with_authenticator(page)
    sign_in(page)
    add_passkey(page)
    expect(page.locator("ul.mono li")).to_have_count(10)
    page.context.clear_cookies()

    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page).to_have_url(re.compile("/review/$"))
    assert Event.objects.filter(kind="factor_changed", after="webauthn_added").count() == 1


def test_a_passkey_is_the_second_step_after_the_password(visit, known, with_authenticator):
    page = visit()
    with_authenticator(page)
    sign_in(page)
    add_passkey(page)
    page.context.clear_cookies()

    sign_in(page)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()

    expect(page).to_have_url(re.compile("/review/$"))


def test_a_passkey_of_another_device_is_told_in_words(visit, known, with_authenticator, watch):
    page = visit()
    session, device = with_authenticator(page)
    sign_in(page)
    add_passkey(page)
    page.context.clear_cookies()
    session.send("WebAuthn.clearCredentials", {"authenticatorId": device})

    page.goto("/accounts/login/")
    session.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": device, "enabled": True})
    session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": device})
    page.evaluate("() => { navigator.credentials.get = () => Promise.reject(new Error('none')) }")
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("alert")).to_contain_text("The passkey was not used.")


def test_who_has_to_have_one_sets_up_an_app_and_goes_on(visit, known, settings):
    settings.MFA_REQUIRED_FOR = frozenset({"reviewer"})
    page = visit()

    sign_in(page)
    expect(page.get_by_text("Your role needs a second factor")).to_be_visible()
    page.get_by_role("link", name="Set up an app").click()
    confirm(page)
    secret = page.locator("code").inner_text()
    counter = list(yield_hotp_counters_from_time())[1]
    page.get_by_label("code").fill(format_hotp_value(hotp_value(secret, counter)))
    page.get_by_role("button", name="Set up").click()
    expect(page.locator("ul.mono li")).to_have_count(10)
    page.get_by_role("link", name="I have kept them").click()

    expect(page).to_have_url(re.compile("/review/$"))
    assert set(Authenticator.objects.values_list("type", flat=True)) == {"totp", "recovery_codes"}


@pytest.mark.parametrize("path", ["/accounts/login/", "/settings/sign-ins/", "/accounts/2fa/", "/accounts/2fa/webauthn/", "/accounts/invitations/none/"])
def test_the_pages_have_nothing_that_a_screen_reader_stumbles_over(visit, reviewer, path, watch):
    watch.expect("status of 404")
    page = visit(reviewer)
    page.goto(path)

    assert axe_complaints(page, themes=["light"]) == []


def test_one_signs_out_elsewhere_from_the_settings(visit, known):
    here, there = visit(), visit()
    sign_in(here)
    sign_in(there)
    expect(there).to_have_url(re.compile("/review/$"))

    here.goto("/settings/sign-ins/")
    here.get_by_role("button", name="Sign out everywhere else").click()
    expect(here.get_by_text("Signed out in one other place")).to_be_visible()
    there.goto("/settings/")

    expect(there.get_by_role("heading", name="Sign in")).to_be_visible()
