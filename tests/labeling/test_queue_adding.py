"""Adding to a queue by hand: exactly those that were shown, at its end, once, and back again."""

import re
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db.models.functions import Now
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from labeling import tasks
from labeling.models import Assignment, Draw, Event, Queue
from labeling.models.bulk_action import MOST_IN_BULK
from labeling.operations import queue_adding
from labeling.operations.queue_adding import (
    NothingToAdd,
    NotUndoable,
    QueueEnded,
    Stopped,
    TooManyToAdd,
    WouldBendSample,
    add_all,
    ask_to_add,
    take_back_all,
    undo_addition,
)
from labeling.queries.queue_additions import digest_of, get_addition, get_targets
from labeling.roles import Role
from sessions_app.models import Session
from sessions_app.scope import EVERYTHING
from tests.factories import NOON, AssignmentFactory, DrawFactory, QueueFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def sessions(agent):
    """Five, newest first."""
    return [SessionFactory(seen_agent=agent, timestamp=NOON - timedelta(minutes=number)) for number in range(5)]


@pytest.fixture
def queue(manager):
    return make_queue(slug="problems", name="Problems", created_by=manager)


def make_queue(**how):
    return QueueFactory(**{"draw_kind": "all", "seed": None, "size": None} | how)


def place(queue, session, **how):
    return AssignmentFactory(queue=queue, session=session, reason="rule", **how)


def pks(sessions):
    return [session.pk for session in sessions]


def ask(queue, sessions, by, key="key-of-a-form"):
    return ask_to_add(queue=queue, sessions=pks(sessions), by=by, client_key=key, query="channel=voice")


def added(draw, **more):
    args = ProcrastinateJob.objects.get(task_name="labeling.tasks.add_to_queue", args__draw=draw.pk).args
    add_all(draw_pk=args["draw"], sessions=args["sessions"], **more)
    draw.refresh_from_db()
    return draw


def undone(draw, by):
    undo_addition(draw=draw, by=by)
    take_back_all(draw_pk=draw.pk, by_pk=by.pk)
    draw.refresh_from_db()
    return draw


def members(queue):
    """In the order of work."""
    live = Assignment.objects.filter(queue=queue).exclude(state="void").order_by("position", "slot")
    return list(dict.fromkeys(live.values_list("session", flat=True)))


class TestAsking:
    def test_keeps_the_sessions_and_asks_the_worker_by_a_task_that_exists(self, queue, sessions, manager):
        draw = ask(queue, sessions, manager)

        job = ProcrastinateJob.objects.get()
        assert job.args == {"draw": draw.pk, "sessions": pks(sessions), "client_key": "key-of-a-form"}
        assert app.tasks[job.task_name] is tasks.add_to_queue
        assert (draw.kind, draw.state, draw.frame, draw.query, draw.asked_by) == ("added", "waiting", 5, "channel=voice", manager)

    def test_with_the_same_key_gives_the_first_addition(self, queue, sessions, manager):
        first = ask(queue, sessions, manager)

        assert ask(queue, sessions[:2], manager) == first
        assert ProcrastinateJob.objects.count() == 1
        assert ask(queue, sessions, UserFactory(role=Role.MANAGER)) != first

    def test_of_a_random_sample_is_refused(self, sessions, manager):
        with pytest.raises(WouldBendSample):
            ask(QueueFactory(), sessions, manager)
        assert not Draw.objects.exists()

    @pytest.mark.parametrize("state", ["closed", "deleted"])
    def test_of_a_queue_that_has_ended_is_refused(self, queue, sessions, manager, state):
        Queue.objects.update(state=state)

        with pytest.raises(QueueEnded):
            ask(queue, sessions, manager)

    def test_of_none_or_of_too_many_is_refused(self, queue, sessions, manager, monkeypatch):
        with pytest.raises(NothingToAdd):
            ask(queue, [], manager)
        with pytest.raises(TooManyToAdd):
            ask_to_add(queue=queue, sessions=range(1, MOST_IN_BULK + 2), by=manager, client_key="key-of-a-form")
        monkeypatch.setattr(queue_adding, "MOST_IN_QUEUE", 5)
        place(queue, SessionFactory())
        with pytest.raises(TooManyToAdd):
            ask(queue, sessions, manager)
        assert ask(queue, sessions[:4], manager)


class TestAdding:
    @pytest.mark.parametrize("order", ["drawn", "newest", "oldest", "priority"])
    def test_puts_them_at_the_end_in_their_order(self, queue, sessions, manager, order):
        Queue.objects.update(order=order)
        first = place(queue, SessionFactory(), position=7).session

        draw = added(ask(queue, sessions, manager))

        assert members(queue) == [first.pk, *pks(sessions)]
        assert (draw.state, draw.drawn, draw.frame) == ("finished", 5, 5)
        rows = Assignment.objects.filter(draw=draw)
        assert set(rows.values_list("reason", "state", "probability", "slot")) == {("added", "open", None, 1)}

    def test_makes_as_many_places_as_the_queue_wants_labels(self, manager, agent):
        queue = make_queue(labels_wanted=2, more_percent=30, more_labels=4)
        many = [SessionFactory(seen_agent=agent) for _ in range(10)]

        draw = added(ask(queue, many, manager))

        slots = [Assignment.objects.filter(draw=draw, session=session).count() for session in many]
        assert sorted(slots) == [2] * 7 + [4] * 3

    def test_leaves_out_and_counts_what_came_into_it_or_went_meanwhile(self, queue, sessions, manager):
        draw = ask(queue, sessions, manager)
        place(queue, sessions[1])
        Session.objects.filter(pk=sessions[2].pk).update(erased_at=NOON, transcript_state="erased")

        addition = get_addition(added(draw))

        assert (addition.added, addition.left_out) == (3, 2)
        assert Assignment.objects.filter(session=sessions[1]).count() == 1
        assert not Assignment.objects.filter(session=sessions[2]).exists()

    def test_a_place_that_was_given_up_does_not_stand_in_the_way(self, queue, sessions, manager):
        place(queue, sessions[0], state="void")

        assert added(ask(queue, sessions[:1], manager)).drawn == 1

    def test_leaves_out_what_left_its_makers_reach(self, queue, agent, other_agent):
        person = UserFactory(role=Role.MANAGER, all_agents=False, agents=[agent])
        both = [SessionFactory(seen_agent=agent), SessionFactory(seen_agent=other_agent)]

        assert added(ask(queue, both, person)).drawn == 1
        assert members(queue) == pks(both[:1])

    def test_cut_off_anywhere_ends_like_one_that_was_not(self, queue, manager, agent, monkeypatch):
        monkeypatch.setattr(queue_adding, "BATCH", 7)
        many = [SessionFactory(seen_agent=agent) for _ in range(30)]
        draw = ask(queue, many, manager)
        with pytest.raises(Stopped):
            added(draw, should_stop=lambda: True)
        draw.refresh_from_db()
        assert (draw.state, draw.drawn) == ("running", 7)

        added(draw)
        added(draw)

        assert (draw.state, draw.drawn, members(queue)) == ("finished", 30, pks(many))
        assert Event.objects.filter(kind="queue_changed").count() == 1

    def test_killed_within_a_batch_leaves_nothing_of_that_batch(self, queue, sessions, manager, monkeypatch):
        draw = ask(queue, sessions, manager)

        def kill(**_):
            raise OperationalError

        with monkeypatch.context() as patched:
            patched.setattr(queue_adding, "insert_places", kill)
            with pytest.raises(OperationalError):
                added(draw)
        assert not Assignment.objects.exists()

        assert added(draw).drawn == 5

    def test_of_a_queue_that_ends_meanwhile_stops_and_says_so(self, queue, sessions, manager):
        draw = ask(queue, sessions, manager)
        Queue.objects.update(state="deleted")

        added(draw)

        assert (draw.state, draw.problem) == ("failed", queue_adding.ENDED)
        assert not Assignment.objects.exists()

    def test_by_somebody_who_manages_no_more_stops(self, queue, sessions, manager):
        draw = ask(queue, sessions, manager)
        manager.role = Role.REVIEWER
        manager.save()

        assert added(draw).state == "failed"

    def test_a_fault_ends_it_with_words(self, queue, sessions, manager, monkeypatch):
        draw = ask(queue, sessions, manager)

        def fail(*_):
            raise ValueError

        monkeypatch.setattr(queue_adding, "members_among", fail)
        with pytest.raises(ValueError):
            added(draw)

        draw.refresh_from_db()
        assert (draw.state, draw.problem) == ("failed", queue_adding.FAULT)


class TestUndoing:
    def test_takes_back_what_nobody_has_filled(self, manager, sessions):
        queue = make_queue(labels_wanted=2)
        own = place(queue, SessionFactory())
        draw = added(ask(queue, sessions, manager))
        people = [UserFactory() for _ in range(3)]
        slots = list(Assignment.objects.filter(draw=draw).order_by("position", "slot"))
        Assignment.objects.filter(pk=slots[0].pk).update(state="done", person=people[0], label=1, done_at=NOON)
        Assignment.objects.filter(pk=slots[2].pk).update(state="claimed", person=people[1], lease_until=Now() + timedelta(minutes=5))
        Assignment.objects.filter(pk=slots[4].pk).update(state="claimed", person=people[2], lease_until=Now() - timedelta(minutes=5))
        Assignment.objects.filter(pk=slots[5].pk).update(assigned_to=people[2])

        addition = get_addition(undone(draw, manager))

        assert (addition.is_undone, addition.kept, addition.is_moving, addition.may_undo) == (True, 2, False, False)
        assert members(queue) == [own.session_id, *pks(sessions[:2])]
        assert set(Assignment.objects.filter(draw=draw, state="void").values_list("person", "assigned_to", "lease_until")) == {(None, None, None)}
        assert Event.objects.filter(kind="queue_changed").latest("pk").after == "2 stay"

    def test_of_one_that_is_still_adding_stops_it(self, queue, manager, agent, monkeypatch):
        monkeypatch.setattr(queue_adding, "BATCH", 2)
        many = [SessionFactory(seen_agent=agent) for _ in range(5)]
        draw = ask(queue, many, manager)
        with pytest.raises(Stopped):
            added(draw, should_stop=lambda: True)

        undo_addition(draw=draw, by=manager)
        added(draw)
        take_back_all(draw_pk=draw.pk, by_pk=manager.pk)

        assert members(queue) == []
        assert get_addition(Draw.objects.get(pk=draw.pk)).is_undone

    def test_cut_off_goes_on_and_twice_is_once(self, queue, manager, agent, monkeypatch):
        monkeypatch.setattr(queue_adding, "BATCH", 7)
        many = [SessionFactory(seen_agent=agent) for _ in range(30)]
        draw = added(ask(queue, many, manager))
        undo_addition(draw=draw, by=manager)
        with pytest.raises(NotUndoable):
            undo_addition(draw=draw, by=manager)
        with pytest.raises(Stopped):
            take_back_all(draw_pk=draw.pk, by_pk=manager.pk, should_stop=lambda: True)
        assert Assignment.objects.filter(state="void").count() == 7

        for _ in range(2):
            take_back_all(draw_pk=draw.pk, by_pk=manager.pk)

        assert Assignment.objects.filter(state="void").count() == 30
        with pytest.raises(NotUndoable):
            undo_addition(draw=draw, by=manager)
        job = ProcrastinateJob.objects.get(task_name="labeling.tasks.take_from_queue")
        assert app.tasks[job.task_name] is tasks.take_from_queue

    def test_what_was_taken_back_can_be_added_again(self, queue, sessions, manager):
        undone(added(ask(queue, sessions, manager)), manager)

        assert added(ask(queue, sessions, manager, key="another-form")).drawn == 5


def test_each_queue_is_told_what_it_would_get(manager, sessions):
    one, other = make_queue(name="One"), make_queue(name="Other", labels_wanted=2)
    QueueFactory(name="Sample")
    make_queue(name="Over", state="closed")
    for slot in (1, 2):
        place(other, sessions[0], slot=slot)
    place(other, sessions[1], state="void")

    targets = get_targets(pks(sessions), manager, EVERYTHING)

    assert [(target.queue, len(target.sessions), target.already_in) for target in targets] == [(one, 5, 0), (other, 4, 1)]
    before = digest_of(targets)
    place(one, sessions[2])
    assert digest_of(get_targets(pks(sessions), manager, EVERYTHING)) != before


def field(answer, name):
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', answer.text)[1]


def post(client, **data):
    return client.post("/sessions/additions/", data)


def answer_with(client, preview, queue, **data):
    return post(client, queue=queue.slug, client_key=field(preview, "client_key"), shown=field(preview, "shown"), **data)


class TestPage:
    def test_says_the_numbers_then_adds_them(self, as_person, manager, queue, sessions):
        place(queue, sessions[0])
        client = as_person(manager)

        preview = post(client, session=pks(sessions[:3]), query="channel=voice")
        assert "3 sessions are chosen" in preview.text
        assert "adds 2, 1 in it already" in preview.text
        answer = answer_with(client, preview, queue, session=pks(sessions[:3]), query="channel=voice")

        draw = Draw.objects.get(kind="added")
        assert (answer.status_code, answer["Location"]) == (303, f"/sessions/additions/{draw.pk}/")
        assert ProcrastinateJob.objects.get().args["sessions"] == pks(sessions[1:3])
        assert "Stop and undo" in client.get(answer["Location"]).text
        added(draw)
        assert "2 sessions added" in client.get(answer["Location"]).text
        assert "Problems" in client.get("/sessions/bulk/").text

    def test_of_all_that_match_takes_the_filter_and_the_scope(self, as_person, queue, sessions, agent, other_agent):
        person = UserFactory(role=Role.MANAGER, all_agents=False, agents=[agent])
        Queue.objects.update(created_by=person)
        SessionFactory(seen_agent=other_agent)
        SessionFactory(seen_agent=agent, channel="chat")
        client = as_person(person)

        preview = post(client, all="1", query="channel=voice", session=pks(sessions[:1]))
        answer_with(client, preview, queue, all="1", query="channel=voice")

        assert "5 sessions are chosen" in preview.text
        assert ProcrastinateJob.objects.get().args["sessions"] == pks(sessions)

    def test_asks_anew_when_what_matches_or_a_queue_has_changed(self, as_person, manager, queue, sessions):
        client = as_person(manager)
        preview = post(client, all="1", query="label=none")
        SessionFactory(seen_agent=sessions[0].seen_agent)

        again = answer_with(client, preview, queue, all="1", query="label=none")
        assert (again.status_code, "adds 6" in again.text) == (409, True)
        place(queue, sessions[0])
        third = answer_with(client, again, queue, all="1", query="label=none")
        assert (third.status_code, "adds 5, 1 in it already" in third.text) == (409, True)
        assert not Draw.objects.filter(kind="added").exists()

        assert answer_with(client, third, queue, all="1", query="label=none").status_code == 303

    def test_says_that_samples_take_none_and_does_not_offer_them(self, as_person, manager, queue, sessions):
        sample = QueueFactory(name="Week 47")
        client = as_person(manager)

        preview = post(client, session=pks(sessions))
        answer = answer_with(client, preview, sample, session=pks(sessions))

        assert "Random samples are not offered" in preview.text
        assert sample.slug not in preview.text
        assert (answer.status_code, Draw.objects.count()) == (422, 0)

    def test_without_a_queue_leads_to_making_one(self, as_person, manager, sessions):
        text = post(as_person(manager), session=pks(sessions)).text

        assert "There is no queue that takes sessions by hand" in text
        assert "/queues/new/" in text

    def test_without_a_choice_says_so(self, as_person, manager, queue, sessions):
        client = as_person(manager)
        preview = post(client, session=pks(sessions))

        answer = post(client, session=pks(sessions), client_key=field(preview, "client_key"), shown=field(preview, "shown"))

        assert answer.status_code == 422
        assert "Choose a queue." in answer.text

    def test_twice_confirmed_is_one_addition_also_when_the_first_is_done(self, as_person, manager, queue, sessions):
        client = as_person(manager)
        preview = post(client, session=pks(sessions))

        first = answer_with(client, preview, queue, session=pks(sessions))
        added(Draw.objects.get())
        second = answer_with(client, preview, queue, session=pks(sessions))

        assert (first["Location"], second.status_code, Draw.objects.count()) == (second["Location"], 303, 1)

    @pytest.mark.parametrize(
        "data", [{}, {"session": "x"}, {"session": "9" * 30}, {"all": "1", "query": "start=nonsense"}, {"all": "1", "query": "channel=sms"}], ids=str
    )
    def test_of_nothing_leads_back_to_the_list(self, as_person, manager, sessions, data):
        answer = post(as_person(manager), **data)

        assert (answer.status_code, answer["Location"].split("?")[0]) == (303, "/sessions/")

    def test_is_for_managers(self, as_person, reviewer, manager, queue, sessions):
        draw = DrawFactory(queue=queue, kind="added", asked_by=manager)
        client = as_person(reviewer)

        assert post(client, session=pks(sessions)).status_code == 403
        assert client.get(f"/sessions/additions/{draw.pk}/").status_code == 403
        assert client.post(f"/sessions/additions/{draw.pk}/undo/").status_code == 403
        assert "Add to queue" not in client.get("/sessions/").text
        assert "Add to queue" in as_person(manager).get("/sessions/").text

    def test_of_another_with_sessions_out_of_scope_is_not_there(self, as_person, manager, queue, agent, other_agent, sessions):
        draw = added(ask(queue, [sessions[0], SessionFactory(seen_agent=other_agent)], manager))
        narrow = UserFactory(role=Role.MANAGER, all_agents=False, agents=[agent])

        assert as_person(narrow).get(f"/sessions/additions/{draw.pk}/").status_code == 404
        assert as_person(UserFactory(role=Role.MANAGER)).get(f"/sessions/additions/{draw.pk}/").status_code == 200

    def test_a_draw_that_is_no_addition_is_not_there(self, as_person, manager):
        draw = DrawFactory()

        assert as_person(manager).get(f"/sessions/additions/{draw.pk}/").status_code == 404
        assert as_person(manager).post(f"/sessions/additions/{draw.pk}/undo/").status_code == 404

    def test_undo_twice_says_that_it_was_undone(self, as_person, manager, queue, sessions):
        draw = added(ask(queue, sessions, manager))
        client = as_person(manager)

        client.post(f"/sessions/additions/{draw.pk}/undo/")
        again = client.post(f"/sessions/additions/{draw.pk}/undo/", follow=True)
        take_back_all(draw_pk=draw.pk, by_pk=manager.pk)

        assert "This was undone already." in again.text
        page = client.get(f"/sessions/additions/{draw.pk}/", headers={"HX-Request": "true"}).text
        assert page.lstrip().startswith('<section class="panel" id="queue-addition-status"')
        assert "Undone" in page
