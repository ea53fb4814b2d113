"""Second opinions: asked of a colleague with a note, closed by their label or by declining."""

import contextlib
import time
from threading import Event

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.test import Client

from labeling.models import Exposure, LabelWithdrawal, SecondOpinion
from labeling.operations.judging import undo
from labeling.operations.labels import submit_label, withdraw_label
from labeling.operations.raters import rater_of
from labeling.operations.second_opinions import (
    AlreadyAsked,
    CannotBeAsked,
    ask_second_opinion,
    close_second_opinions,
    decline_second_opinion,
    reopen_second_opinions,
)
from labeling.queries.colleagues import get_proposed_peer
from labeling.queries.scopes import get_scope
from labeling.queries.waiting import count_waiting, get_opinions_asked, get_waiting
from tests.factories import SecondOpinionFactory, SessionFactory, UserFactory
from tests.labeling.test_races import together

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
NOTE = "Is this BAD? Call +1 202 555 0142."


@pytest.fixture
def session(agent):
    return SessionFactory(seen_agent=agent)


@pytest.fixture
def dana(db):
    return UserFactory(name="Dana Reyes", email="dana@example.com")


def ask(session, by, of, **changes):
    return ask_second_opinion(**{"session": session, "by": by, "of": of, "note": NOTE, "client_key": "opinion-key-1", **changes})


def post(client, session, of, headers=None, **changes):
    return client.post(f"/sessions/{session.pk}/second-opinions/", {"asked_of": of, "note": NOTE, "client_key": "opinion-key-1", **changes}, headers=headers)


def label(person, session, key="own-label-key"):
    return submit_label(session_id=session.pk, rater=rater_of(user=person), code="GOOD", client_key=key).label


def notes(person):
    return [(one.by, one.note, one.is_note_hidden) for one in get_waiting(person, scope=get_scope(person)).opinions]


# --- asking


def test_a_colleague_finds_it_on_their_page_with_the_note(as_person, reviewer, session, dana):
    answer = post(as_person(reviewer), session, dana.pk)

    assert (answer.status_code, answer["Location"]) == (303, f"/sessions/{session.pk}/")
    assert count_waiting(dana, scope=get_scope(dana)) == 1
    # Until she has judged, so that she judges for herself.
    assert notes(dana) == [("Amara Osei", "", True)]
    assert b"Amara Osei asks for a second opinion" in as_person(dana).get("/review/").content


def test_the_fragment_is_a_fresh_form_with_a_toast_and_closes_the_sheet(as_person, reviewer, session, dana):
    client = as_person(reviewer)

    form = client.get(f"/sessions/{session.pk}/second-opinions/", headers=HTMX).content.decode()
    answer = post(client, session, dana.pk, headers=HTMX)

    assert form.lstrip().startswith('<form class="fields" id="second-opinion-form"')
    assert (answer.status_code, "sheet-done" in answer["HX-Trigger"]) == (200, True)
    assert b"Dana Reyes was asked for a second opinion." in answer.content
    assert b"Is this BAD" not in answer.content


def test_the_same_key_again_is_one_question(reviewer, session, dana):
    assert ask(session, reviewer, dana) == ask(session, reviewer, dana)
    assert SecondOpinion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_equal_questions_at_once_are_one(reviewer, session, dana):
    assert len(set(together(20, lambda n: ask(session, reviewer, dana).pk))) == 1
    assert SecondOpinion.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_asking_while_it_is_declined_asks_anew_or_says_that_it_waits(reviewer, session, dana):
    def work(n):
        for turn in range(30):
            if n % 2:
                SecondOpinion.objects.filter(asked_of=dana, closed_at=None).update(closed_at=Now())
                continue
            with contextlib.suppress(AlreadyAsked):
                ask_second_opinion(session=session, by=reviewer, of=dana, note="", client_key=f"key-of-{n}-{turn}")

    together(6, work)

    assert SecondOpinion.objects.filter(closed_at=None).count() <= 1


def test_who_was_asked_and_has_not_answered_is_not_asked_again(as_person, reviewer, session, dana):
    ask(session, reviewer, dana)

    with pytest.raises(AlreadyAsked):
        ask(session, reviewer, dana, client_key="opinion-key-2")
    answer = post(as_person(reviewer), session, dana.pk, headers=HTMX, client_key="opinion-key-3")

    assert answer.status_code == 409
    assert b"Not sent." in answer.content
    assert b"You have asked Dana Reyes already." in answer.content


def test_a_key_that_asked_somebody_else_is_told(reviewer, manager, session, dana):
    ask(session, reviewer, dana)

    with pytest.raises(AlreadyAsked):
        ask(session, reviewer, manager)


def test_after_a_lost_answer_somebody_else_can_still_be_asked_from_the_same_form(as_person, reviewer, manager, session, dana):
    ask(session, reviewer, dana)
    client = as_person(reviewer)

    told = post(client, session, manager.pk, headers=HTMX)
    sent = post(client, session, manager.pk, headers=HTMX, client_key=told.context["form"]["client_key"].value())

    assert (told.status_code, sent.status_code) == (409, 200)
    assert b"You have asked Dana Reyes already." in told.content
    assert SecondOpinion.objects.filter(asked_of=manager).count() == 1


@pytest.mark.parametrize("became", ["waiting", "declined", "answered"])
def test_who_has_to_label_first_does_not_learn_by_asking_again_whether_there_is_an_answer(settings, as_person, reviewer, session, dana, became):
    settings.INDEPENDENT_REVIEW = True
    opinion = ask(session, reviewer, dana)
    if became == "declined":
        decline_second_opinion(opinion=opinion)
    elif became == "answered":
        close_second_opinions(session_id=session.pk, user=dana, label=label(dana, session))
    client = as_person(reviewer)

    again = post(client, session, dana.pk, headers=HTMX, client_key="opinion-key-2")
    once_more = post(client, session, dana.pk, headers=HTMX)

    assert (again.status_code, again.context["form"].non_field_errors()) == (409, ["You have asked Dana Reyes already."])
    assert once_more.status_code == 200
    assert SecondOpinion.objects.count() == 1


@pytest.mark.parametrize("is_labeled", [True, False])
def test_who_may_see_the_answer_asks_anew_once_it_is_there(settings, as_person, reviewer, session, dana, is_labeled):
    settings.INDEPENDENT_REVIEW = is_labeled
    ask(session, reviewer, dana)
    close_second_opinions(session_id=session.pk, user=dana, label=label(dana, session))
    if is_labeled:
        label(reviewer, session)

    assert post(as_person(reviewer), session, dana.pk, headers=HTMX, client_key="opinion-key-2").status_code == 200
    assert SecondOpinion.objects.filter(closed_at=None).count() == 1


@pytest.mark.parametrize("who", ["myself", "inactive", "out of reach"])
def test_who_cannot_label_the_session_cannot_be_asked(as_person, reviewer, session, other_agent, who):
    people = {
        "myself": lambda: reviewer,
        "inactive": lambda: UserFactory(is_active=False),
        "out of reach": lambda: UserFactory(all_agents=False, agents=[other_agent]),
    }
    person = people[who]()

    with pytest.raises(CannotBeAsked):
        ask(session, reviewer, person)
    answer = post(as_person(reviewer), session, person.pk)

    assert answer.status_code == 422
    assert b"Not sent." in answer.content
    assert not SecondOpinion.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"asked_of": ""},
        {"asked_of": "x"},
        {"asked_of": 10**40},
        {"asked_of": "\0"},
        {"note": "x" * 501},
        {"note": "\0"},
        {"client_key": ""},
        {"client_key": "\0" * 9},
    ],
)
@pytest.mark.parametrize("headers", [None, HTMX], ids=["page", "fragment"])
def test_what_cannot_be_read_is_refused_in_words(as_person, reviewer, session, dana, wrong, headers):
    answer = post(as_person(reviewer), session, **{"of": dana.pk, "headers": headers, **wrong})

    assert answer.status_code == 422
    assert not SecondOpinion.objects.exists()


@pytest.mark.parametrize("note", ["<script>alert(1)</script>", "{{ 7|add:7 }}", "日本語", "\u202eexe", "a" * 500, ""])
def test_any_note_is_shown_as_words(as_person, reviewer, session, dana, note):
    post(as_person(reviewer), session, dana.pk, note=note)

    page = as_person(dana).get("/review/").content.decode()
    assert SecondOpinion.objects.get().note == note
    assert "<script>alert" not in page


def test_a_session_out_of_reach_is_not_there(as_person, narrow_reviewer, other_agent, dana):
    hidden = SessionFactory(seen_agent=other_agent)

    assert post(as_person(narrow_reviewer), hidden, dana.pk).status_code == 404
    assert as_person(narrow_reviewer).get(f"/sessions/{hidden.pk}/second-opinions/").status_code == 404


def test_without_the_token_of_the_page_nobody_is_asked(reviewer, session, dana):
    client = Client(enforce_csrf_checks=True)
    client.force_login(reviewer)

    assert post(client, session, dana.pk).status_code == 403
    assert client.post(f"/second-opinions/{SecondOpinionFactory(asked_of=reviewer).pk}/refusal/").status_code == 403
    assert SecondOpinion.objects.filter(closed_at=None).count() == 1


def test_what_left_my_reach_waits_for_me_no_more(session, narrow_reviewer, other_agent, reviewer):
    ask(session, reviewer, narrow_reviewer)
    before = count_waiting(narrow_reviewer, scope=get_scope(narrow_reviewer))
    narrow_reviewer.agents.set([other_agent])

    assert (before, count_waiting(narrow_reviewer, scope=get_scope(narrow_reviewer)), notes(narrow_reviewer)) == (1, 0, [])


# --- answering


def test_a_label_closes_it_and_withdrawing_the_label_asks_again(reviewer, session, dana):
    ask(session, reviewer, dana)
    given = label(dana, session)

    assert close_second_opinions(session_id=session.pk, user=dana, label=given) == 1
    assert (SecondOpinion.objects.get().label, count_waiting(dana, scope=get_scope(dana))) == (given.pk, 0)

    withdraw_label(label=given, by=dana)
    assert reopen_second_opinions(label=given) == 1
    assert (SecondOpinion.objects.get().label, count_waiting(dana, scope=get_scope(dana))) == (None, 1)


def test_what_was_asked_anew_is_not_opened_twice(reviewer, session, dana):
    ask(session, reviewer, dana)
    given = label(dana, session)
    close_second_opinions(session_id=session.pk, user=dana, label=given)
    ask(session, reviewer, dana, client_key="opinion-key-2")

    assert reopen_second_opinions(label=given) == 0


@pytest.mark.django_db(transaction=True)
def test_an_undo_waits_for_who_asks_anew_at_the_same_moment(reviewer, session, dana):
    ask(session, reviewer, dana)
    given = label(dana, session)
    close_second_opinions(session_id=session.pk, user=dana, label=given)
    is_asked = Event()

    def work(n):
        if n:
            is_asked.wait(5)
            undo(label=given, by=dana)
            return
        with transaction.atomic():
            ask(session, reviewer, dana, client_key="opinion-key-2")
            is_asked.set()
            wait_for_a_lock()

    together(2, work)

    assert [opinion.client_key for opinion in SecondOpinion.objects.filter(closed_at=None)] == ["opinion-key-2"]
    assert LabelWithdrawal.objects.filter(label=given).exists()


@pytest.mark.django_db(transaction=True)
def test_who_asks_anew_at_the_moment_of_an_undo_is_told_that_it_waits(reviewer, session, dana):
    ask(session, reviewer, dana)
    given = label(dana, session)
    close_second_opinions(session_id=session.pk, user=dana, label=given)
    is_undone = Event()

    def work(n):
        if n:
            is_undone.wait(5)
            with pytest.raises(AlreadyAsked):
                ask(session, reviewer, dana, client_key="opinion-key-2")
            return
        with transaction.atomic():
            undo(label=given, by=dana)
            is_undone.set()
            wait_for_a_lock()

    together(2, work)

    assert [opinion.client_key for opinion in SecondOpinion.objects.all()] == ["opinion-key-1"]


def wait_for_a_lock():
    """Until another connection waits for what this one holds."""
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("Nobody waits.")


def test_a_label_closes_only_what_was_asked_of_its_rater_on_its_session(reviewer, manager, session, dana):
    ask(session, reviewer, dana)
    ask(session, reviewer, manager, client_key="opinion-key-2")
    ask(SessionFactory(), reviewer, dana)

    assert close_second_opinions(session_id=session.pk, user=dana, label=label(dana, session)) == 1
    assert SecondOpinion.objects.filter(closed_at=None).count() == 2


def test_declining_closes_it_without_a_label(as_person, reviewer, session, dana):
    opinion = ask(session, reviewer, dana)
    client = as_person(dana)

    answers = [client.post(f"/second-opinions/{opinion.pk}/refusal/", {"from": place})["Location"] for place in ("", "session")]

    opinion.refresh_from_db()
    assert answers == ["/review/", f"/sessions/{session.pk}/"]
    assert (opinion.closed_at is not None, opinion.label) == (True, None)


def test_declining_what_a_label_has_closed_changes_nothing(reviewer, session, dana):
    opinion = ask(session, reviewer, dana)
    close_second_opinions(session_id=session.pk, user=dana, label=label(dana, session))

    decline_second_opinion(opinion=opinion)

    assert SecondOpinion.objects.get().label is not None


def test_only_the_one_who_was_asked_declines(as_person, reviewer, manager, session, dana):
    opinion = ask(session, reviewer, dana)

    for person in (reviewer, manager):
        assert as_person(person).post(f"/second-opinions/{opinion.pk}/refusal/").status_code == 404
    assert as_person(dana).get(f"/second-opinions/{opinion.pk}/refusal/").status_code == 405
    assert as_person(dana).post(f"/second-opinions/{10**40}/refusal/").status_code == 404
    assert SecondOpinion.objects.get().closed_at is None


# --- a note may hold a judgment


@pytest.mark.parametrize("labels_first", [True, False])
def test_the_note_is_hidden_until_the_colleague_has_judged(settings, as_person, reviewer, session, dana, labels_first):
    settings.INDEPENDENT_REVIEW = labels_first
    ask(session, reviewer, dana)

    page = as_person(dana).get("/review/").content.decode()
    before = [(one.note, one.is_note_hidden) for one in get_opinions_asked(session, viewer=dana)]
    given = label(dana, session)
    close_second_opinions(session_id=session.pk, user=dana, label=given)
    after = [(one.note, one.is_note_hidden) for one in get_opinions_asked(session, viewer=dana)]

    assert "Is this BAD" not in page
    assert "Their note is hidden until you label it." in page
    assert (before, after) == ([("", True)], [("Is this BAD? Call ••• 0142.", False)])
    assert not Exposure.objects.exists()
    # Who asks has looked, and chose this session.
    assert not given.independent


@pytest.mark.parametrize("note", ["", "Is this BAD?"])
def test_a_label_that_a_colleague_asked_for_is_not_independent_and_one_after_a_refusal_is(reviewer, manager, session, dana, note):
    ask(session, reviewer, dana, note=note)
    ask(session, reviewer, manager, note=note, client_key="opinion-key-2")
    decline_second_opinion(opinion=SecondOpinion.objects.get(asked_of=manager))

    assert (label(dana, session).independent, label(manager, session).independent) == (False, True)


def test_what_was_asked_is_shown_to_the_one_who_was_asked_alone(reviewer, manager, session, dana):
    ask(session, reviewer, dana)

    assert [one.by for one in get_opinions_asked(session, viewer=dana)] == ["Amara Osei"]
    assert get_opinions_asked(session, viewer=manager) == get_opinions_asked(session, viewer=reviewer) == []


# --- who is proposed


def proposed(session, asker):
    peer = get_proposed_peer(session, asker=asker)
    return peer.name if peer else None


def test_the_reviewer_with_the_fewest_open_requests_is_proposed(session, reviewer, dana, manager):
    ben = UserFactory(name="Ben Ito")
    assert proposed(session, reviewer) == "Ben Ito"

    SecondOpinionFactory(asked_of=ben, asked_by=manager)
    assert proposed(session, reviewer) == "Dana Reyes"

    SecondOpinionFactory.create_batch(2, asked_of=dana, asked_by=manager)
    assert proposed(session, reviewer) == "Ben Ito"

    SecondOpinion.objects.filter(asked_of=dana).update(closed_at=Now())
    assert proposed(session, reviewer) == "Dana Reyes"


def test_nobody_is_proposed_who_does_not_cover_it_speak_it_or_was_asked(reviewer, agent, other_agent):
    session = SessionFactory(seen_agent=agent, language="es")
    UserFactory(name="Elsewhere", all_agents=False, agents=[other_agent])
    UserFactory(name="English", languages=["en"])
    assert proposed(session, reviewer) is None

    spanish = UserFactory(name="Spanish", languages=["de", "es"])
    assert proposed(session, reviewer) == "Spanish"

    ask(session, reviewer, spanish)
    decline_second_opinion(opinion=SecondOpinion.objects.get())
    assert proposed(session, reviewer) is None


def test_a_manager_is_proposed_where_no_reviewer_is_left(session, reviewer, manager):
    assert proposed(session, reviewer) == str(manager)


def test_who_has_judged_is_left_out_only_for_who_may_know_it(settings, session, reviewer, dana, manager):
    settings.INDEPENDENT_REVIEW = True
    label(dana, session)

    assert proposed(session, manager) == str(reviewer)
    assert proposed(session, reviewer) == "Dana Reyes"


def test_the_form_has_the_proposed_peer_chosen_and_the_button_in_focus(as_person, reviewer, session, dana):
    form = as_person(reviewer).get(f"/sessions/{session.pk}/second-opinions/", headers=HTMX).content.decode()

    assert f'<option value="{dana.pk}" selected>' in form
    assert "Proposed: Dana Reyes. Enter asks them." in form
    assert 'type="submit" aria-describedby="proposed" autofocus>' in form
