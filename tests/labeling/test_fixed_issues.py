"""Which issues stand on the six keys, and which a reviewer is offered because they use them."""

import pytest
from django.db import IntegrityError
from django.utils import timezone

from labeling.demo.ground import lay_ground
from labeling.models import FixedIssue, IssueCategory
from labeling.operations.label_rows import IssueGiven
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from labeling.queries.fixed_issues import LATEST_LABELS, get_fixed_places, get_used_issues
from tests.factories import NOON, AgentFactory, FixedIssueFactory, IssueCategoryFactory, SessionFactory

pytestmark = pytest.mark.django_db


def category_form(**given):
    return {"place": "1", "category": "", "channel": "", "agent": "", **{name: str(value) for name, value in given.items()}}


def names(categories):
    return [category.name for category in categories]


def label(person, session, *issues, key="some-key"):
    return submit_label(
        session_id=session.pk, rater=rater_of(user=person), code="BAD", client_key=f"{key}-{session.pk}", issues=[IssueGiven(raw) for raw in issues]
    ).label


# --- fixed to keys


def test_without_an_order_they_are_the_first_six_of_the_channel(agent):
    for number in range(8):
        IssueCategoryFactory(name=f"Issue {number}", order=number, channels=["chat"] if number == 1 else [])

    assert names(get_fixed_places(SessionFactory(seen_agent=agent, channel="voice")).values()) == ["Issue 0", *(f"Issue {number}" for number in range(2, 7))]


@pytest.mark.parametrize(
    ("groups", "shown"),
    [
        (["everybody"], "everybody"),
        (["everybody", "channel"], "channel"),
        (["everybody", "channel", "agent"], "agent"),
        (["everybody", "channel", "agent", "both"], "both"),
        (["everybody", "both"], "both"),
        (["channel", "agent"], "agent"),
    ],
)
def test_the_closest_order_counts_as_a_whole(agent, groups, shown):
    where = {"everybody": {}, "channel": {"channel": "voice"}, "agent": {"agent": agent}, "both": {"agent": agent, "channel": "voice"}}
    for group in groups:
        FixedIssueFactory(place=3, category=IssueCategoryFactory(name=group), **where[group])
    FixedIssueFactory(place=1, category=IssueCategoryFactory(name="another channel"), channel="chat")
    FixedIssueFactory(place=1, category=IssueCategoryFactory(name="another agent"), agent=AgentFactory())

    assert names(get_fixed_places(SessionFactory(seen_agent=agent, channel="voice")).values()) == [shown]


def test_they_come_by_place_and_an_empty_place_keeps_its_key(agent):
    for place, name in ((6, "last"), (1, "first"), (3, "third")):
        FixedIssueFactory(place=place, category=IssueCategoryFactory(name=name))
    session = SessionFactory(seen_agent=agent)

    assert names(get_fixed_places(session).values()) == ["first", "third", "last"]
    assert list(get_fixed_places(session)) == [1, 3, 6]


def test_what_is_retired_merged_or_of_another_channel_is_not_offered(agent):
    other = IssueCategoryFactory(name="other")
    hidden = {"retired": {"retired_at": timezone.now()}, "merged": {"merged_into": other}, "chat only": {"channels": ["chat"]}}
    for place, (name, fields) in enumerate(hidden.items(), 1):
        FixedIssueFactory(place=place, category=IssueCategoryFactory(name=name, **fields))
    FixedIssueFactory(place=5, category=other)

    assert names(get_fixed_places(SessionFactory(seen_agent=agent, channel="voice")).values()) == ["other"]


def test_an_order_that_shows_nothing_here_gives_way_to_the_next(agent):
    FixedIssueFactory(place=1, category=IssueCategoryFactory(name="gone", retired_at=timezone.now()), agent=agent)
    FixedIssueFactory(place=1, category=IssueCategoryFactory(name="stays"))

    assert names(get_fixed_places(SessionFactory(seen_agent=agent)).values()) == ["stays"]


def test_fixed_issues_take_one_question(agent, django_assert_num_queries):
    FixedIssueFactory.create_batch(1, agent=agent)
    session = SessionFactory(seen_agent=agent)

    with django_assert_num_queries(1):
        get_fixed_places(session)


@pytest.mark.parametrize("twice", [{"place": 1}, {"place": 2, "category": "same"}])
def test_a_place_and_a_category_are_given_once_for_everybody(twice):
    first = FixedIssueFactory(place=1)

    with pytest.raises(IntegrityError):
        FixedIssueFactory(place=twice["place"], category=first.category if "category" in twice else IssueCategoryFactory())


# --- used most


def test_used_most_comes_first_and_only_of_this_agent_and_this_person(reviewer, manager, agent, other_agent):
    for name in ("often", "once", "elsewhere", "theirs"):
        IssueCategoryFactory(name=name)
    for number in range(3):
        label(reviewer, SessionFactory(seen_agent=agent), "often", *(["once"] if number == 0 else []))
    label(reviewer, SessionFactory(seen_agent=other_agent), "elsewhere")
    label(manager, SessionFactory(seen_agent=agent), "theirs")

    assert names(get_used_issues(reviewer, SessionFactory(seen_agent=agent))) == ["often", "once"]


def test_used_most_leaves_out_what_is_no_choice_any_more(reviewer, agent):
    IssueCategoryFactory(name="retired")
    IssueCategoryFactory(name="voice only", channels=["voice"])
    label(reviewer, SessionFactory(seen_agent=agent), "retired", "voice only", "never a category")
    IssueCategory.objects.filter(name="retired").update(retired_at=timezone.now())

    assert names(get_used_issues(reviewer, SessionFactory(seen_agent=agent, channel="voice"))) == ["voice only"]
    assert get_used_issues(reviewer, SessionFactory(seen_agent=agent, channel="chat")) == []


def test_used_most_are_six_at_most_of_the_latest_labels(reviewer, agent, monkeypatch):
    monkeypatch.setattr("labeling.queries.fixed_issues.LATEST_LABELS", 2)
    for number in range(9):
        IssueCategoryFactory(name=f"Issue {number}")
    label(reviewer, SessionFactory(seen_agent=agent), "Issue 8")
    label(reviewer, SessionFactory(seen_agent=agent), *(f"Issue {number}" for number in range(7)))
    label(reviewer, SessionFactory(seen_agent=agent), "Issue 6")

    used = names(get_used_issues(reviewer, SessionFactory(seen_agent=agent)))

    assert LATEST_LABELS > 100
    assert (len(used), used[0], "Issue 8" in used) == (6, "Issue 6", False)


# --- in the admin


def test_an_admin_orders_them(as_person, admin, agent):
    category = IssueCategoryFactory(channels=["voice"])

    answer = as_person(admin).post("/admin/labeling/fixedissue/add/", category_form(place=2, category=category.pk, channel="voice", agent=agent.pk))

    row = FixedIssue.objects.get()
    assert answer.status_code == 302
    assert (row.place, row.category, row.channel, row.agent) == (2, category, "voice", agent)


def test_a_category_that_does_not_apply_to_the_channel_is_refused(as_person, admin):
    category = IssueCategoryFactory(name="Silent treatment", channels=["voice"])

    answer = as_person(admin).post("/admin/labeling/fixedissue/add/", category_form(category=category.pk, channel="chat"))

    assert b"Silent treatment does not apply to this channel." in answer.content
    assert not FixedIssue.objects.exists()


@pytest.mark.parametrize("wrong", [{"place": 0}, {"place": 7}, {"place": "\0"}, {"channel": "smoke"}, {"agent": 10**30}, {"category": "x"}])
def test_an_order_that_cannot_be_is_refused(as_person, admin, wrong):
    answer = as_person(admin).post("/admin/labeling/fixedissue/add/", category_form(**{"category": IssueCategoryFactory().pk, **wrong}))

    assert answer.status_code == 200
    assert not FixedIssue.objects.exists()


def test_a_second_order_of_the_same_place_is_refused_in_words(as_person, admin):
    FixedIssueFactory(place=1)

    answer = as_person(admin).post("/admin/labeling/fixedissue/add/", category_form(category=IssueCategoryFactory().pk))

    assert answer.status_code == 200
    assert FixedIssue.objects.count() == 1


def test_an_order_can_be_taken_away_and_nobody_but_an_admin_comes_near(as_person, admin, manager):
    row = FixedIssueFactory()

    assert as_person(manager).get("/admin/labeling/fixedissue/").status_code == 302
    as_person(admin).post(f"/admin/labeling/fixedissue/{row.pk}/delete/", {"post": "yes"})

    assert not FixedIssue.objects.exists()


def test_a_category_says_which_signal_suggests_it_and_has_templates_one_a_line(as_person, admin):
    sent = {"name": "Silent treatment", "order": 1, "severity": "minor", "origin": "ours", "aliases-TOTAL_FORMS": 0, "aliases-INITIAL_FORMS": 0}
    more = {"suggested_by_signal": "silence", "comment_templates": "  First one. \r\n\r\n Second one.  \r\n"}

    answer = as_person(admin).post("/admin/labeling/issuecategory/add/", sent | more)

    category = IssueCategory.objects.get()
    assert answer.status_code == 302
    assert (category.suggested_by_signal, category.comment_templates) == ("silence", "First one.\nSecond one.")


@pytest.mark.parametrize("wrong", [{"suggested_by_signal": "moon"}, {"comment_templates": "x\n" * 11}, {"comment_templates": "x" * 301}])
def test_what_no_category_can_have_is_refused(as_person, admin, wrong):
    sent = {"name": "One", "order": 1, "severity": "minor", "origin": "ours", "aliases-TOTAL_FORMS": 0, "aliases-INITIAL_FORMS": 0}

    assert as_person(admin).post("/admin/labeling/issuecategory/add/", sent | wrong).status_code == 200
    assert not IssueCategory.objects.exists()


# --- in the demo


def test_the_demo_has_chips_suggestions_templates_and_something_critical(agent):
    lay_ground(seed=7, until=NOON)

    voice, chat = (names(get_fixed_places(SessionFactory(seen_agent=agent, channel=channel)).values()) for channel in ("voice", "chat"))
    suggesting = dict(IssueCategory.objects.exclude(suggested_by_signal="").values_list("suggested_by_signal", "name"))
    assert len(voice) == len(chat) == 6
    assert ("Silent treatment" in voice, "Silent treatment" in chat) == (True, False)
    assert suggesting == {"silence": "Silent treatment", "slow_reply": "Slow response", "tool_error": "Tool error"}
    assert all(2 <= len(category.comment_templates.splitlines()) <= 3 for category in IssueCategory.objects.all())
    assert names(IssueCategory.objects.filter(severity="critical", origin="ours")) == ["Privacy"]
