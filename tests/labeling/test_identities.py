"""Signing in through an identity provider: a real one, in this process, that does one thing wrong at a time."""

import http.client
import time
from urllib.parse import urlencode, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.test import Client

from config.role_map import parsed
from labeling.accounts import identity_provider
from labeling.models import ApiKey, Event, User
from labeling.operations.api_keys import create_api_key
from labeling.operations.identities import Grant, combined, link_identity
from labeling.operations.invitations import renew_invitation, token_of
from tests.factories import NOON, PASSWORD, AgentFactory, UserFactory
from tests.identity_provider import CLIENT, OTHER_KEY, SECRET, Provider

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings):
    provider = Provider()
    settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = provider.issuer, CLIENT, SECRET
    settings.OIDC_NAME = "Northside Health"
    settings.OIDC_GROUPS = parsed("qa-admins=admin;qa-managers=manager;qa-reviewers=reviewer;qa-northlake=reviewer@Northlake Scheduling")
    identity_provider._kept.clear()
    yield provider
    provider.close()


def go(client, path="/accounts/oidc/"):
    """To the provider, and what it sends the browser back with."""
    there = urlsplit(client.get(path)["Location"])
    line = http.client.HTTPConnection(there.hostname, there.port, timeout=10)
    line.request("GET", f"{there.path}?{there.query}")
    return line.getresponse().headers["Location"].removeprefix("http://testserver")


def sign_in(client=None, path="/accounts/oidc/"):
    client = client or Client()
    client.answer = client.get(go(client, path))
    return client


def is_in(client):
    return "_auth_user_id" in client.session


def words(client):
    return client.answer.content.decode()


def test_the_first_sign_in_makes_the_account(provider):
    client = sign_in()

    person = User.objects.get()
    assert (client.answer.status_code, client.answer["Location"], is_in(client)) == (302, "/", True)
    assert (person.email, person.name, person.role, person.all_agents, person.has_usable_password()) == (
        "amara@example.com",
        "Amara Osei",
        "reviewer",
        True,
        False,
    )
    assert SocialAccount.objects.get().provider == provider.issuer
    assert set(Event.objects.values_list("kind", "after")) >= {("right_changed", "made"), ("signed_in", "")}


def test_the_second_finds_it_by_its_subject_whatever_the_address(provider):
    sign_in()
    provider.claims |= {"email": "amara.new@example.com", "name": "Another Name"}

    client = sign_in()

    assert is_in(client)
    assert (User.objects.get().email, User.objects.get().name) == ("amara@example.com", "Amara Osei")


def test_another_issuer_with_the_same_subject_is_somebody_else(provider, settings):
    SocialAccount.objects.create(user=UserFactory(role="admin"), provider="https://elsewhere.example", uid="subject-1", extra_data={})

    sign_in()

    assert User.objects.get(email="amara@example.com").role == "reviewer"


def test_it_leads_back_to_where_one_wanted_to_go_and_nowhere_else(provider):
    assert sign_in(path="/accounts/oidc/?next=/summary/%3Fsince%3D4").answer["Location"] == "/summary/?since=4"
    for elsewhere in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "%09//evil.example"):
        assert sign_in(path=f"/accounts/oidc/?next={elsewhere}").answer["Location"] == "/"


def test_a_secret_sent_in_the_form_works_too(provider):
    provider.auth_methods = ["client_secret_post"]

    assert is_in(sign_in())


def test_groups_may_come_from_userinfo_and_as_one_word(provider):
    provider.claims.pop("groups")
    provider.userinfo = {"groups": "qa-managers", "email": "elsewhere@example.com"}

    assert is_in(sign_in())
    assert (User.objects.get().role, User.objects.get().email) == ("manager", "amara@example.com")


def test_userinfo_about_somebody_else_is_refused(provider):
    provider.claims.pop("groups")
    provider.userinfo = {"groups": ["qa-admins"], "sub": "somebody else"}

    assert not is_in(sign_in())


WRONG = {
    "another audience": {"aud": "another client"},
    "two audiences and no azp": {"aud": [CLIENT, "another client"]},
    "for another party": {"azp": "another client"},
    "another issuer": {"iss": "https://elsewhere.example"},
    "no issuer": {"iss": None},
    "expired": {"exp": int(time.time()) - 120},
    "never ends": {"exp": None},
    "not yet": {"nbf": int(time.time()) + 600},
    "no subject": {"sub": None},
    "a subject that is none": {"sub": "a\0b"},
    "a long subject": {"sub": "x" * 192},
    "a number for a subject": {"sub": 7},
    "groups elsewhere": {"_claim_names": {"groups": "src1"}},
    "a nonce that is no text": {"nonce": "\ud800"},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_token_that_is_wrong_signs_nobody_in(provider, name):
    provider.claims |= WRONG[name]

    client = sign_in()

    assert (client.answer.status_code, is_in(client), User.objects.exists()) == (403, False, False)
    assert "could not be verified" in words(client)


def test_a_claim_of_an_odd_form_is_not_an_error(provider):
    provider.claims["_claim_names"] = 5

    assert is_in(sign_in())


ODD = {
    "no web address": {"authorization_endpoint": "http://[::1"},
    "half a sign": {"authorization_endpoint": "http://\ud800/"},
    "a header of its own": {"authorization_endpoint": "http://example.com/\r\nSet-Cookie: a=b"},
    "nothing": {"authorization_endpoint": None},
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_page_of_the_provider_leads_nowhere(provider, name):
    provider.wrong = ODD[name]

    answer = Client().get("/accounts/oidc/")

    assert (answer.status_code, "Set-Cookie: a=b" in str(answer.headers)) == (503, False)


@pytest.mark.parametrize("ways", [5, None, {}, []])
def test_a_provider_that_says_no_way_to_prove_who_asks_gets_the_usual_one(provider, ways):
    provider.wrong = {"token_endpoint_auth_methods_supported": ways}

    assert is_in(sign_in())


def test_a_wrong_nonce_signs_nobody_in(provider):
    provider.nonce = "another one"

    assert (sign_in().answer.status_code, User.objects.exists()) == (403, False)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_a_token_without_a_key_of_the_provider_signs_nobody_in(provider, algorithm):
    provider.algorithm = algorithm

    assert (sign_in().answer.status_code, User.objects.exists()) == (403, False)


@pytest.mark.parametrize("kid", ["one", "two"])
def test_a_signature_with_another_key_signs_nobody_in(provider, kid):
    provider.key, provider.kid = OTHER_KEY, kid

    assert (sign_in().answer.status_code, User.objects.exists()) == (403, False)


def test_a_state_that_was_not_given_out_signs_nobody_in(provider):
    client = Client()
    back = go(client)
    parts = urlsplit(back)

    for query in ("", "state=wrong&code=x", "state=&code=x", "state=%00&code=x", "state=%C3%A9&code=x"):
        answer = client.get(f"{parts.path}?{query}")
        assert (answer.status_code, is_in(client)) == (403, False)
    # The first try used up what was begun.
    assert client.get(back).status_code == 403


def test_what_was_begun_in_another_browser_signs_nobody_in(provider):
    back = go(Client())
    stranger = Client()

    assert (stranger.get(back).status_code, is_in(stranger)) == (403, False)


def test_coming_back_twice_signs_in_once(provider):
    client = Client()
    back = go(client)
    assert client.get(back).status_code == 302
    client.logout()

    assert (client.get(back).status_code, is_in(client)) == (403, False)


def test_a_code_that_was_used_signs_nobody_in(provider):
    client = Client()
    back = go(client)
    provider.codes.clear()

    assert (client.get(back).status_code, is_in(client)) == (403, False)


def test_a_verifier_of_another_sign_in_does_not_open_a_code(provider):
    client = Client()
    back = go(client)
    session = client.session
    session["identity_sign_in"] |= {"verifier": "another one"}
    session.save()

    assert (client.get(back).status_code, is_in(client)) == (403, False)


def test_the_provider_saying_no_is_told_in_our_words(provider):
    client = Client()
    state = dict(part.split("=") for part in urlsplit(go(client)).query.split("&"))["state"]

    answer = client.get(f"/accounts/oidc/return/?{urlencode({'state': state, 'error': 'access_denied', 'error_description': 'words of the provider'})}")

    assert answer.status_code == 403
    assert b"words of the provider" not in answer.content


def test_an_answer_of_another_provider_is_refused(provider):
    client = Client()
    back = go(client).replace("realm", "elsewhere")

    assert client.get(back).status_code == 403


def test_a_sign_in_that_took_too_long_begins_again(provider):
    client = Client()
    back = go(client)
    session = client.session
    session["identity_sign_in"] |= {"at": int(time.time()) - 601}
    session.save()

    assert b"took too long" in client.get(back).content


def test_the_account_of_somebody_with_the_same_address_is_not_taken_over(provider):
    owner = User.objects.create_user("amara@example.com", PASSWORD, role="admin")

    client = sign_in()

    assert (client.answer.status_code, is_in(client)) == (403, False)
    assert "subject-1" in words(client)
    assert not SocialAccount.objects.exists()
    assert Client().post("/accounts/login/", {"login": owner.email, "password": PASSWORD})["Location"] == "/"
    assert Event.objects.get(kind="sign_in_refused").after == "address taken"


def test_an_admin_links_it_and_then_the_password_is_over(provider, as_person, admin):
    owner = User.objects.create_user("amara@example.com", PASSWORD)
    elsewhere = Client()
    elsewhere.post("/accounts/login/", {"login": owner.email, "password": PASSWORD})

    page = as_person(admin).post(f"/admin/labeling/user/{owner.pk}/access/identity/", {"subject": "subject-1"}, follow=True)
    client = sign_in()

    assert b"subject-1" in page.content
    assert (is_in(client), int(client.session["_auth_user_id"])) == (True, owner.pk)
    assert elsewhere.get("/settings/").status_code == 302
    again = Client()
    again.post("/accounts/login/", {"login": owner.email, "password": PASSWORD})
    assert not is_in(again)


def test_an_invitation_that_is_out_makes_no_password_for_whom_an_admin_linked(provider, admin):
    person = UserFactory()
    token = token_of(renew_invitation(person=person, by=admin))

    link_identity(person=person, issuer=provider.issuer, subject="subject-1", by=admin)
    answer = Client().post(f"/accounts/invitations/{token}/", {"new_password1": PASSWORD, "new_password2": PASSWORD})

    person.refresh_from_db()
    assert (answer.status_code, person.has_usable_password()) == (404, False)


def test_the_provider_does_not_make_the_account_that_goes_around_it(provider, settings):
    settings.BREAK_GLASS_EMAIL = "amara@example.com"

    assert (sign_in().answer.status_code, User.objects.exists()) == (403, False)


def test_an_identity_is_linked_once(provider, as_person, admin):
    one, two = UserFactory(), UserFactory()
    client = as_person(admin)
    assert client.post(f"/admin/labeling/user/{one.pk}/access/identity/", {"subject": "subject-1"}).status_code == 303

    answers = [
        client.post(f"/admin/labeling/user/{pk}/access/identity/", {"subject": subject})
        for pk, subject in ((two.pk, "subject-1"), (one.pk, "subject-2"), (two.pk, ""), (admin.pk, "s"))
    ]

    assert {answer.status_code for answer in answers} == {422}
    assert client.post(f"/admin/labeling/user/{one.pk}/access/identity/", {"subject": "subject-1"}).status_code == 303
    assert SocialAccount.objects.count() == 1
    client.post(f"/admin/labeling/user/{one.pk}/access/identity/deletion/")
    assert not SocialAccount.objects.exists()


def test_whom_the_provider_signs_in_gets_no_password_by_mail_nor_by_link(provider, as_person, admin):
    sign_in()
    person = User.objects.get(email="amara@example.com")

    Client().post("/accounts/password/reset/", {"email": person.email})
    page = as_person(admin).post(f"/admin/labeling/user/{person.pk}/access/invitations/", follow=True)

    assert mail.outbox == []
    assert b"signs in through the identity provider" in page.content


def test_a_password_or_passkey_of_a_linked_person_does_not_go_around_their_groups(provider):
    sign_in()
    person = User.objects.get()
    person.set_password(PASSWORD)
    person.save()
    client = Client()

    answer = client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})

    assert (answer.status_code, is_in(client)) == (403, False)


def test_without_a_mapped_group_no_account_is_made(provider):
    for groups in ([], ["others"], None, "others", {"qa-admins": 1}, [["qa-admins"]], 7):
        provider.claims["groups"] = groups
        client = sign_in()
        assert (client.answer.status_code, is_in(client), User.objects.exists()) == (403, False, False)
    assert "None of your groups" in words(client)


def test_who_lost_their_groups_is_deactivated_with_their_keys(provider):
    earlier = sign_in()
    person = User.objects.get()
    create_api_key(user=person, name="script", scopes=[], expires_at=NOON.replace(year=2099), by=None)
    provider.claims["groups"] = []

    client = sign_in()

    person.refresh_from_db()
    assert (client.answer.status_code, is_in(client), person.is_active) == (403, False, False)
    assert earlier.get("/settings/").status_code == 302
    assert ApiKey.objects.get().revoked_at


def test_who_was_deactivated_stays_so_with_any_group(provider):
    sign_in()
    User.objects.update(is_active=False)

    client = sign_in()

    assert (is_in(client), User.objects.get().is_active) == (False, False)


def test_the_last_admin_is_not_lowered_by_an_empty_answer(provider):
    provider.claims["groups"] = ["qa-admins"]
    sign_in()
    provider.claims["groups"] = []

    client = sign_in()

    assert (is_in(client), User.objects.get().is_active, User.objects.get().role) == (False, True, "admin")


def test_role_and_agents_follow_the_groups_at_every_sign_in(provider, agent):
    AgentFactory(name="Cedar Billing Help")
    sign_in()
    provider.claims["groups"] = ["qa-northlake"]
    sign_in()
    person = User.objects.get()
    assert (person.role, person.all_agents, list(person.agents.all())) == ("reviewer", False, [agent])

    provider.claims["groups"] = ["qa-managers", "qa-northlake"]
    sign_in()

    person.refresh_from_db()
    assert (person.role, person.all_agents, list(person.agents.all())) == ("manager", True, [])
    assert ("role_changed", "reviewer", "manager") in set(Event.objects.values_list("kind", "before", "after"))


def test_a_lower_role_does_not_widen_a_higher_one():
    narrow, wide = Grant("manager", frozenset({"A"})), Grant("reviewer")

    assert combined([narrow, wide]) == narrow
    assert combined([narrow, Grant("manager", frozenset({"B"})), wide]) == Grant("manager", frozenset({"A", "B"}))
    assert combined([narrow, Grant("manager")]) == Grant("manager")
    assert combined([]) is None


def test_an_address_that_the_provider_does_not_believe_makes_no_account(provider):
    for wrong in ({"email_verified": False}, {"email": None}, {"email": "no address"}, {"email": "a\0@example.com"}, {"email": 7}):
        saved = dict(provider.claims)
        provider.claims |= wrong
        assert (sign_in().answer.status_code, User.objects.exists()) == (403, False)
        provider.claims = saved


@pytest.mark.parametrize("page", [".well-known/openid-configuration", "keys", "token", "userinfo"])
def test_a_provider_that_is_broken_is_told_in_a_sentence(provider, page):
    provider.status[page] = 500
    provider.claims.pop("groups")
    client = Client()

    answer = client.get("/accounts/oidc/")
    if answer.status_code == 302:
        answer = client.get(go(client))

    assert answer.status_code == 503
    assert b"does not answer" in answer.content
    assert b"secret words" not in answer.content


def test_a_provider_that_is_away_is_told_in_a_sentence(provider):
    client = Client()
    back = go(client)
    provider.close()
    identity_provider._kept.clear()

    assert client.get("/accounts/oidc/").status_code == 503
    assert client.get(back).status_code in (403, 503)


def test_a_provider_that_is_slow_is_waited_for_ten_seconds_at_most(provider, monkeypatch):
    monkeypatch.setattr("sessions_app.outbound.SECONDS", 1)
    monkeypatch.setattr("sessions_app.outbound.fetch.__kwdefaults__", {**identity_provider.outbound.fetch.__kwdefaults__, "seconds": 1})
    provider.delay = 5
    began = time.monotonic()

    answer = Client().get("/accounts/oidc/")

    assert (answer.status_code, time.monotonic() - began < 3) == (503, True)


@pytest.mark.parametrize("wrong", [{"issuer": "https://elsewhere.example"}, {"authorization_endpoint": "javascript:alert(1)"}, {"authorization_endpoint": 7}])
def test_a_discovery_that_is_wrong_is_not_followed(provider, wrong):
    provider.wrong = wrong

    assert Client().get("/accounts/oidc/").status_code == 503


def test_who_needs_a_second_factor_proved_it_at_the_provider(provider, settings):
    settings.MFA_REQUIRED_FOR = frozenset({"reviewer"})

    assert sign_in().get("/sessions/").status_code == 200


def test_without_a_provider_there_is_no_such_page(client):
    assert {client.get(path).status_code for path in ("/accounts/oidc/", "/accounts/oidc/return/?state=x&code=y")} == {404}


def test_allauths_own_pages_of_accounts_elsewhere_are_not_routed(as_person, reviewer):
    client = as_person(reviewer)
    for path in (
        "3rdparty/",
        "social/connections/",
        "oidc/x/login/",
        "oidc/x/login/callback/",
        "3rdparty/signup/",
        "social/signup/",
        "email/",
        "password/set/",
        "2fa/webauthn/signup/",
        "sessions/",
    ):
        assert client.get(f"/accounts/{path}").status_code == 404


def test_a_limit_keeps_strangers_from_filling_the_table_of_sign_ins(provider, settings):
    settings.ACCOUNT_RATE_LIMITS = {"identity_provider": "2/m/ip"}
    client = Client()

    assert [client.get("/accounts/oidc/").status_code for _ in range(3)] == [302, 302, 429]


# --- Where only the provider signs people in ---------------------------------------------------------------------------


@pytest.fixture
def sso_only(provider, settings):
    settings.SSO_ONLY, settings.BREAK_GLASS_EMAIL = True, "luis@example.com"
    User.objects.create_user("luis@example.com", PASSWORD, role="admin", all_agents=True)
    User.objects.create_user("mei@example.com", PASSWORD, all_agents=True)


def test_no_password_signs_in_and_a_right_one_says_the_same_as_a_wrong_one(sso_only):
    client = Client()

    right = client.post("/accounts/login/", {"login": "mei@example.com", "password": PASSWORD})
    wrong = client.post("/accounts/login/", {"login": "mei@example.com", "password": "not the password"})

    assert not is_in(client)
    assert right.context["form"].errors == wrong.context["form"].errors


def test_the_time_of_a_guess_does_not_tell_which_account_still_has_a_password(sso_only, monkeypatch):
    """What takes the time is the hash."""
    made, encode = [], MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", lambda *given: made.append(1) or encode(*given))

    for address in ("luis@example.com", "mei@example.com", "nobody@example.com"):
        Client().post("/accounts/login/", {"login": address, "password": "not the password"})

    assert len(made) == 3


def test_guesses_count_also_where_none_can_be_right(sso_only, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
    client = Client()
    answers = [client.post("/accounts/login/", {"login": "mei@example.com", "password": PASSWORD}).content for _ in range(7)]

    assert b"Too many" in answers[-1]


def test_the_pages_of_passwords_are_gone(sso_only, as_person):
    paths = ["/accounts/password/reset/", "/accounts/password/reset/done/", "/accounts/password/reset/key/a-b/", "/accounts/invitations/x/"]
    admin = User.objects.get(email="luis@example.com")

    assert {Client().get(path).status_code for path in paths} == {404}
    assert as_person(admin).get("/admin/labeling/user/add/").status_code == 403
    assert Client().get("/admin/login/", follow=True).redirect_chain[0][0].startswith("/accounts/login/")


def test_the_page_of_signing_in_offers_the_provider_alone(sso_only):
    page = Client().get("/accounts/login/?next=/summary/").content

    assert b"Sign in with Northside Health" in page
    assert b"/accounts/oidc/?next=%2Fsummary%2F" in page
    assert b"passkey" not in page


def test_the_break_glass_account_signs_in_and_everybody_hears_of_it(sso_only):
    UserFactory(role="admin", email="priya@example.com")
    client = Client()

    client.post("/accounts/login/", {"login": "Luis@example.com", "password": PASSWORD})

    assert is_in(client)
    event = Event.objects.get(kind="break_glass_used")
    assert (event.subject, event.address) == (User.objects.get(email="luis@example.com").pk, "127.0.0.1")
    assert [sorted(message.bcc) for message in mail.outbox] == [["luis@example.com", "priya@example.com"]]


def test_the_break_glass_account_can_confirm_itself_to_set_up_a_second_factor(sso_only, settings):
    settings.MFA_REQUIRED_FOR = frozenset({"admin"})
    client = Client()
    client.post("/accounts/login/", {"login": "luis@example.com", "password": PASSWORD})
    assert client.get("/summary/")["Location"] == "/accounts/2fa/"

    client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/accounts/2fa/totp/activate/"})

    assert client.get("/accounts/2fa/totp/activate/").status_code == 200


def test_admins_see_on_the_health_page_that_it_was_used(sso_only):
    client = Client()
    client.post("/accounts/login/", {"login": "luis@example.com", "password": PASSWORD})

    assert b"It was used in the last seven days." in client.get("/admin/health/").content


def test_a_mail_server_that_is_away_does_not_keep_the_break_glass_account_out(sso_only, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", 1
    client = Client()

    client.post("/accounts/login/", {"login": "luis@example.com", "password": PASSWORD})

    assert is_in(client)


def test_the_provider_still_signs_in(sso_only):
    assert is_in(sign_in())


# --- The map -----------------------------------------------------------------------------------------------------------


def test_the_map_as_an_operator_writes_it():
    text = "qa-admins=admin; cn=qa,ou=groups,dc=example = manager ;\nqa@example.com=reviewer@Northlake Scheduling|Cedar Billing Help;"

    assert parsed(text) == {
        "qa-admins": ("admin", frozenset()),
        "cn=qa,ou=groups,dc=example": ("manager", frozenset()),
        "qa@example.com": ("reviewer", frozenset({"Northlake Scheduling", "Cedar Billing Help"})),
    }
    assert parsed("") == {}


@pytest.mark.parametrize("text", ["qa", "qa=", "=admin", "qa=owner", "qa=reviewer@", "qa=reviewer@ | ", "qa=admin;qa=manager", "qa=reviewerx"])
def test_a_map_that_cannot_be_read_is_refused(text):
    with pytest.raises(ValueError, match="“"):
        parsed(text)
