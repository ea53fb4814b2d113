"""What the list loads after its rows: how many match, and what each choice would leave."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.filters import facets
from labeling.operations.label_rows import IssueGiven
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from tests.factories import IssueCategoryFactory, PromptFactory, RaterFactory, SavedViewFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db


def label(session, code, rater=None, **more):
    return submit_label(session_id=session.pk, rater=rater or RaterFactory(), code=code, client_key=f"key-{code}-{more.get('type', '')}-long", **more)


def counts(client, query=""):
    """This will return the counts as {group: {value: n}}."""
    answer = client.get(f"/sessions/counts/?{query}", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    rail = answer.context["rail"]
    return {group.name: {option.value: option.count for option in group.options} for group in rail.groups}


@pytest.fixture
def some(agent, other_agent):
    """Three BAD voice calls of one agent, two unlabeled chats of another, one GOOD test session."""
    bad = [SessionFactory(seen_agent=agent, tool_errors=n, turns=4, transcript_state="held") for n in (0, 1, 2)]
    for session in bad:
        label(session, "BAD")
    chats = [SessionFactory(seen_agent=other_agent, channel="chat", duration=None) for _ in range(2)]
    test = SessionFactory(seen_agent=agent, is_test=True)
    label(test, "GOOD")
    return bad, chats


def test_each_choice_says_what_it_would_leave(as_person, reviewer, some, agent, other_agent):
    found = counts(as_person(reviewer))

    assert found["label"] == {"none": 2, "GOOD": 0, "OK": 0, "BAD": 3, "N/A": 0, "DISPUTED": 0}
    assert found["agent"] == {str(agent.pk): 3, str(other_agent.pk): 2}
    assert found["signal"] | {"tool_error": 2, "any": 2, "unknown": 2} == found["signal"]


def test_a_group_ignores_itself_and_respects_the_others(as_person, reviewer, some, agent, other_agent):
    found = counts(as_person(reviewer), f"label=BAD&not_agent={other_agent.pk}")

    assert (found["label"]["BAD"], found["label"]["none"]) == (3, 0)
    assert found["agent"] == {str(agent.pk): 3, str(other_agent.pk): 0}
    assert (
        counts(as_person(reviewer), "label=BAD&channel=chat")["label"] | {"none": 2, "BAD": 0} == counts(as_person(reviewer), "label=BAD&channel=chat")["label"]
    )


def test_a_group_that_is_opened_is_counted_alone(as_person, reviewer, some):
    answer = as_person(reviewer).get("/sessions/counts/?group=channel", headers={"HX-Request": "true"})

    assert {option.value: option.count for option in answer.context["group"].options} == {"voice": 3, "chat": 2, "sms": 0, "other": 0}
    assert b'id="facet-channel-options"' in answer.content


@pytest.mark.parametrize("group", ["prompt", "direction", "language", "issue", "rater", "tool", "service"])
def test_every_group_can_be_opened(as_person, manager, agent, group):
    prompt = PromptFactory(name="scheduling", version_number=42)
    IssueCategoryFactory(name="Silent treatment")
    session = SessionFactory(
        seen_agent=agent, seen_prompt=prompt, language="es", channel_manager_service="hedy", tool_names=["lookup"], turns=3, transcript_state="held"
    )
    label(session, "BAD", RaterFactory(name="Mei Tanaka"), issues=[IssueGiven("Silent treatment")])
    words = {
        "prompt": "scheduling v42",
        "direction": "Inbound",
        "language": "Spanish",
        "issue": "Silent treatment",
        "rater": "Mei Tanaka",
        "tool": "lookup",
        "service": "hedy",
    }[group]

    answer = as_person(manager).get(f"/sessions/counts/?group={group}", headers={"HX-Request": "true"})

    assert (words, 1) in [(option.words, option.count) for option in answer.context["group"].options]


def test_a_group_over_budget_says_nothing_rather_than_something_wrong(as_person, reviewer, some, monkeypatch):
    monkeypatch.setattr(facets, "BUDGET_MS", 0)

    answer = as_person(reviewer).get("/sessions/counts/", headers={"HX-Request": "true"})

    assert {option.count for group in answer.context["rail"].groups for option in group.options} == {None}
    assert "–" in answer.content.decode()


def test_counts_over_a_sample_say_so(as_person, reviewer, some, monkeypatch):
    monkeypatch.setattr(facets, "SAMPLE", 4)

    # What no delta says.
    answer = as_person(reviewer).get("/sessions/counts/?legacy=no", headers={"HX-Request": "true"})

    assert sum(option.count for group in answer.context["rail"].groups if group.name == "label" for option in group.options) == 4
    assert "Counted over the newest 20,000" in answer.content.decode()


def test_a_reviewer_of_one_agent_counts_that_agent_only(as_person, narrow_reviewer, some, agent, other_agent):
    found = counts(as_person(narrow_reviewer))

    assert found["agent"] == {str(agent.pk): 3}
    assert found["label"]["none"] == 0


def test_a_gated_reviewer_counts_no_judgment_but_their_own(as_person, reviewer, settings, some, agent):
    settings.INDEPENDENT_REVIEW = True
    bad, _chats = some
    label(bad[0], "OK", rater_of(user=reviewer))
    label(bad[1], "GOOD", RaterFactory(kind="machine", email="auto@machine"), type="auto-rating")

    found = counts(as_person(reviewer), "open=issue&open=rater")

    assert found["label"] == {"none": 2, "GOOD": 0, "OK": 0, "BAD": 0, "N/A": 0, "DISPUTED": 1}
    assert found["auto"]["GOOD"] == 0
    assert found["issue"] == {"none": 1}
    assert len(found["rater"]) == 1


def test_a_reviewer_counts_no_other_reviewer(as_person, reviewer, some):
    label(some[0][0], "BAD", rater_of(user=reviewer))

    assert counts(as_person(reviewer), "open=rater")["rater"] == {str(rater_of(user=reviewer).pk): 1}


def test_the_counts_take_the_same_number_of_questions_however_many_rows(as_person, manager, some, agent):
    client = as_person(manager)

    def ask():
        with CaptureQueriesContext(connection) as asked:
            client.get("/sessions/counts/?label=BAD", headers={"HX-Request": "true"})
        return len(asked)

    ask()
    few = ask()
    for _ in range(20):
        label(SessionFactory(seen_agent=agent), "BAD")

    assert ask() == few <= 26


def test_saved_views_are_counted(as_person, manager, some):
    view = SavedViewFactory(name="Bad ones", query="label=BAD", is_shared=True)
    broken = SavedViewFactory(query="label=WRONG", is_shared=True)
    SavedViewFactory(name="Made by a colleague since the page was", query="label=BAD", is_shared=True)

    answer = as_person(manager).get(f"/sessions/counts/?tab={view.pk}&tab={broken.pk}&tab=0", headers={"HX-Request": "true"})

    assert answer.context["view_counts"] == {view.pk: (3, False), broken.pk: None}


def test_a_filter_that_cannot_be_read_counts_nothing(as_person, reviewer):
    assert as_person(reviewer).get("/sessions/counts/?label=WRONG", headers={"HX-Request": "true"}).status_code == 204


@pytest.mark.parametrize("query", ["label=BAD&not_label=BAD", "differs=yes&label=none", "agent={agent}&label=BAD&not_label=BAD", "issue=none&label=none"])
def test_a_filter_that_nothing_can_satisfy_counts_nothing(as_person, reviewer, some, agent, query):
    answer = as_person(reviewer).get(f"/sessions/counts/?{query.format(agent=agent.pk)}", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.context["counts"].total) == (200, 0)


def test_somebody_who_may_see_no_agent_counts_nothing(as_person, some):
    answer = as_person(UserFactory(all_agents=False)).get("/sessions/counts/?channel=voice", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.context["counts"].total) == (200, 0)
