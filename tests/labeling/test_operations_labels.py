"""Submitting, changing and withdrawing labels."""

from datetime import timedelta

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from labeling.codes import LabelType, Via
from labeling.models import CurrentLabel, Exposure, Label, LabelIssue, LabelWithdrawal, SessionIssue, User
from labeling.operations.label_rows import EvidenceGiven, IssueGiven, LabelGiven, Provenance
from labeling.operations.labels import AlreadyLabeled, KeyReused, NotStanding, record_labels, submit_label, withdraw_label
from labeling.operations.raters import AddressTaken, rater_of
from sessions_app.models import Session
from tests.factories import IssueAliasFactory, IssueCategoryFactory, RaterFactory, SessionFactory, UserFactory
from tests.labeling.recomputation import check_everything_derived

pytestmark = pytest.mark.django_db


def submit(session, rater, code="GOOD", key="first-key", **more):
    return submit_label(session_id=session.pk, rater=rater, code=code, client_key=key, **more)


def check_foreign_keys_now():
    """PostgreSQL refuses TRUNCATE by itself while deferred checks are pending; the refusal asked for is ours."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_submit_label_makes_it_the_current_and_the_session_label():
    session, rater = SessionFactory(), RaterFactory()

    label = submit(session, rater, "BAD").label

    session.refresh_from_db()
    assert CurrentLabel.objects.get(session=session).label == label
    assert (session.label_code, session.session_label_id, session.label_raters) == ("BAD", label.pk, 1)
    check_everything_derived()


def test_submit_label_with_the_same_key_gives_the_first_answer():
    session, rater = SessionFactory(), RaterFactory()
    first = submit(session, rater, comment="Late")

    again = submit(session, rater, comment="Late")

    assert (again.label, again.is_new) == (first.label, False)
    assert Label.objects.count() == 1


def test_submit_label_with_the_same_key_and_other_content_is_refused():
    session, rater = SessionFactory(), RaterFactory()
    submit(session, rater, "GOOD")

    with pytest.raises(KeyReused):
        submit(session, rater, "BAD")


def test_submit_label_twice_replaces_the_first_and_keeps_it():
    session, rater = SessionFactory(), RaterFactory()
    first = submit(session, rater, "GOOD", "key-one").label

    second = submit(session, rater, "BAD", "key-two", reason="Heard it again", starting_from=first.pk).label

    assert (second.replaces, Label.objects.count()) == (first, 2)
    assert CurrentLabel.objects.get().label == second
    check_everything_derived()


def test_submit_label_from_a_stale_version_changes_nothing_and_shows_what_is_saved():
    session, rater = SessionFactory(), RaterFactory()
    saved = submit(session, rater, "OK", "other-tab").label

    with pytest.raises(AlreadyLabeled) as conflict:
        submit(session, rater, "BAD", "this-tab", starting_from=None)

    assert conflict.value.saved == saved
    assert Label.objects.count() == 1


def test_withdraw_label_restores_the_label_before_the_change():
    person = UserFactory()
    session, rater = SessionFactory(), rater_of(user=person)
    first = submit(session, rater, "GOOD", "key-one").label
    second = submit(session, rater, "BAD", "key-two").label

    withdraw_label(label=second, by=person)

    session.refresh_from_db()
    assert (CurrentLabel.objects.get().label, session.label_code) == (first, "GOOD")
    check_everything_derived()


def test_withdraw_the_only_label_leaves_the_session_unlabeled():
    person = UserFactory()
    session, rater = SessionFactory(), rater_of(user=person)
    label = submit(session, rater, "BAD", issues=[IssueGiven("Silent treatment")]).label

    withdraw_label(label=label, by=person)

    session.refresh_from_db()
    assert (session.label_code, session.session_label_id, session.label_raters) == (None, None, 0)
    assert not CurrentLabel.objects.exists()
    check_everything_derived()


def test_withdraw_label_twice_gives_the_first_withdrawal():
    person = UserFactory()
    label = submit(SessionFactory(), rater_of(user=person)).label

    assert withdraw_label(label=label, by=person) == withdraw_label(label=label, by=person)
    assert LabelWithdrawal.objects.count() == 1


def test_withdraw_label_that_was_replaced_is_refused():
    person = UserFactory()
    session, rater = SessionFactory(), rater_of(user=person)
    first = submit(session, rater, "GOOD", "key-one").label
    submit(session, rater, "BAD", "key-two")

    with pytest.raises(NotStanding):
        withdraw_label(label=first, by=person)


def test_the_current_label_is_the_latest_made_not_the_last_to_arrive():
    session, rater = SessionFactory(), RaterFactory()
    now = timezone.now()
    late = submit(session, rater, "BAD", "a-key-late", provenance=Provenance(via=Via.SYNC, made_at=now)).label

    submit(session, rater, "GOOD", "a-key-early", provenance=Provenance(via=Via.SYNC, made_at=now - timedelta(hours=1)))

    assert CurrentLabel.objects.get().label == late
    check_everything_derived()


def test_a_label_made_here_follows_a_synced_one_that_claims_the_future():
    session, rater = SessionFactory(), RaterFactory()
    submit(session, rater, "BAD", "synced-key", provenance=Provenance(via=Via.SYNC, made_at=timezone.now() + timedelta(hours=2)))

    mine = submit(session, rater, "GOOD", "local-key").label

    assert CurrentLabel.objects.get().label == mine


def test_an_auto_rating_stands_beside_human_labels():
    session = SessionFactory()
    submit(session, RaterFactory(), "GOOD")
    machine = RaterFactory(kind="machine", email="rater@machine")

    submit(session, machine, "BAD", "auto-key", type=LabelType.AUTO)

    session.refresh_from_db()
    assert (session.label_code, session.auto_code) == ("GOOD", "BAD")
    check_everything_derived()


def test_issues_link_to_categories_by_name_and_former_name_in_any_case():
    silent = IssueCategoryFactory(name="Silent treatment")
    wrong = IssueCategoryFactory(name="Wrong answer")
    IssueAliasFactory(text="Incorrect info", category=wrong)
    session = SessionFactory()

    submit(session, RaterFactory(), "BAD", issues=[IssueGiven("silent TREATMENT"), IssueGiven("incorrect info"), IssueGiven("Never heard of")])

    assert set(SessionIssue.objects.values_list("category", flat=True)) == {silent.pk, wrong.pk}
    assert LabelIssue.objects.get(raw="Never heard of").category is None
    check_everything_derived()


def test_evidence_points_at_a_turn_of_a_revision():
    session = SessionFactory()

    label = submit(session, RaterFactory(), "BAD", issues=[IssueGiven("Silent treatment", evidence=(EvidenceGiven("turn", "t2", 1),))]).label

    evidence = label.evidence.get()
    assert (evidence.target_uid, evidence.transcript_revision, evidence.label_issue.raw) == ("t2", 1, "Silent treatment")


def test_a_label_is_independent_when_no_judgment_was_shown_before():
    person = UserFactory()
    untouched, anchored = SessionFactory(), SessionFactory()
    Exposure.objects.create(session=anchored, user=person, judgment="auto")

    alone = submit(untouched, rater_of(user=person)).label
    swayed = submit(anchored, rater_of(user=person)).label

    assert (alone.independent, alone.saw_auto) == (True, False)
    assert (swayed.independent, swayed.saw_auto, swayed.saw_others) == (False, True, False)


def test_a_settlement_stands_until_it_is_withdrawn_and_says_what_came_since():
    manager = UserFactory()
    session = SessionFactory()
    submit(session, RaterFactory(), "GOOD", "key-one")
    submit(session, RaterFactory(), "BAD", "key-two")

    submit(session, rater_of(user=manager), "BAD", "key-three", provenance=Provenance(is_settlement=True))
    submit(session, RaterFactory(), "GOOD", "key-four")

    session.refresh_from_db()
    assert (session.label_code, session.label_is_settled, session.label_new_since) == ("BAD", True, True)
    check_everything_derived()


@pytest.mark.parametrize("statement", ["UPDATE labeling_label SET code = 'GOOD'", "DELETE FROM labeling_label", "TRUNCATE labeling_label CASCADE"])
def test_labels_refuse_raw_sql(statement):
    submit(SessionFactory(), RaterFactory(), "BAD")
    check_foreign_keys_now()

    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert Label.objects.get().code == "BAD"


@pytest.mark.parametrize("table", ["labeling_labelissue", "labeling_evidence", "labeling_labelwithdrawal", "labeling_event"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_other_facts_refuse_raw_sql(table, statement):
    person = UserFactory()
    label = submit(SessionFactory(), rater_of(user=person), "BAD", issues=[IssueGiven("Odd", evidence=(EvidenceGiven("turn", "t2", 1),))]).label
    withdraw_label(label=label, by=person)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO labeling_event (kind, subject_kind, before, after) VALUES ('exported', '', '', '')")
    check_foreign_keys_now()

    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


def test_submit_label_on_an_unknown_session_says_so():
    with pytest.raises(Session.DoesNotExist):
        submit_label(session_id=12345, rater=RaterFactory(), code="GOOD", client_key="any-key")


def test_submit_label_asks_the_same_number_of_questions_however_many_labels_there_are(django_assert_max_num_queries):
    session = SessionFactory()
    for n in range(20):
        submit(session, RaterFactory(), "GOOD", f"key-{n}")
    rater = RaterFactory()

    with django_assert_max_num_queries(20):
        submit(session, rater, "BAD", "measured-key")


def test_a_person_whose_address_changed_keeps_their_labels_and_the_next_owner_gets_none():
    first = UserFactory(email="old@example.com")
    rater = rater_of(user=first)
    User.objects.filter(pk=first.pk).update(email="new@example.com")
    second = UserFactory(email="old@example.com")
    first.refresh_from_db()

    assert rater_of(user=first) == rater
    with pytest.raises(AddressTaken):
        rater_of(user=second)


def test_a_rater_that_a_sync_made_becomes_the_persons():
    synced = RaterFactory(email="amara@example.com", name="")
    person = UserFactory(email="amara@example.com", name="Amara Osei")

    assert rater_of(user=person) == synced
    synced.refresh_from_db()
    assert (synced.user, synced.name) == (person, "Amara Osei")


def test_an_issue_named_twice_counts_once():
    label = submit(SessionFactory(), RaterFactory(), "BAD", issues=[IssueGiven("Slow"), IssueGiven("Slow")]).label

    assert label.issues.count() == 1


def test_record_labels_takes_a_key_once_also_within_one_batch():
    session, rater = SessionFactory(), RaterFactory()
    given = LabelGiven(session.pk, rater, "GOOD", "import-1")

    assert len(record_labels(labels=[given, given])) == 1
    assert record_labels(labels=[given]) == []
    check_everything_derived()


def test_a_category_is_found_by_the_databases_upper_case():
    category = IssueCategoryFactory(name="Straße nicht verstanden")
    session = SessionFactory()

    submit(session, RaterFactory(), "BAD", issues=[IssueGiven("straße nicht verstanden")])

    assert SessionIssue.objects.get().category == category


def test_the_first_independent_label_of_a_draw_counts_also_after_it_was_changed():
    session, rater = SessionFactory(), RaterFactory(user=UserFactory())
    drawn = Provenance(basis="random", selection_probability=0.1)
    submit(session, rater, "BAD", "key-one", provenance=drawn)
    Exposure.objects.create(session=session, user=rater.user, judgment="others")

    submit(session, rater, "GOOD", "key-two")

    session.refresh_from_db()
    assert (session.label_code, session.sample_code, session.sample_weight) == ("GOOD", "BAD", 10.0)
    check_everything_derived()


def test_a_label_after_an_own_one_that_had_stood_is_not_independent(reviewer, agent):
    """The list shows what others think of a session as soon as somebody has labeled it, and nobody writes down which cells were read."""
    rater, session = rater_of(user=reviewer), SessionFactory(seen_agent=agent)
    first = submit_label(session_id=session.pk, rater=rater, code="GOOD", client_key="the-first-key").label
    withdrawal = withdraw_label(label=first, by=reviewer)
    after_a_slip = submit_label(session_id=session.pk, rater=rater, code="BAD", client_key="the-second-key").label
    withdraw_label(label=after_a_slip, by=reviewer)
    with pgtrigger.ignore():
        LabelWithdrawal.objects.filter(pk=withdrawal.pk).update(withdrawn_at=first.recorded_at + timedelta(minutes=5))
    later = submit_label(session_id=session.pk, rater=rater, code="OK", client_key="the-third-key").label

    assert [Label.objects.get(pk=one.pk).independent for one in (first, after_a_slip, later)] == [True, True, False]
