"""Making queues, changing them, and ending them."""

from datetime import timedelta

import pytest
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from labeling import tasks
from labeling.models import Assignment, Draw, Event, Queue
from labeling.models.assignment import PlaceState
from labeling.models.queue import OpenTo, QueueOrder, QueueState, Reason, Repeats
from labeling.operations import places
from labeling.operations.draws import ask_for_due_draws
from labeling.operations.places import reorder, void_places, widen
from labeling.operations.queues import CannotBecome, Design, FewerLabels, change_queue, change_state, create_queue
from sessions_app.models import Session
from tests.factories import NOON, AssignmentFactory, DrawFactory, LabelFactory, QueueFactory, SessionFactory

pytestmark = pytest.mark.django_db


def made(by, key="key-of-a-form", **design):
    return create_queue(design=Design(**{"name": "Low ratings"} | design), by=by, client_key=key)


def all_queue(**given):
    return QueueFactory(**{"draw_kind": "all", "seed": None, "size": None} | given)


def place(queue, session=None, **given):
    given.setdefault("draw", DrawFactory(queue=queue) if not queue.draws.exists() else queue.draws.first())
    return AssignmentFactory(queue=queue, session=session or SessionFactory(), **{"reason": Reason.RULE} | given)


def change(queue, by, **changes):
    return change_queue(queue=queue, by=by, workers=changes.pop("workers", []), changes=changes)


def told(kind="queue_changed"):
    return list(Event.objects.filter(kind=kind).order_by("pk").values_list("before", "after"))


class TestCreate:
    def test_keeps_the_design_and_has_it_filled(self, manager, reviewer):
        due = timezone.now() + timedelta(days=3)

        queue = made(
            manager,
            query="label=none",
            labels_wanted=2,
            more_percent=10,
            more_labels=3,
            open_to=OpenTo.CHOSEN,
            workers=[reviewer],
            due_at=due,
            by_language=True,
        )

        queue.refresh_from_db()
        assert (queue.name, queue.query, queue.labels_wanted, queue.more_percent, queue.more_labels) == ("Low ratings", "label=none", 2, 10, 3)
        assert (queue.state, queue.created_by, queue.due_at, queue.by_language) == (QueueState.ACTIVE, manager, due, True)
        assert list(queue.workers.all()) == [reviewer]
        assert Draw.objects.get().queue == queue
        assert ProcrastinateJob.objects.get().task_name == "labeling.tasks.fill_queue"
        assert told() == [("", "created")]

    def test_the_same_key_again_gives_the_first_queue_also_under_another_name(self, manager):
        first = made(manager)

        assert made(manager) == made(manager, name="Another name") == first
        assert (Queue.objects.count(), Draw.objects.count()) == (1, 1)

    def test_the_key_of_somebody_else_is_another_one(self, manager, admin):
        assert made(manager) != made(admin)

    def test_a_sample_gets_a_seed_and_keeps_its_drawn_order(self, manager):
        queue = made(manager, draw_kind="random", size=5, order=QueueOrder.PRIORITY, reasons=[Reason.AUTO_LOW])

        assert queue.seed is not None
        assert (queue.order, queue.reasons) == (QueueOrder.DRAWN, [])

    def test_a_sample_keeps_the_seed_it_was_given(self, manager):
        assert made(manager, draw_kind="random", percent=2.5, seed=77).seed == 77

    def test_one_that_is_filled_by_hand_is_not_drawn(self, manager):
        made(manager, draw_kind="added")

        assert Draw.objects.count() == 0

    @pytest.mark.parametrize(("name", "begins"), [("Low ratings, week 47", "low-ratings-week-47-"), ("Calls of 312 555 0142", "queue-"), ("待办", "queue-")])
    def test_the_address_tells_no_number(self, manager, name, begins):
        assert made(manager, name=name).slug.startswith(begins)


class TestChange:
    def test_changes_what_may_change_and_says_which(self, manager, reviewer):
        queue = all_queue()

        change(queue, manager, name="Another", open_to=OpenTo.CHOSEN, by_language=True, due_at=NOON, workers=[reviewer])

        queue.refresh_from_db()
        assert (queue.name, queue.open_to, queue.by_language, queue.due_at) == ("Another", OpenTo.CHOSEN, True, NOON)
        assert list(queue.workers.all()) == [reviewer]
        assert told() == [("", f"{name} changed") for name in ("by_language", "due_at", "name", "open_to", "workers")]
        assert ProcrastinateJob.objects.count() == 0

    def test_nothing_new_is_no_event(self, manager):
        queue = all_queue()

        change(queue, manager, name=queue.name)

        assert told() == []

    def test_fewer_labels_are_refused(self, manager):
        with pytest.raises(FewerLabels):
            change(all_queue(labels_wanted=3), manager, labels_wanted=2)

    def test_more_labels_get_their_places_once(self, manager):
        queue = all_queue()
        done = place(queue, state=PlaceState.DONE, person=manager, label=LabelFactory().pk, done_at=NOON)
        gone = place(queue, state=PlaceState.VOID)
        queue = change(queue, manager, labels_wanted=3)
        assert told() == [("1 labels", "3 labels")]
        job = ProcrastinateJob.objects.get()

        assert app.tasks[job.task_name] is tasks.arrange_queue
        assert [widen(queue_pk=queue.pk), widen(queue_pk=queue.pk)] == [2, 0]
        made = Assignment.objects.filter(queue=queue, session=done.session).order_by("slot")
        assert [(one.slot, one.state, one.position) for one in made] == [(1, "done", done.position), (2, "open", done.position), (3, "open", done.position)]
        assert Assignment.objects.filter(session=gone.session).count() == 1

    def test_where_all_get_as_many_no_share_gets_more(self, manager):
        queue = all_queue(labels_wanted=1, more_percent=20, more_labels=2)

        queue = change(queue, manager, labels_wanted=2)

        assert (queue.more_percent, queue.more_labels) == (0, None)

    def test_another_order_moves_what_is_in_it(self, manager):
        queue = all_queue()
        old = place(queue, SessionFactory(timestamp=NOON - timedelta(days=1), auto_code="BAD"), position=1)
        new = place(queue, SessionFactory(timestamp=NOON), position=2)

        def order_after(**changes):
            change(queue, manager, **changes)
            reorder(queue_pk=queue.pk)
            return list(Assignment.objects.order_by("position").values_list("session", "reason"))

        assert order_after(order=QueueOrder.NEWEST) == [(new.session_id, Reason.RULE), (old.session_id, Reason.RULE)]
        assert order_after(order=QueueOrder.PRIORITY, reasons=[Reason.AUTO_LOW]) == [(old.session_id, Reason.AUTO_LOW), (new.session_id, Reason.RULE)]
        assert order_after(order=QueueOrder.DRAWN, reasons=[]) == [(old.session_id, Reason.RULE), (new.session_id, Reason.RULE)]

    def test_a_further_label_stays_one_in_another_order(self, manager):
        queue = all_queue()
        session = SessionFactory(timestamp=NOON)
        place(queue, session, position=1)
        place(queue, session, position=1, slot=3, reason=Reason.DISAGREEMENT)

        change(queue, manager, order=QueueOrder.PRIORITY, reasons=[Reason.AUTO_LOW])
        reorder(queue_pk=queue.pk)

        assert list(Assignment.objects.order_by("slot").values_list("reason", flat=True)) == [Reason.RULE, Reason.DISAGREEMENT]

    def test_a_sample_keeps_its_order(self, manager):
        queue = QueueFactory()
        first = AssignmentFactory(queue=queue, position=5)

        change(queue, manager, order=QueueOrder.NEWEST, reasons=[Reason.AUTO_LOW])
        reorder(queue_pk=queue.pk)

        first.refresh_from_db()
        queue.refresh_from_db()
        assert (queue.order, first.position, first.reason) == (QueueOrder.DRAWN, 5, Reason.DRAWN)

    def test_a_deleted_one_is_not_changed(self, manager):
        with pytest.raises(Queue.DoesNotExist):
            change(all_queue(state=QueueState.DELETED), manager, name="Another")


class TestState:
    def test_pauses_and_goes_on(self, manager):
        queue = all_queue()

        for state in (QueueState.PAUSED, QueueState.PAUSED, QueueState.ACTIVE):
            change_state(queue=queue, state=state, by=manager)

        assert told() == [("active", "paused"), ("paused", "active")]

    def test_a_closed_one_is_not_drawn_until_it_goes_on_and_keeps_its_places(self, manager):
        queue = all_queue(repeats=Repeats.NIGHTLY, next_draw_at=NOON)
        kept = place(queue)

        change_state(queue=queue, state=QueueState.CLOSED, by=manager)

        kept.refresh_from_db()
        assert (ask_for_due_draws(), kept.state) == (0, PlaceState.OPEN)
        change_state(queue=queue, state=QueueState.ACTIVE, by=manager)
        assert ask_for_due_draws() == 1

    def test_deletion_gives_up_what_somebody_holds_at_once_and_the_rest_in_the_background(self, manager, reviewer):
        queue = all_queue()
        held = place(queue, state=PlaceState.CLAIMED, person=reviewer, claimed_at=NOON, lease_until=timezone.now() + timedelta(minutes=9), assigned_to=reviewer)
        waiting = place(queue)
        done = place(queue, state=PlaceState.DONE, person=reviewer, label=LabelFactory().pk, done_at=NOON)

        change_state(queue=queue, state=QueueState.DELETED, by=manager)

        held.refresh_from_db()
        assert (held.state, held.person, held.lease_until, held.assigned_to) == (PlaceState.VOID, None, None, None)
        job = ProcrastinateJob.objects.get()
        assert app.tasks[job.task_name] is tasks.empty_queue
        assert [void_places(queue_pk=queue.pk), void_places(queue_pk=queue.pk)] == [1, 0]
        assert [Assignment.objects.get(pk=one.pk).state for one in (waiting, done)] == [PlaceState.VOID, PlaceState.DONE]

    def test_nothing_comes_back_from_deletion(self, manager):
        with pytest.raises(CannotBecome):
            change_state(queue=all_queue(state=QueueState.DELETED), state=QueueState.ACTIVE, by=manager)

    def test_places_are_given_up_in_batches(self, manager, monkeypatch):
        monkeypatch.setattr(places, "BATCH", 2)
        queue = all_queue(state=QueueState.DELETED)
        for session in [SessionFactory() for _ in range(5)]:
            place(queue, session)

        assert void_places(queue_pk=queue.pk) == 5
        assert Session.objects.count() == 5
