"""Signing in, second factors, passwords and invitations in another language, with what is said of mistakes and of what was done."""

import hashlib
import re

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client

from labeling.models import User
from tests.factories import PASSWORD, InvitationFactory, UserFactory
from tests.labeling.test_second_factors import NO_PASSKEYS, START, code_of, set_up, sign_in
from tests.languages.pseudo import unbracketed, widened
from tests.languages.reading import joined_in, texts_of, untranslated

TOKEN = "a-token-of-thirty-two-characters"
ADDRESS = re.compile(r"https?://\S+|testserver")
NEW = "a wholly new password"
KEY = {"name": "Key", "credential": {}}


@pytest.fixture
def person(db):
    return User.objects.create_user("priya@example.com", PASSWORD, name="Person 1", role="manager", all_agents=True)


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as clock:
        yield clock


class Reader:
    """Goes through pages, also those it is led to, and keeps what they say."""

    def __init__(self, client):
        self.client, self.found, self.put_together = client, {}, []

    def get(self, path):
        return self._keep(path, self.client.get(path, follow=True))

    def post(self, path, **given):
        return self._keep(path, self.client.post(path, given, follow=True))

    def _keep(self, path, answer):
        self.found.update(dict.fromkeys(texts_of(answer), path))
        self.put_together += joined_in(answer)
        return answer

    def left(self):
        """Also of the mails that were sent on the way."""
        mails = {unbracketed(ADDRESS.sub("", f"{one.subject}\n{one.body}")): one.subject for one in mail.outbox}
        return untranslated(self.found | mails) + self.put_together

    def not_read(self, *messages):
        return [message for message in messages if widened(message) not in self.found]


def test_signing_in_is_whole_in_another_language(person, other_language, settings):
    reader = Reader(Client())

    reader.get("/accounts/login/")
    reader.post("/accounts/login/")
    reader.post("/accounts/login/", login="nobody", password="x")
    reader.post("/accounts/login/", login=person.email, password="wrong")
    reader.get("/accounts/inactive/")
    settings.OIDC_ISSUER, settings.OIDC_NAME = "https://id.example.com", person.name
    reader.get("/accounts/login/")
    reader.get("/accounts/oidc/return/?state=x&code=x")
    settings.SSO_ONLY, settings.BREAK_GLASS_EMAIL = True, person.email
    reader.get("/accounts/login/")
    reader.post("/accounts/login/", login=person.email, password=PASSWORD)
    reader.get("/accounts/logout/")

    assert reader.left() == []
    assert reader.not_read("This account is switched off", "You were not signed in", "The identity provider is away", "Sign out") == []


def test_passwords_are_whole_in_another_language(person, other_language):
    reader = Reader(Client())

    reader.get("/accounts/password/reset/")
    reader.post("/accounts/password/reset/")
    reader.post("/accounts/password/reset/", email=person.email)
    link = next(word for word in mail.outbox[0].body.split() if "/password/reset/key/" in word).removeprefix("http://testserver")
    form = reader.get(link).request["PATH_INFO"]
    reader.post(form)
    reader.post(form, password1="12345", password2="1")
    reader.post(form, password1=NEW, password2=NEW)
    reader.get(link)
    sign_in(reader.client, password=NEW)
    reader.get("/accounts/password/change/")
    reader.post("/accounts/password/change/")
    reader.post("/accounts/password/change/", oldpassword="x", password1="12345", password2="1")
    reader.post("/accounts/password/change/", oldpassword=NEW, password1=PASSWORD, password2=PASSWORD)

    assert reader.left() == []
    assert reader.not_read("Check your e-mail", "Choose a new password", "Password saved", "This link no longer works", "Change password") == []
    assert len(mail.outbox) == 1


def test_invitations_are_whole_in_another_language(db, other_language, settings):
    InvitationFactory(user=UserFactory(), token_hash=hashlib.sha256(TOKEN.encode()).hexdigest())
    path = f"/accounts/invitations/{TOKEN}/"
    reader = Reader(Client())

    reader.get(path)
    reader.post(path)
    reader.post(path, new_password1="12345", new_password2="1")
    reader.post(path, new_password1=NEW, new_password2=NEW)
    reader.get(path)
    settings.ACCOUNT_RATE_LIMITS = {"invitation": "1/m/ip"}
    reader.get(path)
    reader.get(path)

    assert reader.left() == []
    assert reader.not_read("Choose a password", "Sign in", "This link no longer works", "Too many tries") == []


def test_second_factors_are_whole_in_another_language(person, other_language, settings, clock):
    settings.MFA_REQUIRED_FOR = frozenset({"manager"})
    reader = Reader(sign_in())

    for path in ("", "totp/activate/", "webauthn/"):
        reader.get(f"/accounts/2fa/{path}")
    reader.post("/accounts/reauthenticate/")
    reader.post("/accounts/reauthenticate/", password="wrong")
    secret = set_up(reader.client)
    for path in ("", "recovery-codes/", "recovery-codes/generate/", "webauthn/add/", "reauthenticate/", "totp/deactivate/"):
        reader.get(f"/accounts/2fa/{path}")
    for path in ("recovery-codes/generate/", "webauthn/add/", "totp/deactivate/"):
        reader.post(f"/accounts/2fa/{path}")
    reader.post("/accounts/2fa/webauthn/add/", name="x", credential=NO_PASSKEYS[-1])
    clock.shift(300)
    reader.client = sign_in()
    reader.get("/accounts/2fa/authenticate/")
    reader.post("/accounts/2fa/authenticate/")
    reader.post("/accounts/2fa/authenticate/", code="000000")
    reader.post("/accounts/2fa/authenticate/", code=code_of(secret, START + 300))
    reader.get("/accounts/2fa/reauthenticate/")
    reader.post("/accounts/reauthenticate/", password=PASSWORD)
    passkey = f"/accounts/2fa/webauthn/keys/{Authenticator.objects.create(user=person, type='webauthn', data=KEY).pk}"
    reader.get(f"{passkey}/edit/")
    reader.post(f"{passkey}/edit/")
    reader.post(f"{passkey}/edit/", name="Key")
    reader.get("/accounts/2fa/webauthn/")
    reader.get(f"{passkey}/remove/")
    reader.post("/accounts/2fa/totp/deactivate/")
    reader.post(f"{passkey}/remove/")
    reader.get("/accounts/2fa/")

    assert reader.left() == []
    assert reader.not_read("Set up an app", "One more step", "Rename a passkey", "Remove this passkey?", "Remove the authenticator app") == []
    assert reader.not_read("Confirm it is you", "Recovery codes", "Add a passkey", "The passkey was not used. Try again, or choose another way.") == []
