"""The history of reference data in the admin: who, when, before and after, and no secret."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.asserts import assertNumQueries

from labeling.models import IssueCategory, UserHistory
from labeling.operations.api_keys import create_api_key
from labeling.queries.histories import get_history
from tests import factories as make
from tests.factories import NOON, PASSWORD, IssueCategoryFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db


def told(model, pk):
    return [(change.what, change.by, [(field.name, field.before, field.after) for field in change.fields]) for change in get_history(model, pk)]


def page(client, row):
    return client.get(f"/admin/labeling/{row._meta.model_name}/{row.pk}/history/").content.decode()


def test_a_change_in_the_admin_is_told_with_who_made_it_and_what_was_before(as_person, admin):
    key = make.ApiKeyFactory(name="nightly import")
    client = as_person(admin)

    client.post(f"/admin/labeling/apikey/{key.pk}/change/", {"name": "weekly import", "rate_per_minute": "5"})

    changed, made = told(type(key), key.pk)
    assert changed == ("Changed", "Luis Ferrer", [("name", "nightly import", "weekly import"), ("rate per minute", "600", "5")])
    assert made[:2] == ("Made", "")
    assert "nightly import" in page(client, key)
    assert "Luis Ferrer" in page(client, key)


def test_a_change_in_bulk_or_in_sql_is_told_too():
    category = IssueCategoryFactory(name="Silent")

    IssueCategory.objects.filter(pk=category.pk).update(severity="critical")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE labeling_issuecategory SET name = 'Silence' WHERE id = %s", [category.pk])

    assert [fields for _, _, fields in told(IssueCategory, category.pk)][:2] == [[("name", "Silent", "Silence")], [("severity", "Minor", "Critical")]]


def test_other_names_of_a_category_and_agents_of_a_person_are_told_with_them(reviewer, agent):
    category = IssueCategoryFactory()
    make.IssueAliasFactory(category=category, text="Was called this")

    reviewer.agents.add(agent)
    reviewer.agents.remove(agent)

    agents = [fields for _, _, fields in told(type(reviewer), reviewer.pk) if fields[0][0] == "agent"]
    assert ("Changed", "", [("other name", "–", "Was called this")]) in told(IssueCategory, category.pk)
    assert agents == [[("agent", "Northlake Scheduling", "–")], [("agent", "–", "Northlake Scheduling")]]


def test_what_a_row_refers_to_is_told_by_its_name(agent):
    row = make.FixedIssueFactory(agent=agent, category=IssueCategoryFactory(name="Slow"))

    fields = {name: after for name, _, after in told(type(row), row.pk)[0][2]}

    assert (fields["agent"], fields["category"]) == ("Northlake Scheduling", "Slow")


def test_a_deleted_row_is_told_by_what_it_was():
    row = make.MaskedKeyFactory(name="chart_number")
    pk = row.pk
    row.delete()

    what, _, fields = told(type(row), pk)[0]
    assert what == "Deleted"
    assert ("name", "chart_number", "–") in fields


def test_neither_a_password_nor_a_key_is_in_a_history(as_person, admin):
    person = UserFactory()
    person.set_password(PASSWORD)
    person.save()
    row, key = create_api_key(user=person, name="script", scopes=[], expires_at=NOON, by=admin)

    text = page(as_person(admin), person) + page(as_person(admin), row)

    assert not [secret for secret in (person.password, row.secret_hash, key.split("_", 2)[2]) if secret in text]
    assert not {"password", "secret_hash", "last_login"} & {field.name for field in UserHistory._meta.get_fields()}


def test_a_person_who_is_gone_or_a_command_is_nobody_signed_in(as_person, admin):
    category = IssueCategoryFactory()

    assert "no person signed in" in page(as_person(admin), category)


def test_a_long_history_costs_as_much_as_a_short_one():
    category, other = IssueCategoryFactory(), IssueCategoryFactory()
    for n in range(30):
        IssueCategory.objects.filter(pk=other.pk).update(order=n + 10, merged_into=category if n % 2 else None)

    with CaptureQueriesContext(connection) as short:
        get_history(IssueCategory, category.pk)
    with assertNumQueries(len(short) + 1):
        get_history(IssueCategory, other.pk)


def test_a_history_of_what_is_none_is_not_found(as_person, admin):
    assert as_person(admin).get("/admin/labeling/user/999999/history/").status_code in (302, 404)


@pytest.mark.parametrize("role", ["reviewer", "manager"])
def test_histories_are_for_admins(as_person, request, role):
    answer = as_person(request.getfixturevalue(role)).get(f"/admin/labeling/issuecategory/{IssueCategoryFactory().pk}/history/")

    assert answer.status_code in (302, 403)


def test_no_label_pays_for_naming_who_changed_reference_data(as_person, reviewer):
    session = SessionFactory()
    client = as_person(reviewer)

    with CaptureQueriesContext(connection) as asked:
        answer = client.post(f"/labels/{session.pk}/", {"client_key": "0123456789abcdef", "code": "GOOD", "comments": "", "draft_revision": "0"})

    assert answer.status_code == 302
    assert not [query for query in asked.captured_queries if "pghistory" in query["sql"]]


def test_an_example_of_the_guide_names_who_gave_it(as_person, manager, agent):
    session = make.TranscriptFactory(session__seen_agent=agent, session__transcript_state="held").session
    row = make.GuideExampleFactory(session=session)

    as_person(manager).post(f"/sessions/{session.pk}/examples/{row.pk}/deletion/")

    assert told(type(row), row.pk)[0][:2] == ("Deleted", "Priya Nair")
