"""The session list: who sees what, filters, pages, bad input."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.filters import ReviewFilter
from labeling.filters.rail import HIDDEN
from labeling.operations.label_rows import IssueGiven
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from sessions_app.filters.fields import Facet
from sessions_app.paging import PAGE_SIZE
from tests.factories import NOON, IssueCategoryFactory, RaterFactory, SavedViewFactory, SessionFactory, UnmaskingFactory

pytestmark = pytest.mark.django_db


def label(session, code, rater=None, **more):
    return submit_label(session_id=session.pk, rater=rater or RaterFactory(), code=code, client_key=f"key-{code}-more", **more).label


def shown(answer):
    return [line.pk for day in answer.context["days"] for line in day.lines]


@pytest.fixture(params=["sees all agents", "sees one agent"])
def viewer(request, reviewer, narrow_reviewer):
    """Every test of the list runs for both."""
    return reviewer if request.param == "sees all agents" else narrow_reviewer


def visible(viewer, sessions):
    scoped = set(viewer.agents.values_list("pk", flat=True))
    return [session.pk for session in sessions if viewer.all_agents or session.seen_agent_id in scoped]


def test_session_list_shows_the_newest_first_of_what_the_viewer_may_see(as_person, viewer, agent, other_agent):
    early, late, foreign = (
        SessionFactory(seen_agent=agent, timestamp=NOON),
        SessionFactory(seen_agent=agent, timestamp=NOON + timedelta(hours=1)),
        SessionFactory(seen_agent=other_agent, timestamp=NOON - timedelta(hours=1)),
    )

    answer = as_person(viewer).get("/sessions/")

    assert shown(answer) == visible(viewer, [late, early, foreign])
    assert f"{len(shown(answer))} session" in answer.content.decode()


def test_session_list_fragment_is_the_results_only(as_person, viewer, agent):
    SessionFactory(seen_agent=agent)

    answer = as_person(viewer).get("/sessions/", headers={"HX-Request": "true"})

    assert b"<html" not in answer.content
    assert b'id="results"' in answer.content


def test_session_list_hides_test_sessions_unless_asked(as_person, viewer, agent):
    live, test, unsaid = SessionFactory(seen_agent=agent), SessionFactory(seen_agent=agent, is_test=True), SessionFactory(seen_agent=agent, is_test=None)
    client = as_person(viewer)

    assert set(shown(client.get("/sessions/"))) == {live.pk, unsaid.pk}
    assert set(shown(client.get("/sessions/?test=on"))) == {live.pk, test.pk, unsaid.pk}


def test_session_list_filters_by_label_and_auto_rating(as_person, viewer, agent, other_agent):
    bad, good, none, foreign = (SessionFactory(seen_agent=one) for one in (agent, agent, agent, other_agent))
    for session, code in ((bad, "BAD"), (good, "GOOD"), (foreign, "BAD")):
        label(session, code)
    label(none, "OK", RaterFactory(kind="machine", email="auto@machine"), type="auto-rating")
    client = as_person(viewer)

    assert set(shown(client.get("/sessions/?label=BAD"))) == set(visible(viewer, [bad, foreign]))
    assert set(shown(client.get("/sessions/?label=BAD&label=GOOD"))) == set(visible(viewer, [bad, good, foreign]))
    assert shown(client.get("/sessions/?label=none")) == [none.pk]
    assert shown(client.get("/sessions/?auto=OK")) == [none.pk]
    assert shown(client.get("/sessions/?label=none&auto=none")) == []


def test_session_list_filters_by_issue_rater_agent_channel_and_time(as_person, viewer, agent, other_agent):
    category = IssueCategoryFactory(name="Silent treatment")
    session = SessionFactory(seen_agent=agent, timestamp=NOON, channel="chat")
    other = SessionFactory(seen_agent=other_agent, timestamp=NOON + timedelta(days=2))
    label(session, "BAD", issues=[IssueGiven("Silent treatment")])
    client = as_person(viewer)

    for query in (f"issue={category.pk}", f"agent={agent.pk}", "channel=chat", "end=2026-03-03T00:00:00Z", f"id={session.pk}"):
        assert shown(client.get(f"/sessions/?{query}")) == [session.pk], query
    assert shown(client.get("/sessions/?start=2026-03-03T00:00:00Z")) == visible(viewer, [other])


def test_an_agent_out_of_scope_finds_nothing_and_is_not_named(as_person, narrow_reviewer, other_agent):
    SessionFactory(seen_agent=other_agent)

    answer = as_person(narrow_reviewer).get(f"/sessions/?agent={other_agent.pk}")

    assert shown(answer) == []
    assert other_agent.name not in answer.content.decode()


def test_session_list_pages_by_key_both_ways_through_equal_times(as_person, viewer, agent):
    sessions = [SessionFactory(seen_agent=agent, timestamp=NOON) for _ in range(PAGE_SIZE * 2 + 5)]
    client = as_person(viewer)

    seen, address, pages = [], "/sessions/", []
    while address:
        answer = client.get(address)
        pages.append(shown(answer))
        seen += shown(answer)
        address = answer.context["page"].older and f"/sessions/?after={answer.context['page'].older}"

    assert seen == sorted((session.pk for session in sessions), reverse=True)
    back = client.get(f"/sessions/?before={answer.context['page'].newer}")
    assert shown(back) == pages[1]


def test_session_list_asks_the_same_number_of_questions_however_many_rows(as_person, viewer, agent, django_assert_num_queries):
    client = as_person(viewer)
    client.get("/sessions/")

    def count_questions():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get("/sessions/")
        return len(asked)

    label(SessionFactory(seen_agent=agent), "BAD")
    few = count_questions()
    for _ in range(20):
        label(SessionFactory(seen_agent=agent), "BAD")

    assert count_questions() == few
    assert few <= 14


@pytest.mark.parametrize(
    "query",
    [
        "label=WRONG",
        "agent=abc",
        "agent=999999999999999999999",
        "start=yesterday",
        "start=2026-02-30",
        "after=tampered",
        "before=1-",
        "after=9" * 30,
        "id=-1",
        "id=1e99",
        "issue=\x00",
        "channel=%00",
        "end=9999-12-31T23:59:59Z&start=0001-01-01",
        "start=0001-01-01T00:00:00%2B14:00",
        "end=9999-12-31T23:59:59-14:00",
    ],
)
def test_session_list_answers_bad_input_with_a_page(as_person, reviewer, query):
    answer = as_person(reviewer).get(f"/sessions/?{query}")

    assert answer.status_code in (200, 400)
    assert b"<html" in answer.content


@pytest.mark.parametrize(
    "name", ["user__password", "labels__rater__user__password__regex", "pk__in", "_connector", "_negated", "seen_agent.name", "order_by", "fields"]
)
def test_a_name_of_the_orm_is_not_a_filter(as_person, reviewer, agent, name):
    sessions = [SessionFactory(seen_agent=agent) for _ in range(3)]

    answer = as_person(reviewer).get("/sessions/", {name: "x"})

    assert set(shown(answer)) == {session.pk for session in sessions}


def test_numbers_are_masked_for_everybody_also_where_one_session_is_unmasked(as_person, reviewer, admin, agent):
    UnmaskingFactory(session=SessionFactory(seen_agent=agent, source="+12025550142"), user=admin)

    assert b"2025550142" not in as_person(reviewer).get("/sessions/").content
    assert b"2025550142" not in as_person(admin).get("/sessions/").content


def test_judgments_stay_hidden_in_cells_and_filters_until_the_own_label_where_review_is_independent(as_person, settings, reviewer, manager, agent):
    settings.INDEPENDENT_REVIEW = True
    labeled_by_me, labeled_by_another = SessionFactory(seen_agent=agent), SessionFactory(seen_agent=agent)
    for session in (labeled_by_me, labeled_by_another):
        label(session, "BAD")
    label(labeled_by_me, "BAD", rater_of(user=reviewer))
    client = as_person(reviewer)

    lines = {line.pk: line for day in client.get("/sessions/").context["days"] for line in day.lines}
    filtered = shown(client.get("/sessions/?label=BAD"))

    assert (lines[labeled_by_me.pk].label_code, lines[labeled_by_another.pk].label_code) == ("BAD", None)
    assert (lines[labeled_by_another.pk].is_open, lines[labeled_by_another.pk].raters) == (False, [])
    assert filtered == [labeled_by_me.pk]
    assert set(shown(as_person(manager).get("/sessions/?label=BAD"))) == {labeled_by_me.pk, labeled_by_another.pk}


def test_find_opens_the_session_with_that_id_and_no_other(as_person, narrow_reviewer, agent, other_agent):
    mine, foreign = SessionFactory(seen_agent=agent, external_id="wc_8f3a2c"), SessionFactory(seen_agent=other_agent)
    client = as_person(narrow_reviewer)

    assert client.post("/sessions/find/", {"q": str(mine.pk)})["Location"] == f"/sessions/{mine.pk}/"
    assert client.post("/sessions/find/", {"q": " wc_8f3a2c "})["Location"] == f"/sessions/{mine.pk}/"
    for nothing in ("", "%", "a", "-"):
        assert client.post("/sessions/find/", {"q": nothing})["Location"] == "/sessions/"
    for words in (str(foreign.pk), "9" * 40, "a\0bc", "x" * 200):
        answer = client.post("/sessions/find/", {"q": words})
        assert answer["Location"].startswith("/sessions/?q=")
        assert shown(client.get(answer["Location"])) == []


def test_what_is_typed_is_kept_here_and_not_in_the_address(as_person, reviewer, manager, agent):
    SessionFactory(seen_agent=agent, source="+12025550142")
    client = as_person(reviewer)

    address = client.post("/sessions/find/", {"q": "+1 (202) 555-0142"})["Location"]
    again = client.post("/sessions/find/", {"q": "+1 (202) 555-0142"})["Location"]
    seen = as_person(manager).get(address).content.decode()

    assert address == again
    assert "555" not in address
    assert "555-0142" not in seen
    assert "5550142" not in seen


def test_words_are_looked_for_within_the_filter_the_box_stands_above(as_person, reviewer):
    client = as_person(reviewer)

    within = client.post("/sessions/find/", {"q": "refill"}, headers={"Referer": "http://testserver/sessions/?label=BAD&after=1_2_3&q=old"})["Location"]
    elsewhere = client.post("/sessions/find/", {"q": "refill"}, headers={"Referer": "http://evil.example/sessions/?label=BAD"})["Location"]

    assert "label=BAD" in within
    assert "after" not in within
    assert within.count("q=") == 1
    assert "label" not in elsewhere


def test_words_are_looked_for_within_a_saved_view(as_person, reviewer):
    SavedViewFactory(slug="chats", query="channel=chat", owner=reviewer)
    SavedViewFactory(slug="theirs", query="channel=sms")
    client = as_person(reviewer)

    def found(path):
        return client.post("/sessions/find/", {"q": "refill"}, headers={"Referer": f"http://testserver{path}"})["Location"]

    assert "channel=chat" in found("/sessions/v/chats/")
    assert "channel=voice" in found("/sessions/v/chats/?channel=voice")
    assert "channel" not in found("/sessions/v/chats/?refined=1")
    assert "channel" not in found("/sessions/v/theirs/")


def test_a_referer_that_is_no_address_is_no_error(as_person, reviewer):
    assert as_person(reviewer).post("/sessions/find/", {"q": "refill"}, headers={"Referer": "http://["}).status_code == 302


def test_a_search_that_is_gone_says_so(as_person, reviewer):
    answer = as_person(reviewer).get("/sessions/?q=no-such-token")

    assert answer.status_code == 400
    assert "not kept any more" in answer.content.decode()


def test_a_list_of_many_sessions_says_ten_thousand_and_more(as_person, reviewer, agent, monkeypatch):
    monkeypatch.setattr("labeling.filters.facets.COUNT_LIMIT", 3)
    for _ in range(5):
        SessionFactory(seen_agent=agent)

    answer = as_person(reviewer).get("/sessions/counts/", headers={"HX-Request": "true"})

    assert "10,000+ sessions" in answer.content.decode()
    assert "of 10,000+" in answer.content.decode()


def test_a_manager_filters_by_reviewer_and_a_reviewer_finds_only_themselves(as_person, reviewer, manager, agent):
    session = SessionFactory(seen_agent=agent)
    another, mine = RaterFactory(), rater_of(user=reviewer)
    for rater in (another, mine):
        label(session, "BAD", rater)

    assert shown(as_person(manager).get(f"/sessions/?rater={another.pk}")) == [session.pk]
    assert shown(as_person(reviewer).get(f"/sessions/?rater={mine.pk}")) == [session.pk]
    assert shown(as_person(reviewer).get(f"/sessions/?rater={another.pk}")) == []
    assert another.name not in as_person(reviewer).get(f"/sessions/?rater={another.pk}").content.decode()


def test_what_is_no_filter_is_named_and_left_out(as_person, reviewer, agent):
    session = SessionFactory(seen_agent=agent)

    answer = as_person(reviewer).get("/sessions/?colour=<b>red</b>&<script>=1&label=none")

    assert shown(answer) == [session.pk]
    assert "not known here" in answer.content.decode()
    assert "&lt;script&gt;" in answer.content.decode()
    assert "<b>red" not in answer.content.decode()


@pytest.mark.parametrize("token", ["1_2_3", "1.5_2_3", "nan_1_1", "inf_1_1", "-5_1_1", "1_2", "1_2_3_4", "9" * 59 + "_1_1", "1_-2_3", "١_٢_٣", "\0_1_1"])
@pytest.mark.parametrize("sort", ["-started", "length", "-labeled"])
def test_a_page_token_that_was_tampered_with_gives_a_page(as_person, reviewer, agent, token, sort):
    SessionFactory(seen_agent=agent)

    answer = as_person(reviewer).get("/sessions/", {"after": token, "sort": sort})

    assert answer.status_code in (200, 400)
    assert b"<html" in answer.content


def test_a_thousand_keys_are_refused(as_person, reviewer):
    assert as_person(reviewer).get("/sessions/?" + "&".join(f"agent={n}" for n in range(1_000))).status_code == 400


def test_an_empty_list_names_the_filter_whose_removal_helps_most(as_person, viewer, agent):
    for _ in range(3):
        SessionFactory(seen_agent=agent, channel="chat")

    answer = as_person(viewer).get("/sessions/?channel=chat&label=BAD&signal=tool_error&test=only")
    helped = as_person(viewer).get("/sessions/?channel=chat&label=BAD")

    assert answer.context["removal"] is None
    assert (helped.context["removal"].chip.name, helped.context["removal"].n) == ("label", 3)
    assert "Remove “Label”" in helped.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_filter_that_takes_too_long_says_so_and_stays(as_person, reviewer, agent):
    SessionFactory(seen_agent=agent)
    client = as_person(reviewer)

    def slow(execute, statement, params, many, context):
        if '"place"' not in statement:
            return execute(statement, params, many, context)
        return execute("SET LOCAL statement_timeout = 50; SELECT pg_sleep(10)", None, many, context)

    with connection.execute_wrapper(slow):
        answer = client.get("/sessions/?channel=voice", headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert "Narrow it down" in answer.content.decode()
    assert "Voice" in answer.content.decode()


def test_among_many_sessions_a_narrowing_filter_gets_a_period_and_says_so(as_person, reviewer, agent, monkeypatch):
    monkeypatch.setattr("sessions_app.queries.size.MANY", -2)
    old = SessionFactory(seen_agent=agent, language="es", timestamp=NOON - timedelta(days=400))
    client = as_person(reviewer)

    narrowed, chosen, indexed = client.get("/sessions/?language=es"), client.get("/sessions/?language=es&start=2020-01-01"), client.get("/sessions/")

    assert (shown(narrowed), "The last 31 days only." in narrowed.content.decode()) == ([], True)
    assert "Language" in narrowed.context["narrowing"]
    assert (shown(chosen), "31 days" in chosen.content.decode()) == ([old.pk], False)
    assert shown(indexed) == [old.pk]


def test_without_any_auto_rating_their_column_and_choices_are_absent(as_person, viewer, agent):
    session = SessionFactory(seen_agent=agent)
    client = as_person(viewer)

    without = client.get("/sessions/").content.decode()
    label(session, "OK", RaterFactory(kind="machine", email="auto@machine"), type="auto-rating")
    rated = client.get("/sessions/").content.decode()

    assert ("No auto-ratings in this period." in without, 'name="auto"' in without, ">Auto<" in without) == (True, False, False)
    assert ("No auto-ratings in this period." in rated, 'name="auto"' in rated, ">Auto<" in rated) == (False, True, True)


def test_columns_that_a_person_hides_are_absent(as_person, reviewer, agent):
    SessionFactory(seen_agent=agent)
    reviewer.choose(hidden_columns="channel,from,length,signals,issues,reviewers")

    content = as_person(reviewer).get("/sessions/").content.decode()

    assert [f'scope="col">{head}<' in content for head in ("Channel", "From", "Signals", "Issues")] == [False] * 4
    assert 'id="sort-length"' not in content
    assert content.count("<td") == 4


def test_a_saved_view_shows_its_filter_until_the_address_has_another(as_person, reviewer, agent):
    chat, voice = SessionFactory(seen_agent=agent, channel="chat"), SessionFactory(seen_agent=agent)
    SavedViewFactory(slug="chats", query="channel=chat", owner=reviewer)
    private = SavedViewFactory(slug="theirs")
    client = as_person(reviewer)

    assert shown(client.get("/sessions/v/chats/")) == [chat.pk]
    assert shown(client.get("/sessions/v/chats/?channel=voice")) == [voice.pk]
    assert set(shown(client.get("/sessions/v/chats/?refined=1"))) == {chat.pk, voice.pk}
    assert client.get(f"/sessions/v/{private.slug}/").status_code == 404
    assert client.get("/sessions/v/no-such-view/").status_code == 404


def test_what_is_chosen_of_a_group_that_is_not_counted_yet_stands_in_the_rail(as_person, reviewer, agent):
    SessionFactory(seen_agent=agent, tool_names=["lookup"], transcript_state="held", turns=1)

    page = as_person(reviewer).get("/sessions/?tool=lookup&language=en").content.decode()

    assert 'id="f-tool-lookup" name="tool" value="lookup" checked' in page
    assert 'id="f-language-en" name="language" value="en" checked' in page
    assert "open=tool#facet-tool" in page
    # And of one where nothing is, after that.
    assert "f-tool-lookup" not in as_person(reviewer).get("/sessions/").content.decode()


def test_what_an_address_can_say_has_a_control_or_is_kept(as_person, reviewer):
    """Else it would be lost with the next box that somebody checks."""
    SessionFactory(auto_code="BAD")

    page = as_person(reviewer).get("/sessions/").content.decode()

    offered = set(re.findall(r'name="(\w+)"', page))
    assert {name for name, key in ReviewFilter.base_filters.items() if not isinstance(key, Facet)} - offered - set(HIDDEN) == set()
