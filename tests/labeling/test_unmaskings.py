"""Showing one session without a mask: asked for with a reason, for a quarter of an hour, to one person, and written down."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from labeling.models import Event, Unmasking
from labeling.operations.labels import submit_label
from labeling.operations.unmasking import MayNotUnmask, hide_session, unmask_session
from labeling.queries.lenses import get_lenses
from tests.factories import RaterFactory, RunFactory, SessionFactory, TranscriptFactory, UnmaskingFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("masked_keys")]

NUMBER = "2025550142"
TOOL = {
    "uid": "c1",
    "timestamp": "2026-03-02T12:00:06Z",
    "tool_name": "find_patient",
    "tool_request": '{"patient_name": "Maria Collins", "plan": "Silver"}',
    "tool_error": "no match for name=Maria Collins",
    "tool_result": "",
}
TURN = {"uid": "t1", "timestamp": "2026-03-02T12:00:00Z", "source": "user", "text": "It is 202-555-0142, born 03/04/1980.", "lang": "en-US"}


@pytest.fixture
def session(agent):
    session = SessionFactory(seen_agent=agent, source="+12025550142", conversation_id="c-1")
    TranscriptFactory(session=session, turns=[TURN], tools=[TOOL], summary="Maria called from 202-555-0142.")
    submit_label(session_id=session.pk, rater=RaterFactory(), code="BAD", comment="Call back 202-555-0142", client_key="some-own-key")
    return session


@pytest.fixture
def unmasker(agent):
    return UserFactory(may_unmask=True)


def ask(client, session, reason="call_back", **more):
    return client.post(f"/sessions/{session.pk}/unmasking/", {"reason": reason, **more})


def page_of(client, session):
    return client.get(f"/sessions/{session.pk}/").content.decode()


def test_a_session_is_masked_also_for_who_may_unmask_it(as_person, unmasker, session):
    page = page_of(as_person(unmasker), session)

    assert "••• ••• 0142" in page
    assert "Show without a mask" in page
    for secret in (NUMBER, "202-555", "03/04/1980", "Maria Collins"):
        assert secret not in page


def test_asking_with_a_reason_shows_all_of_this_session_and_is_written_down(as_person, unmasker, session):
    client = as_person(unmasker)

    answer = ask(client, session)

    assert (answer.status_code, answer["Location"]) == (303, f"/sessions/{session.pk}/")
    page = page_of(client, session)
    assert "+12025550142" in page
    assert "It is 202-555-0142, born 03/04/1980." in page
    assert page.count("Maria Collins") >= 2
    assert "Call back 202-555-0142" in page
    assert "Shown until" in page
    event = Event.objects.get(kind="unmasked")
    assert (event.user, event.session, event.after) == (unmasker.pk, session.pk, "call_back")


def test_the_other_pages_of_the_session_show_it_too_and_those_of_another_do_not(as_person, unmasker, session, agent):
    other = SessionFactory(seen_agent=agent, source="+12025550142", conversation_id="c-1")
    TranscriptFactory(session=other, turns=[TURN | {"text": "Again 202-555-0143."}])
    client = as_person(unmasker)
    ask(client, session)

    conversation = client.get(f"/sessions/{session.pk}/conversation/").content.decode()

    assert "202-555-0142" in conversation
    assert "202-555-0143" not in conversation
    assert "202-555-0142" in client.get(f"/sessions/{session.pk}/transcript/").content.decode()
    assert "Maria Collins" in client.get(f"/sessions/{session.pk}/tools/1/request/").content.decode()
    assert NUMBER not in client.get("/sessions/").content.decode()
    assert NUMBER not in page_of(client, other)


def test_it_is_shown_to_nobody_else(as_person, unmasker, session):
    unmask_session(session=session, by=unmasker, reason="check", note="", at=timezone.now())

    assert NUMBER not in page_of(as_person(UserFactory(may_unmask=True)), session)


@pytest.mark.parametrize(("ago", "is_shown"), [(14, True), (16, False)])
def test_after_a_quarter_of_an_hour_the_masks_are_back(as_person, unmasker, session, ago, is_shown):
    unmask_session(session=session, by=unmasker, reason="check", note="", at=timezone.now() - timedelta(minutes=ago))

    assert (NUMBER in page_of(as_person(unmasker), session)) is is_shown


def test_hiding_again_counts_at_once_and_asking_again_too(as_person, unmasker, session):
    client = as_person(unmasker)
    ask(client, session)

    answer = client.post(f"/sessions/{session.pk}/unmasking/withdrawal/")
    client.post(f"/sessions/{session.pk}/unmasking/withdrawal/")

    assert answer["Location"] == f"/sessions/{session.pk}/"
    assert NUMBER not in page_of(client, session)
    assert Unmasking.objects.count() == 2
    ask(client, session)
    assert NUMBER in page_of(client, session)


def test_hiding_what_is_hidden_leaves_no_trace(session, unmasker):
    hide_session(session=session, by=unmasker, at=timezone.now())

    assert not Unmasking.objects.exists()


def test_who_loses_the_right_sees_masks_at_once(as_person, unmasker, session):
    client = as_person(unmasker)
    ask(client, session)
    unmasker.may_unmask = False
    unmasker.save()

    assert NUMBER not in page_of(client, session)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "Choose a reason."),
        ({"reason": "curiosity"}, "Choose one of the reasons."),
        ({"reason": "other"}, "Say which other reason."),
        ({"reason": "other", "note": "  "}, "Say which other reason."),
        ({"reason": "check", "note": "x" * 201}, "at most 200 characters"),
        ({"reason": "che\0ck"}, "Choose one of the reasons."),
    ],
)
def test_without_a_reason_nothing_is_shown(as_person, unmasker, session, sent, words):
    answer = as_person(unmasker).post(f"/sessions/{session.pk}/unmasking/", sent)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Unmasking.objects.exists()


def test_another_reason_is_kept_in_its_words_but_not_in_the_audit(as_person, unmasker, session):
    ask(as_person(unmasker), session, "other", note="A subpoena of\nMarch")

    assert Unmasking.objects.get().note == "A subpoena of March"
    assert Event.objects.get(kind="unmasked").after == "other"


def test_the_wrong_role_is_refused_and_sees_no_button(as_person, reviewer, manager, session):
    for person in (reviewer, manager):
        client = as_person(person)
        assert ask(client, session).status_code == 403
        assert client.get(f"/sessions/{session.pk}/unmasking/").status_code == 403
        assert "Show without a mask" not in page_of(client, session)
    with pytest.raises(MayNotUnmask):
        unmask_session(session=session, by=reviewer, reason="check", note="", at=timezone.now())


def test_a_session_outside_the_scope_is_not_found(as_person, agent, other_agent, session):
    person = UserFactory(may_unmask=True, all_agents=False, agents=[other_agent])

    assert ask(as_person(person), session).status_code == 404
    assert not Unmasking.objects.exists()


def test_in_a_run_one_comes_back_to_the_run(as_person, unmasker, session):
    run = RunFactory(owner=unmasker, sessions=[session.pk])
    client = as_person(unmasker)

    answer = ask(client, session, run=run.pk)

    assert answer["Location"] == f"/review/r/{run.pk}/s/{session.pk}/"
    assert ask(client, session, run="9" * 40)["Location"] == f"/sessions/{session.pk}/"


def test_what_was_asked_cannot_be_changed(session, unmasker):
    unmasking = unmask_session(session=session, by=unmasker, reason="check", note="", at=timezone.now())

    with pytest.raises(DatabaseError), transaction.atomic():
        Unmasking.objects.filter(pk=unmasking.pk).update(reason="safety")


def test_lenses_of_many_sessions_cost_one_query(unmasker, session, agent, django_assert_num_queries):
    others = [SessionFactory(seen_agent=agent) for _ in range(5)]
    UnmaskingFactory(session=others[0], user=unmasker)

    with django_assert_num_queries(1):
        lenses = get_lenses([session.pk, *(one.pk for one in others)], viewer=unmasker)

    assert [bool(lens.until) for lens in lenses.values()] == [False, True, False, False, False, False]
