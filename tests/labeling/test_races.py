"""Many at once on one session: nothing lost, nothing doubled, everything derived still true."""

import contextlib
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from labeling.models import CurrentLabel, Label
from labeling.operations.label_rows import IssueGiven
from labeling.operations.labels import AlreadyLabeled, NotStanding, submit_label, withdraw_label
from labeling.operations.raters import rater_of
from tests.factories import IssueCategoryFactory, RaterFactory, SessionFactory, UserFactory
from tests.labeling.recomputation import check_everything_derived

pytestmark = pytest.mark.django_db(transaction=True)


def together(count, work):
    def closing(n):
        try:
            return work(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(closing, range(count)))


def test_twenty_equal_submits_make_one_label():
    session, rater = SessionFactory(), RaterFactory()

    answers = together(20, lambda n: submit_label(session_id=session.pk, rater=rater, code="BAD", client_key="one-key", issues=[IssueGiven("Slow")]))

    assert len({answer.label.pk for answer in answers}) == 1
    assert sum(answer.is_new for answer in answers) == 1
    assert Label.objects.count() == 1
    check_everything_derived()


def test_forty_raters_on_one_session_make_forty_labels():
    session = SessionFactory()
    raters = RaterFactory.create_batch(40)

    together(20, lambda n: [submit_label(session_id=session.pk, rater=rater, code="GOOD", client_key=f"key-{rater.pk}") for rater in raters[n::20]])

    session.refresh_from_db()
    assert (Label.objects.count(), session.label_raters) == (40, 40)
    check_everything_derived()


def test_two_tabs_of_one_person_keep_one_label_and_tell_the_other():
    session, rater = SessionFactory(), RaterFactory()

    def submit(n):
        try:
            return submit_label(session_id=session.pk, rater=rater, code="GOOD", client_key=f"tab-{n}-key", starting_from=None).is_new
        except AlreadyLabeled as conflict:
            return conflict.saved.pk

    answers = together(2, submit)

    assert sorted(type(answer) is bool for answer in answers) == [False, True]
    assert Label.objects.count() == 1


def test_submit_change_undo_and_withdraw_by_twenty_threads_leave_what_a_recomputation_says():
    IssueCategoryFactory(name="Silent treatment")
    session = SessionFactory()
    people = UserFactory.create_batch(5)
    raters = [rater_of(user=person) for person in people]

    def work(n):
        rng = random.Random(n)
        person, rater = people[n % 5], raters[n % 5]
        for step in range(8):
            if rng.random() < 0.6:
                issues = [IssueGiven("Silent treatment")] if rng.random() < 0.5 else []
                submit_label(session_id=session.pk, rater=rater, code=rng.choice(["GOOD", "OK", "BAD", "N/A"]), client_key=f"key-{n}-{step}", issues=issues)
                continue
            current = CurrentLabel.objects.filter(session=session, rater=rater).select_related("label").first()
            if current:
                with contextlib.suppress(NotStanding):
                    withdraw_label(label=current.label, by=person)

    together(20, work)

    assert Label.objects.count() > 40
    check_everything_derived()
