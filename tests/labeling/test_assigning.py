"""Giving places to people: evenly, only to who can take them, once however often it is asked; and taking a claim back."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction
from django.db.models import F

from labeling.models import Assignment, Event
from labeling.models.assignment import PlaceState
from labeling.models.event import EventKind
from labeling.models.queue import OpenTo, QueueState
from labeling.models.run import SkipKind
from labeling.operations import assigning
from labeling.operations.assigning import CannotWork, ClaimOver, QueueOver, assign_places, release_claim
from labeling.operations.claims import claim_next, lock_places
from labeling.operations.raters import rater_of
from labeling.queries.places import workers_of
from labeling.queries.scopes import get_scope
from labeling.roles import Role
from sessions_app.scope import EVERYTHING
from tests.factories import (
    CurrentLabelFactory,
    ExposureFactory,
    LabelFactory,
    PassFactory,
    QueueFactory,
    UserFactory,
)
from tests.labeling.placed import claimed, done, places

pytestmark = pytest.mark.django_db


def shares(queue):
    return Counter(Assignment.objects.filter(queue=queue, assigned_to__isnull=False).values_list("assigned_to", flat=True))


# --- evenly


def test_places_that_are_nobodys_go_evenly_to_the_people_chosen(manager):
    queue, people = QueueFactory(), [UserFactory() for _ in range(3)]
    places(queue, 8)

    assigned = assign_places(queue=queue, by=manager, scope=EVERYTHING, to=people)

    assert sorted(shares(queue).values()) == [2, 3, 3]
    assert assigned.n == 8
    event = Event.objects.get(kind=EventKind.ASSIGNED)
    assert (event.user, event.subject, event.before, event.after) == (manager.pk, queue.pk, "8 places", "to 3 people")


def test_what_people_have_already_counts_toward_even(manager):
    queue, busy, idle = QueueFactory(), UserFactory(), UserFactory()
    for place in places(queue, 4):
        Assignment.objects.filter(pk=place.pk).update(assigned_to=busy)
    places(queue, 4)

    assign_places(queue=queue, by=manager, scope=EVERYTHING, to=[busy, idle])

    assert shares(queue) == {busy.pk: 4, idle.pk: 4}


def test_asked_twice_is_given_once(manager):
    queue, people = QueueFactory(), [UserFactory() for _ in range(2)]
    places(queue, 5)
    assign_places(queue=queue, by=manager, scope=EVERYTHING, to=people, each=2)
    before = shares(queue)

    again = assign_places(queue=queue, by=manager, scope=EVERYTHING, to=people, each=2)

    assert (again.n, again.full) == (0, 1)
    assert shares(queue) == before == {people[0].pk: 2, people[1].pk: 2}
    assert Event.objects.filter(kind=EventKind.ASSIGNED).count() == 1


def test_no_two_places_of_a_session_go_to_one_person(manager):
    queue, people = QueueFactory(labels_wanted=3), [UserFactory() for _ in range(2)]
    places(queue, 3, slots=3)

    assigned = assign_places(queue=queue, by=manager, scope=EVERYTHING, to=people)

    pairs = Counter(Assignment.objects.filter(assigned_to__isnull=False).values_list("session", "assigned_to"))
    assert set(pairs.values()) == {1}
    assert (assigned.n, assigned.unfit) == (6, 3)


# --- to whom


def test_only_people_who_may_work_the_queue_are_given_places(manager):
    queue, outsider, insider = QueueFactory(open_to=OpenTo.CHOSEN), UserFactory(), UserFactory()
    queue.workers.add(insider)
    places(queue, 2)

    with pytest.raises(CannotWork) as refusal:
        assign_places(queue=queue, by=manager, scope=EVERYTHING, to=[insider, outsider])

    assert refusal.value.people == [outsider]
    assert shares(queue) == {}


@pytest.mark.parametrize(("open_to", "expected"), [(OpenTo.REVIEWERS, {"reviewer"}), (OpenTo.EVERYBODY, {"reviewer", "manager"}), (OpenTo.CHOSEN, set())])
def test_who_may_work_a_queue_is_what_the_queue_says_of_each(open_to, expected):
    queue = QueueFactory(open_to=open_to)
    people = {"reviewer": UserFactory(), "manager": queue.created_by, "gone": UserFactory(is_active=False), "deaf": UserFactory(may_read_transcripts=False)}

    able = set(workers_of(queue))

    assert {name for name, person in people.items() if person in able} == expected
    assert {name for name, person in people.items() if type(queue).objects.open_to(person).filter(pk=queue.pk).exists()} == expected


def test_a_session_goes_only_to_who_sees_its_agent_and_speaks_its_language(manager, agent, other_agent):
    queue = QueueFactory(by_language=True)
    narrow = UserFactory(all_agents=False, agents=[agent], languages=["de", "en"])
    english = UserFactory(languages=["en"])
    for seen, language in ((agent, "de"), (agent, "en"), (other_agent, "de"), (other_agent, "en")):
        places(queue, 1, seen_agent=seen, language=language)

    assigned = assign_places(queue=queue, by=manager, scope=EVERYTHING, to=[narrow, english])

    given = set(Assignment.objects.values_list("session__seen_agent__name", "session__language", "assigned_to"))
    assert given == {
        (agent.name, "de", narrow.pk),
        (agent.name, "en", english.pk),
        (other_agent.name, "de", None),
        (other_agent.name, "en", english.pk),
    }
    assert assigned.unfit == 1


@pytest.mark.parametrize("why", ["labeled", "passed", "shown", "done"])
def test_who_cannot_be_handed_a_session_is_not_given_it(manager, why):
    queue, person = QueueFactory(labels_wanted=2), UserFactory()
    first, second = places(queue, 1, slots=2)
    if why == "labeled":
        CurrentLabelFactory(label=LabelFactory(session=first.session, rater=rater_of(user=person)))
    elif why == "passed":
        PassFactory(queue=queue, session=first.session, person=person, kind=SkipKind.CANNOT_JUDGE)
    elif why == "shown":
        ExposureFactory(session=first.session, user=person)
    else:
        done(first, person)

    assigned = assign_places(queue=queue, by=manager, scope=EVERYTHING, to=[person])

    assert assigned.n == 0
    assert assigned.unfit == (1 if why == "done" else 2)
    assert claim_next(queue=queue, by=person, scope=EVERYTHING) is None
    assert second.queue == queue


def test_what_was_given_can_be_taken_by_that_person_and_nobody_else(manager):
    queue, mine, other = QueueFactory(), UserFactory(), UserFactory()
    (place,) = places(queue, 1)
    assign_places(queue=queue, by=manager, scope=EVERYTHING, to=[mine])

    assert claim_next(queue=queue, by=other, scope=EVERYTHING) is None
    assert claim_next(queue=queue, by=mine, scope=EVERYTHING).pk == place.pk


def test_a_manager_of_few_agents_moves_only_their_sessions(agent, other_agent):
    queue, person = QueueFactory(), UserFactory()
    narrow = UserFactory(role=Role.MANAGER, all_agents=False, agents=[agent])
    mine, hidden = places(queue, 1, seen_agent=agent), places(queue, 1, seen_agent=other_agent)

    assign_places(queue=queue, by=narrow, scope=get_scope(narrow), to=[person])
    assign_places(queue=queue, by=narrow, scope=get_scope(narrow), to=[person], sessions=[hidden[0].session_id])

    assert list(Assignment.objects.filter(assigned_to=person)) == mine


@pytest.mark.parametrize("state", [QueueState.CLOSED, QueueState.DELETED])
def test_nothing_is_assigned_in_a_queue_that_is_over(manager, state):
    queue = QueueFactory(state=state)
    places(queue, 1)

    with pytest.raises(QueueOver):
        assign_places(queue=queue, by=manager, scope=EVERYTHING, to=[UserFactory()])


# --- from whom


def test_one_persons_places_go_to_others_and_what_they_were_at_is_taken_along(manager):
    queue, ill, other = QueueFactory(), UserFactory(), UserFactory()
    kept, moving = places(queue, 2), places(queue, 3)
    Assignment.objects.filter(pk__in=[place.pk for place in moving]).update(assigned_to=ill)
    version = claimed(moving[0], ill).lease_version
    done(moving[1], ill)

    assigned = assign_places(queue=queue, by=manager, scope=EVERYTHING, to=[other], of=ill)

    assert assigned.n == 2
    assert shares(queue) == {other.pk: 2, ill.pk: 1}
    moving[0].refresh_from_db()
    assert (moving[0].state, moving[0].person, moving[0].lease_version) == (PlaceState.OPEN, None, version + 1)
    assert not Assignment.objects.filter(pk__in=[place.pk for place in kept], assigned_to__isnull=False).exists()


def test_with_nobody_chosen_they_are_anybodys_again(manager):
    queue, ill, other = QueueFactory(), UserFactory(), UserFactory()
    for place in places(queue, 2):
        Assignment.objects.filter(pk=place.pk).update(assigned_to=ill)

    assigned = assign_places(queue=queue, by=manager, scope=EVERYTHING, to=[], of=ill)

    assert (assigned.returned, shares(queue)) == (2, {})
    sessions = list(Assignment.objects.filter(queue=queue).values_list("session", flat=True))
    assert assign_places(queue=queue, by=manager, scope=EVERYTHING, to=[], sessions=sessions).returned == 0
    assert Event.objects.filter(kind=EventKind.ASSIGNED).count() == 1
    assert claim_next(queue=queue, by=other, scope=EVERYTHING) is not None


def test_what_somebody_is_at_is_left_alone(manager):
    queue, holder, other = QueueFactory(), UserFactory(), UserFactory()
    held, free = places(queue, 2)
    claimed(held, holder)

    assign_places(queue=queue, by=manager, scope=EVERYTHING, to=[other])
    assign_places(queue=queue, by=manager, scope=EVERYTHING, to=[other], sessions=[held.session_id])

    assert list(Assignment.objects.filter(assigned_to=other)) == [free]


def test_a_claim_that_ran_out_is_not_given_back_to_who_had_it_once_it_is_anothers(manager):
    queue, slow, other = QueueFactory(), UserFactory(), UserFactory()
    (place,) = places(queue, 1)
    claimed(place, slow, minutes=-1)

    assign_places(queue=queue, by=manager, scope=EVERYTHING, to=[other])

    assert claim_next(queue=queue, by=slow, scope=EVERYTHING) is None
    assert claim_next(queue=queue, by=other, scope=EVERYTHING).pk == place.pk


def test_chosen_sessions_are_moved_whoever_had_them(manager):
    queue, had, other = QueueFactory(), UserFactory(), UserFactory()
    first, second = places(queue, 2)
    Assignment.objects.update(assigned_to=had)

    assign_places(queue=queue, by=manager, scope=EVERYTHING, to=[other], sessions=[second.session_id, 999_999])

    assert shares(queue) == {had.pk: 1, other.pk: 1}
    assert first.queue == queue


def test_more_than_one_go_takes_is_said(manager, monkeypatch):
    monkeypatch.setattr(assigning, "MOST_AT_ONCE", 3)
    queue = QueueFactory()
    places(queue, 5)

    assigned = assign_places(queue=queue, by=manager, scope=EVERYTHING, to=[UserFactory()])

    assert (assigned.n, assigned.is_cut) == (3, True)


# --- taking a claim back


def test_a_claim_that_is_taken_back_is_handed_to_the_next_person(manager):
    queue, holder, other = QueueFactory(), UserFactory(), UserFactory()
    (place,) = places(queue, 1)
    version = claim_next(queue=queue, by=holder, scope=EVERYTHING).lease_version + 1

    person = release_claim(queue=queue, place_pk=place.pk, version=version, by=manager, scope=EVERYTHING)

    assert person == holder
    assert claim_next(queue=queue, by=other, scope=EVERYTHING).pk == place.pk
    event = Event.objects.get(kind=EventKind.ASSIGNED)
    assert (event.session, event.subject, event.before, event.after) == (place.session_id, holder.pk, "claimed", "taken back")


def test_only_the_claim_that_was_shown_is_taken_back(manager):
    queue, holder = QueueFactory(), UserFactory()
    (place,) = places(queue, 1)
    version = claimed(place, holder).lease_version

    for wrong in ({"version": version - 1}, {"version": version, "place_pk": place.pk + 1}, {"version": version, "queue": QueueFactory()}):
        with pytest.raises(ClaimOver):
            release_claim(**({"queue": queue, "place_pk": place.pk, "by": manager, "scope": EVERYTHING} | wrong))
    claimed(place, holder, minutes=-1)
    with pytest.raises(ClaimOver):
        release_claim(queue=queue, place_pk=place.pk, version=version + 1, by=manager, scope=EVERYTHING)

    assert not Event.objects.filter(kind=EventKind.ASSIGNED).exists()


# --- at the same time


@pytest.mark.django_db(transaction=True)
def test_places_are_assigned_while_people_claim_and_nobody_gets_what_is_anothers():
    queue, manager = QueueFactory(labels_wanted=2), UserFactory(role=Role.MANAGER)
    people = [UserFactory() for _ in range(6)]
    places(queue, 40, slots=2)

    def work(person):
        try:
            for _ in range(8):
                if place := claim_next(queue=queue, by=person, scope=EVERYTHING):
                    done(place, person)
        finally:
            connections.close_all()

    def assign(_):
        try:
            for _ in range(4):
                assign_places(queue=queue, by=manager, scope=EVERYTHING, to=people, each=6)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        for one in [*[pool.submit(work, person) for person in people], *[pool.submit(assign, n) for n in range(3)]]:
            one.result()

    held = Counter(Assignment.objects.filter(person__isnull=False).values_list("session", "person"))
    assert set(held.values()) == {1}
    both = Assignment.objects.exclude(assigned_to=None).exclude(person=None).exclude(person=F("assigned_to"))
    assert not both.exists()
    given = Counter(Assignment.objects.filter(assigned_to__isnull=False).values_list("session", "assigned_to"))
    assert set(given.values()) <= {1}
    # Nobody was given a second place of a session of which they filled the first.
    waiting = Assignment.objects.filter(assigned_to__isnull=False, state__in=(PlaceState.OPEN, PlaceState.CLAIMED)).values_list("session", "assigned_to")
    assert not {pair for pair in waiting if Assignment.objects.filter(session=pair[0], person=pair[1], state=PlaceState.DONE).exists()}


@pytest.mark.django_db(transaction=True)
def test_who_asks_for_the_next_while_all_places_are_being_given_waits_a_moment():
    queue, person, locked = QueueFactory(), UserFactory(), threading.Event()
    places(queue, 4)

    def give():
        try:
            with transaction.atomic():
                lock_places(Assignment.objects.filter(queue=queue))
                locked.set()
                time.sleep(0.2)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        giving = pool.submit(give)
        locked.wait()
        assert claim_next(queue=queue, by=person, scope=EVERYTHING)
        giving.result()
