"""Claims: which place is handed to whom, for how long, and which a label fills."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from labeling.codes import Basis
from labeling.models import Assignment, Draft, Label, Pass, Queue
from labeling.models.queue import OpenTo, QueueState, Reason
from labeling.operations.claims import LEASE, QueueNotActive, claim_next, release_claims, renew_leases
from labeling.operations.drafts import Typed
from labeling.operations.filling import PlaceTaken
from labeling.operations.judging import judge, undo
from labeling.operations.label_rows import Provenance
from labeling.operations.passes import NotHeld, pass_session, withdraw_later, withdraw_pass
from labeling.operations.people import deactivate_person
from labeling.queries.scopes import get_scope
from sessions_app.models import Session
from sessions_app.scope import EVERYTHING
from tests.factories import AssignmentFactory, DrawFactory, ExposureFactory, PassFactory, QueueFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db
MOMENT = timedelta(seconds=1)


@pytest.fixture
def queue():
    return QueueFactory()


@pytest.fixture
def colleague():
    return UserFactory(name="Mei Tanaka")


@pytest.fixture
def places(queue, agent):
    """Three sessions, one label each."""
    draw = DrawFactory(queue=queue)
    return [AssignmentFactory(queue=queue, draw=draw, session=SessionFactory(seen_agent=agent), position=number, probability=0.25) for number in range(3)]


def claim(queue, person, scope=EVERYTHING):
    return claim_next(queue=queue, by=person, scope=scope)


def end_lease(place):
    Assignment.objects.filter(pk=place.pk).update(lease_until=Now() - MOMENT)


def label(session, person, *, queue=None, code="GOOD", key="", version=None):
    key = key or f"key-{person.pk}-{session.pk}"
    return judge(session_id=session.pk, by=person, typed=Typed(code=code, version=version), client_key=key, provenance=Provenance(), queue=queue).label


def row(place):
    return Assignment.objects.get(pk=place.pk)


class TestTheNextPlace:
    def test_is_the_first_that_is_open_for_ten_minutes(self, queue, places, reviewer):
        claimed = claim(queue, reviewer)

        kept = Assignment.objects.annotate(now=Now()).get(pk=claimed.pk)
        assert claimed == places[0]
        assert (kept.state, kept.person, kept.lease_version) == ("claimed", reviewer, 1)
        assert LEASE - timedelta(seconds=5) < kept.lease_until - kept.now <= LEASE

    def test_is_another_for_each_person(self, queue, places, reviewer, colleague):
        assert [claim(queue, reviewer), claim(queue, colleague)] == places[:2]

    def test_is_the_one_they_hold_already(self, queue, places, reviewer):
        assert [claim(queue, reviewer), claim(queue, reviewer)] == [places[0], places[0]]
        assert row(places[0]).lease_version == 1

    def test_is_the_one_they_held_although_its_lease_is_over_and_nobody_took_it(self, queue, places, reviewer):
        end_lease(claim(queue, reviewer))

        assert claim(queue, reviewer) == places[0]

    def test_is_one_whose_lease_is_over(self, queue, places, reviewer, colleague):
        end_lease(claim(queue, reviewer))

        assert claim(queue, colleague) == places[0]
        assert (row(places[0]).person, row(places[0]).lease_version) == (colleague, 2)
        assert claim(queue, reviewer) == places[1]

    def test_is_first_what_was_given_to_them_and_never_what_was_given_to_another(self, queue, places, reviewer, colleague):
        Assignment.objects.filter(pk=places[0].pk).update(assigned_to=colleague)
        Assignment.objects.filter(pk=places[2].pk).update(assigned_to=reviewer)

        assert claim(queue, reviewer) == places[2]
        label(places[2].session, reviewer, queue=queue)
        assert claim(queue, reviewer) == places[1]
        label(places[1].session, reviewer, queue=queue)
        assert claim(queue, reviewer) is None

    def test_is_in_their_reach(self, queue, places, narrow_reviewer, other_agent):
        Session.objects.filter(pk__in=[places[0].session_id, places[2].session_id]).update(seen_agent=other_agent)

        assert claim(queue, narrow_reviewer, get_scope(narrow_reviewer)) == places[1]
        label(places[1].session, narrow_reviewer, queue=queue)
        assert claim(queue, narrow_reviewer, get_scope(narrow_reviewer)) is None

    def test_is_not_what_has_left_their_reach_while_they_held_it(self, queue, places, narrow_reviewer, other_agent, reviewer):
        claim(queue, narrow_reviewer, get_scope(narrow_reviewer))
        Session.objects.filter(pk=places[0].session_id).update(seen_agent=other_agent)

        assert claim(queue, narrow_reviewer, get_scope(narrow_reviewer)) == places[1]
        assert row(places[0]).state == "open"
        assert claim(queue, reviewer) == places[0]

    def test_is_no_erased_session(self, queue, places, reviewer):
        Session.objects.filter(pk=places[0].session_id).update(erased_at=Now())

        assert claim(queue, reviewer) == places[1]

    def test_is_none_they_have_labeled(self, queue, places, reviewer):
        Assignment.objects.filter(pk=places[0].pk).update(state="open")
        label(places[0].session, UserFactory())
        label(places[1].session, reviewer)
        Assignment.objects.filter(pk=places[1].pk).update(state="open", person=None, label=None)

        assert claim(queue, reviewer) == places[2]

    def test_is_none_they_passed(self, queue, places, reviewer):
        PassFactory(queue=queue, session=places[0].session, person=reviewer, kind="not_mine")
        PassFactory(queue=queue, session=places[1].session, person=reviewer, until=Now() + timedelta(minutes=1))

        assert claim(queue, reviewer) == places[2]

    def test_is_again_what_they_put_off_until_now(self, queue, places, reviewer):
        PassFactory(queue=queue, session=places[0].session, person=reviewer, until=Now() - MOMENT)

        assert claim(queue, reviewer) == places[0]

    def test_is_no_second_slot_of_a_session(self, queue, places, reviewer):
        AssignmentFactory(queue=queue, draw=places[0].draw, session=places[0].session, position=0, slot=2)
        label(claim(queue, reviewer).session, reviewer, queue=queue)

        assert claim(queue, reviewer) == places[1]

    @pytest.mark.parametrize(("is_independent", "expected"), [(True, 1), (False, 0)])
    def test_of_an_independent_queue_is_none_whose_judgments_they_saw(self, queue, places, reviewer, is_independent, expected):
        queue.is_independent = is_independent
        queue.save()
        ExposureFactory(session=places[0].session, user=reviewer)

        assert claim(queue, reviewer) == places[expected]

    def test_of_an_independent_queue_is_none_they_labeled_and_took_back(self, queue, places, reviewer):
        Assignment.objects.filter(pk=places[0].pk).update(state="void")
        undo(label=label(places[0].session, reviewer), by=reviewer)
        Assignment.objects.filter(pk=places[0].pk).update(state="open")

        assert claim(queue, reviewer) == places[1]

    def test_is_in_one_of_their_languages_where_the_queue_goes_by_them(self, queue, places, reviewer):
        queue.by_language = True
        queue.save()
        Session.objects.filter(pk=places[1].session_id).update(language="es")
        assert claim(queue, reviewer) is None
        reviewer.languages = ["es"]
        reviewer.save()

        assert claim(queue, reviewer) == places[1]

    @pytest.mark.parametrize("state", [QueueState.PAUSED, QueueState.CLOSED, QueueState.DELETED])
    def test_is_none_where_the_queue_is_not_active(self, queue, places, reviewer, state):
        claim(queue, reviewer)
        queue.state = state
        queue.save()

        with pytest.raises(QueueNotActive):
            claim(queue, reviewer)

    def test_is_none_for_whom_the_queue_is_not_open(self, queue, places, reviewer, manager):
        queue.open_to = OpenTo.CHOSEN
        queue.save()
        queue.workers.add(manager)

        with pytest.raises(QueueNotActive):
            claim(queue, reviewer)
        assert claim(queue, manager) == places[0]

    def test_takes_few_questions(self, queue, places, reviewer):
        with CaptureQueriesContext(connection) as asked:
            claim(queue, reviewer)

        assert len(asked) <= 9


class TestALease:
    def test_is_renewed_also_when_it_is_over_and_nobody_took_it(self, queue, places, reviewer):
        end_lease(claim(queue, reviewer))

        assert renew_leases(session_id=places[0].session_id, by=reviewer) == 1
        assert Assignment.objects.filter(pk=places[0].pk, lease_until__gt=Now()).exists()

    def test_is_not_renewed_when_another_has_the_place(self, queue, places, reviewer, colleague):
        end_lease(claim(queue, reviewer))
        claim(queue, colleague)
        before = row(places[0]).lease_until

        assert renew_leases(session_id=places[0].session_id, by=reviewer) == 0
        assert row(places[0]).lease_until == before

    def test_ends_with_the_access_of_its_holder(self, queue, places, reviewer, colleague, admin):
        claim(queue, reviewer)
        Assignment.objects.filter(pk=places[1].pk).update(assigned_to=reviewer)
        deactivate_person(person=reviewer, by=admin)

        assert claim(queue, colleague) == places[0]
        label(places[0].session, colleague, queue=queue)
        assert claim(queue, colleague) == places[1]

    def test_of_nobody_is_released_by_another_persons_end(self, queue, places, reviewer, colleague):
        claim(queue, reviewer)

        assert release_claims(person=colleague) == 0
        assert row(places[0]).state == "claimed"


class TestAPass:
    def test_gives_the_place_to_others_and_comes_back_in_an_hour(self, queue, places, reviewer, colleague):
        claim(queue, reviewer)
        passed = pass_session(queue=queue, session_id=places[0].session_id, by=reviewer)

        assert passed.was_held
        assert Pass.objects.filter(until__gt=Now() + timedelta(minutes=59), until__lte=Now() + timedelta(minutes=60)).exists()
        assert claim(queue, reviewer) == places[1]
        assert claim(queue, colleague) == places[0]

    def test_said_otherwise_changes_why(self, queue, places, reviewer):
        claim(queue, reviewer)
        pass_session(queue=queue, session_id=places[0].session_id, by=reviewer)
        again = pass_session(queue=queue, session_id=places[0].session_id, by=reviewer, kind="cannot")

        assert not again.was_held
        assert (Pass.objects.get().kind, Pass.objects.get().until) == ("cannot", None)

    def test_for_good_makes_what_was_given_to_them_anybodys(self, queue, places, reviewer, colleague):
        Assignment.objects.filter(pk=places[0].pk).update(assigned_to=reviewer)
        claim(queue, reviewer)
        pass_session(queue=queue, session_id=places[0].session_id, by=reviewer, kind="not_mine")

        assert claim(queue, colleague) == places[0]

    def test_of_what_is_not_held_is_none(self, queue, places, reviewer, colleague):
        claim(queue, colleague)

        with pytest.raises(NotHeld):
            pass_session(queue=queue, session_id=places[0].session_id, by=reviewer)
        assert row(places[0]).person == colleague

    def test_taken_back_gives_the_session_back(self, queue, places, reviewer):
        claim(queue, reviewer)
        pass_session(queue=queue, session_id=places[0].session_id, by=reviewer)
        claim(queue, reviewer)

        assert withdraw_pass(queue=queue, session_id=places[0].session_id, by=reviewer, scope=EVERYTHING)
        assert row(places[0]).person == reviewer
        assert not Pass.objects.exists()

    def test_taken_back_too_late_leaves_it_to_who_took_it(self, queue, places, reviewer, colleague):
        claim(queue, reviewer)
        pass_session(queue=queue, session_id=places[0].session_id, by=reviewer)
        claim(queue, colleague)

        assert not withdraw_pass(queue=queue, session_id=places[0].session_id, by=reviewer, scope=EVERYTHING)
        assert row(places[0]).person == colleague

    def test_for_later_is_taken_back_all_at_once(self, queue, places, reviewer):
        PassFactory(queue=queue, session=places[0].session, person=reviewer, until=Now() + timedelta(minutes=1))
        PassFactory(queue=queue, session=places[1].session, person=reviewer, kind="cannot")

        assert withdraw_later(queue=queue, by=reviewer) == 1
        assert claim(queue, reviewer) == places[0]


class TestALabel:
    def test_fills_the_place_and_says_how_it_was_drawn(self, queue, places, reviewer):
        claim(queue, reviewer)
        given = label(places[0].session, reviewer, queue=queue)

        filled = row(places[0])
        assert (filled.state, filled.label, filled.lease_until) == ("done", given.pk, None)
        assert (given.assignment, given.basis, given.selection_probability) == (filled.pk, Basis.RANDOM, 0.25)

    def test_for_a_place_of_another_reason_is_targeted(self, queue, places, reviewer):
        Assignment.objects.filter(pk=places[0].pk).update(reason=Reason.DISAGREEMENT, probability=None)
        claim(queue, reviewer)

        given = label(places[0].session, reviewer, queue=queue)
        assert (given.basis, given.selection_probability) == (Basis.TARGETED, None)

    def test_of_whoever_is_asked_because_two_disagree_enters_neither_agreement_nor_the_sample(self, queue, places, reviewer, colleague):
        Queue.objects.filter(pk=queue.pk).update(asks_another=True, labels_wanted=2)
        session = places[0].session
        AssignmentFactory(queue=queue, draw=places[0].draw, session=session, position=0, slot=2)
        for person, code in ((reviewer, "GOOD"), (colleague, "BAD")):
            assert claim(queue, person).session_id == session.pk
            label(session, person, queue=queue, code=code)
        session.refresh_from_db()
        before = (session.pairs, session.agreeing_pairs, session.sample_code, session.blind_code)
        third = UserFactory(all_agents=True)

        asked = claim(queue, third)
        given = label(session, third, queue=queue, code="BAD")

        assert (asked.session_id, asked.slot, asked.reason) == (session.pk, 3, Reason.DISAGREEMENT)
        assert (given.assignment, given.basis, given.selection_probability, given.independent) == (asked.pk, Basis.TARGETED, None, False)
        session.refresh_from_db()
        assert session.label_code == "BAD"
        assert (session.pairs, session.agreeing_pairs, session.sample_code, session.blind_code) == before == (1, 0, "GOOD", "GOOD")

    def test_outside_of_any_queue_is_chosen(self, reviewer, agent):
        given = label(SessionFactory(seen_agent=agent), reviewer)

        assert (given.assignment, given.basis) == (None, Basis.CHOSEN)

    def test_sent_twice_is_one_and_fills_one_place(self, queue, places, reviewer):
        AssignmentFactory(queue=queue, draw=places[0].draw, session=places[0].session, position=0, slot=2)
        claim(queue, reviewer)

        assert label(places[0].session, reviewer, queue=queue) == label(places[0].session, reviewer, queue=queue)
        assert Assignment.objects.filter(state="done").count() == 1

    def test_sent_again_after_the_queue_was_deleted_is_answered_as_before(self, queue, places, reviewer):
        claim(queue, reviewer)
        given = label(places[0].session, reviewer, queue=queue)
        Assignment.objects.filter(queue=queue).update(state="void", person=None)
        queue.state = QueueState.DELETED
        queue.save()

        assert label(places[0].session, reviewer, queue=queue) == given

    def test_after_the_lease_still_counts_while_nobody_took_the_place(self, queue, places, reviewer):
        end_lease(claim(queue, reviewer))
        label(places[0].session, reviewer, queue=queue)

        assert row(places[0]).state == "done"

    def test_is_refused_where_a_colleague_has_the_place(self, queue, places, reviewer, colleague):
        end_lease(claim(queue, reviewer))
        claim(queue, colleague)

        with pytest.raises(PlaceTaken) as refused:
            label(places[0].session, reviewer, queue=queue)
        assert (refused.value.person, refused.value.is_done) == (colleague, False)
        assert not Label.objects.exists()
        label(places[0].session, colleague, queue=queue)
        with pytest.raises(PlaceTaken) as refused:
            label(places[0].session, reviewer, queue=queue)
        assert (refused.value.person, refused.value.is_done) == (colleague, True)
        assert Assignment.objects.filter(state="done").count() == 1

    def test_is_refused_where_a_manager_gave_the_session_to_another(self, queue, places, reviewer, colleague):
        claim(queue, reviewer)
        Assignment.objects.filter(pk=places[0].pk).update(state="open", person=None, lease_until=None, assigned_to=colleague)

        with pytest.raises(PlaceTaken) as refused:
            label(places[0].session, reviewer, queue=queue)
        assert (refused.value.person, refused.value.is_given) == (colleague, True)

    def test_takes_another_free_place_of_the_session(self, queue, places, reviewer, colleague):
        second = AssignmentFactory(queue=queue, draw=places[0].draw, session=places[0].session, position=0, slot=2)
        end_lease(claim(queue, reviewer))
        claim(queue, colleague)
        label(places[0].session, reviewer, queue=queue)

        assert (row(second).state, row(second).person) == ("done", reviewer)
        assert row(places[0]).person == colleague

    @pytest.mark.parametrize("state", [QueueState.PAUSED, QueueState.CLOSED, QueueState.DELETED])
    def test_is_refused_where_the_queue_is_not_active(self, queue, places, reviewer, state):
        claim(queue, reviewer)
        queue.state = state
        queue.save()

        with pytest.raises(QueueNotActive):
            label(places[0].session, reviewer, queue=queue)
        assert not Label.objects.exists()
        label(places[0].session, reviewer)
        assert row(places[0]).state == "claimed"

    def test_on_its_own_page_fills_the_place_that_is_held(self, queue, places, reviewer):
        claim(queue, reviewer)
        label(places[0].session, reviewer)

        assert row(places[0]).state == "done"

    @pytest.mark.parametrize(("is_independent", "sees", "state"), [(True, False, "done"), (True, True, "open"), (False, True, "done")])
    def test_on_its_own_page_fills_a_free_place_unless_independence_is_gone(self, queue, places, reviewer, is_independent, sees, state):
        queue.is_independent = is_independent
        queue.save()
        if sees:
            ExposureFactory(session=places[0].session, user=reviewer)
        given = label(places[0].session, reviewer)

        assert row(places[0]).state == state
        assert given.basis == (Basis.RANDOM if state == "done" else Basis.CHOSEN)

    def test_of_who_may_not_work_the_queue_fills_nothing(self, queue, places, manager):
        label(places[0].session, manager)

        assert row(places[0]).state == "open"

    def test_fills_a_place_in_each_queue_and_counts_for_the_sample(self, queue, places, reviewer):
        other = QueueFactory(draw_kind="all", seed=None, size=None, is_independent=False)
        also = AssignmentFactory(queue=other, session=places[0].session, reason=Reason.RULE)
        claim(other, reviewer)
        given = label(places[0].session, reviewer, queue=other)

        assert [row(places[0]).label, row(also).label] == [given.pk, given.pk]
        assert (given.assignment, given.basis) == (places[0].pk, Basis.RANDOM)

    def test_that_changes_keeps_the_place(self, queue, places, reviewer):
        claim(queue, reviewer)
        first = label(places[0].session, reviewer, queue=queue)
        second = label(places[0].session, reviewer, queue=queue, code="BAD", key="another-key", version=first.pk)

        assert row(places[0]).label == second.pk
        assert (second.assignment, second.basis) == (places[0].pk, Basis.RANDOM)
        assert undo(label=second, by=reviewer) == first
        assert (row(places[0]).state, row(places[0]).label) == ("done", first.pk)

    def test_that_is_undone_gives_the_place_back_to_the_same_person(self, queue, places, reviewer, colleague):
        claim(queue, reviewer)
        undo(label=label(places[0].session, reviewer, queue=queue), by=reviewer)

        again = row(places[0])
        assert (again.state, again.person, again.label, again.lease_version) == ("claimed", reviewer, None, 2)
        assert claim(queue, colleague) == places[1]
        assert claim(queue, reviewer) == places[0]
        assert Draft.objects.get(user=reviewer).is_open

    def test_that_is_undone_in_a_deleted_queue_leaves_no_place(self, queue, places, reviewer):
        claim(queue, reviewer)
        given = label(places[0].session, reviewer, queue=queue)
        queue.state = QueueState.DELETED
        queue.save()
        undo(label=given, by=reviewer)

        assert row(places[0]).state == "void"

    def test_ends_a_pass(self, queue, places, reviewer):
        PassFactory(queue=queue, session=places[0].session, person=reviewer)
        label(places[0].session, reviewer)

        assert not Pass.objects.exists()

    def test_costs_few_questions_more(self, reviewer, agent):
        session = SessionFactory(seen_agent=agent)
        label(SessionFactory(seen_agent=agent), reviewer)

        with CaptureQueriesContext(connection) as asked:
            label(session, reviewer)
        assert sum('"labeling_assignment"' in one["sql"] for one in asked) == 1
