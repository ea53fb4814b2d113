"""The outbox: which labels are put into it, when they are due, and what takes them out again."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from labeling.models import Assignment, Event, Label, LabelIssue, Push, VendorLabels
from labeling.operations.bulk_actions import withdraw_labels
from labeling.operations.label_rows import LabelGiven, Provenance
from labeling.operations.labels import record_labels, submit_label, withdraw_label
from labeling.operations.pushes import HELD_BACK, NotPushing, ask_for_pushes, release_held_back, waits_until
from labeling.operations.raters import rater_of
from labeling.operations.vendor_settings import change_vendor_labels
from labeling.queries.pushing import Sameness, get_said
from labeling.upstream import Said
from tests.factories import (
    NOON,
    AgentFactory,
    AssignmentFactory,
    IssueAliasFactory,
    IssueCategoryFactory,
    LabelUpstreamFactory,
    PushFactory,
    QueueFactory,
    RaterFactory,
    SessionFactory,
    SourceFactory,
    UserFactory,
    VendorLabelsFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(db):
    return SourceFactory(kind="vendor", is_primary=True)


@pytest.fixture
def vendor(source):
    return VendorLabelsFactory(data_source=source, pushes=True, pushes_since=NOON)


@pytest.fixture
def session(source):
    return SessionFactory(seen_agent=AgentFactory(data_source=source), external_id="7")


@pytest.fixture
def ana(db):
    return RaterFactory(email="ana@example.com")


def give(session, rater, code="GOOD", **how):
    key = f"key-{Label.objects.count()}"
    return submit_label(session_id=session.pk, rater=rater, code=code, client_key=key, provenance=Provenance(**how)).label


def states():
    return list(Push.objects.order_by("label").values_list("label", "state"))


def test_a_label_waits_for_the_end_of_the_hold(vendor, session, ana):
    label = give(session, ana)

    push = Push.objects.get()
    assert (push.label_id, push.session_id, push.state) == (label.pk, session.pk, "waiting")
    assert timedelta(minutes=14) < push.due_at - label.recorded_at < timedelta(minutes=16)


def test_nothing_is_put_down_where_nobody_switched_it_on(source, session, ana):
    VendorLabelsFactory(data_source=source)
    give(session, ana)

    assert not Push.objects.exists()


def test_it_costs_one_statement_where_nothing_is_configured(session, ana, vendor):
    def statements(code):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            give(session, ana, code)
        return len([query for query in captured if "labeling_push" in query["sql"] or "vendorlabels" in query["sql"]])

    assert statements("GOOD") > 1
    VendorLabels.objects.update(pushes=False)
    assert statements("BAD") == 1


@pytest.mark.parametrize(
    ("how", "waits"), [({"via": "page"}, 1), ({"via": "api"}, 1), ({"via": "bulk"}, 0), ({"via": "import"}, 0), ({"via": "sync"}, 0)], ids=str
)
def test_only_what_was_given_one_by_one_goes_by_itself(vendor, session, ana, how, waits):
    give(session, ana, **how)

    assert Push.objects.count() == waits


def test_labels_of_bulk_actions_go_where_an_admin_chose_it(vendor, session, ana):
    VendorLabels.objects.update(pushes_bulk=True)
    give(session, ana, "N/A", via="bulk")

    assert Push.objects.count() == 1


def test_a_machines_rating_never_goes(vendor, session):
    submit_label(session_id=session.pk, rater=RaterFactory(kind="machine"), code="BAD", client_key="a", type="auto-rating", provenance=Provenance(via="api"))

    assert not Push.objects.exists()


def test_sessions_of_another_source_never_go(vendor, ana):
    give(SessionFactory(), ana)

    assert not Push.objects.exists()


def test_labels_from_before_the_switching_on_stay_here_also_when_they_count_again(source, session, reviewer):
    rater = rater_of(user=reviewer)
    vendor = VendorLabelsFactory(data_source=source)
    give(session, rater, "GOOD")
    vendor.pushes = True
    change_vendor_labels(vendor=vendor, changed=["pushes"], before=VendorLabels.objects.get(), by=reviewer)
    second = give(session, rater, "BAD")
    withdraw_label(label=second, by=reviewer)

    assert states() == [(second.pk, "dropped")]


def test_the_same_label_waits_again_from_the_beginning_when_its_replacement_is_withdrawn(vendor, session, reviewer):
    rater = rater_of(user=reviewer)
    first, second = give(session, rater, "GOOD"), give(session, rater, "BAD")
    assert states() == [(first.pk, "dropped"), (second.pk, "waiting")]

    withdraw_label(label=second, by=reviewer)

    assert states() == [(first.pk, "waiting"), (second.pk, "dropped")]


def test_a_disagreement_takes_back_what_waits(vendor, session, ana):
    first = give(session, ana, "GOOD")
    give(session, RaterFactory(), "BAD")

    assert states() == [(first.pk, "dropped")]


def test_of_a_majority_the_newest_who_belongs_to_it_goes(vendor, session, ana):
    give(session, ana, "GOOD")
    second = give(session, RaterFactory(), "GOOD")
    give(session, RaterFactory(), "BAD")

    assert [pk for pk, state in states() if state == "waiting"] == [second.pk]


def test_not_applicable_gives_way_to_who_judged(vendor, session, ana):
    judged = give(session, ana, "GOOD")
    give(session, RaterFactory(), "N/A")

    assert [pk for pk, state in states() if state == "waiting"] == [judged.pk]


def test_what_came_from_the_vendor_as_the_newest_needs_no_push(vendor, session, ana):
    give(session, ana, "GOOD")
    give(session, RaterFactory(), "GOOD", via="sync")

    assert [state for _, state in states()] == ["dropped"]


def test_each_current_label_goes_where_an_admin_chose_it(vendor, session, ana):
    VendorLabels.objects.update(pushes_every_label=True)
    mine, theirs = give(session, ana, "GOOD"), give(session, RaterFactory(), "BAD")
    changed = give(session, ana, "OK")

    assert states() == [(mine.pk, "dropped"), (theirs.pk, "waiting"), (changed.pk, "waiting")]


def test_many_labels_at_once_cost_no_statement_each(vendor, source, ana):
    agent = AgentFactory(data_source=source)
    few, many = SessionFactory.create_batch(2, seen_agent=agent), SessionFactory.create_batch(40, seen_agent=agent)

    def statements(sessions):
        given = [LabelGiven(one.pk, ana, "GOOD", f"k{one.pk}", provenance=Provenance(via="api")) for one in sessions]
        with CaptureQueriesContext(connection) as captured:
            record_labels(labels=given)
        return len(captured)

    assert statements(many) == statements(few)
    assert Push.objects.filter(state="waiting").count() == 42


def test_the_undo_of_a_bulk_action_takes_back_what_waits(vendor, session, manager):
    VendorLabels.objects.update(pushes_bulk=True)
    label = give(session, rater_of(user=manager), "N/A", via="bulk")

    withdraw_labels(labels=[label], by=manager)

    assert states() == [(label.pk, "dropped")]


# Asking for what the vendor lacks.


def test_what_is_asked_for_is_due_at_once_also_from_before(source, session, admin, ana):
    label = give(session, ana, via="import")
    vendor = VendorLabelsFactory(data_source=source, pushes=True, pushes_since=NOON + timedelta(days=9999))

    asked = ask_for_pushes(vendor=vendor, labels=[label.pk], by=admin)

    assert (asked.waiting, asked.left_out) == (1, 0)
    assert Push.objects.get().due_at <= Push.objects.get().created_at + timedelta(seconds=5)
    assert Event.objects.get(kind="connection_changed").after == "1 asked for"


def test_asked_for_and_then_seen_by_a_colleague_it_still_waits(source, session, admin, ana):
    label = give(session, ana, via="import")
    vendor = VendorLabelsFactory(data_source=source, pushes=True, pushes_since=NOON + timedelta(days=9999))
    ask_for_pushes(vendor=vendor, labels=[label.pk], by=admin)

    give(session, RaterFactory(), "N/A")

    assert states() == [(label.pk, "waiting")]


def test_what_must_not_leave_does_not_when_somebody_asks(vendor, source, admin, ana, session):
    other = SessionFactory(seen_agent=AgentFactory(data_source=source))
    elsewhere = SessionFactory()
    labels = [give(session, ana, via="sync"), give(other, ana, via="bulk"), give(elsewhere, ana)]

    asked = ask_for_pushes(vendor=vendor, labels=[label.pk for label in labels], by=admin)

    assert (asked.waiting, asked.left_out) == (0, 3)
    assert not Push.objects.exists()


def test_nobody_can_ask_where_pushing_is_switched_off(source, session, admin, ana):
    label = give(session, ana)

    with pytest.raises(NotPushing):
        ask_for_pushes(vendor=VendorLabelsFactory(data_source=source), labels=[label.pk], by=admin)


# The switch.


def test_switching_on_begins_now_and_switching_off_takes_back_what_waits(source, session, admin, ana):
    vendor = VendorLabelsFactory(data_source=source)
    vendor.pushes = True
    change_vendor_labels(vendor=vendor, changed=["pushes"], before=VendorLabels.objects.get(), by=admin)
    label = give(session, ana)
    since = VendorLabels.objects.get().pushes_since
    assert label.recorded_at >= since

    vendor = VendorLabels.objects.get()
    vendor.pushes = False
    change_vendor_labels(vendor=vendor, changed=["pushes"], before=VendorLabels.objects.get(), by=admin)

    assert states() == [(label.pk, "dropped")]
    assert VendorLabels.objects.get().pushes_since is None
    told = Event.objects.filter(kind="connection_changed").order_by("pk").values_list("subject_kind", "before", "after", "user")
    assert list(told) == [("vendor_labels", "pushes: False", "pushes: True", admin.pk), ("vendor_labels", "pushes: True", "pushes: False", admin.pk)]


# What says the same.


def said(**fields):
    return Said(**{"type": "human-rating", "code": "GOOD", "email": "ana@example.com"} | fields)


def test_two_labels_say_the_same_by_whichever_name_they_call_a_category():
    renamed = IssueAliasFactory(text="Wrong day", category=IssueCategoryFactory(name="Wrong date"))
    merged = IssueCategoryFactory(name="Bad date", merged_into=renamed.category)
    ours, theirs = said(issues=("Wrong date", "odd  Thing")), said(issues=("wrong DAY", merged.name, "Odd thing"))

    assert Sameness([ours, theirs])(ours, theirs)


@pytest.mark.parametrize("other", [{"code": "OK"}, {"email": "b@example.com"}, {"comment": "x"}, {"issues": ("x",)}, {"type": "auto-rating"}], ids=str)
def test_two_labels_that_differ_in_anything_do_not_say_the_same(other):
    assert not Sameness([said(), said(**other)])(said(), said(**other))


def test_what_was_erased_here_is_compared_by_what_is_left():
    erased = said(is_erased=True)

    assert Sameness([erased, said(comment="x")])(erased, said(comment="x"))
    assert not Sameness([erased, said(code="OK")])(erased, said(code="OK"))


def test_what_a_label_says_is_two_statements_a_batch(ana):
    labels = [give(SessionFactory(), ana) for _ in range(3)]
    with CaptureQueriesContext(connection) as captured:
        get_said(Label.objects.filter(pk__in=[label.pk for label in labels]).select_related("rater"))

    assert len(captured) == 2
    assert not LabelIssue.objects.exists()


def test_a_label_that_the_vendor_has_by_a_link_waits_for_nothing(vendor, session, ana):
    label = give(session, ana)
    Push.objects.all().delete()
    LabelUpstreamFactory(data_source=vendor.data_source, label=label)

    give(session, RaterFactory(), "N/A")

    assert not Push.objects.exists()


def test_a_push_names_nobody(vendor, session, ana):
    push = PushFactory(label=give(session, ana), data_source=SourceFactory())

    assert "ana@example.com" not in str(push)


def test_a_person_without_a_current_label_leaves_nothing(vendor, session):
    reviewer = UserFactory()
    label = give(session, rater_of(user=reviewer))
    withdraw_label(label=label, by=reviewer)

    assert states() == [(label.pk, "dropped")]


# What an independent queue still wants stays here.


DONE = {"state": "done", "label": 1, "done_at": NOON}


def due_after():
    push = Push.objects.get(state="waiting")
    return push.due_at - push.created_at, push.problem


def release(vendor):
    return release_held_back(vendor=vendor)


@pytest.mark.parametrize(
    ("place", "is_held"),
    [
        ({}, True),
        ({"state": "claimed", "lease_until": NOON}, True),
        ({"queue__state": "paused"}, True),
        ({"queue__is_independent": False}, False),
        ({"queue__state": "closed"}, False),
        ({"queue__state": "deleted"}, False),
        ({"state": "void"}, False),
        (DONE, False),
    ],
    ids=str,
)
def test_a_label_stays_here_while_an_independent_queue_wants_more_of_its_session(vendor, session, ana, place, is_held):
    person = {"person": UserFactory()} if place.get("state") in ("claimed", "done") else {}
    AssignmentFactory(session=session, **place, **person)

    give(session, ana)

    waits, problem = due_after()
    assert (waits > timedelta(minutes=60)) is is_held
    assert (problem == HELD_BACK) is is_held
    assert (waits_until(session_id=session.pk, at_earliest=NOON) > NOON) is is_held


def test_when_the_last_place_is_done_it_is_due_after_its_hold(vendor, session, ana):
    places = [AssignmentFactory(queue=queue, session=session, slot=slot) for queue in [QueueFactory()] for slot in (1, 2)]
    give(session, ana)

    Assignment.objects.filter(pk=places[0].pk).update(person=UserFactory(), **DONE)
    assert release(vendor) == 0
    Assignment.objects.filter(pk=places[1].pk).update(person=UserFactory(), **DONE)
    assert release(vendor) == 1

    waits, problem = due_after()
    assert timedelta(minutes=14) < waits < timedelta(minutes=16)
    assert not problem
    assert release(vendor) == 0


@pytest.mark.parametrize("state", ["closed", "deleted"])
def test_a_queue_that_ends_frees_it(vendor, session, ana, state):
    queue = AssignmentFactory(session=session).queue
    give(session, ana)
    Push.objects.update(created_at=NOON)

    queue.state = state
    queue.save(update_fields=["state"])

    assert release(vendor) == 1
    # Its hold was over long ago.
    assert Push.objects.get().due_at > NOON + timedelta(days=1)
    assert Push.objects.filter(due_at__lte=Now()).exists()


def test_many_labels_are_looked_up_together(vendor, source, ana):
    agent = AgentFactory(data_source=source)
    sessions = [SessionFactory(seen_agent=agent, external_id=str(n)) for n in range(1, 6)]
    VendorLabels.objects.update(pushes_bulk=True)
    with CaptureQueriesContext(connection) as captured:
        record_labels(labels=[LabelGiven(one.pk, ana, "N/A", "bulk", provenance=Provenance(via="bulk")) for one in sessions])

    assert Push.objects.filter(state="waiting").count() == 5
    assert len([query for query in captured if "labeling_assignment" in query["sql"]]) == 1
