"""The page of the summary: its controls, its headline figures, the file, and what it says of itself."""

import csv
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from html import unescape
from io import StringIO

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labeling.demo.seeding import seed_demo
from labeling.models import Event
from labeling.operations.labels import submit_label
from labeling.queries.summary.definitions import get_definitions
from sessions_app.models import SessionDelta
from sessions_app.operations.rekeying import session_key
from tests.factories import AgentFactory, RaterFactory, SessionFactory

pytestmark = pytest.mark.django_db

CODES = ["GOOD", "GOOD", "GOOD", "OK", "BAD", "BAD", "N/A", None, ("GOOD", "BAD")]


def came(**fields):
    """A session as ingest brings it: counted."""
    session = SessionFactory(**fields)
    SessionDelta.objects.create(**session_key(session), n=1)
    return session


def labeled(agent, codes, *, days=1, **more):
    """One session for each: a code, None for no label, several for as many people."""
    for number, code in enumerate(codes):
        session = came(seen_agent=agent, timestamp=timezone.now() - timedelta(days=days, minutes=number), **more)
        for one in code if isinstance(code, tuple) else [code] if code else []:
            submit_label(session_id=session.pk, rater=RaterFactory(), code=one, client_key="one")


def panel(answer, name):
    return next(part["content"] for part in (*answer.context["above"], *answer.context["wide"], *answer.context["beside"]) if part["name"] == name)


def total(client, figure):
    return client.get(f"/sessions/counts/?{figure.query}").context["counts"].total


def test_the_headline_counts_and_leaves_n_a_and_disputed_beside(as_person, manager, agent):
    labeled(agent, CODES * 2)
    labeled(agent, ["BAD"], is_test=True)

    headline = panel(as_person(manager).get("/summary/"), "headline")

    assert (headline.sessions.n, headline.trust.labeled.n) == (18, 16)
    assert (headline.bad.part.n, headline.bad.whole.n, headline.good.part.n) == (4, 12, 6)
    assert [(one.code, one.figure.n) for one in headline.beside] == [("N/A", 2), ("DISPUTED", 2)]
    assert (round(headline.depending.low, 3), round(headline.depending.high, 3)) == (0.286, 0.429)
    assert headline.trust.compared.n == 2


def test_every_figure_of_the_headline_is_a_door_to_as_many_sessions(as_person, manager, agent):
    labeled(agent, CODES * 2)
    labeled(agent, CODES, days=90)
    client = as_person(manager)

    headline = panel(client.get("/summary/"), "headline")

    trust = headline.trust
    figures = [headline.sessions, headline.sessions_before, headline.good.part, headline.bad.part, headline.bad.whole]
    figures += [*(one.figure for one in headline.beside), trust.labeled, trust.reviewed, trust.bulk, trust.compared, trust.both]
    assert [total(client, figure) for figure in figures] == [figure.n for figure in figures]
    assert headline.sessions_before.n == 9


def test_under_ten_rated_there_is_no_rate(as_person, manager, agent):
    labeled(agent, ["BAD", "BAD", "BAD", "GOOD", "GOOD", "OK", "OK"])

    page = as_person(manager).get("/summary/").content.decode()

    assert "too few for a rate" in page
    assert "42.9%" not in page
    assert "43%" not in page


def test_a_period_that_is_running_is_compared_with_as_much_of_the_one_before(as_person, manager, agent):
    now = timezone.now().astimezone(UTC).replace(hour=15, minute=10, second=0, microsecond=0)
    week = timedelta(days=7)
    came(seen_agent=agent, timestamp=now - timedelta(hours=30))
    came(seen_agent=agent, timestamp=now - week - timedelta(hours=30))
    # Of the week before, the hours of today that are still to come.
    came(seen_agent=agent, timestamp=now - week + timedelta(hours=8))

    with time_machine.travel(now, tick=False):
        answer = as_person(manager).get("/summary/?since=1")

    headline = panel(answer, "headline")
    assert (headline.sessions.n, headline.sessions_before.n) == (1, 1)
    assert ">1</a> in the same part of the 7 days before" in answer.content.decode()


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        ([], "No session of this period is rated yet"),
        ([None], "No session of this period is rated yet"),
        (["BAD"], "too few for a rate"),
        (["N/A"] * 12, "No session of this period is rated yet"),
        ([("GOOD", "BAD")] * 12, "No session of this period is rated yet"),
        (["GOOD"] * 12, "<strong>0.0%"),
        (["BAD"] * 12, "100.0%"),
    ],
)
@pytest.mark.parametrize("who", ["manager", "reviewer", "narrow_reviewer"])
@pytest.mark.parametrize("independent", [False, True])
def test_the_page_says_what_is_true_of_very_little(request, settings, as_person, agent, who, codes, words, independent):
    settings.INDEPENDENT_REVIEW = independent
    labeled(agent, codes)

    answer = as_person(request.getfixturevalue(who)).get("/summary/")

    is_gated = independent and who != "manager"
    assert answer.status_code == 200
    expected = "No session of this period is rated yet" if is_gated else words.removeprefix("<strong>")
    assert expected in answer.content.decode()


def test_who_has_to_label_first_sees_what_their_own_sessions_add_up_to(settings, as_person, reviewer, agent):
    settings.INDEPENDENT_REVIEW = True
    labeled(agent, ["BAD"] * 12)
    mine = came(seen_agent=agent, timestamp=timezone.now() - timedelta(days=1))
    submit_label(session_id=mine.pk, rater=RaterFactory(user=reviewer), code="GOOD", client_key="mine")
    client = as_person(reviewer)

    headline = panel(client.get("/summary/"), "headline")

    assert (headline.sessions.n, headline.trust.labeled.n, headline.bad.part.n, headline.good.part.n) == (13, 1, 0, 1)
    assert total(client, headline.good.part) == 1


def test_somebody_of_one_agent_sees_that_agent(as_person, narrow_reviewer, agent, other_agent):
    labeled(agent, ["GOOD"])
    labeled(other_agent, ["BAD"] * 3)

    answer = as_person(narrow_reviewer).get(f"/summary/?agent={other_agent.pk}&agent={agent.pk}")

    assert panel(answer, "headline").sessions.n == 1
    assert other_agent.name not in answer.content.decode()


def test_the_fragment_is_the_summary_only_and_says_its_address(as_person, manager, agent):
    answer = as_person(manager).get(f"/summary/?since=12&first=2026-01-01&last=2026-02-01&agent={agent.pk}", headers={"HX-Request": "true"})

    assert b"<html" not in answer.content
    assert b'id="summary"' in answer.content
    assert answer["HX-Push-Url"] == f"/summary/?agent={agent.pk}"


def test_chosen_days_are_whole_days_of_the_workspace(settings, as_person, manager, agent):
    settings.REPORTING_TIME_ZONE = "America/Chicago"
    for moment in (
        datetime(2026, 3, 1, 5, 59, tzinfo=UTC),
        datetime(2026, 3, 1, 6, tzinfo=UTC),
        datetime(2026, 3, 9, 4, 59, tzinfo=UTC),
        datetime(2026, 3, 9, 5, tzinfo=UTC),
    ):
        came(seen_agent=agent, timestamp=moment)
    client = as_person(manager)

    # The clocks go forward on the last of these days.
    sessions = panel(client.get("/summary/?since=days&first=2026-03-01&last=2026-03-08"), "headline").sessions

    assert sessions.n == total(client, sessions) == 2


@pytest.mark.parametrize(
    "query",
    [
        "since=abc",
        "since=0",
        "since=days",
        "since=days&first=2026-02-30&last=x",
        "since=days&first=2026-03-02&last=2026-03-01",
        "since=days&first=0001-01-01&last=9999-12-31",
        "since=days&first=9999-12-30&last=9999-12-31",
        "since=days&first=1990-01-01&last=1990-01-01",
        "agent=abc",
        "agent=99999999999999999999",
        "agent=-1",
        "agent=%00",
        "since=12&since=1",
        "channel=fax",
        "basis=x",
        "measure=x",
        "points=x",
        "since=%00",
    ],
)
def test_what_cannot_be_read_falls_back(as_person, manager, agent, query):
    labeled(agent, CODES)
    client = as_person(manager)

    assert [client.get(f"/summary/{page}?{query}").status_code for page in ("", "export/", "panels/headline/")] == [200] * 3


def test_one_mistake_leaves_the_other_choices_standing(as_person, manager, agent, other_agent):
    labeled(agent, ["GOOD"])
    labeled(other_agent, ["GOOD"])

    answer = as_person(manager).get(f"/summary/?since=nonsense&agent={agent.pk}")

    assert panel(answer, "headline").sessions.n == 1


def test_an_unknown_panel_is_not_found(as_person, manager):
    assert as_person(manager).get("/summary/panels/nothing/").status_code == 404


def test_a_panel_is_a_page_of_its_own_and_a_fragment(as_person, manager, agent):
    client = as_person(manager)

    page, fragment = client.get("/summary/panels/agents/"), client.get("/summary/panels/agents/", headers={"HX-Request": "true"})

    assert b"<html" in page.content
    assert b'id="summary-agents"' in page.content
    assert b"<html" not in fragment.content


def test_random_draws_count_where_there_are_any_and_all_labels_where_there_are_none(as_person, manager, agent):
    labeled(agent, ["BAD"] * 3)
    client = as_person(manager)

    without = client.get("/summary/?basis=random")

    assert panel(without, "headline").bad.part.n == 3
    assert "All labeled sessions count here" in without.content.decode()
    assert "drawn at random" in without.content.decode()


def test_the_file_holds_what_the_page_shows_and_is_an_event(as_person, manager):
    agent = AgentFactory(name="=cmd()")
    labeled(agent, ["GOOD"] * 9 + ["BAD"] * 3)

    answer = as_person(manager).get("/summary/export/")

    text = answer.content.decode("utf-8-sig")
    rows = {(row["panel"], row["row"], row["figure"]): row for row in csv.DictReader(StringIO(text))}
    bad = rows["headline", "", "BAD"]
    assert (bad["n"], bad["of"], bad["rate"], bad["likely_from"]) == ("3", "12", "0.25", "0.0889")
    assert "'=cmd()" in text
    shown = {"headline", "trend", "agents", "channel", "language", "direction", "coverage", "reviewers", "outcomes", "agreement", "auto"}
    assert {panel for panel, _, _ in rows} >= shown
    assert (rows["outcomes", "hung_up", "BAD"]["of"], rows["coverage", "", "labeled one by one"]["n"]) == ("0", "12")
    assert "attachment" in answer["Content-Disposition"]
    assert Event.objects.filter(kind="exported", subject_kind="summary", user=manager.pk).count() == 1


# Of the words that were agreed on. They change only together with what they define, and then this does.
AGREED = "3636143fc1768a74696eddb2554c9a6081c064729ec191cbe5bc0a695b2ea8c2"


def test_the_definitions_are_those_that_were_agreed_word_for_word(as_person, manager):
    definitions = ["".join(words for words, _ in definition) for definition in get_definitions()]

    page = as_person(manager).get("/summary/definitions/").content.decode()

    assert sha256("\n".join(definitions).encode()).hexdigest() == AGREED
    shown = re.sub(r"<[^>]+>", "", unescape(page))
    assert [words for words in definitions if words not in shown] == []


def queries_of(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_page_asks_no_more_the_more_there_is(as_person, manager):
    client = as_person(manager)
    seed_demo(sessions=60, seed=3, with_accounts=False)
    # Some of each kind, a disagreement too: of a kind that there is none of, less is asked.
    labeled(AgentFactory(), CODES)
    client.get("/summary/")
    few = queries_of(client, "/summary/")
    for _ in range(6):
        labeled(AgentFactory(), CODES)

    assert queries_of(client, "/summary/") <= few <= 40
