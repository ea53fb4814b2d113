"""API keys: made within the rights of their owner, shown once, limited, revoked."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from labeling.models import ApiKey, ApiKeyHistory, Event, KeyMinute
from labeling.models.api_key import KeyScope
from labeling.operations.api_keys import KeyRefused, clear_key_minutes, create_api_key, find_api_key, revoke_api_key
from labeling.policies import NEEDED_FOR_SCOPE, why_not_make_key, why_not_use, why_not_write_as
from labeling.roles import Role
from tests.factories import ApiKeyFactory, UserFactory

pytestmark = pytest.mark.django_db
NEW, REVOKE = "/admin/keys/new/", "/admin/keys/revocation/"
ALL = KeyScope.values
SCOPES_DESCRIBED = (Path(__file__).parents[2] / "docs" / "api.md").read_text()


def typed(person, **changes):
    last = (timezone.now() + timedelta(days=30)).date().isoformat()
    return {"email": person.email, "name": "nightly", "scopes": ["sessions:read"], "expires_on": last, "rate_per_minute": "60", "start": "0a1b2c3d", **changes}


def made(user, *scopes, rate=600):
    return create_api_key(user=user, name="script", scopes=scopes, expires_at=timezone.now() + timedelta(days=1), by=None, rate_per_minute=rate)


def ask(client, key, **headers):
    return client.get("/api/v1/anything", headers={"Syllable-API-Key": key, **headers})


def test_a_key_is_shown_once_and_works(as_person, admin, reviewer, client):
    answer = as_person(admin).post(NEW, typed(reviewer))

    key = answer.context["key"]
    row = ApiKey.objects.get()
    assert (answer.status_code, answer["Cache-Control"], key in answer.content.decode()) == (200, "no-store", True)
    assert (row.user, row.created_by, row.scopes, row.rate_per_minute) == (reviewer, admin, ["sessions:read"], 60)
    assert find_api_key(key) == row
    assert key.split("_", 2)[2] not in client.get(f"/admin/labeling/apikey/{row.pk}/change/").content.decode()
    assert row.secret_hash not in client.get(f"/admin/labeling/apikey/{row.pk}/change/").content.decode()
    assert Event.objects.filter(kind="key_created", user=admin.pk, subject=row.pk).count() == 1


def test_the_same_form_again_makes_no_second_key_and_shows_none(as_person, admin, reviewer):
    client = as_person(admin)
    key = client.post(NEW, typed(reviewer)).context["key"]

    again = client.post(NEW, typed(reviewer))

    assert (again.status_code, ApiKey.objects.count(), key in again.content.decode()) == (409, 1, False)
    assert "made its key already" in again.content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"email": "nobody@example.com"}, "Nobody has this address"), ({"scopes": []}, "required"), ({"scopes": ["everything"]}, "not one of the available"),
        ({"expires_on": "2020-01-01"}, "at most two years"), ({"expires_on": "2999-01-01"}, "at most two years"), ({"expires_on": ""}, "required"),
        ({"rate_per_minute": "0"}, "greater than or equal to 1"), ({"rate_per_minute": "60001"}, "less than or equal to 60000"), ({"name": ""}, "required"),
        ({"name": "x" * 101}, "at most 100"), ({"scopes": ["pii:read"]}, "See phone numbers and names (pii:read)"), ({"start": "x"}, "errornote"),
        ({"scopes": ["labels:write_as_any"]}, "may not do more than its owner"), ({"scopes": ["sessions:write"]}, "may not do more than its owner"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_new_key_is_said_beside_its_field(as_person, admin, reviewer, changes, words):
    answer = as_person(admin).post(NEW, typed(reviewer, **changes))

    assert (answer.status_code, ApiKey.objects.count()) == (422, 0)
    assert words in answer.content.decode()


def test_nobody_makes_a_key_for_a_deactivated_person(as_person, admin):
    person = UserFactory(is_active=False)

    answer = as_person(admin).post(NEW, typed(person))

    assert (answer.status_code, ApiKey.objects.count()) == (422, 0)
    with pytest.raises(KeyRefused):
        made(person, "sessions:read")


@pytest.mark.parametrize(
    ("role", "unmasks", "refused"),
    [
        (Role.REVIEWER, False, {"sessions:write", "labels:write_as_any", "pii:read"}),
        (Role.REVIEWER, True, {"sessions:write", "labels:write_as_any"}),
        (Role.MANAGER, False, {"sessions:write", "pii:read"}),
        (Role.ADMIN, False, set()),
    ],
)
def test_a_key_never_may_more_than_its_owner(role, unmasks, refused):
    owner = UserFactory(role=role, may_unmask=unmasks)

    assert {scope for scope in KeyScope if why_not_make_key(owner, [scope])} == refused
    assert set(NEEDED_FOR_SCOPE) == set(KeyScope)


def test_a_key_loses_what_its_owner_loses():
    key, _ = made(UserFactory(role=Role.ADMIN), *ALL)
    assert [why_not_use(key, scope) for scope in KeyScope] == [""] * len(ALL)

    key.user.role = Role.REVIEWER

    assert {scope for scope in KeyScope if why_not_use(key, scope)} == {"sessions:write", "labels:write_as_any", "pii:read"}


def test_a_key_makes_labels_for_others_only_with_its_scope():
    owner = UserFactory(role=Role.MANAGER, email="owner@example.com")
    reader, writer = ApiKeyFactory(user=owner, scopes=["labels:read"]), ApiKeyFactory(user=owner, scopes=["labels:write"])
    both = ApiKeyFactory(user=owner, scopes=["labels:write", "labels:write_as_any"])

    answers = [bool(why_not_write_as(key, email)) for key in (reader, writer, both) for email in (" Owner@example.com ", "other@example.com")]

    assert answers == [True, True, False, True, False, False]


def test_a_key_is_limited_by_the_minute_and_says_when_to_come_again(client, reviewer):
    _, key = made(reviewer, "sessions:read", rate=3)

    answers = [ask(client, key) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 429, 429]
    assert 1 <= int(answers[3]["Retry-After"]) <= 60
    assert answers[3].json() == {"detail": f"This key may make 3 requests a minute. The next minute begins in {answers[3]['Retry-After']} s."}


def test_each_key_has_a_limit_of_its_own_and_each_minute_too(client, reviewer):
    row, key = made(reviewer, rate=1)
    _, other = made(reviewer, rate=1)
    first = [ask(client, key).status_code, ask(client, key).status_code, ask(client, other).status_code]

    KeyMinute.objects.filter(api_key=row).update(minute=1)

    assert (first, ask(client, key).status_code) == ([404, 429, 404], 404)


def test_a_request_with_a_key_costs_two_statements_and_notes_its_use_once_a_minute(client, reviewer):
    row, key = made(reviewer)
    ask(client, key)
    row.refresh_from_db()
    noted = row.last_used_at

    with assertNumQueries(2):
        ask(client, key)

    row.refresh_from_db()
    assert noted is not None
    assert row.last_used_at == noted


def test_use_of_a_key_is_no_change_in_its_history(client, reviewer):
    row, key = made(reviewer)
    ask(client, key)

    assert ApiKey.objects.filter(pk=row.pk, last_used_at__isnull=False).exists()
    assert ApiKeyHistory.objects.filter(pgh_obj_id=row.pk).count() == 1


@pytest.mark.parametrize("fault", ["expired", "revoked", "deactivated"])
def test_a_key_that_ended_is_not_counted(client, reviewer, admin, fault):
    row, key = made(reviewer)
    if fault == "expired":
        ApiKey.objects.filter(pk=row.pk).update(expires_at=timezone.now())
    elif fault == "revoked":
        revoke_api_key(key=row, by=admin)
    else:
        type(reviewer).objects.filter(pk=reviewer.pk).update(is_active=False)

    assert (ask(client, key).status_code, KeyMinute.objects.exists()) == (401, False)


@pytest.mark.parametrize(
    "key", ["", "rd", "rd_", "rd__", "rd_\0\0\0\0\0\0\0\0_x", "rd_0a1b2c3d_é", "rd_0a1b2c3d_" + "x" * 10_000, "xx_0a1b2c3d_y", "rd_ÿÿÿÿÿÿÿÿ_x"]
)
def test_what_is_no_key_is_refused(client, key):
    assert ask(client, key).status_code == 401


def test_whether_the_owner_may_have_it_is_asked_of_the_database(reviewer):
    """The one in hand may be older than what another admin did just now."""
    type(reviewer).objects.filter(pk=reviewer.pk).update(is_active=False)

    with pytest.raises(KeyRefused, match="deactivated"):
        made(reviewer)


def test_no_key_is_ever_logged(client, reviewer, caplog):
    caplog.set_level(logging.DEBUG)
    _, key = made(reviewer, rate=1)

    for _ in range(3):
        ask(client, key)

    assert key.split("_", 2)[2] not in caplog.text


def test_minutes_of_an_hour_ago_are_forgotten(reviewer):
    row, _ = made(reviewer)
    now = int(timezone.now().timestamp()) // 60
    for minute in (now, now - 59, now - 62):
        KeyMinute.objects.create(api_key=row, minute=minute)

    assert (clear_key_minutes(), KeyMinute.objects.count()) == (1, 2)


def test_revoking_asks_first_and_twice_is_once(as_person, admin, reviewer):
    (one, key), (other, _) = made(reviewer), made(reviewer)
    client, address = as_person(admin), f"{REVOKE}?key={one.pk}&key={other.pk}&key=x&key={'9' * 30}"

    asked = client.get(address)
    assert find_api_key(key) == one
    answers = [client.post(address), client.post(address)]

    assert (asked.status_code, [(answer.status_code, answer["Location"]) for answer in answers]) == (200, [(303, "/admin/labeling/apikey/")] * 2)
    assert (find_api_key(key), Event.objects.filter(kind="key_revoked", user=admin.pk).count()) == (None, 2)


def test_the_list_of_keys_leads_to_revoking_the_selected_ones(as_person, admin, reviewer):
    row, _ = made(reviewer)

    answer = as_person(admin).post("/admin/labeling/apikey/", {"action": "revoke_selected", "_selected_action": [row.pk]})

    assert answer["Location"] == f"{REVOKE}?key={row.pk}"


def test_the_form_of_a_key_changes_its_name_and_limit_and_nothing_else(as_person, admin, reviewer):
    row, key = made(reviewer, "sessions:read")
    sent = {
        "name": "renamed",
        "rate_per_minute": "5",
        "user": admin.pk,
        "scopes": "pii:read",
        "secret_hash": "0" * 64,
        "prefix": "00000000",
        "expires_at_0": "2099-01-01",
    }

    answer = as_person(admin).post(f"/admin/labeling/apikey/{row.pk}/change/", sent)

    changed = find_api_key(key)
    assert answer.status_code == 302
    assert (changed.name, changed.rate_per_minute, changed.user, changed.scopes, changed.expires_at) == (
        "renamed",
        5,
        reviewer,
        ["sessions:read"],
        row.expires_at,
    )
    told = Event.objects.get(subject_kind="api_key rate_per_minute")
    assert (told.user, told.subject, told.before, told.after) == (admin.pk, row.pk, "600", "5")


@pytest.mark.parametrize("role", ["reviewer", "manager"])
def test_keys_are_for_admins(as_person, request, role):
    client = as_person(request.getfixturevalue(role))

    assert [client.get(NEW).status_code, client.post(NEW).status_code, client.post(f"{REVOKE}?key=1").status_code] == [403, 403, 403]


def test_a_command_prints_the_key_as_its_last_line(capsys):
    UserFactory(email="robot@example.com", role=Role.ADMIN)

    call_command("create_api_key", "--user", "Robot@example.com", "--scopes", "all", "--name", "contract", "--days", "2")

    row = find_api_key(capsys.readouterr().out.splitlines()[-1])
    assert (row.name, row.scopes, row.created_by) == ("contract", sorted(ALL), None)
    assert abs(row.expires_at - timezone.now() - timedelta(days=2)) < timedelta(minutes=5)


@pytest.mark.parametrize(
    "given",
    [
        ["--user", "nobody@example.com", "--scopes", "all"], ["--user", "amara@example.com", "--scopes", "all"],
        ["--user", "amara@example.com", "--scopes", "sessions"],
        ["--user", "amara@example.com", "--scopes", ""], ["--user", "amara@example.com", "--scopes", "labels:read", "--days", "731"],
        ["--user", "amara@example.com", "--scopes", "labels:read", "--rate", "0"], ["--user", "amara@example.com", "--scopes", "labels:read", "--name", ""],
    ],
)  # fmt: skip
def test_a_command_that_may_not_makes_no_key(reviewer, given):
    with pytest.raises(CommandError):
        call_command("create_api_key", *given)

    assert not ApiKey.objects.exists()


@pytest.mark.parametrize("scope", ALL)
def test_what_each_scope_opens_is_described(scope):
    assert f"| `{scope}` |" in SCOPES_DESCRIBED
