"""The pages that change the issue categories: a preview first, then the change, and nothing twice."""

import pytest
from django.urls import reverse

from labeling.models import CategoryChange, IssueCategory, IssueCategoryHistory, SessionIssue
from labeling.operations.label_rows import IssueGiven
from labeling.operations.labels import submit_label
from labeling.operations.session_issues import follow_change
from tests.factories import CategoryChangeFactory, FixedIssueFactory, IssueAliasFactory, IssueCategoryFactory, RaterFactory, SessionFactory

pytestmark = pytest.mark.django_db

ACTIONS = ("rename", "merge", "unmerge", "split", "retire", "restore")


@pytest.fixture
def category():
    return IssueCategoryFactory(name="Slow")


@pytest.fixture
def late():
    return IssueCategoryFactory(name="Late")


def address(category, action):
    return f"/admin/issues/{category.pk}/{action}/"


def labeled(name):
    session = SessionFactory()
    submit_label(session_id=session.pk, rater=RaterFactory(), code="BAD", client_key="one-key", issues=[IssueGiven(name)])
    return session


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_shows_what_refers_to_the_category(as_person, admin, category, action):
    labeled("Slow")

    answer = as_person(admin).get(address(category, action))

    assert answer.status_code == 200
    assert b"Labels that name it" in answer.content
    assert b"What changes" in answer.content


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("role", ["reviewer", "manager"])
def test_only_admins_change_categories(as_person, request, category, action, role):
    client = as_person(request.getfixturevalue(role))

    assert client.get(address(category, action)).status_code == 403
    assert client.post(address(category, action), {"name": "New", "into": category.pk}).status_code == 403
    assert not CategoryChange.objects.exists()


@pytest.mark.parametrize("action", ACTIONS)
def test_a_category_that_is_not_there_is_not_found(as_person, admin, action):
    assert as_person(admin).post(f"/admin/issues/{2**62}/{action}/", {}).status_code == 404


def test_a_rename_is_done_once(as_person, admin, category):
    client = as_person(admin)

    for _ in range(2):
        assert client.post(address(category, "rename"), {"name": "  Too   slow "}).status_code == 303

    category.refresh_from_db()
    assert category.name == "Too slow"
    assert CategoryChange.objects.count() == 1


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "late", "with\0nul"])
def test_a_name_that_cannot_be_is_refused_beside_the_field(as_person, admin, category, late, name):
    answer = as_person(admin).post(address(category, "rename"), {"name": name})

    assert answer.status_code == 422
    assert b"errorlist" in answer.content


def test_the_preview_of_a_merge_is_about_both(as_person, admin, category):
    FixedIssueFactory(category=category, channel="chat")
    late = IssueCategoryFactory(name="Late", severity="critical", channels=["voice"])

    answer = as_person(admin).get(address(category, "merge"), {"into": late.pk})

    text = answer.content.decode()
    assert "Late is critical" in text
    assert "Late is not offered on Chat" in text
    assert "does not apply to the channel: 1." in text
    assert "Merge into Late" in text


def test_a_merge_leads_to_its_progress_and_is_done_once(as_person, admin, category, late):
    session = labeled("Slow")
    client = as_person(admin)

    answers = [client.post(address(category, "merge"), {"into": late.pk}) for _ in range(2)]

    change = CategoryChange.objects.get()
    assert {answer["Location"] for answer in answers} == {f"/admin/issues/changes/{change.pk}/"}
    page = client.get(answers[0]["Location"])
    assert b"waits for its turn" in page.content
    assert b"hx-get" in page.content
    follow_change(change_pk=change.pk)
    fragment = client.get(answers[0]["Location"], headers={"HX-Request": "true"})
    assert fragment.content.strip().startswith(b'<div class="module" id="category-change">')
    assert b"1 of 1" in fragment.content
    assert SessionIssue.objects.get(session=session).category == late


@pytest.mark.parametrize("into", ["", "0", "x", "-1", str(2**70), "itself"])
def test_a_target_that_cannot_be_is_refused(as_person, admin, category, into):
    answer = as_person(admin).post(address(category, "merge"), {"into": category.pk if into == "itself" else into})

    assert answer.status_code == 422
    assert not CategoryChange.objects.exists()


def test_a_merged_category_is_taken_out_again_and_offers_only_that(as_person, admin, category, late):
    client = as_person(admin)
    client.post(address(category, "merge"), {"into": late.pk})

    assert client.post(address(category, "retire")).status_code == 422
    assert client.post(address(category, "split"), {"names": "New"}).status_code == 422
    assert client.post(address(category, "unmerge")).status_code == 303
    # The same form a second time does nothing.
    assert client.post(address(category, "unmerge")).status_code == 303
    category.refresh_from_db()
    assert category.merged_into is None
    assert list(CategoryChange.objects.order_by("pk").values_list("kind", flat=True)) == ["merge", "unmerge"]


def test_a_split_asks_first_where_the_other_names_go(as_person, admin, category):
    alias = IssueAliasFactory(category=category, text="Tardy")
    client = as_person(admin)

    asked = client.post(address(category, "split"), {"names": "Slow tool\nSlow reply"})
    assert asked.status_code == 200
    assert b"Tardy" in asked.content
    assert not IssueCategory.objects.filter(name="Slow tool").exists()
    done = client.post(address(category, "split"), {"names": "Slow tool\nSlow reply", "confirmed": "1", f"alias-{alias.pk}": "Slow tool", "retire": "on"})

    assert done.status_code == 303
    alias.refresh_from_db()
    category.refresh_from_db()
    assert (alias.category.name, category.retired_at is not None) == ("Slow tool", True)
    again = client.post(address(category, "split"), {"names": "Slow tool\nSlow reply", "confirmed": "1"})
    assert (again.status_code, IssueCategory.objects.count()) == (422, 3)


@pytest.mark.parametrize("names", ["", " \n ", "Same\nsame", "\n".join(f"New {n}" for n in range(11)), "x" * 101, "Slow", "a\0b"])
def test_names_of_a_split_that_cannot_be_are_refused(as_person, admin, category, names):
    answer = as_person(admin).post(address(category, "split"), {"names": names, "confirmed": "1"})

    assert answer.status_code == 422
    assert IssueCategory.objects.count() == 1


def test_a_failed_change_offers_to_go_on(as_person, admin, category, late):
    change = CategoryChangeFactory(kind="merge", category=category, other=late, state="failed")
    client = as_person(admin)

    assert b"Take it up again" in client.get(f"/admin/issues/changes/{change.pk}/").content
    for _ in range(2):
        assert client.post(f"/admin/issues/changes/{change.pk}/retry/").status_code == 303

    change.refresh_from_db()
    assert change.state == "running"


def test_the_form_of_a_category_does_not_rename_merge_or_retire_it(as_person, admin, category, late):
    sent = {
        "name": "Other", "order": 7, "severity": "major", "origin": "ours", "merged_into": late.pk, "retired_at_0": "2026-01-01", "retired_at_1": "00:00",
        "channels": ["voice", "chat"], "comment_templates": " One. \n\nTwo. ", "aliases-TOTAL_FORMS": 0, "aliases-INITIAL_FORMS": 0,
    }  # fmt: skip

    answer = as_person(admin).post(reverse("admin:labeling_issuecategory_change", args=[category.pk]), sent)

    category.refresh_from_db()
    assert answer.status_code == 302
    assert (category.name, category.merged_into, category.retired_at) == ("Slow", None, None)
    assert (category.order, category.severity, category.channels, category.comment_templates) == (7, "major", ["voice", "chat"], "One.\nTwo.")
    assert IssueCategoryHistory.objects.order_by("-pgh_id").first().pgh_context["user"] == admin.pk


def test_the_history_of_a_category_says_who_what_before_and_after(as_person, admin, category):
    client = as_person(admin)
    client.post(address(category, "rename"), {"name": "Too slow"})

    page = client.get(reverse("admin:labeling_issuecategory_history", args=[category.pk])).content.decode()

    assert "Too slow" in page
    assert "Slow" in page
    assert admin.name in page or admin.email in page


def test_the_lists_stand_with_merged_and_retired_categories(as_person, admin, category, late, django_assert_max_num_queries):
    client = as_person(admin)
    client.post(address(category, "merge"), {"into": late.pk})
    client.post(address(late, "retire"))

    with django_assert_max_num_queries(14):
        listed = client.get("/admin/labeling/issuecategory/?q=slow")

    assert b"merged into Late" in listed.content
    assert client.get("/admin/labeling/categorychange/?kind__exact=merge").status_code == 200


def test_the_list_has_a_link_with_words_for_categories_of_no_group(as_person, admin, category):
    IssueCategoryFactory(group="Voice")

    page = as_person(admin).get("/admin/labeling/issuecategory/").content.decode()

    assert '<a href="?group=">No group</a>' in " ".join(page.split())
