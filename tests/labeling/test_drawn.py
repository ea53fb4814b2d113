"""What is kept once drawn is drawn anew where any word or number in it is another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from labeling.queries.summary.agents import get_agents
from labeling.queries.summary.frame import Frame
from labeling.queries.summary.period import days_between
from labeling.queries.summary.trend import get_trend
from labeling.templatetags.drawn import agent_row, trend_point, trend_row
from labeling.templatetags.figures import door
from sessions_app.scope import EVERYTHING
from tests.factories import AgentFactory, SessionDeltaFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)


@pytest.fixture
def frame(manager):
    return Frame(viewer=manager, scope=EVERYTHING, period=days_between((NOW - timedelta(days=27)).date(), NOW.date(), now=NOW))


@pytest.fixture
def agent(db):
    agent = AgentFactory(name="Northlake Scheduling")
    SessionDeltaFactory(agent=agent, prompt=None, n=7, bucket=NOW - timedelta(days=3))
    return agent


def test_a_row_says_the_name_of_now_also_where_its_numbers_are_the_same(frame, agent):
    [row] = get_agents(frame).rows
    before = agent_row(row)

    row.agent.name = "Renamed <i>"
    after = agent_row(row)

    assert "Northlake Scheduling" in before
    assert "Renamed &lt;i&gt;" in after
    assert "Northlake" not in after


def test_a_row_with_another_number_or_another_door_is_another(frame, agent):
    [row] = get_agents(frame).rows
    drawn = agent_row(row)

    more = agent_row(replace(row, sessions=replace(row.sessions, n=8)))
    elsewhere = agent_row(replace(row, sessions=replace(row.sessions, query="agent=1&label=BAD")))

    assert 'data-n="7"' in drawn
    assert 'data-n="8"' in more
    assert 'href="/sessions/?agent=1&amp;label=BAD"' in elsewhere
    assert agent_row(row) == drawn


def test_a_point_that_is_over_or_has_another_number_is_another(frame, agent):
    point = next(point for point in get_trend(frame, measure="volume").points if point.sessions.n)
    more = replace(point, sessions=replace(point.sessions, n=8))
    running = replace(point, span=replace(point.span, is_running=not point.span.is_running))

    for draw in (trend_point, trend_row):
        assert len({draw(point, ""), draw(running, ""), draw(more, "")}) == 3
        assert draw(point, "") == draw(replace(point), "")


def test_a_door_is_escaped(frame):
    assert door(frame.figure(3, agent=['"><b>'])).startswith('href="/sessions/?')
    assert "<b>" not in door(frame.figure(3, agent=['"><b>']))
