"""Labels of the vendor: each once, with its author and its time, and none that we gave it ourselves."""

from datetime import timedelta

import pytest

from labeling.models import IncomingIssue, Label, LabelUpstream, Push, Rater, SessionIssue, VendorLabels
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from labeling.operations.synced_labels import NO_SESSION, take_labels
from labeling.operations.synced_ratings import renew_ratings, take_ratings
from sessions_app.codes import SourceKind
from sessions_app.models import RejectedRecord, Session
from tests.factories import (
    NOON,
    AgentFactory,
    IssueCategoryFactory,
    LabelFactory,
    PushFactory,
    RaterFactory,
    SessionFactory,
    SourceFactory,
    TranscriptFactory,
    UserFactory,
)
from tests.labeling.recomputation import check_everything_derived

pytestmark = pytest.mark.django_db


@pytest.fixture
def source():
    return SourceFactory(kind=SourceKind.VENDOR, is_primary=True)


@pytest.fixture
def session(source):
    return SessionFactory(seen_agent=AgentFactory(data_source=source), pk=501, external_id="501", timestamp=NOON, duration=60.0)


def wire(**changes):
    return {
        "id": 71, "session_id": 501, "type": "human-rating", "code": "BAD", "user_email": "ana@vendor.example", "timestamp": "2026-03-02T13:00:00Z",
        "comments": "Wrong day.", "issue_categories": ["Silent treatment"],
    } | changes  # fmt: skip


def test_a_label_comes_with_its_author_its_time_and_its_words(source, session):
    category = IssueCategoryFactory(name="Silent treatment")

    taken = take_labels(source, [wire(user_email=" Ana@Vendor.example ", issue_categories=["silent  treatment", "New words"])])

    label = Label.objects.get()
    assert (taken.taken, taken.refused) == (1, [])
    assert (label.rater.email, label.rater.kind, label.rater.user, label.claimed_email) == ("ana@vendor.example", "person", None, "ana@vendor.example")
    assert (label.code, label.comment, label.via, label.made_at) == ("BAD", "Wrong day.", "sync", NOON + timedelta(hours=1))
    assert (label.independent, label.guide_version) == (False, None)
    assert SessionIssue.objects.get().category == category
    assert list(IncomingIssue.objects.values_list("text", flat=True)) == ["New words"]
    link = LabelUpstream.objects.get()
    assert (link.upstream_id, link.label, link.is_pushed) == (71, label, False)
    check_everything_derived()


def test_the_same_label_again_is_nothing_new_but_that_it_is_still_there(source, session):
    take_labels(source, [wire()])
    LabelUpstream.objects.update(seen_at=NOON)

    taken = take_labels(source, [wire(), wire(), wire(code="GOOD")])

    assert taken.taken == 0
    assert (Label.objects.count(), Label.objects.get().code) == (1, "BAD")
    assert LabelUpstream.objects.get().seen_at > NOON


def test_of_several_labels_of_one_author_the_latest_stands_in_whatever_order_they_come(source, session):
    take_labels(source, [wire(id=3, code="OK", timestamp="2026-03-02T15:00:00Z"), wire(id=1, code="GOOD")])
    take_labels(source, [wire(id=2, code="BAD", timestamp="2026-03-02T14:00:00Z")])

    session.refresh_from_db()
    assert (Label.objects.count(), session.label_code) == (3, "OK")
    check_everything_derived()


def test_an_author_with_an_account_is_that_person(source, session):
    person = UserFactory(email="ana@vendor.example")
    rater = rater_of(user=person)

    take_labels(source, [wire()])

    assert Label.objects.get().rater == rater


def test_an_auto_rating_is_of_a_machine_also_where_none_is_named(source, session):
    take_labels(source, [wire(id=1, type="auto-rating", user_email="judge-7"), wire(id=2, type="auto-rating", user_email=None)])

    assert set(Rater.objects.values_list("kind", "email")) == {("machine", "judge-7"), ("machine", "auto-rating")}
    session.refresh_from_db()
    assert (session.auto_code, session.label_code) == ("BAD", None)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"code": "GREAT"}, "code is not one of"), ({"code": ["BAD"]}, "code is not one of"), ({"type": "opinion"}, "type is neither"),
        ({"user_email": ""}, "user_email is missing"), ({"user_email": 5}, "user_email is not a text"), ({"user_email": "x" * 300}, "user_email is not a text"),
        ({"timestamp": "soon"}, "timestamp is not"), ({"timestamp": None}, "timestamp is missing"), ({"id": None}, "id is not a number"),
        ({"id": True}, "id is not a number"), ({"id": 2**60}, "id is not a number"), ({"session_id": "x"}, "session_id is not a number"),
        ({"issue_categories": "Silent"}, "issue_categories is not a list"), ({"issue_categories": [5]}, "issue_categories is not a list"),
        ({"issue_categories": ["x" * 501]}, "issue_categories is not a list"), ({"comments": {"a": 1}}, "comments is not a text"),
        ({"session_id": 999}, NO_SESSION),
    ],
)  # fmt: skip
def test_what_is_no_label_is_refused_with_a_reason_and_stops_nothing(source, session, change, told):
    taken = take_labels(source, [wire(id=1) | change, wire(id=2)])

    assert taken.taken == 1
    [(place, sentence)] = taken.refused
    assert place == 0
    assert told in sentence


def test_what_is_not_even_an_object_is_refused(source, session):
    assert [place for place, _ in take_labels(source, ["x", None, 5, [], wire()]).refused] == [0, 1, 2, 3]


def test_a_text_that_the_database_cannot_hold_is_kept_without_what_it_cannot(source, session):
    take_labels(source, [wire(comments="a\0b\ud800c", issue_categories=["x\0y", "", "  "], user_email="an\0a@vendor.example")])

    label = Label.objects.get()
    assert (label.comment, label.rater.email) == ("ab?c", "ana@vendor.example")
    assert [issue.raw for issue in label.issues.all()] == ["xy"]


@pytest.fixture
def pushed(source, session):
    """A label of ours that was to go to the vendor, and whose reply never came."""
    rater = rater_of(user=UserFactory(email="ana@vendor.example"))
    label = submit_label(session_id=session.pk, rater=rater, code="BAD", client_key="one", comment="Wrong day.").label
    Push.objects.all().delete()
    PushFactory(data_source=source, label=label, session=session, state="waiting", attempts=1)
    return label


def test_a_label_that_we_pushed_is_adopted_and_does_not_come_back_as_another(source, session, pushed):
    taken = take_labels(source, [wire(issue_categories=[], user_email="Ana@vendor.example", comments="Wrong day.\r\n")])

    assert taken.taken == 0
    assert Label.objects.get() == pushed
    link = LabelUpstream.objects.get()
    assert (link.upstream_id, link.label, link.is_pushed) == (71, pushed, True)


@pytest.mark.parametrize(
    "change", [{"code": "OK"}, {"comments": "Wrong hour."}, {"user_email": "ben@vendor.example"}, {"issue_categories": ["Rude"]}, {"type": "auto-rating"}]
)
def test_a_label_that_says_something_else_is_not_adopted(source, session, pushed, change):
    taken = take_labels(source, [wire(issue_categories=[]) | change])

    assert taken.taken == 1
    assert Label.objects.count() == 2
    assert not LabelUpstream.objects.filter(label=pushed).exists()


def test_one_label_of_ours_is_adopted_once(source, session, pushed):
    taken = take_labels(source, [wire(id=1, issue_categories=[]), wire(id=2, issue_categories=[])])

    assert taken.taken == 1
    assert LabelUpstream.objects.get(label=pushed).upstream_id == 1


def test_an_equal_label_that_nobody_pushed_is_one_of_its_own(source, session):
    LabelFactory(session=session, rater=RaterFactory(email="ana@vendor.example"), code="BAD", comment="Wrong day.")

    assert take_labels(source, [wire(issue_categories=[])]).taken == 1


def test_a_label_on_an_erased_session_counts_and_says_nothing(source, session):
    Session.objects.update(erased_at=NOON, transcript_state="erased")

    take_labels(source, [wire()])

    assert (Label.objects.get().code, Label.objects.get().comment) == ("BAD", "(erased)")


def test_a_summary_rates_its_session_once_and_again_when_it_changes(source, session):
    for word in ("Good", "good", "BAD", "splendid"):
        take_ratings(source, {session.pk: word})

    labels = list(Label.objects.order_by("pk"))
    assert [(label.code, label.type, label.rater.kind, label.rater.email) for label in labels] == [
        ("GOOD", "auto-rating", "machine", "summary"),
        ("BAD", "auto-rating", "machine", "summary"),
    ]
    assert labels[0].made_at == NOON + timedelta(seconds=60)
    session.refresh_from_db()
    assert session.auto_code == "BAD"
    check_everything_derived()


def test_an_admin_says_which_word_is_which_code_or_that_none_is(source, session):
    settings = VendorLabels.objects.create(data_source=source, summary_codes={"resolved": "GOOD", "odd": "SPLENDID"})

    assert [take_ratings(source, {session.pk: word}) for word in ("good", "odd", "Resolved")] == [0, 0, 1]

    VendorLabels.objects.filter(pk=settings.pk).update(takes_summary_ratings=False, summary_codes={"resolved": "BAD"})
    assert take_ratings(source, {session.pk: "resolved"}) == 0


def test_other_codes_rate_anew_what_is_here(source):
    agent = AgentFactory(data_source=source)
    sessions = [SessionFactory(seen_agent=agent, transcript_state="held") for _ in range(3)]
    for session, word in zip(sessions, ("fine", "good", ""), strict=True):
        TranscriptFactory(session=session, summary_rating=word)
    VendorLabels.objects.create(data_source=source, summary_codes={"fine": "OK", "good": "GOOD"})

    last = renew_ratings(data_source=source)

    assert renew_ratings(data_source=source, after=last) is None
    assert sorted(Label.objects.values_list("session", "code")) == sorted([(sessions[0].pk, "OK"), (sessions[1].pk, "GOOD")])
    assert not RejectedRecord.objects.exists()
