"""A rate over time: its points, what is left out, where the versions came, and the doors."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from labeling.operations.labels import submit_label
from labeling.operations.people import deactivate_person
from labeling.operations.raters import rater_of
from labeling.queries.scopes import get_scope
from labeling.queries.summary.frame import Frame
from labeling.queries.summary.period import days_between, last_weeks
from labeling.queries.summary.trend import get_trend
from sessions_app.models import SessionDelta
from sessions_app.operations import fold_deltas
from tests.factories import AgentFactory, PromptFactory, UserFactory, VerdictDeltaFactory
from tests.labeling.counted import come
from tests.labeling.doors import wrong_doors

pytestmark = pytest.mark.django_db

# A Wednesday: the week that is running began on Monday, March 9.
NOW = datetime(2026, 3, 11, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False):
        yield


def frame(viewer, weeks=4, **more):
    return Frame(viewer=viewer, scope=get_scope(viewer), period=more.pop("period", None) or last_weeks(weeks), **more)


def shares(trend):
    return [(point.rate.part.n, point.rate.whole.n) for point in trend.points]


def test_each_week_is_a_point_and_the_one_that_is_running_says_so(manager, agent):
    for weeks, (bad, good) in enumerate([(2, 10), (3, 9), (0, 12), (1, 10)]):
        come(bad, code="BAD", seen_agent=agent, timestamp=NOW - weeks * 7 * DAY)
        come(good, code="GOOD", seen_agent=agent, timestamp=NOW - weeks * 7 * DAY)

    trend = get_trend(frame(manager))

    assert shares(trend) == [(1, 11), (0, 12), (3, 12), (2, 12)]
    assert [point.span.name for point in trend.points] == ["Week of Feb 16", "Week of Feb 23", "Week of Mar 2", "Week of Mar 9"]
    assert [point.span.is_running for point in trend.points] == [False, False, False, True]
    assert trend.plot.running
    assert shares(get_trend(frame(manager), measure="good")) == [(10, 11), (12, 12), (9, 12), (10, 12)]


def test_not_applicable_and_disputed_stand_beside_and_in_no_denominator(manager, agent):
    come(10, code="GOOD", seen_agent=agent, timestamp=NOW)
    come(3, code="N/A", seen_agent=agent, timestamp=NOW)
    come(2, code=("GOOD", "BAD"), seen_agent=agent, timestamp=NOW)
    come(4, seen_agent=agent, timestamp=NOW)

    trend = get_trend(frame(manager))

    point = trend.points[-1]
    assert (point.rate.part.n, point.rate.whole.n, point.na.n, point.disputed.n, point.labeled.n, point.sessions.n) == (0, 10, 3, 2, 15, 19)
    assert (trend.rated.n, trend.na.n, trend.disputed.n, trend.sessions.n) == (10, 3, 2, 19)


def test_under_ten_rated_there_is_no_point_but_a_bar(manager, agent, as_person):
    come(3, code="BAD", seen_agent=agent, timestamp=NOW)
    come(6, code="GOOD", seen_agent=agent, timestamp=NOW)

    trend = get_trend(frame(manager))
    text = as_person(manager).get("/summary/panels/trend/?since=4").content.decode()

    assert trend.points[-1].place.y == ""
    assert float(trend.points[-1].place.bar_height) > 0
    assert "3 BAD of 9 rated" in text
    assert "too few" in text
    assert "33" not in text[text.index("<svg") : text.index("</svg>")].replace("33.3", "")


def test_few_a_week_are_drawn_four_weeks_to_a_point_and_whoever_wants_sees_each_week(manager, agent):
    for weeks in range(12):
        come(5, code="GOOD", seen_agent=agent, timestamp=NOW - weeks * 7 * DAY)

    pooled, each = get_trend(frame(manager, 12)), get_trend(frame(manager, 12), points="week")

    assert [point.rate.whole.n for point in pooled.points] == [20, 20, 20]
    assert [point.span.name for point in pooled.points] == ["Dec 22 to Jan 18", "Jan 19 to Feb 15", "Feb 16 to Mar 15"]
    assert [point.span.is_running for point in pooled.points] == [False, False, True]
    assert [point.rate.whole.n for point in each.points] == [5] * 12
    assert (pooled.is_pooled, each.is_pooled, each.may_pool) == (True, False, True)


def test_four_weeks_of_an_uneven_period_are_counted_back_from_its_end(manager, agent):
    come(1, code="GOOD", seen_agent=agent, timestamp=datetime(2025, 12, 31, 12, tzinfo=UTC))
    period = days_between(date(2025, 12, 31), date(2026, 3, 10))

    trend = get_trend(frame(manager, period=period))

    assert [(point.span.first, point.span.last) for point in trend.points] == [
        (date(2025, 12, 31), date(2026, 1, 18)),
        (date(2026, 1, 19), date(2026, 2, 15)),
        (date(2026, 2, 16), date(2026, 3, 10)),
    ]
    assert sum(point.sessions.n for point in trend.points) == trend.sessions.n == 1


@pytest.mark.parametrize(("weeks", "measure"), [(4, "bad"), (1, "bad"), (12, "volume")])
def test_days_a_short_period_and_volume_are_never_pooled(manager, agent, weeks, measure):
    come(3, code="GOOD", seen_agent=agent, timestamp=NOW)

    trend = get_trend(frame(manager, weeks), measure=measure, points="four")

    assert not trend.is_pooled
    assert not trend.may_pool
    assert len(trend.points) == {1: 7, 4: 4, 12: 12}[weeks]


def test_a_hundred_a_week_are_drawn_week_by_week(manager, agent):
    # A hundred labels a week would be a lot to make: their deltas will do.
    for weeks in range(8):
        VerdictDeltaFactory(bucket=NOW - weeks * 7 * DAY, agent=agent, code="GOOD", n=100)
    asked = frame(manager, period=days_between(date(2026, 1, 19), date(2026, 3, 11)))

    assert not get_trend(asked).is_pooled
    assert get_trend(asked, points="four").is_pooled

    VerdictDeltaFactory(bucket=NOW, agent=agent, code="GOOD", n=-1)
    assert get_trend(asked).is_pooled


def test_a_page_says_from_when_on_there_are_sessions(manager, agent, as_person):
    come(seen_agent=agent, timestamp=NOW - timedelta(days=30))
    late, early = (as_person(manager).get(f"/summary/?since={weeks}").content.decode() for weeks in (12, 4))
    come(seen_agent=agent, timestamp=NOW - timedelta(days=100))
    covered = as_person(manager).get("/summary/?since=12").content.decode()

    assert "There are sessions from Feb 9, 2026 on" in late
    assert "There are sessions from" not in early + covered


def test_days_to_come_are_left_out(manager, agent):
    come(1, code="GOOD", seen_agent=agent, timestamp=NOW)

    trend = get_trend(frame(manager, period=days_between(date(2026, 3, 9), date(2026, 3, 15))))

    assert [point.span.first.day for point in trend.points] == [9, 10, 11]
    assert get_trend(frame(manager, period=days_between(date(2026, 4, 1), date(2026, 4, 8)))).points == []


def test_a_session_of_the_future_is_counted_where_its_source_put_it(manager, agent):
    come(1, seen_agent=agent, timestamp=NOW + 3 * DAY)

    trend = get_trend(frame(manager, period=days_between(date(2026, 3, 9), date(2026, 3, 16))), measure="volume")

    assert [point.sessions.n for point in trend.points] == [0, 0, 0, 0, 0, 1]
    assert trend.sessions.n == 1


def test_the_days_on_which_clocks_change_have_what_belongs_to_them(manager, agent, settings, as_person):
    settings.REPORTING_TIME_ZONE = "America/Chicago"
    # Clocks went forward at 2 in the morning of March 8: from -6 to -5 hours.
    come(1, code="BAD", seen_agent=agent, timestamp=datetime(2026, 3, 8, 5, 59, tzinfo=UTC))
    come(2, code="BAD", seen_agent=agent, timestamp=datetime(2026, 3, 8, 6, 0, tzinfo=UTC))
    come(4, code="BAD", seen_agent=agent, timestamp=datetime(2026, 3, 9, 4, 59, tzinfo=UTC))
    come(8, code="BAD", seen_agent=agent, timestamp=datetime(2026, 3, 9, 5, 0, tzinfo=UTC))

    trend = get_trend(frame(manager, 1))
    by_day = {point.span.first: point for point in trend.points}

    assert [by_day[date(2026, 3, day)].rate.part.n for day in (7, 8, 9)] == [1, 6, 8]
    assert [by_day[date(2026, 3, day)].sessions.n for day in (7, 8, 9)] == [1, 6, 8]
    assert "start=2026-03-08T06%3A00%3A00Z&end=2026-03-09T05%3A00%3A00Z" in by_day[date(2026, 3, 8)].sessions.query
    assert wrong_doors(as_person(manager).get("/summary/panels/trend/?since=1"), manager)[1] == []


@pytest.fixture
def versions(agent, other_agent):
    """Three versions of an agent, one of another, and years of record before them."""
    v1, v2, v3, other = (PromptFactory(name="scheduling", version_number=n) for n in (40, 41, 42, 7))
    come(1, seen_agent=other_agent, seen_prompt=other, timestamp=NOW - 80 * DAY)
    come(1, seen_agent=agent, seen_prompt=v1, timestamp=NOW - 70 * DAY)
    come(1, seen_agent=agent, seen_prompt=v1, timestamp=NOW - 20 * DAY)
    come(2, seen_agent=agent, seen_prompt=v2, timestamp=NOW - 12 * DAY)
    come(1, seen_agent=agent, seen_prompt=v2, timestamp=NOW - 2 * DAY)
    come(3, seen_agent=agent, seen_prompt=v3, timestamp=NOW - 3 * DAY)
    come(1, seen_agent=agent, seen_prompt=None, timestamp=NOW - 3 * DAY)
    return v2, v3


def test_a_version_is_marked_on_the_day_of_its_first_session(manager, agent, versions):
    marks = get_trend(frame(manager)).marks

    assert [(mark.version.prompt, mark.version.on, mark.version.sessions.n) for mark in marks] == [
        (versions[0], date(2026, 2, 27), 3),
        (versions[1], date(2026, 3, 8), 3),
    ]
    assert [float(mark.upright.x) for mark in marks] == pytest.approx([34 + 850 * (1 + 4 / 7) / 4, 34 + 850 * (2 + 6 / 7) / 4], abs=0.1)


def test_a_version_that_moves_to_another_agent_is_marked_there(manager, other_agent, versions):
    come(1, seen_agent=other_agent, seen_prompt=versions[0], timestamp=NOW - DAY)

    assert (other_agent, versions[0], date(2026, 3, 10)) in [
        (mark.version.agent, mark.version.prompt, mark.version.on) for mark in get_trend(frame(manager)).marks
    ]


def test_a_version_whose_first_session_was_taken_back_is_marked_later(manager, agent, versions):
    [gone] = come(1, seen_agent=agent, seen_prompt=versions[1], timestamp=NOW - 9 * DAY)
    first = SessionDelta.objects.get(bucket=gone.timestamp)
    first.pk, first.n = None, -1
    first.save()

    assert [mark.version.on for mark in get_trend(frame(manager)).marks] == [date(2026, 2, 27), date(2026, 3, 8)]
    fold_deltas(SessionDelta)
    assert [mark.version.on for mark in get_trend(frame(manager)).marks] == [date(2026, 2, 27), date(2026, 3, 8)]


def test_at_the_beginning_of_the_record_every_version_is_there_for_the_first_time(manager, agent):
    v1, v2 = PromptFactory(version_number=1), PromptFactory(version_number=2)
    come(1, seen_agent=agent, seen_prompt=v1, timestamp=NOW - 20 * DAY)
    come(1, seen_agent=agent, seen_prompt=v2, timestamp=NOW - 5 * DAY)

    assert [mark.version.prompt for mark in get_trend(frame(manager)).marks] == [v2]


def test_versions_of_agents_out_of_scope_and_of_tests_are_not_marked(narrow_reviewer, other_agent, versions):
    come(1, seen_agent=other_agent, seen_prompt=PromptFactory(version_number=8), timestamp=NOW - DAY)
    come(1, seen_agent=versions and narrow_reviewer.agents.get(), seen_prompt=PromptFactory(version_number=9), timestamp=NOW - DAY, is_test=True)

    assert [mark.version.prompt for mark in get_trend(frame(narrow_reviewer)).marks] == list(versions)


CONTROLS = ["", "?since=1", "?since=52", "?measure=good", "?measure=volume", "?points=week", "?basis=all&points=four&since=52", "?channel=sms"]


@pytest.mark.parametrize("who", ["manager", "reviewer", "gated", "narrow_reviewer"])
def test_every_door_leads_to_as_many_sessions(request, settings, as_person, agent, other_agent, versions, who):
    settings.INDEPENDENT_REVIEW = who == "gated"
    person = request.getfixturevalue("reviewer" if who == "gated" else who)
    for place, code in enumerate(["GOOD", "OK", "BAD", "N/A", ("GOOD", "BAD"), None]):
        channel = "sms" if place == 3 else "voice"
        sessions = come(place + 2, code=code, seen_agent=agent if place % 2 else other_agent, timestamp=NOW - place * 5 * DAY, channel=channel)
        submit_label(session_id=sessions[0].pk, rater=rater_of(user=person), code="BAD", client_key="own")
    come(11, code="BAD", seen_agent=agent, timestamp=NOW)
    client, known = as_person(person), {}

    found = {controls: wrong_doors(client.get(f"/summary/panels/trend/{controls}"), person, known) for controls in CONTROLS}

    assert {controls: wrong for controls, (_, wrong) in found.items() if wrong} == {}
    assert sum(doors for doors, _ in found.values()) > 40


@pytest.mark.parametrize("code", [None, "N/A", ("GOOD", "BAD")])
@pytest.mark.parametrize("measure", ["bad", "good", "volume"])
def test_one_session_is_a_page_that_says_what_is_true(as_person, manager, agent, code, measure):
    come(1, code=code, seen_agent=agent, timestamp=NOW)

    answer = as_person(manager).get(f"/summary/panels/trend/?measure={measure}")

    assert wrong_doors(answer, manager)[1] == []
    assert ("Nothing rated in this period" in answer.content.decode()) is (measure != "volume")


@pytest.mark.parametrize("measure", ["bad", "good", "volume"])
def test_no_sessions_at_all_is_a_page_that_says_so(as_person, manager, measure):
    text = as_person(manager).get(f"/summary/panels/trend/?measure={measure}&since=days&first=2020-01-01&last=2020-03-01").content.decode()

    assert 'class="plot' not in text
    assert "Sessions appear a few minutes after they end." in text


@pytest.mark.parametrize("query", ["measure=x", "measure=bad&measure=good", "points=3", "points=%00", "measure=volume&points=four&since=52"])
def test_what_cannot_be_read_falls_back(as_person, manager, agent, query):
    come(12, code="BAD", seen_agent=agent, timestamp=NOW)

    assert as_person(manager).get(f"/summary/panels/trend/?{query}").status_code == 200


def test_who_labels_first_sees_their_own_labels_only(reviewer, agent, settings):
    settings.INDEPENDENT_REVIEW = True
    come(12, code="BAD", seen_agent=agent, timestamp=NOW)

    trend = get_trend(frame(reviewer))

    assert trend.rated.n == 0
    assert trend.sessions.n == 12


def test_an_agent_renamed_and_a_reviewer_gone_change_no_number(manager, agent, admin, as_person):
    v2 = PromptFactory(version_number=2)
    come(1, seen_agent=agent, timestamp=NOW - 20 * DAY)
    come(12, code="BAD", seen_agent=agent, seen_prompt=v2, timestamp=NOW)
    before = shares(get_trend(frame(manager)))
    agent.name = "Another name by now"
    agent.save(update_fields=["name"])
    deactivate_person(person=UserFactory(), by=admin)

    answer = as_person(manager).get("/summary/panels/trend/?since=4")

    assert shares(get_trend(frame(manager))) == before
    assert "Another name by now" in answer.content.decode()
    assert wrong_doors(answer, manager)[1] == []


def test_the_number_of_queries_is_the_same_whatever_there_is(manager, django_assert_num_queries):
    for place in range(4):
        agent, prompt = AgentFactory(), PromptFactory(version_number=place)
        come(2, code="GOOD", seen_agent=agent, seen_prompt=prompt, timestamp=NOW - place * 7 * DAY)

    for weeks in (1, 12, 52):
        # As in a request, which asks once which judgments are kept from its person.
        manager.remembered = {}
        asked = replace(frame(manager, weeks), counted={})
        with django_assert_num_queries(6):
            get_trend(asked)


def test_what_was_chosen_here_is_kept_by_the_controls_of_the_page(as_person, manager, agent):
    come(12, code="BAD", seen_agent=agent, timestamp=NOW)

    text = as_person(manager).get("/summary/panels/trend/?measure=good&points=week").content.decode()

    assert '<input type="hidden" name="measure" value="good" form="summary-controls">' in text
    assert '<input type="hidden" name="points" value="week" form="summary-controls">' in text
