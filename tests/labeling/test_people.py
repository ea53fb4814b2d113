"""People: who may change whom, what ends with an account, and the admin that is always left."""

import re
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from labeling.models import ApiKey, Draft, Event, Invitation, User
from labeling.operations.api_keys import create_api_key
from labeling.operations.people import LastAdmin, OwnRights, change_person, deactivate_person
from tests.factories import NOON, PASSWORD, DraftFactory, InvitationFactory, UserFactory

pytestmark = pytest.mark.django_db
FOREVER = NOON.replace(year=2099)
ROLES = ["reviewer", "manager", "admin"]


@pytest.fixture
def person():
    return User.objects.create_user("amara@example.com", PASSWORD, name="Amara Osei", all_agents=True)


def signed_in(email="amara@example.com"):
    client = Client()
    client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    assert client.get("/settings/").status_code == 200
    return client


def form_of(person, **changes):
    boxes = ("is_active", "all_agents", "may_unmask", "may_read_transcripts", "may_hear_recordings", "takes_incidents")
    sent = {"name": person.name, "role": person.role, "agents": [agent.pk for agent in person.agents.all()]}
    return {name: value for name, value in (sent | {box: "on" for box in boxes if getattr(person, box)} | changes).items() if value is not None}


def events(*kinds):
    return list(Event.objects.filter(kind__in=kinds).order_by("pk").values_list("subject_kind", "before", "after"))


def test_deactivating_ends_sign_ins_and_keys_at_the_next_request(person, admin):
    client = signed_in()
    _, key = create_api_key(user=person, name="script", scopes=["sessions:read"], expires_at=FOREVER, by=None)
    link = InvitationFactory(user=person)
    assert client.get("/api/v1/x", headers={"Syllable-API-Key": key}).status_code == 404

    ended = deactivate_person(person=person, by=admin)

    assert (ended.sign_ins, ended.keys, ended.was_active) == (1, 1, True)
    assert client.get("/settings/").status_code == 302
    assert client.get("/sessions/", headers={"HX-Request": "true"}).status_code == 401
    assert Client().get("/api/v1/x", headers={"Syllable-API-Key": key}).status_code == 401
    link.refresh_from_db()
    assert link.voided_at
    assert events("right_changed") == [("user is_active", "true", "false")]


def test_what_was_ended_does_not_come_back_with_the_account(person, admin):
    client = signed_in()
    _, key = create_api_key(user=person, name="script", scopes=["sessions:read"], expires_at=FOREVER, by=None)
    deactivate_person(person=person, by=admin)

    change_person(person=person, by=admin, changes={"is_active": True})

    assert client.get("/settings/").status_code == 302
    assert Client().get("/api/v1/x", headers={"Syllable-API-Key": key}).status_code == 401
    assert signed_in()


def test_labels_drafts_and_runs_stay(person, admin):
    DraftFactory(user=person)

    deactivate_person(person=person, by=admin)

    assert Draft.objects.filter(user=person).exists()


def test_the_box_in_the_admin_ends_access_too(as_person, person, admin):
    client = signed_in()
    create_api_key(user=person, name="script", scopes=[], expires_at=FOREVER, by=None)

    as_person(admin).post(f"/admin/labeling/user/{person.pk}/change/", form_of(person, is_active=None))

    assert client.get("/settings/").status_code == 302
    assert ApiKey.objects.get().revoked_by == admin


def test_the_command_says_what_ended_and_may_be_run_again(person, admin, capsys):
    signed_in()

    call_command("deactivate", "AMARA@example.com")
    call_command("deactivate", "amara@example.com")

    assert capsys.readouterr().out.splitlines() == [
        "Deactivated: amara@example.com. Ended: 1 sign-ins, 0 API keys.",
        "Already deactivated: amara@example.com. Ended: 0 sign-ins, 0 API keys.",
    ]


def test_the_command_has_exit_codes(admin):
    with pytest.raises(CommandError) as unknown:
        call_command("deactivate", "nobody@example.com")
    with pytest.raises(CommandError) as last:
        call_command("deactivate", admin.email)

    assert (unknown.value.returncode, last.value.returncode) == (3, 4)
    assert User.objects.get(pk=admin.pk).is_active


@pytest.mark.parametrize("changes", [{"role": "manager"}, {"is_active": False}])
def test_the_last_admin_stays(admin, changes):
    UserFactory(role="admin", is_active=False)

    with pytest.raises(LastAdmin):
        change_person(person=admin, by=None, changes=changes)

    admin.refresh_from_db()
    assert (admin.role, admin.is_active) == ("admin", True)


def test_the_last_admin_may_be_renamed_in_the_form(as_person, admin):
    answer = as_person(admin).post(f"/admin/labeling/user/{admin.pk}/change/", {"name": "Luis F."})

    assert answer.status_code == 302
    assert User.objects.get(pk=admin.pk).name == "Luis F."


@pytest.mark.django_db(transaction=True)
def test_two_admins_who_lower_each_other_at_once_leave_one():
    first, second = UserFactory(role="admin"), UserFactory(role="admin")
    ready, refused = threading.Barrier(2, timeout=10), []

    def lower(by, other):
        try:
            ready.wait()
            change_person(person=other, by=by, changes={"role": "reviewer"})
        except LastAdmin:
            refused.append(by.pk)
        finally:
            connections.close_all()

    for _ in range(5):
        User.objects.update(role="admin")
        refused.clear()
        threads = [threading.Thread(target=lower, args=pair) for pair in ((first, second), (second, first))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)

        assert User.objects.filter(role="admin").count() == 1
        assert len(refused) == 1


def test_two_admins_at_once_get_a_sentence(as_person, admin, monkeypatch):
    """The form was good when it was looked at, and not any more when it was written."""
    other = UserFactory(role="admin")
    monkeypatch.setattr("labeling.admin.people.change_person", lambda **_: (_ for _ in ()).throw(LastAdmin))

    answer = as_person(admin).post(f"/admin/labeling/user/{other.pk}/change/", form_of(other, role="reviewer"), follow=True)

    assert b"This is the last active admin" in answer.content


def test_two_admins_do_not_undo_each_other_without_a_word(as_person, admin, reviewer):
    client = as_person(admin)
    seen = re.search(r'name="seen" value="(\w+)"', client.get(f"/admin/labeling/user/{reviewer.pk}/change/").content.decode()).group(1)
    change_person(person=reviewer, by=None, changes={"role": "manager"})

    stale = client.post(f"/admin/labeling/user/{reviewer.pk}/change/", form_of(reviewer, name="Renamed", seen=seen))
    assert b"Somebody changed this person" in stale.content
    assert User.objects.get(pk=reviewer.pk).role == "manager"

    seen = re.search(r'name="seen" value="(\w+)"', client.get(f"/admin/labeling/user/{reviewer.pk}/change/").content.decode()).group(1)
    reviewer.refresh_from_db()
    assert client.post(f"/admin/labeling/user/{reviewer.pk}/change/", form_of(reviewer, name="Renamed", seen=seen)).status_code == 302
    assert User.objects.get(pk=reviewer.pk).name == "Renamed"


@pytest.mark.parametrize("pk", [0, 2**31, 2**63, 10**30])
def test_nobody_with_such_a_number_is_not_found(as_person, admin, pk):
    client = as_person(admin)
    paths = [("", client.get), ("invitations/", client.post), ("sign-ins/deletion/", client.post), ("second-factors/deletion/", client.post)]

    assert {call(f"/admin/labeling/user/{pk}/access/{path}").status_code for path, call in paths} == {404}
    assert client.post(f"/settings/sign-ins/{pk}/deletion/").status_code == 404


@pytest.mark.parametrize("changes", [{"role": "reviewer"}, {"is_active": False}, {"may_unmask": True}, {"all_agents": False}])
def test_nobody_changes_their_own_rights(admin, changes):
    UserFactory(role="admin")
    User.objects.filter(pk=admin.pk).update(may_unmask=False, all_agents=True)

    with pytest.raises(OwnRights):
        change_person(person=admin, by=admin, changes=changes)
    with pytest.raises(OwnRights):
        change_person(person=admin, by=admin, changes={}, agents=[])
    with pytest.raises(OwnRights):
        deactivate_person(person=admin, by=admin)


def test_every_change_is_an_event_with_before_and_after(as_person, admin, reviewer, agent, other_agent):
    reviewer.agents.set([agent])

    as_person(admin).post(
        f"/admin/labeling/user/{reviewer.pk}/change/",
        form_of(reviewer, role="manager", all_agents=None, may_unmask="on", may_hear_recordings=None, agents=[other_agent.pk]),
    )

    assert events("role_changed") == [("user", "reviewer", "manager")]
    assert set(events("right_changed")) == {
        ("user all_agents", "true", "false"),
        ("user may_unmask", "false", "true"),
        ("user may_hear_recordings", "true", "false"),
        ("user agents", f"agent {agent.pk}", ""),
        ("user agents", "", f"agent {other_agent.pk}"),
    }
    assert list(reviewer.agents.all()) == [other_agent]


def test_saving_without_a_change_says_nothing(as_person, admin, reviewer):
    as_person(admin).post(f"/admin/labeling/user/{reviewer.pk}/change/", form_of(reviewer))

    assert events("role_changed", "right_changed") == []


# What a form of people may change, by who posts to which form about whom. Everything else stays as it is.
OWN = {"theme", "density", "time_display", "time_zone", "shortcuts", "playback_speed", "skips_silence", "follows_audio", "hidden_columns"}
GIVEN = {"name", "role", "is_active", "all_agents", "agents", "may_unmask", "may_read_transcripts", "may_hear_recordings", "takes_incidents", "languages"}
ALLOWED = {(role, "settings", "self"): OWN for role in ROLES} | {
    ("admin", "admin", "self"): {"name", "takes_incidents", "languages"},
    ("admin", "admin", "other"): GIVEN,
}


def other_values(agent):
    return {
        "id": "9999", "password": "x", "last_login": "2001-01-01", "last_login_0": "2001-01-01", "last_login_1": "00:00", "email": "elsewhere@example.com",
        "name": "Somebody else", "role": "admin", "may_unmask": "on", "guide_read": "7", "all_agents": "on", "agents": [agent.pk],
        "theme": "dark", "density": "roomy", "time_display": "utc", "time_zone": "Europe/Berlin", "playback_speed": "150", "skips_silence": "on",
        "takes_incidents": "on", "languages": "es, en,ES",
        "hidden_columns": "channel", "columns": "channel", "default_view": "1", "is_staff": "on", "is_superuser": "on",
        "created_at": "2001-01-01", "user": "1", "pk": "9999",
    }  # fmt: skip


def snapshot(pk):
    row = User.objects.filter(pk=pk).values().get()
    return row | {"agents": sorted(User.objects.get(pk=pk).agents.values_list("pk", flat=True))}


@pytest.mark.parametrize("poster", ROLES)
@pytest.mark.parametrize("about", ["self", "other"])
@pytest.mark.parametrize("form", ["settings", "admin", "access", "sign-ins", "columns"])
def test_of_all_fields_a_form_changes_only_those_that_its_poster_may(poster, about, form, agent):
    me, other = (UserFactory(role=poster if who == "me" else "manager", all_agents=False, shortcuts=True) for who in ("me", "other"))
    UserFactory(role="admin")
    subject = me if about == "self" else other
    addresses = {
        "settings": ["/settings/"],
        "columns": ["/settings/"],
        "admin": [f"/admin/labeling/user/{subject.pk}/change/"],
        "access": [f"/admin/labeling/user/{subject.pk}/access/invitations/", f"/admin/labeling/user/{subject.pk}/access/second-factors/deletion/"],
        "sign-ins": ["/settings/sign-ins/deletion/", "/activity/", "/accounts/password/change/"],
    }[form]
    sent = other_values(agent)
    if form == "columns":
        sent.pop("time_zone")
    if poster == "admin" and form == "admin" and about == "other":
        sent |= {"role": "reviewer"}
    before = {row.pk: snapshot(row.pk) for row in (me, other)}
    client = Client()
    client.force_login(me)
    before[me.pk] = snapshot(me.pk)

    for address in addresses:
        assert client.post(address, sent).status_code < 500

    changed = {row.pk: {name for name, value in snapshot(row.pk).items() if value != before[row.pk][name]} for row in (me, other)}
    allowed = ALLOWED.get((poster, "settings" if form == "columns" else form, "self" if form in ("settings", "columns") else about), set())
    owner = me if form in ("settings", "columns") else subject
    assert changed[owner.pk] <= allowed
    assert changed[(other if owner is me else me).pk] == set()
    assert not (poster == "admin" and form == "admin" and about == "other") or changed[other.pk] >= {"name", "role", "agents", "languages"}


def test_the_table_of_fields_is_whole():
    """A new field of a person is decided here: who may change it through which form."""
    never = {"id", "password", "last_login", "email", "created_at", "default_view", "guide_read", "steps_closed_at"}

    assert {field.name for field in User._meta.get_fields() if not field.auto_created or field.name == "id"} == OWN | GIVEN | never


def test_the_list_of_people_asks_the_same_of_many(as_person, admin, django_assert_max_num_queries):
    UserFactory.create_batch(30)
    client = as_person(admin)
    client.get(reverse("admin:labeling_user_changelist"))

    with django_assert_max_num_queries(8):
        client.get(reverse("admin:labeling_user_changelist"))


def test_the_form_of_a_person_leads_to_their_access(as_person, admin, reviewer):
    page = as_person(admin).get(f"/admin/labeling/user/{reviewer.pk}/change/")

    assert f"/admin/labeling/user/{reviewer.pk}/access/".encode() in page.content
    assert as_person(admin).get(f"/admin/labeling/user/{reviewer.pk}/access/").status_code == 200


def test_the_database_is_asked_once_about_whom_the_command_names(admin):
    with pytest.raises(CommandError):
        call_command("deactivate", "nul\0@example.com")
    assert connection.is_usable()
    assert not Invitation.objects.exists()
