"""Agents and prompt versions: their order, what each is compared with, and when that is worse or better."""

from datetime import UTC, datetime, timedelta

import pytest

from labeling.queries.summary.agents import get_agents
from labeling.queries.summary.frame import Frame
from labeling.queries.summary.period import days_between
from sessions_app.scope import EVERYTHING
from tests.factories import AgentFactory, PromptFactory, SessionDeltaFactory, SourceFactory, VerdictDeltaFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def frame(manager):
    return Frame(viewer=manager, scope=EVERYTHING, period=days_between((NOW - 27 * DAY).date(), NOW.date(), now=NOW))


@pytest.fixture
def agent(db):
    return AgentFactory(name="Northlake Scheduling")


@pytest.fixture
def source(db):
    return SourceFactory()


@pytest.fixture
def version(source):
    def made(number, *, of="p1", source=source):
        return PromptFactory(key=f'["{of}", "#{number}"]', name="Scheduling", version_number=number, data_source=source)

    return made


def judged(agent, prompt, *, days=3, **counts):
    """So many of each code, as labels leave them behind."""
    bucket = NOW - days * DAY
    SessionDeltaFactory(agent=agent, prompt=prompt, bucket=bucket, n=sum(counts.values()))
    for code, n in counts.items():
        VerdictDeltaFactory(agent=agent, prompt=prompt, bucket=bucket, code=code, n=n)


def rows_of(frame):
    return [(str(row.agent), row.prompt and row.prompt.version_label) for row in get_agents(frame).rows]


def test_the_most_likely_problem_comes_first_not_the_highest_rate(frame, agent, version):
    judged(agent, version(1), BAD=1, GOOD=1)
    judged(agent, version(2), BAD=4, GOOD=6)
    judged(agent, version(3), BAD=70, GOOD=130)
    judged(agent, None, GOOD=50)

    # 4 of 10 is more than 70 of 200, and likely 17% or more where those are 29% or more.
    assert [label for _, label in rows_of(frame)] == ["v3", "v2", None, "v1"]


def test_a_version_is_compared_with_the_one_before_it_of_the_same_prompt(frame, agent, version):
    first, second, other = version(9), version(10), version(9, of="p2")
    judged(agent, first, BAD=10, GOOD=90)
    judged(agent, second, BAD=30, GOOD=70)
    judged(agent, other, BAD=50, GOOD=50)
    judged(agent, other, days=40, BAD=12, GOOD=88)

    against = {row.prompt: row.against for row in get_agents(frame).rows}

    assert (against[second].version, against[second].is_earlier, against[second].verdict) == ("v9", False, "worse")
    assert against[second].then.part.n == 10
    assert against[first] is None
    assert (against[other].version, against[other].verdict, against[other].then.part.n) == ("", "worse", 12)


def test_a_version_that_was_in_use_only_before_is_compared_with_there(frame, agent, version):
    first, second = version(1), version(2)
    judged(agent, first, days=40, BAD=40, GOOD=60)
    judged(agent, second, BAD=10, GOOD=90)

    [row] = get_agents(frame).rows

    assert (row.against.version, row.against.is_earlier, row.against.verdict) == ("v1", True, "better")
    assert "start=2026-02-02" in row.against.then.part.query


def test_the_same_prompt_of_another_agent_or_another_source_is_another(frame, agent, version):
    judged(AgentFactory(), version(1), BAD=40, GOOD=60)
    judged(agent, version(1, source=SourceFactory()), BAD=40, GOOD=60)
    judged(agent, version(2), BAD=10, GOOD=90)

    assert [row.against for row in get_agents(frame).rows] == [None] * 3


def test_fewer_than_30_on_a_side_say_no_clear_change(frame, agent, version):
    judged(agent, version(1), GOOD=29)
    judged(agent, version(2), BAD=40)

    found = {row.prompt.version_label: row.against for row in get_agents(frame).rows}["v2"]

    assert found.change.is_clear
    assert found.verdict == ""


def test_the_more_rows_the_clearer_a_difference_has_to_be(frame, agent, version):
    judged(agent, version(1), BAD=10, GOOD=90)
    judged(agent, version(2), BAD=22, GOOD=78)
    alone = {row.prompt.version_label: row.against.verdict for row in get_agents(frame).rows if row.against}
    for number in range(20):
        other = AgentFactory()
        judged(other, version(2 * number, of=f"same {number}"), BAD=10, GOOD=90)
        judged(other, version(2 * number + 1, of=f"same {number}"), BAD=10, GOOD=90)

    among = [row.against.verdict for row in get_agents(frame).rows if row.against]

    assert alone == {"v2": "worse"}
    assert set(among) == {""}


def test_an_agent_that_was_renamed_is_one_row_under_its_name_of_now(frame, agent, version):
    judged(agent, version(1), GOOD=5)
    agent.name = "Northlake Bookings"
    agent.save(update_fields=["name"])

    assert rows_of(frame) == [("Northlake Bookings", "v1")]


def test_versions_without_numbers_follow_each_other_by_their_date(frame, agent, source):
    old, new = (PromptFactory(key=f'["p1", "{day}"]', version=day, version_number=None, data_source=source) for day in ("2025-01-31T00:00", "2025-02-11T00:00"))
    judged(agent, new, BAD=30, GOOD=70)
    judged(agent, old, BAD=10, GOOD=90)

    assert {row.prompt: row.against and row.against.version for row in get_agents(frame).rows} == {new: "2025-01-31", old: None}


def test_the_axis_reaches_as_far_as_the_ranges_do(frame, agent, version):
    judged(agent, version(1), BAD=10, GOOD=90)
    short = get_agents(frame).axis_end
    judged(agent, version(2), BAD=9, GOOD=3)

    assert (short, get_agents(frame).axis_end) == (0.5, 1.0)


def test_a_range_above_the_average_is_marked(frame, agent, version):
    judged(agent, version(1), BAD=5, GOOD=195)
    judged(agent, version(2), BAD=60, GOOD=140)

    assert [(row.prompt.version_label, row.interval.is_hot) for row in get_agents(frame).rows] == [("v2", True), ("v1", False)]


def test_nothing_in_the_period_is_no_rows(frame):
    found = get_agents(frame)

    assert (found.rows, found.worst, found.average.rate) == ([], None, None)


@pytest.mark.parametrize("counts", [{"N/A": 12}, {"DISPUTED": 12}, {"GOOD": 1}])
def test_what_has_no_rate_has_no_drawing(frame, agent, counts, version):
    judged(agent, version(1), **counts)

    [row] = get_agents(frame).rows

    assert (row.interval, row.mix, row.against, row.bad.rate) == (None, (), None, None)
    assert sum(part.figure.n for part in row.beside) == sum(n for code, n in counts.items() if code != "GOOD")
