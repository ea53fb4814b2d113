"""Each change of a category is a version of the guide, in the same transaction."""

import pytest
from django.db import transaction

from labeling.exports.taxonomy import read_file
from labeling.models import GuideVersion
from labeling.operations.guide import as_one_version
from labeling.operations.taxonomy import NotPossible, merge_category, rename_category, restore_category, retire_category, split_category, unmerge_category
from labeling.operations.taxonomy_files import import_taxonomy
from labeling.queries.guide import get_newest
from labeling.queries.taxonomy_plan import get_plan
from tests.factories import GuideVersionFactory, IssueCategoryFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def category():
    return IssueCategoryFactory(name="Wrong answer")


@pytest.fixture
def other():
    return IssueCategoryFactory(name="Other")


@pytest.fixture
def guide(category, other):
    """A version that knows both."""
    fields = {"severity": "minor", "description": "", "example": "", "counter_example": "", "group": "", "channels": []}
    return GuideVersionFactory(categories=[{"id": one.pk, "name": one.name, **fields} for one in (category, other)])


def said_since(guide):
    return list(GuideVersion.objects.filter(number__gt=guide.number).order_by("number").values_list("what_changed", flat=True))


def test_a_rename_is_a_version(guide, category, admin):
    rename_category(category=category, name="Untrue answer", by=admin)

    assert said_since(guide) == ["Changed: Untrue answer (name)."]
    assert get_newest().published_by == admin


def test_retiring_and_taking_it_back_are_two(guide, category, admin):
    retire_category(category=category, by=admin)
    restore_category(category=category, by=admin)

    assert said_since(guide) == ["No longer in use: Wrong answer.", "New: Wrong answer."]


def test_a_merge_and_its_end_are_two(guide, category, other, admin):
    merge_category(category=category, into=other, by=admin)
    unmerge_category(category=category, by=admin)

    assert said_since(guide) == ["No longer in use: Wrong answer.", "New: Wrong answer."]


def test_a_split_says_what_is_new_and_then_what_is_not_in_use_any_more(guide, category, admin):
    split_category(category=category, names=["Wrong time", "Wrong place"], moved={}, retire=True, by=admin)

    assert said_since(guide) == ["New: Wrong place, Wrong time.", "No longer in use: Wrong answer."]


def test_a_change_that_is_refused_publishes_nothing(guide, category, other, admin):
    with pytest.raises(NotPossible):
        rename_category(category=category, name="Other", by=admin)

    assert said_since(guide) == []


def test_a_change_that_is_rolled_back_takes_its_version_along(guide, category, admin):
    with transaction.atomic():
        retire_category(category=category, by=admin)
        transaction.set_rollback(True)

    assert said_since(guide) == []


def test_what_is_changed_as_one_is_one_version(guide, category, other, admin):
    with as_one_version(by=admin):
        rename_category(category=category, name="Untrue answer", by=admin)
        retire_category(category=other, by=admin)

    assert said_since(guide) == ["No longer in use: Other. Changed: Untrue answer (name)."]


def test_what_fails_inside_publishes_nothing_and_holds_up_nothing_later(guide, category, other, admin):
    @transaction.atomic
    def change_both():
        with as_one_version(by=admin):
            retire_category(category=category, by=admin)
            rename_category(category=category, name="Other", by=admin)

    with pytest.raises(NotPossible):
        change_both()
    retire_category(category=other, by=admin)

    assert said_since(guide) == ["No longer in use: Other."]


def test_an_edit_in_the_admin_is_a_version(guide, category, admin, as_person):
    sent = {
        "group": "",
        "order": "100",
        "severity": "minor",
        "origin": "ours",
        "description": "Not so.",
        "aliases-TOTAL_FORMS": "0",
        "aliases-INITIAL_FORMS": "0",
    }

    answer = as_person(admin).post(f"/admin/labeling/issuecategory/{category.pk}/change/", sent)

    assert answer.status_code == 302
    assert said_since(guide) == ["Changed: Wrong answer (definition)."]


def test_a_file_is_one_version(guide, category, admin):
    rows = "name,description\nWrong answer,Not so.\n" + "".join(f"Issue {number},\n" for number in range(3))

    import_taxonomy(plan=get_plan(*read_file(rows.encode())), by=admin)

    assert said_since(guide) == ["New: Issue 0, Issue 1, Issue 2. Changed: Wrong answer (definition)."]
