"""The admin's first page: what waits, and the admin's pages in groups."""

import re

import pytest
from django.conf import settings
from django.utils import timezone

from config import urls
from labeling.models.category_change import ChangeState
from labeling.models.erasure import ErasureState
from labeling.queries.admin_desk import get_waiting_for_admin
from labeling.templatetags.admin_desk import GROUPS
from tests.factories import BackupCheckFactory, CategoryChangeFactory, ErasureFactory, IncomingIssueFactory, IssueCategoryFactory, UserFactory

pytestmark = pytest.mark.django_db
TEMPLATES = settings.BASE_DIR / "templates" / "admin"


def names(*, bad=False):
    return [one.name for one in get_waiting_for_admin() if one.is_bad == bad]


def test_an_empty_installation_says_what_to_begin_with(admin):
    assert names() == ["Import a file of categories", "Invite somebody"]


def test_nothing_to_begin_with_waits_where_both_are_there(admin):
    UserFactory()
    IssueCategoryFactory()

    assert names() == []


@pytest.mark.parametrize(("n", "words"), [(1, "One issue was named"), (2, "2 issues were named")])
def test_unmapped_issues_are_counted_in_words(admin, n, words):
    IncomingIssueFactory.create_batch(n)

    told = next(one for one in get_waiting_for_admin() if one.name == "Unmapped issues")

    assert told.words.startswith(words)


def test_what_failed_and_bad_figures_come_first_and_good_ones_not_at_all(admin):
    BackupCheckFactory(taken_at=timezone.now(), verified_at=timezone.now())
    ErasureFactory(state=ErasureState.FAILED)
    CategoryChangeFactory(state=ChangeState.FAILED)

    assert names(bad=True) == ["Worker", "Erasures", "Category changes"]
    assert [one.is_bad for one in get_waiting_for_admin()] == [True, True, True, False]


def test_every_list_of_the_admin_has_its_group():
    grouped = {word for _, words in GROUPS for word in words}

    assert {model._meta.model_name for model in urls.admin.site._registry} - grouped == set()


def test_the_first_page_shows_both(as_person, admin):
    text = as_person(admin).get("/admin/").content.decode()

    assert text.index("What waits") < text.index("Last verified backup") < text.index("People and keys") < text.index("Installation")


def test_a_model_of_the_code_bears_the_name_an_admin_gives_it(as_person, admin):
    text = as_person(admin).get("/admin/labeling/user/").content.decode()

    assert "<h1>People</h1>" in text
    assert "Select user" not in text


@pytest.mark.parametrize("file", sorted(TEMPLATES.rglob("*.html")), ids=lambda file: str(file.relative_to(TEMPLATES)))
def test_every_word_of_its_templates_goes_through_translation(file):
    text = file.read_text()
    for left_out in (
        r"{% comment.*?endcomment %}",
        r"{% blocktranslate.*?endblocktranslate %}",
        r"<code\b.*?</code>",
        r"{% block \w+ %}\w+{% endblock %}",
        r"{%.*?%}|{{.*?}}",
    ):
        text = re.sub(left_out, "", text, flags=re.DOTALL)
    said = re.findall(r'(?:aria-label|title|alt|data-name|placeholder)="([^"]*)"|type="submit"(?![^>]*name=)[^>]*value="([^"]*)"', text)

    words = re.findall(r"[A-Za-z]{2,}", " ".join([re.sub(r"<[^>]*>|&\w+;", " ", text, flags=re.DOTALL), *("".join(pair) for pair in said)]))

    assert set(words) <= {"UTC"}
