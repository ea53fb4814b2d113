"""Working a queue on its pages: the way in, one session after the other, what is put off, and what is refused."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from labeling.models import Assignment, Draft, Exposure, Label, Pass
from labeling.models.queue import OpenTo, QueueState, Reason
from labeling.operations.claims import claim_next, void_places
from labeling.queries.queue_work import Tally, get_left, get_tally, get_work
from labeling.queries.scopes import get_scope
from sessions_app.models import Session
from sessions_app.scope import EVERYTHING
from tests.factories import NOON, AssignmentFactory, DrawFactory, PassFactory, QueueFactory, TranscriptFactory, UserFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def queue():
    return QueueFactory(slug="week-47", name="Random sample, week 47")


@pytest.fixture
def colleague():
    return UserFactory(name="Mei Tanaka")


@pytest.fixture
def places(queue, agent):
    draw = DrawFactory(queue=queue)
    return [
        AssignmentFactory(
            queue=queue,
            draw=draw,
            session=TranscriptFactory(session__seen_agent=agent, session__transcript_state="held", session__turns=3).session,
            position=number,
        )
        for number in range(3)
    ]


@pytest.fixture
def client(client, reviewer):
    client.force_login(reviewer)
    return client


def at(place):
    return f"/review/q/{place.queue.slug}/s/{place.session_id}/"


def words(answer):
    return " ".join(answer.content.decode().split())


def submit(client, place, *, headers=None, **more):
    sent = {"code": "GOOD", "client_key": f"key-of-{place.pk}-{len(more)}", "queue": place.queue.slug, "then": "next", **more}
    return client.post(f"/labels/{place.session_id}/", sent, headers=headers)


def row(place):
    return Assignment.objects.get(pk=place.pk)


def lose(place, to):
    """The lease ends, and a colleague is handed the place."""
    Assignment.objects.filter(pk=place.pk).update(lease_until=Now() - timedelta(seconds=1))
    assert claim_next(queue=place.queue, by=to, scope=EVERYTHING) == place


class TestThePageOfAQueue:
    def test_says_how_far_it_is_and_leads_in(self, client, places, reviewer, colleague):
        claim_next(queue=places[0].queue, by=reviewer, scope=EVERYTHING)
        submit(client, places[0], then="")
        claim_next(queue=places[0].queue, by=colleague, scope=EVERYTHING)

        said = words(client.get("/review/q/week-47/"))
        assert "you 1, team 1 of 3" in said
        assert "2 labels are still wanted" in said
        assert 'action="/review/q/week-47/next/"' in said

    def test_hides_a_rule_that_speaks_of_judgments_where_review_is_independent(self, client, queue, places):
        queue.query = "auto=BAD"
        queue.save()
        assert "Auto" not in words(client.get("/review/q/week-47/"))
        queue.is_independent = False
        queue.save()

        assert "BAD" in words(client.get("/review/q/week-47/"))

    def test_says_that_it_is_done(self, client, places):
        Assignment.objects.update(state="void")
        Assignment.objects.filter(pk=places[0].pk).update(state="done", person=UserFactory(), label=1, done_at=NOON)

        said = words(client.get("/review/q/week-47/"))
        assert "Random sample, week 47 is done" in said
        assert "next/" not in said

    def test_says_who_holds_what_is_left_and_what_was_put_off(self, client, queue, places, reviewer, colleague):
        claim_next(queue=queue, by=colleague, scope=EVERYTHING)
        PassFactory(queue=queue, session=places[1].session, person=reviewer, until=Now() + timedelta(minutes=30))
        PassFactory(queue=queue, session=places[2].session, person=reviewer, kind="cannot")

        answer = client.post("/review/q/week-47/next/")
        assert (answer.status_code, answer["Location"]) == (303, "/review/q/week-47/")
        said = words(client.get(answer["Location"]))
        assert "1 is held by a colleague until" in said
        assert "1 you put off until" in said
        assert "1 you put aside" in said
        assert "Nothing for you right now" in said

    def test_gives_back_what_was_put_off(self, client, queue, places, reviewer):
        for place in places:
            PassFactory(queue=queue, session=place.session, person=reviewer, until=Now() + timedelta(minutes=30))

        assert "Review the 3 put off" in words(client.get("/review/q/week-47/"))
        assert client.post("/review/q/week-47/next/", {"put_off": "1"})["Location"] == at(places[0])

    @pytest.mark.parametrize(("state", "sentence"), [(QueueState.PAUSED, "This queue is paused"), (QueueState.CLOSED, "This queue is closed")])
    def test_says_that_nobody_is_handed_anything(self, client, queue, places, state, sentence):
        queue.state = state
        queue.save()

        assert sentence in words(client.get("/review/q/week-47/"))
        assert client.post("/review/q/week-47/next/")["Location"] == "/review/q/week-47/"
        assert not Assignment.objects.filter(state="claimed").exists()

    def test_says_that_it_was_deleted(self, client, queue, places):
        queue.state = QueueState.DELETED
        queue.save()

        answer = client.get("/review/q/week-47/")
        assert answer.status_code == 410
        assert "This queue was deleted" in words(answer)

    def test_is_not_there_for_who_may_not_work_it(self, client, queue, places):
        queue.open_to = OpenTo.CHOSEN
        queue.save()

        assert client.get("/review/q/week-47/").status_code == 404
        assert client.post("/review/q/week-47/next/").status_code == 404
        assert client.get("/review/q/never-was/").status_code == 404

    def test_is_refused_to_who_may_not_read_what_was_said(self, client, places, reviewer):
        reviewer.may_read_transcripts = False
        reviewer.save()

        assert client.post("/review/q/week-47/next/").status_code == 403
        assert not Assignment.objects.filter(state="claimed").exists()

    def test_is_not_there_without_a_session_in_reach(self, client, queue, places, narrow_reviewer, other_agent):
        client.force_login(narrow_reviewer)
        assert client.get("/review/q/week-47/").status_code == 200
        Session.objects.update(seen_agent=other_agent)

        assert client.get("/review/q/week-47/").status_code == 404
        assert client.post("/review/q/week-47/next/").status_code == 404

    def test_counts_what_is_in_reach_only(self, queue, places, narrow_reviewer, other_agent):
        Session.objects.filter(pk=places[0].session_id).update(seen_agent=other_agent)

        assert get_tally(queue, narrow_reviewer, get_scope(narrow_reviewer)).total == 2
        assert get_left(queue, narrow_reviewer, get_scope(narrow_reviewer)).is_some

    def test_of_a_large_one_keeps_for_a_while_what_the_others_did_and_never_what_one_did_oneself(self, client, queue, places, reviewer, colleague, monkeypatch):
        monkeypatch.setattr("labeling.queries.queue_work.MANY", len(places) - 1)
        assert get_tally(queue, reviewer, EVERYTHING) == Tally(mine=0, team=0, total=3)
        Assignment.objects.filter(pk=places[2].pk).update(state="done", person=colleague, label=1, done_at=Now())
        assert get_tally(queue, reviewer, EVERYTHING) == Tally(mine=0, team=0, total=3)

        client.post("/review/q/week-47/next/")
        submit(client, places[0], then="")

        assert get_tally(queue, reviewer, EVERYTHING) == Tally(mine=1, team=1, total=3)
        cache.clear()
        assert get_tally(queue, reviewer, EVERYTHING) == Tally(mine=1, team=2, total=3)

    def test_asks_the_same_number_of_questions_however_much_is_in_it(self, client, queue, places, agent):
        client.get("/review/q/week-47/")
        with CaptureQueriesContext(connection) as few:
            client.get("/review/q/week-47/")
        for number in range(10):
            AssignmentFactory(queue=queue, draw=places[0].draw, position=number + 3)
        with CaptureQueriesContext(connection) as many:
            client.get("/review/q/week-47/")

        assert len(many) == len(few)


class TestASessionOfAQueue:
    def test_is_claimed_by_a_post_alone(self, client, places):
        assert client.get("/review/q/week-47/next/").status_code == 405
        assert "This session is not yours" in words(client.get(at(places[0])))
        assert not Assignment.objects.filter(state="claimed").exists()

        answer = client.post("/review/q/week-47/next/")
        assert (answer.status_code, answer["Location"]) == (303, at(places[0]))

    def test_shows_the_queue_and_why_it_is_there(self, client, queue, places):
        client.post("/review/q/week-47/next/")

        said = words(client.get(at(places[0])))
        assert "Random sample, week 47" in said
        assert "you 0, team 0 of 3" in said
        assert "Drawn for independent review" in said
        assert "Submit and next" in said

    @pytest.mark.parametrize(("reason", "sentence"), [(Reason.TOOL_ERROR, "Tool error"), (Reason.DRAWN, "Drawn at random")])
    def test_of_an_open_queue_says_the_reason(self, queue, places, reviewer, reason, sentence):
        queue.is_independent = False
        queue.save()
        Assignment.objects.filter(pk=places[0].pk).update(reason=reason)
        claim_next(queue=queue, by=reviewer, scope=EVERYTHING)

        assert get_work(queue, places[0].session, reviewer, EVERYTHING).why(is_open=False) == sentence

    def test_hides_a_reason_that_is_a_judgment_until_judgments_are_open(self, queue, places, reviewer):
        queue.is_independent = False
        queue.save()
        Assignment.objects.filter(pk=places[0].pk).update(reason=Reason.AUTO_LOW)
        claim_next(queue=queue, by=reviewer, scope=EVERYTHING)

        work = get_work(queue, places[0].session, reviewer, EVERYTHING)
        assert work.why(is_open=False) == "Matches the rule of the queue"
        assert work.why(is_open=True) == "Low auto-rating"

    def test_that_a_colleague_holds_says_so(self, client, queue, places, colleague):
        claim_next(queue=queue, by=colleague, scope=EVERYTHING)

        said = words(client.get(at(places[0])))
        assert "Mei Tanaka has this session" in said
        assert "Next session" in said
        assert not Exposure.objects.exists()

    def test_of_another_queue_is_not_there(self, client, places):
        other = QueueFactory(slug="other")

        assert client.get(f"/review/q/{other.slug}/s/{places[0].session_id}/").status_code == 404

    def test_outside_of_ones_reach_is_not_there(self, client, places, narrow_reviewer, other_agent):
        Session.objects.filter(pk=places[0].session_id).update(seen_agent=other_agent)
        client.force_login(narrow_reviewer)

        for method, path in (("get", at(places[0])), ("post", f"{at(places[0])}pass/"), ("post", f"{at(places[0])}lease/")):
            assert getattr(client, method)(path).status_code == 404

    def test_leads_back_and_forth_through_what_was_done(self, client, queue, places, reviewer):
        for place in places[:2]:
            client.post("/review/q/week-47/next/")
            submit(client, place, then="")

        first, second = (get_work(queue, place.session, reviewer, EVERYTHING) for place in places[:2])
        assert (first.previous, first.next) == (None, places[1].session_id)
        assert (second.previous, second.next) == (places[0].session_id, None)
        assert 'form="queue-next"' in words(client.get(at(places[1])))

    def test_says_when_the_claim_is_about_to_end_and_when_it_ended(self, client, queue, places):
        client.post("/review/q/week-47/next/")
        assert "Yours until" not in words(client.get(at(places[0])))
        Assignment.objects.filter(pk=places[0].pk).update(lease_until=Now() + timedelta(minutes=1))
        assert "Yours until" in words(client.get(at(places[0])))
        Assignment.objects.filter(pk=places[0].pk).update(lease_until=Now() - timedelta(minutes=1))

        assert "Your claim ended; nobody has taken it yet." in words(client.get(at(places[0])))


class TestSubmitAndNext:
    def test_fills_the_place_and_shows_the_next_session(self, client, places):
        client.post("/review/q/week-47/next/")
        answer = submit(client, places[0], headers=HTMX)

        assert (answer.status_code, answer["HX-Push-Url"]) == (200, at(places[1]))
        assert f'data-session="{places[1].session_id}"' in answer.content.decode()
        assert "Saved GOOD" in words(answer)
        assert (row(places[0]).state, row(places[1]).state) == ("done", "claimed")

    def test_works_without_a_script(self, client, places):
        client.post("/review/q/week-47/next/")

        answer = submit(client, places[0])
        assert (answer.status_code, answer["Location"]) == (303, at(places[1]))

    def test_ends_on_the_page_of_the_queue(self, client, places):
        for place in places[:2]:
            client.post("/review/q/week-47/next/")
            submit(client, place, then="")
        client.post("/review/q/week-47/next/")

        assert submit(client, places[2], headers=HTMX)["HX-Redirect"] == "/review/q/week-47/"

    def test_that_comes_too_late_is_told_and_keeps_the_draft(self, client, places, colleague, reviewer):
        client.post("/review/q/week-47/next/")
        lose(places[0], colleague)
        answer = submit(client, places[0], headers=HTMX, comments="The day was wrong.", code="BAD")

        said = words(answer)
        assert answer.status_code == 409
        assert "Mei Tanaka is labeling this session." in said
        assert "The day was wrong." in said
        assert "Next session" in said
        assert not Label.objects.exists()
        kept = Draft.objects.get(user=reviewer)
        assert (kept.code, kept.comment, kept.is_open) == ("BAD", "The day was wrong.", True)

    def test_of_a_session_that_was_erased_is_told_and_nothing_of_it_is_kept(self, client, places):
        client.post("/review/q/week-47/next/")
        Session.objects.filter(pk=places[0].session_id).update(erased_at=Now())
        void_places(sessions=[places[0].session_id])
        answer = submit(client, places[0], headers=HTMX, comments="Their name was Ann.")

        assert answer.status_code == 409
        assert "This session was erased." in words(answer)
        assert "Your draft is kept" not in words(answer)
        assert Draft.objects.get().comment == ""

    def test_anyway_makes_a_label_without_a_place(self, client, places, colleague):
        client.post("/review/q/week-47/next/")
        lose(places[0], colleague)
        answer = submit(client, places[0], headers=HTMX, anyway="1")

        assert answer["HX-Push-Url"] == at(places[1])
        assert Label.objects.get().assignment is None
        assert row(places[0]).person == colleague

    @pytest.mark.parametrize(
        ("state", "sentence"),
        [
            (QueueState.PAUSED, "This queue was paused."),
            (QueueState.CLOSED, "This queue was closed."),
            (QueueState.DELETED, "This queue was deleted."),
        ],
    )
    def test_into_a_queue_that_is_over_is_told(self, client, queue, places, state, sentence):
        client.post("/review/q/week-47/next/")
        queue.state = state
        queue.save()
        answer = submit(client, places[0], headers=HTMX)

        assert answer.status_code == 409
        assert sentence in words(answer)
        assert not Label.objects.exists()
        assert submit(client, places[0], headers=HTMX, anyway="1")["HX-Redirect"] == "/review/q/week-47/"
        assert Label.objects.count() == 1

    def test_refused_without_a_script_shows_the_whole_page(self, client, places, colleague):
        client.post("/review/q/week-47/next/")
        lose(places[0], colleague)

        answer = submit(client, places[0], comments="Kept.")
        assert answer.status_code == 409
        assert "<html" in words(answer)
        assert "Kept." in words(answer)

    def test_of_an_invalid_form_keeps_the_claim(self, client, places):
        client.post("/review/q/week-47/next/")

        assert submit(client, places[0], headers=HTMX, code="").status_code == 422
        assert row(places[0]).state == "claimed"

    def test_into_a_queue_one_may_not_work_is_a_label_of_the_session(self, client, queue, places):
        queue.open_to = OpenTo.CHOSEN
        queue.save()

        assert submit(client, places[0])["Location"].startswith(f"/sessions/{places[0].session_id}/")
        assert Label.objects.get().assignment is None

    @pytest.mark.parametrize("slug", ["never-was", "x" * 300, "\x00", "%", "../.."])
    def test_into_a_queue_that_never_was_is_a_label_of_the_session(self, client, places, slug):
        assert submit(client, places[0], queue=slug).status_code == 302
        assert Label.objects.count() == 1

    def test_undone_comes_back_to_the_session_in_its_queue(self, client, places):
        client.post("/review/q/week-47/next/")
        submit(client, places[0])
        given = Label.objects.get()

        answer = client.post(f"/labels/{given.session_id}/{given.pk}/withdrawal/", {"queue": "week-47", "at": places[1].session_id}, headers=HTMX)
        assert answer["HX-Push-Url"] == at(places[0])
        assert row(places[0]).state == "claimed"
        assert submit(client, places[0], headers=HTMX, client_key="another-key")["HX-Push-Url"] == at(places[1])


class TestPassing:
    def test_leads_on_and_can_be_said_otherwise_and_taken_back(self, client, places):
        client.post("/review/q/week-47/next/")
        answer = client.post(f"{at(places[0])}pass/", headers=HTMX)
        assert answer["HX-Push-Url"] == at(places[1])
        assert "comes back to you in an hour" in words(answer)

        answer = client.post(f"{at(places[0])}pass/", {"kind": "not_mine"}, headers=HTMX)
        assert "Not mine: left to others" in words(answer)
        assert 'id="pass-toast"' in words(answer)
        assert row(places[1]).state == "claimed"

        assert client.post(f"{at(places[0])}pass/withdrawal/", headers=HTMX)["HX-Redirect"] == at(places[0])
        assert row(places[0]).state == "claimed"

    def test_works_without_a_script(self, client, places):
        client.post("/review/q/week-47/next/")
        answer = client.post(f"{at(places[0])}pass/")

        assert answer["Location"] == f"{at(places[1])}?passed={places[0].session_id}"
        assert "comes back to you in an hour" in words(client.get(answer["Location"]))
        assert client.post(f"{at(places[0])}pass/", {"kind": "cannot"})["Location"] == f"/review/q/week-47/?passed={places[0].session_id}"
        assert client.post(f"{at(places[0])}pass/withdrawal/")["Location"] == at(places[0])

    def test_a_session_that_is_gone_by_now_leads_to_the_queue(self, client, places, colleague):
        client.post("/review/q/week-47/next/")
        client.post(f"{at(places[0])}pass/")
        claim_next(queue=places[0].queue, by=colleague, scope=EVERYTHING)

        answer = client.post(f"{at(places[0])}pass/withdrawal/", follow=True)
        assert "A colleague has taken that session since." in words(answer)

    def test_what_one_does_not_hold_is_not_there(self, client, places):
        assert client.post(f"{at(places[0])}pass/").status_code == 404
        assert not Pass.objects.exists()

    def test_for_no_known_reason_changes_nothing(self, client, places):
        client.post("/review/q/week-47/next/")

        assert client.post(f"{at(places[0])}pass/", {"kind": "bored"}).status_code == 303
        assert row(places[0]).state == "claimed"


class TestALease:
    @pytest.fixture
    def ending(self, client, places):
        client.post("/review/q/week-47/next/")
        Assignment.objects.filter(pk=places[0].pk).update(lease_until=Now() + timedelta(seconds=5))
        return places[0]

    @pytest.mark.parametrize("beat", ["lease", "presence", "draft"])
    def test_is_renewed_by_work(self, client, ending, beat):
        if beat == "lease":
            answer = client.post(f"{at(ending)}lease/", headers=HTMX)
            assert 'id="queue-lease"' in words(answer)
        elif beat == "presence":
            client.post(f"/sessions/{ending.session_id}/presence/", headers=HTMX)
        else:
            form = "application/x-www-form-urlencoded"
            assert client.patch(f"/labels/{ending.session_id}/draft/", "client_key=a-key-of-a-tab&sequence=1", content_type=form).status_code == 200

        assert Assignment.objects.filter(pk=ending.pk, lease_until__gt=Now() + timedelta(minutes=9)).exists()

    def test_that_was_lost_says_who_has_it(self, client, ending, colleague):
        lose(ending, colleague)

        said = words(client.post(f"{at(ending)}lease/", headers=HTMX))
        assert "Mei Tanaka has this session by now. Your draft is kept." in said
        assert "hx-post" not in said

    def test_is_asked_for_without_a_script_too(self, client, ending):
        assert client.post(f"{at(ending)}lease/")["Location"] == at(ending)
