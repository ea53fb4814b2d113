"""The admin: reference data, nothing dangerous, nobody above themselves."""

import pytest
from django.urls import reverse

from config import urls
from labeling.models import Event, IssueAlias, SessionIssue, User
from labeling.operations.derived import repair_derived
from labeling.operations.label_rows import IssueGiven
from labeling.operations.labels import submit_label
from tests.factories import PASSWORD, ApiKeyFactory, EventFactory, IssueCategoryFactory, RaterFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db

REGISTERED = sorted(f"{model._meta.app_label}_{model._meta.model_name}" for model in urls.admin.site._registry)


def category_form(category, **changes):
    inline = {"aliases-TOTAL_FORMS": 0, "aliases-INITIAL_FORMS": 0}
    return {"name": category.name, "order": 1, "severity": "minor", "origin": "ours", **inline, **changes}


@pytest.mark.parametrize("name", REGISTERED)
def test_every_list_opens_and_offers_no_bulk_delete(as_person, admin, name):
    answer = as_person(admin).get(reverse(f"admin:{name}_changelist"), follow=True)

    assert answer.status_code == 200
    assert b"delete_selected" not in answer.content


def test_signing_out_of_the_admin_clears_the_browser_and_its_password_page_is_ours(as_person, admin):
    client = as_person(admin)

    assert client.get("/admin/password_change/")["Location"] == "/accounts/password/change/"
    assert client.post("/admin/logout/")["Clear-Site-Data"] == '"cache", "storage"'
    assert client.get("/admin/").status_code == 302


def test_an_admin_makes_a_category(as_person, admin):
    answer = as_person(admin).post("/admin/labeling/issuecategory/add/", category_form(IssueCategoryFactory.build(name="New one")))

    assert answer.status_code == 302


def test_a_renamed_category_keeps_its_sessions(as_person, admin):
    category = IssueCategoryFactory(name="Silent treatment")
    session = SessionFactory()
    submit_label(session_id=session.pk, rater=RaterFactory(), code="BAD", client_key="one-key", issues=[IssueGiven("Silent treatment")])

    as_person(admin).post(f"/admin/issues/{category.pk}/rename/", {"name": "Long silence"})

    category.refresh_from_db()
    assert (category.name, IssueAlias.objects.get().text) == ("Long silence", "Silent treatment")
    assert repair_derived() == 0
    assert SessionIssue.objects.get().category == category


def test_a_category_that_is_renamed_back_has_its_name_once(as_person, admin):
    category = IssueCategoryFactory(name="Silent treatment")
    client = as_person(admin)

    for name in ("Long silence", "Silent treatment"):
        client.post(f"/admin/issues/{category.pk}/rename/", {"name": name})

    assert list(IssueAlias.objects.values_list("text", flat=True)) == ["Long silence"]


@pytest.mark.parametrize("factory", [UserFactory, EventFactory, RaterFactory, ApiKeyFactory])
def test_reference_data_cannot_be_deleted(as_person, admin, factory):
    row = factory()

    answer = as_person(admin).post(f"/admin/labeling/{row._meta.model_name}/{row.pk}/delete/", {"post": "yes"})

    assert answer.status_code == 403
    assert type(row).objects.filter(pk=row.pk).exists()


def test_an_admin_makes_a_person_who_sees_nothing_yet_and_has_no_password(as_person, admin):
    sent = {"email": "New.Person@Example.com", "name": "New", "role": "reviewer", "password1": PASSWORD, "password2": PASSWORD}

    answer = as_person(admin).post("/admin/labeling/user/add/", sent)

    person = User.objects.get(name="New")
    assert answer.status_code == 302
    assert (person.email, person.all_agents, person.has_usable_password()) == ("new.person@example.com", False, False)


def test_a_role_change_is_an_event(as_person, admin, reviewer):
    sent = {"email": reviewer.email, "name": reviewer.name, "role": "manager", "is_active": "on", "all_agents": "on"}

    as_person(admin).post(f"/admin/labeling/user/{reviewer.pk}/change/", sent)

    event = Event.objects.get(kind="role_changed")
    assert (event.user, event.subject, event.before, event.after) == (admin.pk, reviewer.pk, "reviewer", "manager")


def test_nobody_changes_their_own_rights(as_person, admin):
    sent = {"email": admin.email, "name": "Renamed", "role": "reviewer", "may_unmask": "on"}

    as_person(admin).post(f"/admin/labeling/user/{admin.pk}/change/", sent)

    admin.refresh_from_db()
    assert (admin.name, admin.role, admin.is_active) == ("Renamed", "admin", True)


@pytest.mark.parametrize("query", ["password__startswith=argon2", "password__regex=.", "email__regex=(", "last_login__year=0"])
def test_the_list_of_people_tells_nothing_about_their_passwords(as_person, admin, query):
    answer = as_person(admin).get(f"/admin/labeling/user/?{query}")

    assert answer.status_code in (302, 400)


@pytest.mark.parametrize(
    "path",
    ["labeling/event/?kind=%00", "labeling/apikey/?secret_hash__startswith=4", "labeling/issuecategory/?order__range=0", "sessions_app/agent/?name__regex=("],
)
def test_no_address_of_the_admin_is_a_lookup(as_person, admin, path):
    assert as_person(admin).get(f"/admin/{path}").status_code in (302, 400)


@pytest.mark.parametrize("sent", ["x", "\0", "-1", "²", "9" * 30, "1,2"])
@pytest.mark.parametrize("place", ["add/", "{pk}/change/"])
def test_a_choice_that_is_no_number_is_a_mistake_in_the_form(as_person, admin, reviewer, place, sent):
    """The form that comes back shows what was chosen, and asks the database for it."""
    path = f"/admin/labeling/user/{place.format(pk=reviewer.pk)}"

    answer = as_person(admin).post(path, {"email": "new@example.com", "name": "New", "role": "reviewer", "agents": [sent]})

    assert answer.status_code == 200
    assert answer.context["adminform"].errors


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("labeling/user/?role__exact=%00", 400),
        ("labeling/user/?q=%00", 200),
        ("autocomplete/?app_label=labeling&model_name=user&field_name=agents&term=%00", 200),
        ("autocomplete/?app_label=labeling&model_name=apikey&field_name=user&term=%00", 200),
    ],
)
def test_a_nul_in_an_address_is_no_error(as_person, admin, path, status):
    assert as_person(admin).get(f"/admin/{path}").status_code == status


def test_a_name_that_another_category_had_is_refused(as_person, admin):
    category = IssueCategoryFactory(name="Silent treatment")
    client = as_person(admin)
    client.post(f"/admin/issues/{category.pk}/rename/", {"name": "Long silence"})

    answer = client.post("/admin/labeling/issuecategory/add/", category_form(IssueCategoryFactory.build(name="silent treatment")))

    assert answer.status_code == 200
    assert b"Another category was called that" in answer.content


def test_granting_a_right_is_an_event(as_person, admin, reviewer):
    kept = {"is_active": "on", "all_agents": "on", "may_read_transcripts": "on", "may_hear_recordings": "on"}
    sent = {"name": reviewer.name, "role": "reviewer", **kept, "may_unmask": "on"}

    as_person(admin).post(f"/admin/labeling/user/{reviewer.pk}/change/", sent)

    event = Event.objects.get(kind="right_changed")
    assert (event.subject_kind, event.subject, event.after) == ("user may_unmask", reviewer.pk, "true")
