"""Counts, and the lists behind them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.operations.label_rows import IssueGiven
from labeling.operations.labels import submit_label
from tests.factories import IssueCategoryFactory, RaterFactory, SessionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def some_sessions(agent, other_agent):
    IssueCategoryFactory(name="Silent treatment")
    IssueCategoryFactory(name="Wrong answer")
    codes = ["GOOD", "OK", "BAD", "N/A", None, ("GOOD", "BAD")]
    for days, (one, code) in enumerate([(one, code) for one in (agent, other_agent) for code in codes]):
        session = SessionFactory(seen_agent=one, timestamp=timezone.now() - timedelta(days=days), is_test=days == 3)
        for number, each in enumerate(code if isinstance(code, tuple) else [code] if code else []):
            issues = [IssueGiven("Silent treatment"), IssueGiven("Wrong answer")][: days % 3]
            submit_label(session_id=session.pk, rater=RaterFactory(), code=each, client_key=f"key-{number}", issues=issues)


def figures_of(summary):
    yield from (summary.sessions, summary.labeled)
    yield from (row.figure for row in (*summary.codes, *summary.issues))
    for row in summary.agents:
        yield from (row.sessions, row.labeled, *(code.figure for code in row.codes))


@pytest.mark.parametrize("independent", [False, True])
@pytest.mark.parametrize("who", ["reviewer", "narrow_reviewer", "manager"])
@pytest.mark.parametrize("query", ["", "?since=1", "?since=52"])
def test_every_number_is_a_link_to_exactly_that_many_sessions(request, settings, as_person, some_sessions, who, query, independent):
    settings.INDEPENDENT_REVIEW = independent
    client = as_person(request.getfixturevalue(who))

    summary = client.get(f"/summary/{query}").context["summary"]

    figures = list(figures_of(summary))
    assert summary.sessions.n > 0
    for figure in figures:
        assert client.get(f"/sessions/counts/?{figure.query}").context["counts"].total == figure.n, figure


def test_summary_fragment_is_the_summary_only(as_person, manager, some_sessions):
    answer = as_person(manager).get("/summary/", headers={"HX-Request": "true"})

    assert b"<html" not in answer.content
    assert b'id="summary"' in answer.content


def test_summary_of_nothing_is_a_page(as_person, manager):
    assert as_person(manager).get("/summary/").context["summary"].labeled.n == 0


@pytest.mark.parametrize("query", ["since=abc", "since=0", "agent=abc", "agent=99999999999999999999", "since=12&since=1"])
def test_summary_answers_bad_input_with_the_default(as_person, manager, some_sessions, query):
    assert as_person(manager).get(f"/summary/?{query}").status_code == 200


def test_summary_of_one_agent(as_person, manager, agent, some_sessions):
    answer = as_person(manager).get(f"/summary/?agent={agent.pk}")

    assert [row.agent for row in answer.context["summary"].agents] == [agent]
