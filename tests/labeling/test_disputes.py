"""Disputes: opened where people disagree, closed where they do not, their parties, and the further reviewer who is asked."""

from datetime import timedelta
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labeling.models import Assignment, CurrentLabel, Dispute, DisputeParty, Rater
from labeling.models.assignment import PlaceState
from labeling.models.queue import MOST_LABELS, QueueState, Reason
from labeling.operations.bulk_actions import withdraw_labels
from labeling.operations.disputes import ask_another, follow_disputes, mark_seen, repair_disputes
from labeling.operations.judging import undo
from labeling.operations.label_rows import LabelGiven, Provenance
from labeling.operations.labels import record_labels, submit_label, withdraw_label
from labeling.operations.raters import rater_of
from labeling.queries.disputes import open_disputes
from labeling.queries.scopes import get_scope
from labeling.queries.waiting import count_waiting, get_waiting
from labeling.roles import Role
from sessions_app.models import Session
from tests.factories import AssignmentFactory, DisputeFactory, QueueFactory, RaterFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def amara(db):
    return UserFactory(name="Amara Osei")


@pytest.fixture
def ben(db):
    return UserFactory(name="Ben Ito")


@pytest.fixture
def session(agent):
    return SessionFactory(seen_agent=agent)


def judge(person, session, code, key=None):
    return submit_label(session_id=session.pk, rater=rater_of(user=person), code=code, client_key=key or f"{person.pk}-{code}").label


def settle(person, session, code, key="settling-key"):
    return submit_label(session_id=session.pk, rater=rater_of(user=person), code=code, client_key=key, provenance=Provenance(is_settlement=True)).label


def parties(dispute):
    return set(DisputeParty.objects.filter(dispute=dispute).values_list("user", flat=True))


def waiting(person, *, is_settled=False):
    scope = get_scope(person)
    found = get_waiting(person, scope=scope)
    assert count_waiting(person, scope=scope) == found.shown
    return [party.session.pk for party in found.parties if party.is_settled is is_settled]


# --- opened and closed


def test_two_codes_on_a_session_open_a_dispute_of_both_people(session, amara, ben):
    judge(amara, session, "GOOD")
    judge(ben, session, "BAD")

    dispute = Dispute.objects.get()
    assert (dispute.session, dispute.closed_at, dispute.settlement) == (session, None, None)
    assert parties(dispute) == {amara.pk, ben.pk}


def test_equal_codes_open_none(session, amara, ben):
    judge(amara, session, "GOOD")
    judge(ben, session, "GOOD")

    assert not Dispute.objects.exists()


def test_not_applicable_takes_no_side(session, amara, ben):
    third = UserFactory()
    judge(third, session, "N/A")
    judge(amara, session, "GOOD")
    judge(ben, session, "BAD")

    assert parties(Dispute.objects.get()) == {amara.pk, ben.pk}


def test_a_third_label_that_makes_a_majority_closes_it_without_a_settlement(session, amara, ben):
    judge(amara, session, "GOOD")
    judge(ben, session, "BAD")
    judge(UserFactory(), session, "BAD")

    dispute = Dispute.objects.get()
    assert dispute.closed_at is not None
    assert dispute.settlement is None


def test_a_third_label_that_makes_none_joins_its_person(session, amara, ben):
    judge(amara, session, "GOOD")
    judge(ben, session, "BAD")
    third = UserFactory()
    judge(third, session, "OK")

    assert parties(Dispute.objects.get(closed_at=None)) == {amara.pk, ben.pk, third.pk}


def test_a_change_of_mind_closes_it_and_another_opens_a_new_one(session, amara, ben):
    judge(amara, session, "GOOD")
    judge(ben, session, "BAD")
    judge(ben, session, "GOOD")

    assert not Dispute.objects.filter(closed_at=None).exists()

    judge(amara, session, "OK")

    assert Dispute.objects.filter(closed_at=None).count() == 1
    assert Dispute.objects.count() == 2


def test_withdrawing_a_side_closes_it_and_a_party_that_takes_none_is_none(session, amara, ben):
    third = UserFactory()
    for person, code in ((amara, "GOOD"), (ben, "BAD"), (third, "OK")):
        judge(person, session, code)

    withdraw_label(label=CurrentLabel.objects.get(rater__user=third).label, by=third)
    assert parties(Dispute.objects.get()) == {amara.pk, ben.pk}

    undo(label=CurrentLabel.objects.get(rater__user=ben).label, by=ben)
    assert Dispute.objects.get().closed_at is not None


def test_many_labels_at_once_open_and_close_like_single_ones(agent, amara, ben):
    sessions = [SessionFactory(seen_agent=agent) for _ in range(5)]
    rater, other = rater_of(user=amara), rater_of(user=ben)

    record_labels(labels=[LabelGiven(one.pk, rater, "GOOD", "a") for one in sessions])
    labels = record_labels(labels=[LabelGiven(one.pk, other, "BAD", "b") for one in sessions[:3]])

    assert set(Dispute.objects.filter(closed_at=None).values_list("session", flat=True)) == {one.pk for one in sessions[:3]}

    withdraw_labels(labels=labels[:2], by=ben)

    assert Dispute.objects.get(closed_at=None).session == sessions[2]


def test_the_number_of_statements_does_not_grow_with_the_sessions(agent, amara, ben):
    rater, other = rater_of(user=amara), rater_of(user=ben)

    def cost(n):
        sessions = [SessionFactory(seen_agent=agent) for _ in range(n)]
        record_labels(labels=[LabelGiven(one.pk, rater, "GOOD", f"a{n}") for one in sessions])
        with CaptureQueriesContext(connection) as asked:
            record_labels(labels=[LabelGiven(one.pk, other, "BAD", f"b{n}") for one in sessions])
        return len(asked)

    assert cost(3) == cost(30)


def test_where_nobody_disagrees_it_costs_one_statement(session, amara, django_assert_num_queries):
    judge(amara, session, "GOOD")

    with django_assert_num_queries(1):
        assert follow_disputes(sessions=[session]) == 0


def test_a_rater_without_an_account_disagrees_and_is_nobody_to_be_told(session, amara):
    judge(amara, session, "GOOD")
    submit_label(session_id=session.pk, rater=RaterFactory(user=None), code="BAD", client_key="from-the-vendor")

    assert parties(Dispute.objects.get()) == {amara.pk}


def test_an_auto_rating_is_no_side(session, amara):
    judge(amara, session, "GOOD")
    submit_label(session_id=session.pk, rater=RaterFactory(kind="machine", user=None), code="BAD", client_key="auto-key", type="auto-rating")

    assert not Dispute.objects.exists()


# --- settled


def test_a_settlement_closes_it_and_everybody_is_told_but_who_settled(session, amara, ben, manager):
    judge(amara, session, "GOOD")
    judge(ben, session, "BAD")
    DisputeParty.objects.update(seen_at=timezone.now())

    label = settle(manager, session, "BAD")

    dispute = Dispute.objects.get()
    assert (dispute.settlement, dispute.closed_at is None) == (label.pk, False)
    assert [waiting(person, is_settled=True) for person in (amara, ben, manager)] == [[session.pk], [session.pk], []]


def test_a_manager_who_is_a_party_is_not_told_of_their_own_settlement(session, amara, manager):
    judge(amara, session, "GOOD")
    judge(manager, session, "BAD")

    settle(manager, session, "GOOD")

    assert waiting(amara, is_settled=True) == [session.pk]
    assert waiting(manager, is_settled=True) == []


def test_withdrawing_the_settlement_opens_it_again_and_nobody_is_told_it_was_settled(session, amara, ben, manager):
    judge(amara, session, "GOOD")
    judge(ben, session, "BAD")
    label = settle(manager, session, "BAD")

    withdraw_label(label=label, by=manager)

    assert Dispute.objects.filter(closed_at=None).count() == 1
    assert waiting(amara, is_settled=True) == []
    assert waiting(amara) == [session.pk]


def test_a_label_after_the_settlement_opens_nothing(session, amara, ben, manager):
    judge(amara, session, "GOOD")
    judge(ben, session, "BAD")
    settle(manager, session, "BAD")
    judge(ben, session, "OK")

    session.refresh_from_db()
    assert (session.label_code, session.label_new_since) == ("BAD", True)
    assert not Dispute.objects.filter(closed_at=None).exists()


# --- who is told


def test_parties_are_told_until_they_look(session, amara, ben):
    judge(amara, session, "GOOD")
    judge(ben, session, "BAD")
    session.refresh_from_db()

    assert waiting(amara) == [session.pk]

    mark_seen(session=session, by=amara)

    assert waiting(amara) == []
    assert waiting(ben) == [session.pk]


def test_opening_the_session_is_looking(as_person, session, amara, ben):
    judge(amara, session, "GOOD")
    judge(ben, session, "BAD")

    as_person(amara).get(f"/sessions/{session.pk}/")

    assert (waiting(amara), waiting(ben)) == ([], [session.pk])


def test_of_sessions_outside_the_scope_nobody_is_told(amara, ben, other_agent):
    elsewhere = SessionFactory(seen_agent=other_agent)
    judge(amara, elsewhere, "GOOD")
    judge(ben, elsewhere, "BAD")
    amara.all_agents = False
    amara.save()

    assert waiting(amara) == []
    assert waiting(ben) == [elsewhere.pk]


def test_a_manager_sees_those_of_their_agents_the_oldest_first(agent, other_agent, amara, ben):
    narrow = UserFactory(role=Role.MANAGER, all_agents=False, agents=[agent])
    made = []
    for one in (agent, other_agent, agent):
        made.append(SessionFactory(seen_agent=one))
        judge(amara, made[-1], "GOOD", key=f"a{len(made)}")
        judge(ben, made[-1], "BAD", key=f"b{len(made)}")

    found = open_disputes(narrow, get_scope(narrow)).order_by("opened_at", "pk").values_list("session", flat=True)

    assert list(found) == [made[0].pk, made[2].pk]


def test_the_gate_hides_from_a_manager_that_people_disagree(session, amara, ben, manager):
    queue = QueueFactory(open_to="everybody")
    AssignmentFactory(queue=queue, session=session)
    judge(amara, session, "GOOD")
    judge(ben, session, "BAD")

    assert not open_disputes(manager, get_scope(manager)).exists()

    judge(manager, session, "OK")

    assert open_disputes(manager, get_scope(manager)).exists()


# --- another reviewer


def placed(session, *people, **changes):
    queue = QueueFactory(**{"asks_another": True, "labels_wanted": 2, **changes})
    draw = None
    places = []
    for slot, person in enumerate(people, 1):
        label = CurrentLabel.objects.filter(session=session, rater__user=person, type="human-rating").values_list("label", flat=True).first()
        done = {"person": person, "label": label or 1, "done_at": timezone.now()}
        more = {"draw": draw} if draw else {}
        places.append(AssignmentFactory(queue=queue, session=session, slot=slot, position=7, state=PlaceState.DONE, probability=0.25, **done, **more))
        draw = places[0].draw
    return places


def another_for(place):
    return ask_another(place=place, session=Session.objects.get(pk=place.session_id))


def test_another_place_is_added_when_the_last_one_is_done_and_people_disagree(session, amara, ben):
    judge(amara, session, "GOOD")
    judge(ben, session, "BAD")
    first, last = placed(session, amara, ben)

    another = another_for(last)

    assert (another.slot, another.reason, another.state) == (3, Reason.DISAGREEMENT, PlaceState.OPEN)
    assert (another.draw, another.position, another.probability) == (first.draw, 7, None)
    assert another_for(last) is None


@pytest.mark.parametrize("changes", [{"asks_another": False}, {"state": QueueState.CLOSED}, {"state": QueueState.DELETED}])
def test_no_place_is_added_where_the_queue_wants_none(session, amara, ben, changes):
    judge(amara, session, "GOOD")
    judge(ben, session, "BAD")

    assert another_for(placed(session, amara, ben, **changes)[-1]) is None


def test_no_place_is_added_while_people_agree_or_a_place_is_left(session, amara, ben):
    judge(amara, session, "GOOD")
    judge(ben, session, "GOOD")
    places = placed(session, amara, ben)
    assert another_for(places[-1]) is None

    judge(ben, session, "BAD")
    Assignment.objects.filter(reason=Reason.DISAGREEMENT).delete()
    AssignmentFactory(queue=places[0].queue, draw=places[0].draw, session=session, slot=3)

    assert another_for(places[-1]) is None


def test_places_end_at_ten(session):
    people = [UserFactory() for _ in range(MOST_LABELS)]
    for n, person in enumerate(people):
        judge(person, session, ("GOOD", "BAD")[n % 2])

    assert another_for(placed(session, *people, labels_wanted=MOST_LABELS)[-1]) is None


def test_who_changes_their_label_later_brings_another_reviewer_too(session, amara, ben):
    judge(amara, session, "GOOD")
    judge(ben, session, "GOOD")
    places = placed(session, amara, ben)

    judge(ben, session, "BAD")

    assert Assignment.objects.get(reason=Reason.DISAGREEMENT).queue == places[0].queue


def test_nobody_else_is_asked_any_more_when_it_is_settled(session, amara, ben, manager):
    judge(amara, session, "GOOD")
    judge(ben, session, "BAD")
    another = another_for(placed(session, amara, ben)[-1])

    settle(manager, session, "GOOD")

    another.refresh_from_db()
    assert another.state == PlaceState.VOID


def test_who_has_begun_may_finish(session, amara, ben, manager):
    judge(amara, session, "GOOD")
    judge(ben, session, "BAD")
    another = another_for(placed(session, amara, ben)[-1])
    another.state, another.person, another.lease_until = PlaceState.CLAIMED, UserFactory(), timezone.now() + timedelta(minutes=5)
    another.save()

    settle(manager, session, "GOOD")

    another.refresh_from_db()
    assert another.state == PlaceState.CLAIMED


# --- the nightly check


def test_the_nightly_check_opens_closes_and_corrects(agent, amara, ben):
    missed, gone, fine = (SessionFactory(seen_agent=agent) for _ in range(3))
    for one in (missed, fine):
        judge(amara, one, "GOOD", key=f"a{one.pk}")
        judge(ben, one, "BAD", key=f"b{one.pk}")
    Dispute.objects.filter(session=missed).delete()
    DisputeFactory(session=gone)
    DisputeParty.objects.filter(dispute__session=fine, user=ben).delete()

    assert repair_disputes() == 2

    found = Dispute.objects.filter(closed_at=None).order_by("session")
    assert [one.session for one in found] == [missed, fine]
    assert all(parties(one) == {amara.pk, ben.pk} for one in found)
    missed.refresh_from_db()
    assert found[0].opened_at == missed.labeled_at
    assert repair_disputes() == 0


def test_labels_in_any_order_leave_exactly_the_disputes_that_are(agent):
    rng = Random(8)
    people = [UserFactory() for _ in range(4)]
    sessions = [SessionFactory(seen_agent=agent) for _ in range(4)]
    for step in range(120):
        person, session = rng.choice(people), rng.choice(sessions)
        current = CurrentLabel.objects.filter(session=session, rater__user=person).select_related("label").first()
        if current and rng.random() < 0.4:
            withdraw_label(label=current.label, by=person)
        else:
            make = settle if rng.random() < 0.1 else judge
            make(person, session, rng.choice(["GOOD", "BAD", "OK", "N/A"]), f"step-{step}")

    disputed = set(Session.objects.filter(label_code="DISPUTED").values_list("pk", flat=True))
    assert set(Dispute.objects.filter(closed_at=None).values_list("session", flat=True)) == disputed
    for dispute in Dispute.objects.filter(closed_at=None):
        sides = CurrentLabel.objects.filter(session=dispute.session, label__is_settlement=False).exclude(label__code="N/A")
        assert parties(dispute) == set(Rater.objects.filter(pk__in=sides.values("rater")).values_list("user", flat=True))
    assert repair_disputes() == 0
