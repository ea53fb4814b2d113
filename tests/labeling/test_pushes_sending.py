"""Labels on their way to the vendor, over real HTTP to a vendor of our own: each arrives once, whatever happens on the way."""

import json
import re
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from labeling.models import Assignment, Label, Push, VendorLabels
from labeling.operations.erasing_words import erase_label_words
from labeling.operations.labels import withdraw_label
from labeling.operations.pushes import HELD_BACK, resume_pushes, retry_pushes
from labeling.operations.raters import rater_named, rater_of
from labeling.operations.synced_labels import take_labels
from labeling.operations.taxonomy import merge_category, rename_category
from sessions_app.models import Connection, Session
from tests.factories import NOON, AssignmentFactory, IssueCategoryFactory, LabelUpstreamFactory, RaterFactory
from tests.labeling.pushed import make_desk
from tests.sessions_app.upstream.fake_vendor import FakeVendor

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(settings):
    with FakeVendor() as vendor:
        yield make_desk(vendor, settings)


@pytest.fixture
def ana(db):
    return RaterFactory(email="ana@example.com")


@pytest.fixture
def ben(db):
    return RaterFactory(email="ben@example.com")


def test_a_label_arrives_as_it_was_given_and_is_linked(desk, ana):
    IssueCategoryFactory(name="Wrong day")
    label = desk.label(desk.session(7), ana, "BAD", comment="It was Friday.", issues=["wrong  DAY", "odd thing"])

    assert desk.send() == 1

    [there] = desk.vendor.all_labels()
    assert (there["session_id"], there["type"], there["code"], there["user_email"]) == (7, "human-rating", "BAD", "ana@example.com")
    assert (there["comments"], there["issue_categories"]) == ("It was Friday.", ["Wrong day", "odd thing"])
    assert desk.states == [(label.pk, "sent")]
    assert desk.links == [(there["id"], label.pk, True)]


def test_nothing_is_sent_twice(desk, ana):
    desk.label(desk.session(7), ana)

    assert (desk.send(), desk.send()) == (1, 0)
    assert len(desk.there) == 1


def make_due():
    Push.objects.filter(state="waiting").update(due_at=timezone.now() - timedelta(seconds=1))


def problems():
    return list(Push.objects.order_by("pk").values_list("state", "problem"))


class Minding(FakeVendor):
    """Takes no label, and repeats what was sent."""

    def _create(self, body):
        detail = [
            {"loc": ["body", "user_email"], "msg": f"{body['user_email']} is nobody", "type": "x"},
            {"loc": ["body", body["comments"]], "msg": "x", "type": "x"},
        ]
        return 422, {"Content-Type": "application/json"}, json.dumps({"detail": detail}).encode()


# Once, whatever happens on the way.


def test_a_lost_reply_leaves_one_label(desk, ana):
    label = desk.label(desk.session(7), ana)
    desk.vendor.lost_label_replies = 1

    assert desk.send() == 0
    assert desk.states == [(label.pk, "waiting")]
    make_due()
    assert desk.send() == 1

    assert desk.states == [(label.pk, "adopted")]
    assert desk.there == [(7, "GOOD", "ana@example.com")]
    assert desk.links == [(1, label.pk, True)]


@pytest.mark.parametrize("kind", ["500", "503", "truncated", "html", "half", "reset"])
def test_whatever_comes_instead_of_an_answer_leaves_one_label(desk, ana, kind):
    desk.label(desk.session(7), ana)
    desk.vendor.bad_share, desk.vendor.bad_kinds = 1.0, (kind,)
    desk.send()
    make_due()
    # The list is answered now, and the label itself is not.
    desk.vendor.bad_paths = re.compile("nothing")
    desk.vendor.lost_label_replies = 1
    desk.send()
    desk.vendor.bad_share = 0.0
    make_due()

    assert desk.send() == 1
    assert desk.there == [(7, "GOOD", "ana@example.com")]
    assert Push.objects.get().state == "adopted"


def test_what_is_there_already_is_not_sent_whoever_put_it_there(desk, ana):
    label = desk.label(desk.session(7), ana, "BAD", comment="Wrong day.\n", issues=["Odd"])
    desk.vendor.put_label(7, code="BAD", user_email="Ana@Example.com", comments="Wrong day.", issue_categories=["  odd"])

    assert desk.send() == 1
    assert desk.states == [(label.pk, "adopted")]
    assert len(desk.there) == 1


@pytest.mark.parametrize(
    "other", [{"code": "OK"}, {"user_email": "ben@example.com"}, {"comments": "More."}, {"issue_categories": ["x"]}, {"type": "auto-rating"}], ids=str
)
def test_what_is_there_and_says_something_else_is_another_label(desk, ana, other):
    desk.vendor.put_session(session_id="7", timestamp="2026-03-02T12:00:00Z")
    desk.vendor.put_label(7, **{"code": "GOOD", "user_email": "ana@example.com"} | other)
    desk.label(desk.session(7), ana)

    desk.send()

    assert desk.states[0][1] == "sent"
    assert len(desk.there) == 2


def test_good_bad_good_are_three_labels_there(desk, ana):
    session = desk.session(7)
    for code in ("GOOD", "BAD", "GOOD"):
        desk.label(session, ana, code)
        desk.send()

    assert [code for _, code, _ in desk.there] == ["GOOD", "BAD", "GOOD"]
    assert len({label for _, label, _ in desk.links}) == 3


def test_a_sync_that_saw_it_first_changes_nothing(desk, ana):
    label = desk.label(desk.session(7), ana)
    there = desk.vendor.put_label(7, user_email="ana@example.com")
    LabelUpstreamFactory(data_source=desk.source, upstream_id=there["id"], label=label)

    assert desk.send() == 1
    assert desk.links == [(there["id"], label.pk, True)]
    assert len(desk.there) == 1


def test_a_sync_and_somebody_there_between_a_lost_reply_and_the_next_attempt_double_nothing(desk, ana):
    label = desk.label(desk.session(7), ana)
    desk.vendor.lost_label_replies = 1
    desk.send()
    desk.vendor.put_label(7, code="BAD", user_email="zoe@vendor.example", at=timezone.now() + timedelta(seconds=1))
    LabelUpstreamFactory(data_source=desk.source, upstream_id=1, label=label)
    make_due()

    assert desk.send() == 1
    assert [code for _, code, _ in desk.there] == ["GOOD", "BAD"]


def test_an_equal_label_from_before_what_we_gave_there_is_not_this_one(desk, ana):
    session = desk.session(7)
    desk.vendor.put_label(7, code="GOOD", user_email="ana@example.com", at=NOON)
    desk.label(session, ana, "BAD")
    desk.send()
    desk.label(session, ana, "GOOD")

    desk.send()

    assert [code for _, code, _ in desk.there] == ["GOOD", "BAD", "GOOD"]


# What becomes of it meanwhile.


def test_a_label_that_is_withdrawn_while_it_waits_never_leaves(desk, reviewer):
    label = desk.label(desk.session(7), rater_of(user=reviewer))
    withdraw_label(label=label, by=reviewer)

    assert desk.send() == 0
    assert desk.states == [(label.pk, "dropped")]
    assert desk.vendor.requests == []


def test_of_a_label_that_was_replaced_only_the_new_one_leaves(desk, ana):
    session = desk.session(7)
    desk.label(session, ana, "GOOD")
    desk.label(session, ana, "BAD")

    assert desk.send() == 1
    assert desk.there == [(7, "BAD", "ana@example.com")]
    assert [state for _, state in desk.states] == ["dropped", "sent"]


def test_the_session_label_goes_from_one_person_to_another(desk, ana, ben):
    session = desk.session(7)
    desk.label(session, ana, "GOOD")
    desk.send()
    desk.label(session, ben, "GOOD")
    desk.send()

    assert desk.there == [(7, "GOOD", "ana@example.com"), (7, "GOOD", "ben@example.com")]


def test_a_disputed_session_is_not_pushed_and_its_settlement_is(desk, ana, ben, manager):
    session = desk.session(7)
    desk.label(session, ana, "GOOD")
    desk.label(session, ben, "BAD")
    assert desk.send() == 0

    desk.label(session, rater_of(user=manager), "OK", is_settlement=True)

    assert desk.send() == 1
    assert desk.there == [(7, "OK", "priya@example.com")]


def test_the_label_before_goes_again_when_the_newer_one_is_withdrawn(desk, reviewer):
    session, rater = desk.session(7), rater_of(user=reviewer)
    first = desk.label(session, rater, "GOOD")
    desk.send()
    second = desk.label(session, rater, "BAD")
    desk.send()

    withdraw_label(label=second, by=reviewer)
    assert desk.send() == 1

    assert [code for _, code, _ in desk.there] == ["GOOD", "BAD", "GOOD"]
    assert [label for _, label, _ in desk.links] == [first.pk, second.pk, first.pk]
    assert desk.send() == 0


def test_the_second_time_of_a_label_is_not_doubled_either(desk, reviewer):
    session, rater = desk.session(7), rater_of(user=reviewer)
    first = desk.label(session, rater, "GOOD")
    desk.send()
    second = desk.label(session, rater, "BAD")
    desk.send()
    withdraw_label(label=second, by=reviewer)
    desk.vendor.lost_label_replies = 1
    desk.send()
    make_due()

    assert desk.send() == 1
    assert [code for _, code, _ in desk.there] == ["GOOD", "BAD", "GOOD"]
    assert desk.links[-1][1] == first.pk


def test_a_sync_takes_what_was_given_there_a_second_time_for_ours(desk, reviewer):
    session, rater = desk.session(7), rater_of(user=reviewer)
    desk.label(session, rater, "GOOD")
    desk.send()
    second = desk.label(session, rater, "BAD")
    desk.send()
    withdraw_label(label=second, by=reviewer)
    desk.vendor.lost_label_replies = 1
    desk.send()

    take_labels(desk.source, desk.vendor.all_labels())
    make_due()
    desk.send()

    assert not Label.objects.filter(via="sync").exists()
    assert [code for _, code, _ in desk.there] == ["GOOD", "BAD", "GOOD"]


def test_a_category_goes_by_the_name_it_has_when_it_is_sent(desk, ana, admin):
    wrong, late, gone = (IssueCategoryFactory(name=name) for name in ("Wrong day", "Late", "Too late"))
    desk.label(desk.session(7), ana, "BAD", issues=["Wrong day", "Too late"])
    rename_category(category=wrong, name="Wrong date", by=admin)
    merge_category(category=gone, into=late, by=admin)

    desk.send()

    assert desk.vendor.all_labels()[0]["issue_categories"] == ["Wrong date", "Late"]


def test_a_category_that_was_renamed_after_it_was_sent_is_the_same_label(desk, ana, admin):
    wrong = IssueCategoryFactory(name="Wrong day")
    desk.label(desk.session(7), ana, "BAD", issues=["Wrong day"])
    desk.vendor.lost_label_replies = 1
    desk.send()
    rename_category(category=wrong, name="Wrong date", by=admin)
    make_due()

    desk.send()

    assert len(desk.there) == 1


def test_an_author_needs_no_account(desk):
    desk.label(desk.session(7), rater_named(kind="person", email="Zoe@Elsewhere.example"))

    desk.send()

    assert desk.there == [(7, "GOOD", "zoe@elsewhere.example")]


# What the vendor says to it.


def test_a_session_that_the_vendor_does_not_have_is_dropped(desk, ana):
    desk.label(desk.session(7), ana)
    desk.label(desk.session(8), ana)
    del desk.vendor.sessions["7"]

    assert desk.send() == 1
    assert problems() == [("dropped", "The vendor does not have this session (404)."), ("sent", "")]


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_stops_everything_until_somebody_says_go_on(desk, ana, admin, status):
    for number in (7, 8, 9):
        desk.label(desk.session(number), ana)
    desk.vendor.refuses_with = status

    assert (desk.send(), desk.send()) == (0, 0)
    assert len(desk.vendor.requests) == 1
    desk.settings.refresh_from_db()
    assert (str(status) in desk.settings.problem, desk.settings.problem_at is None, desk.settings.resumes_at) == (True, False, None)

    desk.vendor.refuses_with = 0
    resume_pushes(vendor=desk.settings, by=admin)

    assert desk.send() == 3
    assert VendorLabels.objects.get().problem == ""


def test_a_label_that_the_key_may_not_give_stops_no_other(desk, ana, admin):
    for number in (7, 8):
        desk.label(desk.session(number), rater_named(kind="person", email="zoe@elsewhere.example"))
    desk.label(desk.session(9), ana)
    desk.vendor.refuses_author = re.compile("elsewhere")

    assert desk.send() == 1

    assert [state for state, _ in problems()] == ["failed", "failed", "sent"]
    assert "403" in problems()[0][1]
    assert VendorLabels.objects.get().problem == ""
    desk.vendor.refuses_author = re.compile("(?!)")
    assert (retry_pushes(vendor=desk.settings, by=admin), desk.send()) == (2, 2)


def test_a_key_that_may_give_none_stops_after_three(desk, ana):
    for number in (7, 8, 9, 10, 11):
        desk.label(desk.session(number), ana)
    desk.vendor.refuses_author = re.compile("")

    assert (desk.send(), desk.send()) == (0, 0)

    assert [state for state, _ in problems()] == ["failed"] * 3 + ["waiting"] * 2
    assert "403" in VendorLabels.objects.get().problem


def test_a_sync_with_a_better_key_is_a_reason_to_go_on(desk, ana):
    desk.label(desk.session(7), ana)
    desk.vendor.refuses_with = 401
    desk.send()
    desk.vendor.refuses_with = 0
    Connection.objects.update(succeeded_at=timezone.now() + timedelta(seconds=1))

    assert desk.send() == 1


def test_an_address_without_a_list_stops_everything_and_drops_nothing(desk, ana):
    desk.label(desk.session(7), ana)
    Connection.objects.update(base_url=f"{desk.vendor.url}/elsewhere")

    desk.send()

    assert problems() == [("waiting", "")]
    assert "no list of labels" in VendorLabels.objects.get().problem


def test_a_label_that_the_vendor_minds_is_failed_and_says_which_field_and_no_more(settings, ana):
    with Minding() as vendor:
        desk = make_desk(vendor, settings)
        desk.label(desk.session(7), ana, comment="Call Zebulon at +1 202 555 0177")

        assert desk.send() == 0

    [(state, problem)] = problems()
    assert state == "failed"
    assert "422" in problem
    assert "user_email" in problem
    assert "Zebulon" not in problem
    assert "ana@" not in problem


def test_what_failed_is_sent_when_it_is_tried_again(desk, ana, admin):
    label = desk.label(desk.session(7), ana)
    Push.objects.update(state="failed", attempts=14, problem="No answer.")

    assert (desk.send(), retry_pushes(vendor=desk.settings, by=admin), desk.send()) == (0, 1, 1)
    assert desk.states == [(label.pk, "sent")]


def test_the_vendor_is_left_alone_for_as_long_as_it_asks(desk, ana):
    for number in (7, 8):
        desk.label(desk.session(number), ana)
    desk.vendor.bad_share, desk.vendor.bad_kinds, desk.vendor.retry_after = 1.0, ("429",), "120"

    before = timezone.now()
    assert (desk.send(), desk.send()) == (0, 0)

    assert len(desk.vendor.requests) == 1
    assert timedelta(seconds=115) < VendorLabels.objects.get().resumes_at - before < timedelta(seconds=130)
    assert set(Push.objects.values_list("attempts", flat=True)) == {0}
    desk.vendor.bad_share = 0.0
    VendorLabels.objects.update(resumes_at=timezone.now())
    assert desk.send() == 2


@pytest.mark.parametrize("asked", ["inf", "1e308", "nan", "9" * 400, "Mon, 23 Nov 99999999999999999999 23:59:59 GMT", "soon"])
def test_a_vendor_that_asks_for_no_time_there_is_stops_nothing(desk, ana, asked):
    desk.label(desk.session(7), ana)
    desk.vendor.bad_share, desk.vendor.bad_kinds, desk.vendor.retry_after = 1.0, ("429",), asked

    assert desk.send() == 0

    resumes_at = VendorLabels.objects.get().resumes_at
    assert resumes_at is None or resumes_at < timezone.now() + timedelta(days=1, minutes=1)
    assert Push.objects.get().state == "waiting"


def test_what_gets_no_answer_waits_longer_each_time_and_not_for_ever(desk, ana):
    desk.label(desk.session(7), ana)
    desk.vendor.bad_share, desk.vendor.bad_kinds = 1.0, ("500",)
    waits = []
    for _ in range(14):
        make_due()
        desk.send()
        push = Push.objects.get()
        waits.append(round((push.due_at - timezone.now()).total_seconds() / 60))

    assert waits[:6] == [1, 2, 4, 8, 16, 32]
    assert max(waits) == 360
    assert (push.state, push.attempts) == ("failed", 14)
    assert "500" in push.problem
    assert len(desk.vendor.requests) == 14


def test_a_vendor_that_is_away_is_not_asked_for_every_label_in_turn(desk, ana):
    for number in range(7, 17):
        desk.label(desk.session(number), ana)
    desk.vendor.bad_share, desk.vendor.bad_kinds = 1.0, ("reset",)

    desk.send()

    assert len(desk.vendor.requests) == 3


def test_a_key_that_is_missing_or_unreadable_says_so_and_asks_nothing(desk, ana):
    desk.label(desk.session(7), ana)
    for sealed, word in (("", "No key"), ("gAAAAAnonsense", "cannot be read")):
        Connection.objects.update(sealed_key=sealed)
        VendorLabels.objects.update(problem="", problem_at=None)

        assert desk.send() == 0
        assert word in VendorLabels.objects.get().problem
    assert desk.vendor.requests == []


def test_an_address_that_lies_inside_is_not_called(desk, ana, settings):
    desk.label(desk.session(7), ana)
    settings.OUTBOUND_ALLOWED = frozenset()

    assert desk.send() == 0
    assert VendorLabels.objects.get().problem != ""
    assert desk.vendor.requests == []


def test_a_connection_that_is_switched_off_sends_nothing(desk, ana):
    desk.label(desk.session(7), ana)
    Connection.objects.update(is_active=False)

    assert (desk.send(), desk.vendor.requests, desk.states[0][1]) == (0, [], "waiting")
    Connection.objects.update(is_active=True)
    assert desk.send() == 1


# What never leaves.


def test_a_dry_run_asks_nothing_and_can_be_followed_by_the_real_one(desk, ana, admin):
    desk.change(is_dry_run=True)
    label = desk.label(desk.session(7), ana)

    Connection.objects.update(is_active=False)

    assert (desk.send(), desk.states, desk.vendor.requests) == (0, [(label.pk, "dry")], [])

    Connection.objects.update(is_active=True)
    desk.change(is_dry_run=False)
    retry_pushes(vendor=desk.settings, by=admin, state="dry")

    assert (desk.send(), desk.states) == (1, [(label.pk, "sent")])


def test_an_erased_session_is_never_sent(desk, ana):
    session = desk.session(7)
    desk.label(session, ana, comment="Zebulon called.")
    Session.objects.filter(pk=session.pk).update(erased_at=timezone.now())

    assert desk.send() == 0
    assert problems() == [("dropped", "The session was erased.")]
    assert desk.vendor.requests == []


def test_words_that_were_erased_are_never_sent(desk, ana):
    label = desk.label(desk.session(7), ana, comment="Zebulon called.")
    erase_label_words(labels=Label.objects.filter(pk=label.pk))

    assert desk.send() == 0
    assert problems() == [("dropped", "Its words were erased.")]
    assert desk.vendor.requests == []


def test_a_session_without_a_number_of_the_vendor_is_dropped(desk, ana):
    session = desk.session(7)
    desk.label(session, ana)
    Session.objects.filter(pk=session.pk).update(external_id="sha256:abc")

    assert desk.send() == 0
    assert problems() == [("dropped", "The vendor has no number for this session.")]


def test_a_session_with_more_labels_than_a_page_is_read_to_its_end(desk, ana):
    label = desk.label(desk.session(7), ana)
    for n in range(700):
        desk.vendor.put_label(7, user_email=f"p{n}@vendor.example", at=NOON + timedelta(seconds=n))
    desk.vendor.put_label(7, user_email="ana@example.com", at=NOON - timedelta(days=1))

    assert desk.send() == 1
    assert desk.states == [(label.pk, "adopted")]
    assert len(desk.there) == 701


REFUSE = """
    CREATE FUNCTION refuse_link() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not this one'; END $$;
    CREATE TRIGGER refuse_link BEFORE INSERT ON labeling_labelupstream FOR EACH ROW WHEN (NEW.label_id = {}) EXECUTE FUNCTION refuse_link();
"""


def test_a_label_that_fails_as_nobody_thought_of_does_not_stand_in_the_way_of_others(desk, ana):
    first = desk.label(desk.session(7), ana)
    desk.label(desk.session(8), ana)
    with connection.cursor() as cursor:
        cursor.execute(REFUSE.format(first.pk))

    with pytest.raises(DatabaseError):
        desk.send()

    assert desk.send() == 1
    assert [state for state, _ in problems()] == ["waiting", "sent"]
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER refuse_link ON labeling_labelupstream")
    make_due()
    assert desk.send() == 1
    assert len(desk.there) == 2


@pytest.mark.parametrize("odd", ["\0", "\ud800", "x" * 5000, ["nested"], 5, None], ids=["nul", "surrogate", "long", "list", "number", "none"])
def test_odd_labels_at_the_vendor_stand_in_nobodys_way(desk, ana, odd):
    desk.label(desk.session(7), ana)
    desk.vendor.put_label(7, code=odd, user_email=odd, comments=odd, issue_categories=[odd, "Rude"], timestamp=odd)
    desk.vendor.put_label(7, comments=odd, issue_categories=odd)
    desk.vendor.put_label(7, comments="Fine.", issue_categories=[odd])
    desk.vendor.put_label(7, comments="Fine.", type=odd)

    assert desk.send() == 1
    assert len(desk.there) == 5


def test_a_label_of_a_session_that_a_queue_came_to_want_is_looked_at_again_later(desk, ana):
    label = desk.label(desk.session(7), ana)
    make_due()
    place = AssignmentFactory(session=label.session)

    assert desk.send() == 0
    assert problems() == [("waiting", HELD_BACK)]
    assert desk.send() == 0
    Assignment.objects.filter(pk=place.pk).update(state="void")
    Push.objects.update(created_at=NOON)

    assert desk.send() == 1
    assert problems() == [("sent", "")]
