"""The three sentences, what is critical, and the target."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from labeling.models import Event, Target
from labeling.operations.label_rows import IssueGiven
from labeling.operations.labels import submit_label
from labeling.operations.targets import set_target
from labeling.operations.taxonomy import merge_category
from labeling.policies import needs_own_label_first
from labeling.queries.summary.critical import get_critical
from labeling.queries.summary.first import get_first
from labeling.queries.summary.frame import Frame
from labeling.queries.summary.period import last_weeks
from labeling.templatetags.figures import points
from sessions_app.models import SessionDelta
from sessions_app.operations.rekeying import session_key
from sessions_app.scope import EVERYTHING, Scope
from tests.factories import AgentFactory, IncidentFactory, IssueCategoryFactory, PromptFactory, RaterFactory, SessionFactory, TargetFactory, VerdictDeltaFactory

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def frame_of(person, **more):
    return Frame(viewer=person, scope=EVERYTHING, period=last_weeks(12), **more)


def judged(agent, prompt=None, *, days=3, **counts):
    """So many of each code, as labels leave them behind."""
    for code, n in counts.items():
        VerdictDeltaFactory(agent=agent, prompt=prompt, bucket=(timezone.now() - days * DAY).replace(minute=0, second=0, microsecond=0), code=code, n=n)


def bad_session(agent, *, issues=(), days=1, **fields):
    session = SessionFactory(seen_agent=agent, timestamp=timezone.now() - days * DAY, **fields)
    SessionDelta.objects.create(**session_key(session), n=1)
    submit_label(session_id=session.pk, rater=RaterFactory(), code="BAD", client_key="one", issues=[IssueGiven(name) for name in issues])
    return session


def page(client, query=""):
    return client.get(f"/summary/{query}").content.decode()


def test_the_change_is_against_the_period_before(manager, agent):
    judged(agent, days=3, BAD=40, GOOD=160)
    judged(agent, days=90, BAD=10, GOOD=190)

    first = get_first(frame_of(manager))

    assert (first.bad.part.n, first.before.part.n, first.verdict) == (40, 10, "worse")
    assert round(first.change.difference, 3) == 0.15


def test_a_change_that_chance_explains_is_no_clear_one(as_person, manager, agent):
    judged(agent, days=3, BAD=12, GOOD=88)
    judged(agent, days=90, BAD=9, GOOD=91)

    assert get_first(frame_of(manager)).verdict == ""
    assert "No clear change" in page(as_person(manager))


def test_without_a_period_before_there_is_no_change(as_person, manager, agent):
    judged(agent, BAD=12, GOOD=88)

    assert get_first(frame_of(manager)).change is None
    assert "Too few are rated" in page(as_person(manager))


def test_the_worse_version_is_named_with_its_two_newest_sessions(as_person, manager, agent):
    old, new = (PromptFactory(key=f'["p", "#{number}"]', version_number=number, data_source=agent.data_source) for number in (41, 42))
    judged(agent, old, BAD=10, GOOD=190)
    judged(agent, new, BAD=45, GOOD=105)
    sessions = [bad_session(agent, seen_prompt=new, days=days) for days in (9, 5, 2)]
    bad_session(agent, seen_prompt=old)

    first = get_first(frame_of(manager))

    assert (first.version.prompt, first.is_worst) == (new, True)
    # The older ones of the counts have no session here; those there are come newest first.
    assert [example.pk for example in first.examples] == [sessions[2].pk]
    seen = page(as_person(manager))
    assert f"/sessions/{sessions[2].pk}/" in seen
    # Why that is believed stands in the same sentence: by how much, against what, and how sure.
    said = first.version.against
    assert f"{points(said.change.difference)} points against" in seen
    assert f"likely {points(said.change.likely.low)} to {points(said.change.likely.high)}" in seen
    assert said.change.likely.low > 0


def test_where_no_version_stands_out_it_is_the_issue_of_most_bad_sessions(as_person, manager, agent):
    old, new = IssueCategoryFactory(name="Old words"), IssueCategoryFactory(name="Wrong answer")
    IssueCategoryFactory(name="Tone")
    sessions = [bad_session(agent, issues=names, days=days) for days, names in enumerate([["Old words"], ["Wrong answer", "Tone"], ["Wrong answer"]], 1)]
    merge_category(category=old, into=new, by=manager)

    first = get_first(frame_of(manager))

    assert (first.version, first.issue.category, first.issue.bad.n) == (None, new, 3)
    assert [example.pk for example in first.examples] == [sessions[0].pk, sessions[1].pk]
    counts = as_person(manager).get(f"/sessions/counts/?{first.issue.bad.query}").context["counts"]
    assert counts.total == 3


def test_examples_are_those_the_viewer_may_see(agent, other_agent, narrow_reviewer):
    for one in (agent, other_agent):
        IssueCategoryFactory(name=f"Issue of {one.name}")
    [bad_session(other_agent, issues=[f"Issue of {other_agent.name}"]) for _ in range(4)]

    first = get_first(Frame(viewer=narrow_reviewer, scope=Scope(agents=frozenset({agent.pk})), period=last_weeks(12)))

    assert (first.issue, first.examples, first.bad.whole.n) == (None, [], 0)


def incident(agent, *, days=1, raised=None, acknowledged=None, by=None, **session):
    started = timezone.now() - days * DAY
    one = SessionFactory(seen_agent=agent, timestamp=started, **session)
    at = {"acknowledged_at": started + acknowledged, "acknowledged_by": by, "note": "Done."} if acknowledged else {}
    return IncidentFactory(session=one, raised_at=started, **at)


def test_critical_counts_what_is_open_at_any_time_and_what_came_in_the_period(as_person, manager, agent, other_agent):
    for minutes in (10, 20, 60):
        incident(agent, acknowledged=timedelta(minutes=minutes), by=manager)
    incident(agent)
    incident(agent, days=300)
    incident(agent, days=300, acknowledged=timedelta(days=3), by=manager)
    incident(other_agent, is_test=True)
    again = incident(other_agent)
    IncidentFactory(session=again.session)

    critical = get_critical(frame_of(manager))

    assert (critical.open.n, critical.this_period.n, critical.acknowledged_in) == (3, 5, timedelta(minutes=20))
    client = as_person(manager)
    for figure in (critical.open, critical.this_period):
        assert client.get(f"/sessions/counts/?{figure.query}").context["counts"].total == figure.n
    assert "acknowledged in 20 minutes (median)" in page(client)
    assert get_critical(frame_of(manager, agents=(other_agent.pk,))).open.n == 1


def test_who_has_to_label_first_learns_of_no_incident_elsewhere(settings, as_person, reviewer, agent):
    settings.INDEPENDENT_REVIEW = True
    raised = incident(agent)
    assert needs_own_label_first(reviewer)

    critical = get_critical(frame_of(reviewer))

    assert (critical.open.n, critical.this_period.n) == (0, 0)
    submit_label(session_id=raised.session_id, rater=RaterFactory(user=reviewer), code="BAD", client_key="mine")
    assert get_critical(frame_of(reviewer)).open.n == 1
    assert as_person(reviewer).get(f"/sessions/counts/?{critical.open.query}").context["counts"].total == 1


def test_no_incident_is_said(as_person, manager, agent):
    text = page(as_person(manager))

    assert "0 open" in text
    assert "median)" not in text


@pytest.mark.parametrize(
    ("bad", "good", "words"), [(20, 80, "above"), (1, 199, "below"), (8, 92, "cannot tell yet"), (3, 4, "cannot tell yet"), (0, 0, "cannot tell yet")]
)
def test_a_target_is_above_or_below_only_where_the_whole_range_is(as_person, manager, agent, bad, good, words):
    TargetFactory(agent=None, bad_percent=Decimal("8"))
    judged(agent, **{code: n for code, n in (("BAD", bad), ("GOOD", good)) if n})

    text = " ".join(page(as_person(manager)).split())

    assert "target 8%: <strong" in text
    assert f">{words}</strong>" in text


def test_an_agent_has_its_own_target_or_the_workspaces(as_person, manager, agent, other_agent):
    TargetFactory(agent=None, bad_percent=Decimal("8"))
    TargetFactory(agent=agent, bad_percent=Decimal("2.5"))
    client = as_person(manager)

    assert "target 2.5%" in page(client, f"?agent={agent.pk}")
    assert "(of the workspace)" in page(client, f"?agent={other_agent.pk}")
    assert "target 8%" in page(client, f"?agent={agent.pk}&agent={other_agent.pk}")


def test_a_manager_sets_a_target_changes_it_and_takes_it_back(as_person, manager, agent):
    client = as_person(manager)

    answer = client.post(f"/summary/target/?since=4&agent={agent.pk}", {"bad_percent": "8"})
    assert (answer.status_code, answer["Location"]) == (303, f"/summary/?since=4&agent={agent.pk}")
    client.post("/summary/target/", {"bad_percent": "10.5"})
    client.post("/summary/target/", {"bad_percent": "10.5"})
    assert {(target.agent, target.bad_percent, target.set_by) for target in Target.objects.all()} == {
        (agent, Decimal("8"), manager),
        (None, Decimal("10.5"), manager),
    }
    client.post("/summary/target/", {"bad_percent": ""})

    assert [target.agent for target in Target.objects.all()] == [agent]
    events = Event.objects.filter(kind="setting_changed", subject_kind="target").order_by("pk").values_list("subject", "before", "after")
    assert list(events) == [(agent.pk, "", "8.0"), (None, "", "10.5"), (None, "10.5", "")]


@pytest.mark.parametrize("typed", ["0", "100", "-1", "abc", "8.25", "1e1000", "NaN", "\0", "9" * 500])
def test_what_is_no_percentage_is_refused_with_what_was_typed(as_person, manager, typed):
    answer = as_person(manager).post("/summary/target/", {"bad_percent": typed})

    assert answer.status_code == 422
    assert not Target.objects.exists()


def test_a_reviewer_sets_no_target_and_sees_no_form(as_person, reviewer):
    client = as_person(reviewer)

    assert client.post("/summary/target/", {"bad_percent": "8"}).status_code == 403
    assert 'action="/summary/target/' not in page(client)


def test_a_manager_of_some_agents_sets_the_targets_of_those(as_person, manager, agent):
    manager.all_agents = False
    manager.save(update_fields=["all_agents"])
    manager.agents.set([agent])
    client = as_person(manager)

    answers = [client.post(f"/summary/target/{query}", {"bad_percent": "8"}).status_code for query in (f"?agent={AgentFactory().pk}", "", f"?agent={agent.pk}")]

    assert answers == [404, 403, 303]
    assert [target.agent for target in Target.objects.all()] == [agent]
    assert 'action="/summary/target/' not in page(client)
    assert 'action="/summary/target/' in page(client, f"?agent={agent.pk}")


def test_setting_a_target_twice_keeps_one(manager):
    set_target(agent=None, bad_percent=Decimal("8"), by=manager)
    set_target(agent=None, bad_percent=Decimal("9"), by=manager)

    assert [target.bad_percent for target in Target.objects.all()] == [Decimal("9")]
