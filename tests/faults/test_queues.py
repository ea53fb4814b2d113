"""Queues under many hands: each place is handed out once, filled once, and comes back when its holder is gone."""

import random
import threading
import time

import pytest
from django.db.models import Count
from django.db.models.functions import Now

from labeling.models import Assignment, CurrentLabel, Label
from labeling.models.assignment import PlaceState
from labeling.operations.claims import LEASE, claim_next
from labeling.operations.drafts import Typed
from labeling.operations.filling import PlaceTaken
from labeling.operations.judging import judge, undo
from labeling.operations.label_rows import Provenance
from labeling.operations.passes import NotHeld, pass_session
from labeling.queries.claimable import claimable
from sessions_app.models import Session
from sessions_app.scope import EVERYTHING
from tests.factories import AgentFactory, DrawFactory, QueueFactory, SessionFactory, UserFactory
from tests.faults.test_submits import at_once
from tests.faults.web import Web, Worker
from tests.labeling.recomputation import check_everything_derived
from tests.repetitions import is_long, repetitions

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE, CLAIMS = (40, 25) if is_long() else (10, 8)


def filled_queue(sessions, *, labels=1, **fields):
    """A queue of so many sessions, each to be labeled so many times."""
    agent = AgentFactory()
    rows = Session.objects.bulk_create(SessionFactory.build(seen_agent=agent, data_source=agent.data_source) for _ in range(sessions))
    queue = QueueFactory(labels_wanted=labels, size=sessions, **fields)
    draw = DrawFactory(queue=queue)
    Assignment.objects.bulk_create(
        Assignment(queue=queue, draw=draw, session=session, timestamp=session.timestamp, slot=slot, position=position, reason="drawn", probability=0.5)
        for position, session in enumerate(rows)
        for slot in range(1, labels + 1)
    )
    return queue


def label(place, person, **more):
    key = f"key-{person.pk}-{place.session_id}"
    return judge(session_id=place.session_id, by=person, typed=Typed(code="GOOD"), client_key=key, provenance=Provenance(), queue=place.queue, **more)


def check_places(queue, *, wanted):
    """Never more done than wanted, none twice by one person, each with the label it says; and every label's place is its own."""
    done = Assignment.objects.filter(queue=queue, state=PlaceState.DONE)
    assert all(row["n"] <= wanted for row in done.values("session").annotate(n=Count("pk")))
    assert not done.values("session", "person").annotate(n=Count("pk")).filter(n__gt=1).exists()
    labels = Label.objects.in_bulk([place.label for place in done])
    for place in done.select_related("person"):
        given = labels[place.label]
        assert (given.session_id, given.rater.user_id) == (place.session_id, place.person_id)
        assert CurrentLabel.objects.filter(label=given).exists()


def test_everybody_at_once_is_handed_a_place_of_their_own():
    queue = filled_queue(PEOPLE * CLAIMS)
    people = UserFactory.create_batch(PEOPLE)

    def work(n):
        handed = []
        for _ in range(CLAIMS):
            place = claim_next(queue=queue, by=people[n], scope=EVERYTHING)
            handed.append(place.pk)
            label(place, people[n])
        return handed

    handed = [pk for one in at_once(PEOPLE, work) for pk in one]

    assert len(set(handed)) == len(handed) == PEOPLE * CLAIMS
    assert not Assignment.objects.exclude(state=PlaceState.DONE).exists()
    assert claim_next(queue=queue, by=people[0], scope=EVERYTHING) is None
    check_places(queue, wanted=1)


def test_of_several_labels_a_session_gets_no_more_and_nobody_gives_two():
    queue = filled_queue(CLAIMS, labels=3)
    people = UserFactory.create_batch(PEOPLE)

    def work(n):
        while place := claim_next(queue=queue, by=people[n], scope=EVERYTHING):
            label(place, people[n])

    at_once(PEOPLE, work)

    assert Assignment.objects.filter(state=PlaceState.DONE).count() == Label.objects.count() == CLAIMS * 3
    check_places(queue, wanted=3)
    check_everything_derived()


@pytest.mark.parametrize("turn", repetitions(2, 50))
def test_two_tabs_of_one_person_are_handed_the_same_place(turn):
    queue = filled_queue(10)
    person = UserFactory()

    handed = at_once(6, lambda n: claim_next(queue=queue, by=person, scope=EVERYTHING).pk)

    assert len(set(handed)) == 1
    assert Assignment.objects.filter(state=PlaceState.CLAIMED).count() == 1


@pytest.mark.parametrize("turn", repetitions(2, 50))
def test_a_place_whose_lease_is_over_goes_to_one_of_many(turn):
    queue = filled_queue(1)
    late, *others = UserFactory.create_batch(9)
    place = claim_next(queue=queue, by=late, scope=EVERYTHING)
    Assignment.objects.update(lease_until=Now())

    handed = at_once(8, lambda n: claim_next(queue=queue, by=others[n], scope=EVERYTHING))

    assert [one for one in handed if one] == [place]
    with pytest.raises(PlaceTaken):
        label(place, late)


@pytest.mark.parametrize("turn", repetitions(2, 50))
def test_a_late_submit_and_a_new_claim_at_once_never_both_have_the_place(turn):
    queue = filled_queue(1)
    late, other = UserFactory.create_batch(2)
    place = claim_next(queue=queue, by=late, scope=EVERYTHING)
    Assignment.objects.update(lease_until=Now())

    def work(n):
        if n:
            return claim_next(queue=queue, by=other, scope=EVERYTHING)
        try:
            return label(place, late).is_new
        except PlaceTaken:
            return False

    was_labeled, was_claimed = at_once(2, work)

    assert was_labeled == (was_claimed is None)
    assert Label.objects.count() == was_labeled


@pytest.mark.parametrize("turn", repetitions(1, 20))
def test_claims_labels_passes_undos_and_lost_leases_leave_whole_places(turn):
    queue = filled_queue(30, labels=2)
    people = UserFactory.create_batch(8)

    def work(n):
        rng = random.Random(n + turn * 100)
        given = []
        for _ in range(25):
            place = claim_next(queue=queue, by=people[n], scope=EVERYTHING)
            dice = rng.random()
            if place is None:
                break
            if dice < 0.15:
                try:
                    pass_session(queue=queue, session_id=place.session_id, by=people[n], kind=rng.choice(["later", "cannot"]))
                except NotHeld:
                    continue
            elif dice < 0.3:
                Assignment.objects.filter(state=PlaceState.CLAIMED, pk=place.pk).update(lease_until=Now())
            elif dice < 0.4 and given:
                undo(label=given.pop(), by=people[n])
            else:
                try:
                    given.append(judge_anew(place, people[n], rng))
                except PlaceTaken:
                    continue

    at_once(8, work)

    check_places(queue, wanted=2)
    assert Assignment.objects.count() == 60
    check_everything_derived()


def test_a_web_server_killed_again_and_again_loses_no_label_and_keeps_no_place():
    queue = filled_queue(12_000 if is_long() else 600)
    people = UserFactory.create_batch(8)
    until = threading.Event()
    with Web() as web:
        workers = [Worker(web, person, queue, until) for person in people]
        for worker in workers:
            worker.start()
        for _ in repetitions(1, 20):
            time.sleep(random.uniform(0.3, 1.5))
            web.kill()
            web.start()
        time.sleep(1)
        until.set()
        for worker in workers:
            worker.join()

    assert [worker.wrong for worker in workers] == [[]] * 8
    for worker in workers:
        assert worker.acknowledged
        mine = Label.objects.filter(rater__user=worker.person)
        assert set(worker.acknowledged) <= set(mine.values_list("session", flat=True))
        assert mine.count() == mine.values("session").distinct().count()
    assert Assignment.objects.filter(state=PlaceState.DONE).count() == Label.objects.count()
    check_places(queue, wanted=1)
    left = Assignment.objects.filter(state=PlaceState.CLAIMED)
    assert left.count() <= 8
    assert not left.filter(lease_until__gt=Now() + LEASE).exists()
    held = list(left.values_list("pk", flat=True))
    left.update(lease_until=Now())
    assert claimable(queue, person=UserFactory(), scope=EVERYTHING).filter(pk__in=held).count() == len(held)


def judge_anew(place, person, rng):
    key = f"key-{rng.random()}"
    return judge(session_id=place.session_id, by=person, typed=Typed(code="OK"), client_key=key, provenance=Provenance(), queue=place.queue).label
