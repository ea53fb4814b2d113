"""Keeping what was typed, so that an address carries a token."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.models import Search
from labeling.operations.searches import clear_searches, keep_search
from tests.factories import SavedViewFactory, SearchFactory, UserFactory

pytestmark = pytest.mark.django_db

LONG_AGO = timezone.now() - timedelta(days=91)


def test_keep_search_gives_a_token_that_says_nothing(reviewer):
    search = keep_search(text="  refill   (202) 555-0142 ", by=reviewer)

    assert search.text == "refill (202) 555-0142"
    assert 10 <= len(search.token) <= 22
    assert "202" not in search.token or "555" not in search.token


def test_the_same_text_again_is_the_same_search_and_counts_as_used(reviewer, manager):
    search = keep_search(text="refill", by=reviewer)
    Search.objects.update(used_at=LONG_AGO)

    assert keep_search(text="refill ", by=reviewer) == search
    assert Search.objects.get().used_at > LONG_AGO
    assert keep_search(text="refill", by=manager).token != search.token


def test_clear_searches_forgets_what_nobody_uses():
    used, unused = SearchFactory(), SearchFactory(text="old")
    viewed = SearchFactory(text="older")
    SavedViewFactory(query=f"agent=1&q={viewed.token}", owner=UserFactory())
    Search.objects.filter(pk__in=[unused.pk, viewed.pk]).update(used_at=LONG_AGO)

    assert clear_searches() == 1
    assert set(Search.objects.all()) == {used, viewed}


def test_a_link_that_is_opened_keeps_its_search(as_person, reviewer, manager):
    search = keep_search(text="refill", by=manager)
    Search.objects.update(used_at=LONG_AGO)

    as_person(reviewer).get(f"/sessions/?q={search.token}")

    assert Search.objects.get().used_at > LONG_AGO
