"""The auto-rating against people: what is counted, what is said of it, and the lists behind the numbers."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from labeling.codes import LabelType, RaterKind
from labeling.models import Exposure
from labeling.operations.label_rows import IssueGiven
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from labeling.queries.scopes import get_scope
from labeling.queries.summary.auto import get_auto
from labeling.queries.summary.auto_issues import get_auto_issues
from labeling.queries.summary.auto_rows import get_auto_rows
from labeling.queries.summary.frame import Frame
from labeling.queries.summary.period import Period, days_between, last_weeks
from sessions_app.models import Session
from tests.factories import IssueAliasFactory, IssueCategoryFactory, PromptFactory, RaterFactory, SessionFactory, UserFactory, VerdictDeltaFactory
from tests.labeling.doors import wrong_doors

pytestmark = pytest.mark.django_db
PANELS = ("auto", "auto-rows", "auto-issues")


@pytest.fixture
def machine():
    return RaterFactory(kind=RaterKind.MACHINE)


@pytest.fixture
def judged(agent, machine):
    """Makes a session that has an auto-rating and, without sight of it, the labels of people."""

    def make(auto, *humans, issues=(), auto_issues=(), days=1, seen_agent=agent, **fields):
        session = SessionFactory(seen_agent=seen_agent, timestamp=timezone.now() - timedelta(days=days), **fields)
        if auto:
            named = [IssueGiven(raw) for raw in auto_issues]
            submit_label(session_id=session.pk, rater=machine, code=auto, type=LabelType.AUTO, client_key="auto", issues=named)
        for human in humans:
            named = [IssueGiven(raw) for raw in issues]
            submit_label(session_id=session.pk, rater=rater_of(user=UserFactory()), code=human, client_key="human", issues=named)
        return session

    return make


def frame_of(person, period=None, **more):
    return Frame(viewer=person, scope=get_scope(person), period=period or last_weeks(12), **more)


def numbers(panel):
    return {(cell.human, cell.auto): cell.figure.n for _, cells in panel.rows for cell in cells if cell.figure.n}


def parts(rate):
    return (rate.part.n, rate.whole.n)


def test_each_pair_of_codes_is_a_cell(judged, manager):
    for auto, human, times in (
        ("GOOD", "GOOD", 3),
        ("BAD", "GOOD", 1),
        ("GOOD", "BAD", 2),
        ("OK", "BAD", 1),
        ("BAD", "BAD", 4),
        ("N/A", "BAD", 1),
        ("BAD", "N/A", 1),
    ):
        for _ in range(times):
            judged(auto, human)
    judged("GOOD")
    judged(None, "BAD")

    panel = get_auto(frame_of(manager))

    assert numbers(panel) == {
        ("GOOD", "GOOD"): 3,
        ("GOOD", "BAD"): 1,
        ("BAD", "GOOD"): 2,
        ("BAD", "OK"): 1,
        ("BAD", "BAD"): 4,
        ("BAD", "N/A"): 1,
        ("N/A", "BAD"): 1,
    }
    measures = panel.measures
    assert (measures.agrees.share.part, measures.agrees.both.n) == (7, 13)
    assert parts(measures.caught) == (4, 7)
    assert parts(measures.missed) == (3, 7)
    assert parts(measures.false) == (1, 5)
    assert parts(measures.always_good) == (4, 13)


def test_a_label_after_a_look_at_the_auto_rating_measures_nothing(judged, manager):
    session = judged("BAD")
    person = UserFactory()
    Exposure.objects.create(session=session, user=person, judgment="auto")

    submit_label(session_id=session.pk, rater=rater_of(user=person), code="BAD", client_key="one")

    assert get_auto(frame_of(manager)).measures.agrees.both.n == 0


def test_a_disputed_session_counts_by_its_first_label(judged, manager):
    session = judged("GOOD", "BAD", "GOOD")

    assert Session.objects.get(pk=session.pk).label_code == "DISPUTED"
    assert numbers(get_auto(frame_of(manager))) == {("BAD", "GOOD"): 1}


@pytest.mark.parametrize("basis", ["", "random"])
def test_the_basis_changes_nothing(judged, manager, basis):
    judged("GOOD", "GOOD")

    assert get_auto(frame_of(manager, basis=basis)).measures.agrees.both.n == 1


@pytest.mark.parametrize(
    ("who", "independent", "query"),
    [
        ("manager", False, ""),
        ("reviewer", True, ""),
        ("narrow_reviewer", False, "?since=52&basis=all"),
        ("narrow_reviewer", True, "?since=1"),
        ("manager", True, "?channel=chat"),
    ],
)
def test_every_number_is_a_door_to_that_many_sessions(request, settings, as_person, judged, other_agent, who, independent, query):
    IssueCategoryFactory(name="Silent treatment")
    settings.INDEPENDENT_REVIEW = independent
    person = request.getfixturevalue(who)
    for day, (auto, human) in enumerate([("GOOD", "GOOD"), ("BAD", "GOOD"), ("N/A", "BAD"), ("GOOD", "BAD"), ("BAD", "BAD"), ("OK", "BAD")]):
        session = judged(auto, human, auto_issues=["silent  treatment"] if day % 2 else [], issues=["Silent treatment"] if day % 3 else [], days=day)
        judged(auto, human, seen_agent=other_agent, channel="chat", days=day, is_test=day == 4)
        if day % 2 == 0:
            submit_label(session_id=session.pk, rater=rater_of(user=person), code="GOOD", client_key="own")
    client = as_person(person)

    for panel in PANELS:
        found, wrong = wrong_doors(client.get(f"/summary/panels/{panel}/{query}"), person)
        assert wrong == [], panel
        assert found > 0, panel


@pytest.mark.parametrize("panel", PANELS)
def test_of_nothing_a_panel_says_so(as_person, manager, panel):
    answer = as_person(manager).get(f"/summary/panels/{panel}/", headers={"HX-Request": "true"})

    assert f'id="summary-{panel}"' in answer.content.decode()
    assert "Nothing to compare in this period" in answer.content.decode()


def test_under_ten_there_is_no_rate(as_person, manager, judged):
    for _ in range(7):
        judged("GOOD", "BAD")

    said = as_person(manager).get("/summary/panels/auto/").content.decode()

    assert "Catches 0 of 7 BAD" in said
    assert "%" not in said.split('id="summary-auto"')[1].split("</dl>")[0].split("<dl")[1].replace("%3A", "").replace("%2F", "")


@pytest.mark.parametrize("code", ["GOOD", "BAD", "N/A"])
def test_one_session_alone_is_a_page(as_person, manager, judged, code):
    judged(code, code)

    for panel in PANELS:
        assert as_person(manager).get(f"/summary/panels/{panel}/").status_code == 200


# --- drift


@pytest.fixture
def counted(agent):
    """Writes down sessions of one day: so many that agree, and so many that do not."""

    def write(at, same, different):
        VerdictDeltaFactory(bucket=at, agent=agent, basis="", code="GOOD", auto_code="GOOD", blind_code="GOOD", n=same, weight=same)
        if different:
            VerdictDeltaFactory(bucket=at, agent=agent, basis="", code="GOOD", auto_code="BAD", blind_code="GOOD", n=different, weight=different)

    return write


SEPTEMBER = days_between(date(2026, 8, 31), date(2026, 11, 22), now=datetime(2026, 11, 20, tzinfo=UTC))


def test_drift_is_told_when_the_last_four_weeks_clearly_agree_less(as_person, manager, counted):
    counted(datetime(2026, 9, 10, 12, tzinfo=UTC), 90, 10)
    counted(datetime(2026, 11, 10, 12, tzinfo=UTC), 60, 40)

    drift = get_auto(frame_of(manager, SEPTEMBER)).drift

    assert (drift.is_less, drift.is_more, drift.is_late_part) == (True, False, True)
    assert round(drift.change.difference, 2) == -0.3
    assert (drift.now.both.n, drift.then.both.n) == (100, 100)


def test_drift_is_not_told_of_a_change_that_may_be_none(manager, counted):
    counted(datetime(2026, 9, 10, 12, tzinfo=UTC), 80, 20)
    counted(datetime(2026, 11, 10, 12, tzinfo=UTC), 75, 25)

    drift = get_auto(frame_of(manager, SEPTEMBER)).drift

    assert (drift.is_less, drift.is_more) == (False, False)
    assert drift.change is not None


def test_drift_is_not_told_of_too_few(manager, counted):
    counted(datetime(2026, 9, 10, 12, tzinfo=UTC), 200, 0)
    counted(datetime(2026, 11, 10, 12, tzinfo=UTC), 1, 48)

    drift = get_auto(frame_of(manager, SEPTEMBER)).drift

    assert (drift.change, drift.is_less) == (None, False)
    assert drift.now.both.n == 49


def test_a_short_period_is_held_against_the_one_before(manager, counted):
    counted(datetime(2026, 10, 10, 12, tzinfo=UTC), 90, 10)
    counted(datetime(2026, 11, 10, 12, tzinfo=UTC), 60, 40)
    weeks = days_between(date(2026, 10, 26), date(2026, 11, 22), now=datetime(2026, 11, 20, tzinfo=UTC))

    drift = get_auto(frame_of(manager, weeks)).drift

    assert (drift.is_less, drift.is_late_part) == (True, False)
    assert "start=2026-09-28T00%3A00%3A00Z&end=2026-10-26" in drift.then.both.query


@pytest.mark.parametrize(("first", "last", "edge"), [((2026, 8, 31), (2026, 11, 22), "2026-10-26T05"), ((2026, 1, 5), (2026, 3, 29), "2026-03-02T06")])
def test_where_clocks_change_the_last_four_weeks_are_four_weeks_of_days(manager, first, last, edge):
    period = Period(date(*first), date(*last), ZoneInfo("America/Chicago"), datetime(2026, 11, 20, tzinfo=UTC))

    drift = get_auto(frame_of(manager, period)).drift

    assert f"start={edge}" in drift.now.both.query
    assert f"end={edge}" in drift.then.both.query


# --- by agent, version and week


def test_the_agent_that_is_likely_off_most_comes_first_with_its_newest_version_first(judged, manager, agent, other_agent):
    older, newer = PromptFactory(version_number=1), PromptFactory(version_number=2)
    for _ in range(12):
        judged("GOOD", "GOOD", seen_prompt=older)
        judged("GOOD", "OK", seen_prompt=newer)
        judged("GOOD", "GOOD", seen_agent=other_agent)
    agent.name = "Northlake Booking"
    agent.save(update_fields=["name"])

    panel = get_auto_rows(frame_of(manager))

    assert [row.agent.name for row in panel.agents] == ["Northlake Booking", "Cedar Billing Help"]
    assert [(row.prompt, row.measures.agrees.share.part, row.measures.agrees.both.n) for row in panel.agents[0].versions] == [(newer, 0, 12), (older, 12, 12)]
    assert [row.prompt for row in panel.agents[1].versions] == [None]


def test_weeks_to_come_are_no_points(judged, manager):
    judged("GOOD", "GOOD", days=0)
    period = days_between(timezone.localdate() - timedelta(days=30), timezone.localdate() + timedelta(days=60))

    panel = get_auto_rows(frame_of(manager, period))

    assert panel.points[-1].step.is_running
    assert panel.points[-1].measures.agrees.both.n == 1


# --- issues


def test_issues_of_the_auto_rating_are_held_against_peoples(judged, manager):
    silent = IssueCategoryFactory(name="Silent treatment")
    judged("BAD", "BAD", issues=["Silent treatment"], auto_issues=["SILENT  treatment"])
    judged("BAD", "BAD", issues=["Silent treatment"])
    judged("BAD", "BAD", auto_issues=["Silent treatment", "Nobody knows this"])
    judged("BAD", "BAD", auto_issues=["Silent treatment"])
    judged("BAD", auto_issues=["Silent treatment"])

    panel = get_auto_issues(frame_of(manager))

    assert [(row.category, parts(row.precision), parts(row.recall)) for row in panel.rows] == [(silent, (1, 3), (1, 2))]
    assert panel.both.n == 4


def test_the_newest_auto_rating_is_the_one_that_counts(judged, manager):
    IssueCategoryFactory(name="Silent treatment")
    session = judged("BAD", "BAD", auto_issues=["Silent treatment"])

    submit_label(session_id=session.pk, rater=RaterFactory(kind=RaterKind.MACHINE), code="BAD", type=LabelType.AUTO, client_key="newer")

    assert get_auto_issues(frame_of(manager)).rows == []


def test_a_merged_category_counts_as_the_one_it_is_now(judged, manager, as_person):
    silent = IssueCategoryFactory(name="Silent treatment")
    judged("BAD", "BAD", issues=["Quiet"], auto_issues=["Silent treatment"])
    quiet = IssueCategoryFactory(name="Quiet")
    IssueAliasFactory(text="No sound", category=quiet)
    judged("BAD", "BAD", issues=["Quiet"], auto_issues=["no sound"])
    quiet.merged_into = silent
    quiet.save(update_fields=["merged_into"])

    [row] = get_auto_issues(frame_of(manager)).rows

    assert (row.category, parts(row.precision), parts(row.recall)) == (silent, (1, 2), (1, 1))
    assert wrong_doors(as_person(manager).get("/summary/panels/auto-issues/"), manager)[1] == []


# --- cost


@pytest.mark.parametrize("panel", PANELS)
def test_more_rows_take_no_more_queries(as_person, manager, judged, django_assert_max_num_queries, panel):
    client = as_person(manager)
    for n in range(6):
        category = IssueCategoryFactory()
        judged("GOOD", "BAD", seen_prompt=PromptFactory(), issues=[category.name], auto_issues=[category.name], days=7 * n)

    with django_assert_max_num_queries(16) as counted:
        assert client.get(f"/summary/panels/{panel}/", headers={"HX-Request": "true"}).status_code == 200
    first = len(counted)
    for n in range(6):
        category = IssueCategoryFactory()
        judged("GOOD", "BAD", seen_prompt=PromptFactory(), issues=[category.name], auto_issues=[category.name], days=7 * n)

    with django_assert_max_num_queries(first):
        client.get(f"/summary/panels/{panel}/", headers={"HX-Request": "true"})
