"""Reviewers, agreement, and the outcomes that check the labels: small cases that a person can count."""

from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from labeling.agreement import ac1
from labeling.filters.review_filter import ReviewFilter, Viewpoint
from labeling.operations.label_rows import IssueGiven, Provenance
from labeling.operations.labels import submit_label, withdraw_label
from labeling.operations.people import deactivate_person
from labeling.operations.raters import rater_of
from labeling.queries.scopes import get_scope
from labeling.queries.summary.agreement import get_agreement
from labeling.queries.summary.frame import Frame
from labeling.queries.summary.outcomes import get_outcomes
from labeling.queries.summary.period import days_between
from labeling.queries.summary.reviewers import get_reviewers
from labeling.statistics import Share
from sessions_app.models import Session
from tests.factories import NOON, IssueCategoryFactory, RaterFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db


def frame_of(person, **more):
    return Frame(viewer=person, scope=get_scope(person), period=days_between(NOON.date() - timedelta(days=2), NOON.date() + timedelta(days=40)), **more)


def label(session, code, rater, key="first", **more):
    return submit_label(session_id=session.pk, rater=rater, code=code, client_key=key, **more).label


def several(n, agent, **more):
    return [SessionFactory(seen_agent=agent, timestamp=NOON + timedelta(minutes=minute), **more) for minute in range(n)]


@pytest.fixture
def two(db):
    return rater_of(user=UserFactory(name="Amara Osei")), rater_of(user=UserFactory(name="Mei Tanaka"))


def test_agreement_counts_pairs_and_leads_to_sessions(manager, agent, two):
    """Fourteen judged by two, ten of them alike; a third person said BAD of the first: two pairs more, none alike."""
    one, other = two
    sessions = several(14, agent)
    for session, code in zip(sessions, ["GOOD"] * 10 + ["OK"] * 2 + ["BAD"] * 2, strict=True):
        label(session, "GOOD", one)
        label(session, code, other)
    label(sessions[0], "BAD", RaterFactory())

    found = get_agreement(frame_of(manager))

    assert found.agreed.share == Share(10, 16)
    assert (found.compared.n, found.alike.n, found.differ.n, found.opposed.n) == (14, 9, 5, 3)
    assert found.agreed.likely.low < 10 / 16 < found.agreed.likely.high
    assert 0 < found.ac1 < 1


def test_only_first_independent_labels_agree(manager, agent, two):
    """Who changes their mind after they have seen the other's label, takes it back, or marks in bulk, changes no agreement."""
    one, other = two
    changed, bulk, withdrawn = several(3, agent)
    label(changed, "GOOD", one)
    label(changed, "BAD", other)
    label(changed, "BAD", one, "second")
    label(bulk, "N/A", one)
    label(bulk, "N/A", other, provenance=Provenance(via="bulk"))
    label(withdrawn, "GOOD", one)
    withdraw_label(label=label(withdrawn, "GOOD", other), by=other.user)

    found = get_agreement(frame_of(manager))

    assert found.agreed.share == Share(0, 1)
    assert (found.compared.n, found.opposed.n) == (1, 1)
    assert found.agreed.rate is None
    assert found.ac1 is None


def test_a_reviewer_row_says_what_they_said_and_how_far_others_agree(manager, agent, two):
    one, other = two
    for session, code in zip(several(12, agent), ["GOOD"] * 6 + ["OK"] * 2 + ["BAD"] * 2 + ["N/A"] * 2, strict=True):
        label(session, code, one)
        label(session, "GOOD", other)

    rows = {row.rater: row for row in get_reviewers(frame_of(manager)).rows}

    assert (rows[one].labels.n, rows[one].shared.n, rows[one].differ.n) == (12, 12, 6)
    assert [(part.code, part.figure.n, round(part.share, 2)) for part in rows[one].mix] == [("GOOD", 6, 0.6), ("OK", 2, 0.2), ("BAD", 2, 0.2)]
    assert rows[one].not_applicable.share == Share(2, 12)
    assert rows[one].agreed.share == rows[other].agreed.share == Share(6, 12)


def test_a_reviewer_sees_their_own_row_and_no_average(agent, two):
    one, other = two
    for session in several(11, agent):
        label(session, "GOOD", one)
        label(session, "BAD", other)

    found = get_reviewers(frame_of(one.user))

    assert [row.rater for row in found.rows] == [one]
    assert found.rows[0].agreed.share == Share(0, 11)
    assert found.is_own
    assert found.average is None


def test_who_is_deactivated_keeps_a_row_that_says_so(admin, manager, agent, two):
    one, _ = two
    label(several(1, agent)[0], "GOOD", one)
    deactivate_person(person=one.user, by=admin)

    [row] = get_reviewers(frame_of(manager)).rows

    assert (row.rater, row.is_active, row.labels.n) == (one, False, 1)


def test_who_says_only_na_has_no_mix(manager, agent, two):
    for session in several(2, agent):
        label(session, "N/A", two[0])

    [row] = get_reviewers(frame_of(manager)).rows

    assert row.mix == []
    assert row.not_applicable.share == Share(2, 2)
    assert row.agreed.rate is None
    assert row.interval is None


def test_outcomes_stand_beside_what_was_labeled(manager, agent):
    rater = RaterFactory()
    for minute in range(12):
        good = SessionFactory(
            seen_agent=agent,
            timestamp=NOON + timedelta(minutes=minute),
            source=f"+1202555{minute:04}",
            turns=4,
            tool_errors=0,
            ended_by="caller",
            transcript_state="held",
        )
        label(good, "GOOD", rater)
        bad = SessionFactory(
            seen_agent=agent,
            timestamp=NOON + timedelta(minutes=minute),
            source=f"+1202556{minute:04}",
            turns=4,
            tool_errors=2,
            ended_by="transfer",
            transcript_state="held",
        )
        label(bad, "BAD", rater)
        SessionFactory(seen_agent=agent, timestamp=NOON + timedelta(hours=23), source=bad.source)
        SessionFactory(seen_agent=agent, timestamp=NOON + timedelta(hours=25), source=good.source)
    called = SessionFactory(seen_agent=agent, timestamp=NOON + timedelta(hours=3), source="+12025550003", is_test=True)
    unheard = SessionFactory(seen_agent=agent, timestamp=NOON, source="+12025559999")
    label(unheard, "GOOD", rater)

    found = {row.name: row for row in get_outcomes(frame_of(manager)).rows}

    assert called.is_test
    assert {name: (row.rates["GOOD"].share, row.rates["BAD"].share) for name, row in found.items()} == {
        "called_back": (Share(0, 13), Share(12, 12)),
        "hung_up": (Share(12, 12), Share(0, 12)),
        "transferred": (Share(0, 12), Share(12, 12)),
        "tool_error": (Share(0, 12), Share(12, 12)),
    }
    assert found["called_back"].is_less
    assert found["hung_up"].is_more
    assert found["tool_error"].rates["OK"].share == Share(0, 0)


def test_a_label_date_near_the_end_says_that_callers_may_still_call(manager):
    period = days_between(NOON.date(), NOON.date(), now=datetime(2026, 3, 2, 20, tzinfo=ZoneInfo("UTC")))
    later = days_between(NOON.date(), NOON.date(), now=datetime(2026, 3, 5, 20, tzinfo=ZoneInfo("UTC")))

    assert get_outcomes(Frame(manager, get_scope(manager), period)).is_running
    assert not get_outcomes(Frame(manager, get_scope(manager), later)).is_running


@pytest.mark.parametrize("name", ["agreement", "reviewers", "outcomes"])
def test_a_panel_of_nothing_and_of_one_session_says_so(as_person, manager, agent, two, name):
    client = as_person(manager)
    address = f"/summary/panels/{name}/?since=days&first=2026-02-28&last=2026-03-20&basis=all"

    assert "No" in client.get(address).content.decode()
    label(several(1, agent)[0], "N/A", two[0])
    assert client.get(address).status_code == 200
    session = several(1, agent)[0]
    label(session, "GOOD", two[0])
    label(session, "BAD", two[1])
    assert client.get(address).status_code == 200


@pytest.mark.parametrize("get", [get_agreement, get_reviewers, get_outcomes])
def test_a_panel_asks_as_often_for_many_as_for_few(manager, agent, two, get):
    counts = []
    for _ in range(2):
        for session in several(5, agent):
            for rater in (*two, RaterFactory()):
                label(session, "BAD", rater)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            get(frame_of(manager, counted={}))
        counts.append(len(asked))

    assert counts[0] == counts[1] <= 7


def test_who_sees_one_agent_counts_its_sessions_only(agent, other_agent, two):
    narrow = UserFactory(role="manager", all_agents=False, agents=[agent])
    for session in (*several(2, agent), *several(3, other_agent)):
        label(session, "GOOD", two[0])
        label(session, "GOOD", two[1])

    assert get_agreement(frame_of(narrow)).compared.n == 2
    assert {row.labels.n for row in get_reviewers(frame_of(narrow)).rows} == {2}
    assert get_outcomes(frame_of(narrow)).rated.n == 2


def test_who_labels_first_counts_their_own_sessions_only(settings, agent, two):
    settings.INDEPENDENT_REVIEW = True
    one, other = two
    mine, theirs = several(2, agent)
    label(mine, "GOOD", one)
    for session in (mine, theirs):
        label(session, "BAD", other)
        label(session, "BAD", RaterFactory())

    assert get_agreement(frame_of(one.user)).compared.n == 1
    assert get_outcomes(frame_of(one.user)).rated.n == 1
    assert [row.agreed.share for row in get_reviewers(frame_of(one.user)).rows] == [Share(0, 2)]


def test_agreement_on_bad_counts_who_said_it_and_leads_to_their_sessions(manager, agent, two):
    """Both said BAD of four, one alone of three, nobody of five: eight of eleven."""
    one, other = two
    for session, codes in zip(several(12, agent), ["BAD BAD"] * 4 + ["BAD OK"] * 2 + ["GOOD BAD"] + ["GOOD GOOD"] * 5, strict=True):
        for rater, code in zip((one, other), codes.split(), strict=True):
            label(session, code, rater)

    found = get_agreement(frame_of(manager))

    assert found.on_bad.share == Share(8, 11)
    assert (found.bad.n, found.bad_alone.n) == (7, 3)
    assert found.on_bad.likely.low < 8 / 11 < found.on_bad.likely.high
    assert found.ac1_likely.low < found.ac1 < found.ac1_likely.high


def test_agreement_by_issue_asks_whether_the_other_named_it_too(manager, agent, two):
    one, other = two
    silent, wrong = IssueCategoryFactory(name="Silent treatment"), IssueCategoryFactory(name="Wrong answer")
    IssueCategoryFactory(name="No sound", merged_into=silent)
    said = [(["Silent treatment"], ["no  sound"])] * 3 + [(["Silent treatment", "Wrong answer"], [])] * 2 + [([], ["Nobody knows this"])] * 7
    sessions = several(12, agent)
    for session, names in zip(sessions, said, strict=True):
        for rater, raws in zip((one, other), names, strict=True):
            label(session, "BAD", rater, issues=[IssueGiven(raw) for raw in raws])
    # What somebody thought of later, having seen the other's label, is not their first.
    label(sessions[4], "BAD", other, "second", issues=[IssueGiven("Wrong answer")])

    first, second = get_agreement(frame_of(manager)).issues

    assert (first.category, first.agreed.share, first.named.n, first.alone.n) == (silent, Share(6, 8), 5, 2)
    assert (second.category, second.agreed.share, second.named.n, second.alone.n) == (wrong, Share(0, 2), 2, 2)
    assert first.ac1 == pytest.approx(ac1({(("left out", 2),): 7, (("named", 2),): 3, (("left out", 1), ("named", 1)): 2}, codes=2))
    assert first.ac1_likely.low < first.ac1 < first.ac1_likely.high


def test_the_label_of_whoever_is_asked_because_two_disagree_makes_no_pair(manager, agent, two):
    one, other = two
    [session] = several(1, agent)
    label(session, "GOOD", one)
    label(session, "BAD", other)
    label(session, "BAD", RaterFactory(), provenance=Provenance(is_further=True))

    assert get_agreement(frame_of(manager)).agreed.share == Share(0, 1)


def test_doors_of_agreement_lead_to_as_many_sessions(manager, agent, two):
    one, other = two
    IssueCategoryFactory(name="Silent treatment")
    rng = Random(5)
    for session in several(40, agent):
        for rater in (one, other, *([RaterFactory()] if rng.random() < 0.3 else [])):
            raws = ["Silent treatment"] if rng.random() < 0.5 else []
            label(session, rng.choice(["GOOD", "BAD", "OK"]), rater, issues=[IssueGiven(raw) for raw in raws])
    frame = frame_of(manager)

    panel = get_agreement(frame)

    doors = [panel.compared, panel.alike, panel.differ, panel.opposed, panel.bad, panel.bad_alone, panel.issues[0].named, panel.issues[0].alone]
    for door in doors:
        found = ReviewFilter(QueryDict(door.query), queryset=Session.objects.visible_to(frame.scope), request=Viewpoint(manager, frame.scope))
        assert found.qs.count() == door.n > 0
