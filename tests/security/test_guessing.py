"""Guessing passwords: few tries are looked at, the owner still gets in, and nothing tells which addresses have an account."""

import statistics
import time
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.hashers import Argon2PasswordHasher, MD5PasswordHasher
from django.core.cache import cache
from django.test import Client

from config import settings as real
from labeling.accounts.known_devices import NAME
from labeling.models import User
from tests.factories import PASSWORD
from tests.repetitions import is_long

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TRIES, FROM = (10_000, [1, 1000]) if is_long() else (130, [1000])
MOST_AN_HOUR = 60
OWNER, STRANGER, WRONG = "amara@example.com", "nobody@example.com", "not the password"


@pytest.fixture
def owner(settings):
    settings.ACCOUNT_RATE_LIMITS = real.ACCOUNT_RATE_LIMITS
    cache.clear()
    return User.objects.create_user(OWNER, PASSWORD, name="Amara Osei", all_agents=True)


@pytest.fixture
def looked_at(monkeypatch):
    """What was compared with a stored password."""
    compared, verify = [], MD5PasswordHasher.verify

    def counted(self, password, encoded):
        compared.append(password)
        return verify(self, password, encoded)

    monkeypatch.setattr(MD5PasswordHasher, "verify", counted)
    return compared


def sign_in(client, password=PASSWORD, email=OWNER, address="198.51.100.7"):
    client.post("/accounts/login/", {"login": email, "password": password}, REMOTE_ADDR=address)
    return "_auth_user_id" in client.session


@pytest.mark.parametrize("addresses", FROM)
def test_of_thousands_of_tries_in_an_hour_few_are_looked_at_and_the_owner_still_gets_in(owner, looked_at, addresses):
    home, guesser = Client(), Client()
    assert sign_in(home)
    home.post("/accounts/logout/")
    looked_at.clear()

    with time_machine.travel(NOON, tick=False) as clock:
        for n in range(TRIES):
            clock.move_to(NOON + timedelta(seconds=n * 3600 / TRIES))
            sign_in(guesser, f"guess {n}", address=f"203.0.{n % addresses // 250}.{n % addresses % 250 + 1}")
        seen = len(looked_at)
        elsewhere, at_home = sign_in(Client(), address="192.0.2.1"), sign_in(home, address="192.0.2.2")

    assert 5 <= seen <= MOST_AN_HOUR
    assert not elsewhere
    assert at_home


def test_a_known_browser_is_known_for_its_owner_only_and_has_few_tries_itself(owner, looked_at):
    home = Client()
    sign_in(home)
    home.post("/accounts/logout/")
    User.objects.create_user("mei@example.com", PASSWORD, name="Mei Tanaka", all_agents=True)
    for other in range(6):
        sign_in(Client(), WRONG, "mei@example.com", f"203.0.113.{other}")
    looked_at.clear()

    assert not sign_in(home, PASSWORD, "mei@example.com")
    for n in range(20):
        sign_in(home, WRONG, address=f"203.0.113.{n}")

    assert looked_at == [WRONG] * 5


@pytest.mark.parametrize("value", ["", "x", "a:b:c", "WyJhIl0:1tZ:x", "é"])
def test_what_is_no_cookie_of_ours_makes_no_known_browser(owner, value):
    client = Client()
    client.cookies[NAME] = value
    for n in range(5):
        sign_in(client, WRONG, address=f"203.0.113.{n}")

    assert not sign_in(client)


def test_the_cookie_names_nobody_and_no_script_reads_it(owner):
    client = Client()
    sign_in(client)
    cookie = client.cookies[NAME]

    assert OWNER not in cookie.value
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.fixture
def accounts(owner):
    User.objects.create_user("gone@example.com", PASSWORD, name="Gone", is_active=False)
    User.objects.create_user("invited@example.com", None, name="Invited")
    return [OWNER, STRANGER, "gone@example.com", "invited@example.com"]


def test_as_much_is_worked_out_for_an_address_without_an_account(settings, accounts, monkeypatch):
    settings.ACCOUNT_RATE_LIMITS = False
    worked, encode = [], MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda self, password, salt: worked.append(password) or encode(self, password, salt))
    effort = []
    for email in accounts:
        worked.clear()
        sign_in(Client(), WRONG, email)
        effort.append(len(worked))

    assert effort == [1, 1, 1, 1]


@pytest.mark.skipif(not is_long(), reason="takes long: TRUST=1")
def test_time_does_not_tell_which_addresses_have_an_account(settings, accounts):
    settings.ACCOUNT_RATE_LIMITS = False
    settings.PASSWORD_HASHERS = real.PASSWORD_HASHERS
    User.objects.filter(email=OWNER).update(password=Argon2PasswordHasher().encode(PASSWORD, "a salt of tests"))
    client, took = Client(), {OWNER: [], STRANGER: []}
    for n in range(100):
        # In turns, so that what else the machine does falls on both.
        for email in (OWNER, STRANGER) if n % 2 else (STRANGER, OWNER):
            begun = time.process_time()
            sign_in(client, WRONG, email)
            took[email].append(time.process_time() - begun)

    known, unknown = (statistics.median(took[email]) for email in (OWNER, STRANGER))
    assert abs(known - unknown) < 0.1 * known
