"""New arrivals: what is newer than the list, asked in the background."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.middleware.sign_in_age import ACTIVE_AT
from labeling.queries.arrivals import MOST_ARRIVALS, count_newer
from sessions_app.models import Session
from sessions_app.paging import NEWEST_FIRST
from tests.factories import NOON, SavedViewFactory, SessionFactory
from tests.sign_ins import pass_time

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true", "X-Background": "1"}


@pytest.fixture
def newest(agent):
    """The first row of the list that is open."""
    return SessionFactory(seen_agent=agent, timestamp=NOON)


def token(session):
    return NEWEST_FIRST.key_of(session, 1)


def key(session):
    return NEWEST_FIRST.read_key(token(session))


def ask(client, session, query="", **more):
    beside = urlencode({**({"newest": token(session)} if session else {}), **more})
    return client.get(f"/sessions/arrivals/?{query}&{beside}", headers=HTMX)


def arrive(agent, n=1, **fields):
    return [SessionFactory(seen_agent=agent, timestamp=NOON + timedelta(minutes=1 + number), **fields) for number in range(n)]


def test_what_is_newer_is_counted_and_equal_times_are_told_apart_by_id(newest, agent):
    SessionFactory(seen_agent=agent, timestamp=NOON - timedelta(seconds=1))
    SessionFactory(seen_agent=agent, timestamp=NOON)

    assert count_newer(Session.objects.all(), than=key(newest)) == (1, False)
    assert count_newer(Session.objects.all(), than=None) == (3, False)


@pytest.mark.parametrize(("n", "count"), [(MOST_ARRIVALS, (MOST_ARRIVALS, False)), (MOST_ARRIVALS + 1, (MOST_ARRIVALS, True))])
def test_counting_ends_at_ninety_nine(newest, agent, n, count):
    arrive(agent, n)

    assert count_newer(Session.objects.all(), than=key(newest)) == count


def test_nothing_new_is_an_empty_element_that_asks_again(as_person, reviewer, newest):
    answer = ask(as_person(reviewer), newest)

    root = re.search(r"<div id=\"arrivals\"[^>]*>", answer.content.decode()).group()
    assert answer.status_code == 200
    assert 'hx-trigger="refresh"' in root
    assert "X-Background" in root
    assert f"newest={token(newest)}" in root
    assert b"notice" not in answer.content


@pytest.mark.parametrize(("n", "words"), [(1, "1 new session matches"), (14, "14 new sessions match"), (100, "99+ new sessions match")])
def test_arrivals_are_a_notice_with_a_link_to_the_newest(as_person, reviewer, newest, agent, n, words):
    arrive(agent, n, channel="chat")

    page = ask(as_person(reviewer), newest, "channel=chat&test=on").content.decode()

    assert words in page
    assert 'href="/sessions/?channel=chat&amp;test=on"' in page


def test_only_what_matches_the_filter_and_may_be_seen_counts(as_person, narrow_reviewer, newest, agent, other_agent):
    arrive(agent, 2, channel="chat"), arrive(agent, 3), arrive(other_agent, 4, channel="chat"), arrive(agent, 5, channel="chat", is_test=True)

    answer = ask(as_person(narrow_reviewer), newest, "channel=chat")

    assert answer.context["n"] == 2


def test_after_an_empty_list_all_that_matches_is_new(as_person, reviewer, agent):
    arrive(agent, 2)

    assert ask(as_person(reviewer), None).context["n"] == 2


def test_the_link_leads_back_into_the_saved_view(as_person, reviewer, newest, agent):
    arrive(agent)
    view = SavedViewFactory(owner=reviewer, slug="mine", query="channel=voice")

    page = ask(as_person(reviewer), newest, "channel=voice", view=view.slug).content.decode()

    assert 'href="/sessions/v/mine/?channel=voice"' in page
    assert "view=mine" in page


def test_the_link_of_a_view_without_its_filter_says_that_there_is_none(as_person, reviewer, newest, agent):
    arrive(agent)
    SavedViewFactory(owner=reviewer, slug="mine", query="channel=chat")

    assert 'href="/sessions/v/mine/?refined=1"' in ask(as_person(reviewer), newest, view="mine").content.decode()


def test_a_private_view_of_somebody_else_is_not_named(as_person, reviewer, newest, agent):
    arrive(agent)
    SavedViewFactory(slug="theirs")

    page = ask(as_person(reviewer), newest, view="theirs").content.decode()

    assert 'href="/sessions/?"' in page
    assert "theirs" not in page


def test_the_number_is_said_aloud_once(as_person, reviewer, newest, agent):
    arrive(agent, 2)
    client = as_person(reviewer)

    assert b'id="announce"' in ask(client, newest).content
    assert b'id="announce"' not in ask(client, newest, shown="2").content
    arrive(agent, 1)
    assert b'id="announce"' in ask(client, newest, shown="2").content


@pytest.mark.parametrize("bad", ["x", "1_2", "1_2_3_4", "9" * 99, "-1_-2_-3", "1e9_2_3", "\0", "99999999999999999999_1_1"])
def test_a_key_that_is_not_ours_ends_the_asking(as_person, reviewer, newest, bad):
    answer = as_person(reviewer).get("/sessions/arrivals/", {"newest": bad}, headers=HTMX)

    assert answer.status_code == 422
    assert b"hx-get" not in answer.content


@pytest.mark.parametrize("query", ["since=junk", "channel=fax", "sort=-length", "sort=started", "start=%00"])
def test_a_filter_that_cannot_be_read_or_is_not_newest_first_ends_the_asking(as_person, reviewer, newest, query):
    answer = ask(as_person(reviewer), newest, query)

    assert answer.status_code == 422
    assert b"hx-get" not in answer.content


@pytest.mark.parametrize("shown", ["", "-1", "<script>alert(1)</script>", "9" * 500, "\0"])
@pytest.mark.parametrize("view", ["", "..", "\0", "x" * 300])
def test_strange_values_break_nothing(as_person, reviewer, newest, agent, shown, view):
    arrive(agent)

    answer = ask(as_person(reviewer), newest, shown=shown, view=view)

    assert answer.status_code == 200
    assert b"<script>" not in answer.content


def test_opened_directly_the_address_leads_to_the_list(as_person, reviewer, newest):
    answer = as_person(reviewer).get(f"/sessions/arrivals/?channel=chat&newest={token(newest)}&junk=1")

    assert (answer.status_code, answer["Location"]) == (302, "/sessions/?channel=chat")


def test_asking_is_not_use(as_person, reviewer, newest):
    client = as_person(reviewer)
    client.get("/settings/")
    pass_time(300)
    before = client.session[ACTIVE_AT]

    ask(client, newest)
    asked = client.session[ACTIVE_AT]
    client.get("/settings/")
    used = client.session[ACTIVE_AT]

    assert asked == before < used


def test_counting_that_takes_too_long_says_nothing_and_asks_again(as_person, reviewer, newest, agent, monkeypatch):
    arrive(agent)
    monkeypatch.setattr("labeling.views.arrivals.BUDGET_MS", 0)

    answer = ask(as_person(reviewer), newest)

    assert answer.status_code == 200
    assert b"notice" not in answer.content
    assert b'hx-trigger="refresh"' in answer.content


def test_asking_costs_the_same_however_many_came(as_person, reviewer, newest, agent):
    client = as_person(reviewer)
    ask(client, newest)

    with CaptureQueriesContext(
        connection,
    ) as few:
        ask(client, newest)
    arrive(agent, 30)
    with CaptureQueriesContext(connection) as many:
        ask(client, newest)

    assert len(few) == len(many) <= 8
