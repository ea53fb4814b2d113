"""The page of one session, and labeling it."""

import pytest
from django.utils.html import escape

from labeling.codes import Judgment
from labeling.models import Event, Exposure, Label
from labeling.operations.label_rows import IssueGiven
from labeling.operations.labels import submit_label, withdraw_label
from labeling.operations.raters import rater_of
from labeling.queries.citations import show_label
from labeling.queries.session_page import get_session_page
from tests.factories import EvidenceFactory, IssueCategoryFactory, RaterFactory, SessionFactory, TranscriptFactory, UserFactory
from tests.labeling.recomputation import check_everything_derived

pytestmark = pytest.mark.django_db

KEY = "a-client-made-key"


@pytest.fixture
def session(agent):
    return TranscriptFactory(session__seen_agent=agent, session__transcript_state="held", session__turns=3, session__source="+12025550142").session


def form(code="GOOD", **more):
    return {"code": code, "client_key": KEY, **more}


def facts(client, session):
    """What the page says of a session: each with whether it is an id."""
    return {term: (words, is_id) for term, words, is_id in client.get(f"/sessions/{session.pk}/").context["page"].facts}


def test_session_detail_shows_the_transcript_and_records_the_reading(as_person, reviewer, session):
    answer = as_person(reviewer).get(f"/sessions/{session.pk}/")

    assert answer.status_code == 200
    assert b"I need to move my visit." in answer.content
    assert b"2025550142" not in answer.content
    event = Event.objects.get()
    assert (event.kind, event.user, event.session) == ("transcript_read", reviewer.pk, session.pk)


@pytest.mark.parametrize(("given", "shown"), [({"is_outbound": True}, "••• ••• 4321"), ({}, "+15557654321")])
def test_session_detail_masks_whom_a_call_went_to(as_person, reviewer, agent, given, shown):
    session = SessionFactory(seen_agent=agent, target="+15557654321", **given)

    assert facts(as_person(reviewer), session)["Number"] == (shown, False)


@pytest.mark.parametrize(("external_id", "shown"), [("2025550142", "••• ••• 0142"), ("815870173934421", "815870173934421")])
def test_session_detail_masks_an_id_made_of_the_callers_number(as_person, reviewer, agent, external_id, shown):
    session = SessionFactory(seen_agent=agent, external_id=external_id)

    assert facts(as_person(reviewer), session)["Their ID"] == (shown, True)


def test_session_detail_of_an_agent_out_of_scope_is_not_found(as_person, narrow_reviewer, other_agent):
    foreign = SessionFactory(seen_agent=other_agent)

    assert as_person(narrow_reviewer).get(f"/sessions/{foreign.pk}/").status_code == 404
    assert as_person(narrow_reviewer).post(f"/labels/{foreign.pk}/", form()).status_code == 404
    assert not Label.objects.exists()


def test_session_detail_records_what_was_shown(as_person, reviewer, session):
    submit_label(session_id=session.pk, rater=RaterFactory(), code="BAD", client_key="another-key")

    as_person(reviewer).get(f"/sessions/{session.pk}/")

    assert set(Exposure.objects.filter(user=reviewer).values_list("judgment", flat=True)) == {Judgment.OTHERS, Judgment.SUMMARY}


def test_where_review_is_independent_nothing_of_others_is_shown_or_recorded_before_the_own_label(as_person, settings, reviewer, session):
    settings.INDEPENDENT_REVIEW = True
    submit_label(session_id=session.pk, rater=RaterFactory(name="Somebody Else"), code="BAD", client_key="another-key", comment="Dreadful")
    client = as_person(reviewer)

    before = client.get(f"/sessions/{session.pk}/")
    client.post(f"/labels/{session.pk}/", form())
    after = client.get(f"/sessions/{session.pk}/")

    for secret in (b"Somebody Else", b"Dreadful", b"The caller moved a visit."):
        assert secret not in before.content
        assert secret in after.content
    assert Label.objects.get(rater__user=reviewer).independent


def test_label_create_saves_and_leads_back(as_person, reviewer, session):
    IssueCategoryFactory(name="Silent treatment")

    answer = as_person(reviewer).post(f"/labels/{session.pk}/", form("BAD", issues=["Silent treatment"], comments="Nobody spoke."))

    label = Label.objects.get()
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"/sessions/{session.pk}/")
    assert (label.code, label.comment, label.rater.user, label.via) == ("BAD", "Nobody spoke.", reviewer, "page")
    check_everything_derived()


def test_label_create_twice_by_a_double_click_is_one_label(as_person, reviewer, session):
    client = as_person(reviewer)

    first = client.post(f"/labels/{session.pk}/", form())
    second = client.post(f"/labels/{session.pk}/", form())

    assert (first.status_code, second.status_code) == (302, 302)
    assert Label.objects.count() == 1


def test_label_create_as_a_fragment_answers_the_panel(as_person, reviewer, session):
    answer = as_person(reviewer).post(f"/labels/{session.pk}/", form(), headers={"HX-Request": "true"})

    assert answer.status_code == 200
    assert b"<html" not in answer.content
    assert b'id="label-panel"' in answer.content


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"client_key": KEY}, "Choose GOOD, OK, BAD or N/A"),
        (form("bad"), "bad"),
        (form("GOOD", issues=["No such category"]), "No such category"),
        (form("GOOD", comments="x" * 10_001), "at most 10,000 characters"),
        ({"code": "GOOD"}, "required"),
        (form("GOOD", version="abc"), "whole number"),
        (form("GOOD", comments="a\0b"), "Null characters"),
    ],
)
def test_label_create_with_bad_input_keeps_what_was_typed(as_person, reviewer, session, sent, sentence):
    answer = as_person(reviewer).post(f"/labels/{session.pk}/", sent | {"comments": sent.get("comments", "My words")})

    assert answer.status_code == 422
    assert sentence in str(answer.context["form"].errors)
    if "comments" not in sent:
        assert "My words" in answer.content.decode()
    assert not Label.objects.exists()


def test_bad_needs_an_issue_or_a_comment(as_person, reviewer, session):
    client = as_person(reviewer)

    alone = client.post(f"/labels/{session.pk}/", form("BAD"))
    with_comment = client.post(f"/labels/{session.pk}/", form("BAD", comments="Wrong day."))

    assert (alone.status_code, with_comment.status_code) == (422, 302)
    assert "BAD needs an issue or a comment" in alone.content.decode()


def test_a_change_from_a_stale_tab_shows_both_and_overwrites_nothing(as_person, reviewer, session):
    saved = submit_label(session_id=session.pk, rater=rater_of(user=reviewer), code="OK", client_key="other-tab-key").label
    client = as_person(reviewer)

    conflict = client.post(f"/labels/{session.pk}/", form("BAD", comments="This tab"))
    again = client.post(f"/labels/{session.pk}/", form("BAD", comments="This tab") | {"version": saved.pk, "client_key": "fresh-key-here", "in_conflict": "1"})

    assert (conflict.status_code, again.status_code) == (409, 302)
    assert "This tab" in conflict.content.decode()
    assert conflict.context["form"]["version"].value() == str(saved.pk)
    assert Label.objects.get(code="BAD").replaces == saved


def test_both_versions_of_a_conflict_have_their_issues_apart(as_person, reviewer, session):
    for name in ("Silent treatment", "Wrong answer", "Slow response"):
        IssueCategoryFactory(name=name)
    given = [IssueGiven(raw=name) for name in ("Silent treatment", "Slow response")]
    submit_label(session_id=session.pk, rater=rater_of(user=reviewer), code="BAD", client_key="other-tab-key", issues=given)

    conflict = as_person(reviewer).post(f"/labels/{session.pk}/", form("BAD", issues=["Silent treatment", "Wrong answer"])).content.decode()

    assert '<p class="sm">Silent treatment, Slow response</p>' in conflict
    assert '<p class="sm">Silent treatment, Wrong answer</p>' in conflict


def test_a_change_needs_a_reason_and_a_first_label_none(as_person, reviewer, session):
    client = as_person(reviewer)
    client.post(f"/labels/{session.pk}/", form("GOOD"))
    own = Label.objects.get()
    change = form("OK") | {"version": own.pk, "client_key": "the-second-key"}

    refused = client.post(f"/labels/{session.pk}/", change)
    changed = client.post(f"/labels/{session.pk}/", change | {"reason": "Heard it again"})

    assert (refused.status_code, changed.status_code) == (422, 302)
    assert "Say in a few words why" in refused.content.decode()
    assert Label.objects.get(code="OK").reason == "Heard it again"


def test_withdrawal_is_for_the_own_label_only(as_person, reviewer, manager, session):
    label = submit_label(session_id=session.pk, rater=rater_of(user=reviewer), code="OK", client_key="first-own-key").label
    address = f"/labels/{session.pk}/{label.pk}/withdrawal/"

    assert as_person(manager).post(address).status_code == 404
    assert as_person(reviewer).get(address).status_code == 405
    assert as_person(reviewer).post(address).status_code == 302
    session.refresh_from_db()
    assert session.label_code is None


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_a_replaced_label_cannot_be_withdrawn(as_person, reviewer, session, headers):
    rater = rater_of(user=reviewer)
    first = submit_label(session_id=session.pk, rater=rater, code="OK", client_key="first-own-key").label
    submit_label(session_id=session.pk, rater=rater, code="BAD", client_key="second-own-key")

    answer = as_person(reviewer).post(f"/labels/{session.pk}/{first.pk}/withdrawal/", headers=headers)

    assert answer.status_code == 409
    assert b"Nothing was withdrawn" in answer.content
    assert (b"<html" in answer.content) == (not headers)


def test_what_a_submit_opens_is_recorded_so_that_the_change_after_it_is_not_independent(as_person, settings, reviewer, session):
    settings.INDEPENDENT_REVIEW = True
    submit_label(session_id=session.pk, rater=RaterFactory(), code="BAD", client_key="another-key")
    client = as_person(reviewer)

    client.post(f"/labels/{session.pk}/", form(), headers={"HX-Request": "true"})
    first = Label.objects.get(rater__user=reviewer)
    client.post(f"/labels/{session.pk}/", form("BAD", comments="Changed") | {"version": first.pk, "client_key": "a-second-key", "reason": "Read the labels"})

    change = Label.objects.get(replaces=first)
    assert (first.independent, change.independent, change.saw_others) == (True, False, True)


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", '<img src=x onerror="alert(1)">', '<div hx-get="/accounts/logout/" hx-trigger="load">', "{{ 7|add:7 }}", "\u202egnirts"],
)
def test_hostile_text_is_shown_as_text(as_person, reviewer, agent, text):
    turns = [{"uid": "t", "timestamp": "2026-03-02T12:00:00Z", "source": "user", "text": text, "lang": "en"}]
    tools = [{"uid": "x", "timestamp": "2026-03-02T12:00:01Z", "tool_name": text, "tool_request": text, "tool_result": text, "tool_error": text}]
    session = TranscriptFactory(session__seen_agent=agent, session__agent_name=text, session__target=text, turns=turns, tools=tools, summary=text).session
    submit_label(session_id=session.pk, rater=RaterFactory(name=text), code="BAD", client_key="hostile-key", comment=text)

    page = as_person(reviewer).get(f"/sessions/{session.pk}/").content.decode()

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert '<div hx-get="/accounts' not in page
    # As a turn, a name and a label's remark.
    assert page.count(escape(text)) >= 3


@pytest.mark.parametrize("state", ["none", "pending", "failed", "erased"])
def test_a_session_without_transcript_says_why(as_person, reviewer, agent, state):
    session = SessionFactory(seen_agent=agent, transcript_state=state)

    answer = as_person(reviewer).get(f"/sessions/{session.pk}/")

    assert answer.context["page"].transcript_words in answer.content.decode()


def test_session_detail_asks_few_questions(as_person, reviewer, session, django_assert_num_queries):
    for _ in range(6):
        submit_label(session_id=session.pk, rater=RaterFactory(user=UserFactory()), code="OK", client_key="some-own-key")
    client = as_person(reviewer)
    client.get(f"/sessions/{session.pk}/")

    with django_assert_num_queries(25):
        client.get(f"/sessions/{session.pk}/")


def test_a_form_that_comes_back_whole_is_a_reading_too(as_person, reviewer, session):
    as_person(reviewer).post(f"/labels/{session.pk}/", {"client_key": KEY})

    assert Event.objects.filter(kind="transcript_read", session=session.pk).exists()


def test_a_form_that_was_changed_after_its_first_answer_was_lost_can_be_sent_again(as_person, reviewer, session):
    client = as_person(reviewer)
    client.post(f"/labels/{session.pk}/", form("GOOD"))

    changed = client.post(f"/labels/{session.pk}/", form("OK", comments="On second thought"))
    again = changed.context["form"]
    sent = {
        "code": "OK",
        "comments": again["comments"].value(),
        "client_key": again["client_key"].value(),
        "version": again["version"].value(),
        "in_conflict": "1",
    }
    saved = client.post(f"/labels/{session.pk}/", sent)

    assert (changed.status_code, saved.status_code) == (409, 302)
    session.refresh_from_db()
    assert session.label_code == "OK"


def test_a_submit_that_is_repeated_after_its_withdrawal_does_not_say_saved(as_person, reviewer, session):
    client = as_person(reviewer)
    client.post(f"/labels/{session.pk}/", form("GOOD"))
    client.post(f"/labels/{session.pk}/{Label.objects.get().pk}/withdrawal/")

    assert client.post(f"/labels/{session.pk}/", form("GOOD"), headers={"HX-Request": "true"}).status_code == 409


def test_an_issue_that_is_sent_twice_is_one(as_person, reviewer, session):
    IssueCategoryFactory(name="Silent treatment")

    assert as_person(reviewer).post(f"/labels/{session.pk}/", form("BAD", issues=["Silent treatment", "Silent treatment"])).status_code == 302


def test_a_page_that_is_swapped_in_without_its_facts_does_not_look_around(as_person, reviewer, session, django_assert_max_num_queries):
    page = get_session_page(session, viewer=reviewer)

    with django_assert_max_num_queries(6):
        assert page.around.conversation.lines == []
    with django_assert_max_num_queries(0):
        assert page.around.caller.count_words == "1"


def test_a_label_that_was_withdrawn_is_in_the_history_and_counts_as_seen(as_person, reviewer, manager, session):
    label = submit_label(session_id=session.pk, rater=rater_of(user=manager), code="BAD", client_key="another-key", comment="Dreadful").label
    withdraw_label(label=label, by=manager)

    page = as_person(reviewer).get(f"/sessions/{session.pk}/")

    assert b"Dreadful" in page.content
    assert Exposure.objects.filter(user=reviewer, judgment=Judgment.OTHERS).exists()


def test_the_last_label_is_offered_to_be_undone_while_its_session_may_be_seen(as_person, narrow_reviewer, agent, other_agent):
    mine, foreign = SessionFactory(seen_agent=agent), SessionFactory(seen_agent=other_agent)
    submit_label(session_id=mine.pk, rater=rater_of(user=narrow_reviewer), code="GOOD", client_key="the-first-key")
    client = as_person(narrow_reviewer)

    offered = client.get(f"/sessions/{mine.pk}/").context["showing"].last_label
    submit_label(session_id=foreign.pk, rater=rater_of(user=narrow_reviewer), code="OK", client_key="a-second-key")

    assert offered.session_id == mine.pk
    assert client.get(f"/sessions/{mine.pk}/").context["showing"].last_label.session_id == mine.pk


def test_a_moment_after_the_first_hour_is_written_on_a_label_as_in_the_transcript():
    evidence = EvidenceFactory(from_ms=4_503_000)

    [issue] = show_label(evidence.label, None, hide=str).issues

    assert [one.at for one in issue.citations] == ["1:15:03"]
