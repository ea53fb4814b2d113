"""Changes of the issue categories: effective at once, sessions follow, labels stay as they are, and everything can be taken back."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.http import QueryDict
from django.utils import timezone

from labeling.filters import ReviewFilter
from labeling.filters.facets import count_facets
from labeling.filters.review_filter import Viewpoint
from labeling.models import CategoryChange, Event, FixedIssue, IncomingIssue, IssueAlias, IssueCategory, Label, LabelIssue, SessionIssue
from labeling.operations import session_issues
from labeling.operations.derived import repair_derived
from labeling.operations.label_rows import IssueGiven
from labeling.operations.labels import submit_label, withdraw_label
from labeling.operations.session_issue_rows import rewrite_issues
from labeling.operations.session_issues import follow_change
from labeling.operations.taxonomy import (
    NotPossible,
    follow_word,
    merge_category,
    rename_category,
    restore_category,
    retire_category,
    retry_change,
    split_category,
    unmerge_category,
)
from labeling.queries.issues import canonical_categories
from labeling.queries.scopes import get_scope
from labeling.queries.session_lines import get_session_lines
from labeling.queries.summary.frame import Frame
from labeling.queries.summary.issues import get_issues
from labeling.queries.summary.period import last_weeks
from labeling.queries.taxonomy import get_references, why_not_delete
from sessions_app.models import Session
from sessions_app.scope import EVERYTHING
from tests.factories import (
    DrawFactory,
    FixedIssueFactory,
    IssueAliasFactory,
    IssueCategoryFactory,
    QueueFactory,
    RaterFactory,
    SavedViewFactory,
    SessionFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def labeled(*issues, session=None, code="BAD", rater=None):
    session = session or SessionFactory()
    submit_label(
        session_id=session.pk, rater=rater or RaterFactory(), code=code, client_key=f"key-{Label.objects.count()}", issues=[IssueGiven(one) for one in issues]
    )
    return session


def follow_all():
    for change in CategoryChange.objects.filter(state="running").order_by("pk"):
        follow_change(change_pk=change.pk)


def issues_of(session):
    return set(SessionIssue.objects.filter(session=session).values_list("category__name", flat=True))


def found(query, person):
    filtered = ReviewFilter(QueryDict(query), queryset=Session.objects.all(), request=Viewpoint(person, get_scope(person)))
    assert filtered.form.is_valid()
    return set(filtered.qs.values_list("pk", flat=True))


def test_a_merge_never_rewrites_a_label_and_sessions_follow(admin):
    slow, late = IssueCategoryFactory(name="Slow"), IssueCategoryFactory(name="Late")
    one, both = labeled("Slow"), labeled("Slow", "Late")

    change = merge_category(category=slow, into=late, by=admin)
    follow_all()

    change.refresh_from_db()
    assert issues_of(one) == issues_of(both) == {"Late"}
    assert set(LabelIssue.objects.values_list("raw", "category__name")) == {("Slow", "Slow"), ("Late", "Late")}
    assert (change.state, change.handled, change.total) == ("finished", 2, 2)
    assert repair_derived() == 0


def test_a_merge_is_in_force_before_the_job_has_run(admin):
    slow, late, other = IssueCategoryFactory(name="Slow"), IssueCategoryFactory(name="Late"), IssueCategoryFactory(name="Other")
    old, new, both = labeled("Slow"), labeled("Late"), labeled("Slow", "Late", "Other")
    elsewhere = labeled("Other")

    merge_category(category=slow, into=late, by=admin)

    for name in (slow, late):
        assert found(f"issue={name.pk}", admin) == {old.pk, new.pk, both.pk}
        assert found(f"issue={name.pk}&issue={other.pk}&issue_match=all", admin) == {both.pk}
        assert found(f"not_issue={name.pk}", admin) == {elsewhere.pk}
    filtered = ReviewFilter(QueryDict(), queryset=Session.objects.all(), request=Viewpoint(admin, EVERYTHING))
    filtered.form.is_valid()
    assert count_facets(filtered, ["issue"]).groups["issue"] == {str(late.pk): 3, str(other.pk): 2, "none": 0}
    both.refresh_from_db()
    assert [line.issues for line in get_session_lines([both], viewer=admin)] == [["Late", "Other"]]


def test_every_number_of_the_summary_has_its_list_while_a_merge_is_running(admin):
    slow, late = IssueCategoryFactory(name="Slow"), IssueCategoryFactory(name="Late")
    now = timezone.now()
    for issues in (["Slow"], ["Late"], ["Slow", "Late"]):
        labeled(*issues, session=SessionFactory(timestamp=now - timedelta(days=1)))

    merge_category(category=slow, into=late, by=admin)

    rows = get_issues(Frame(viewer=admin, scope=EVERYTHING, period=last_weeks(4))).rows
    assert [(row.category.name, row.rate.part.n, len(found(row.rate.part.query, admin))) for row in rows] == [("Late", 3, 3)]


def test_a_label_given_after_the_merge_means_the_target_at_once(admin):
    slow, late = IssueCategoryFactory(name="Slow"), IssueCategoryFactory(name="Late")
    merge_category(category=slow, into=late, by=admin)

    assert issues_of(labeled("slow")) == {"Late"}


def test_what_is_taken_out_of_a_merge_means_itself_again_also_labels_given_since(admin):
    slow, late = IssueCategoryFactory(name="Slow"), IssueCategoryFactory(name="Late")
    old, target = labeled("Slow"), labeled("Late")
    merge_category(category=slow, into=late, by=admin)
    follow_all()
    since = labeled("Slow")

    unmerge_category(category=slow, by=admin)
    follow_all()

    assert (issues_of(old), issues_of(since), issues_of(target)) == ({"Slow"}, {"Slow"}, {"Late"})
    assert repair_derived() == 0


def test_a_merge_taken_back_while_it_runs_ends_right(admin, monkeypatch):
    monkeypatch.setattr(session_issues, "MERGE_BATCH", 2)
    slow, late = IssueCategoryFactory(name="Slow"), IssueCategoryFactory(name="Late")
    sessions = [labeled("Slow") for _ in range(5)]
    merge = merge_category(category=slow, into=late, by=admin)
    with pytest.raises(session_issues.Stopped):
        follow_change(change_pk=merge.pk, should_stop=lambda: CategoryChange.objects.get(pk=merge.pk).handled >= 2)

    unmerge_category(category=slow, by=admin)
    follow_all()

    assert [issues_of(session) for session in sessions] == [{"Slow"}] * 5
    assert set(CategoryChange.objects.values_list("state", flat=True)) == {"finished"}


def test_a_job_that_was_cut_off_goes_on_where_it_was(admin, monkeypatch):
    monkeypatch.setattr(session_issues, "MERGE_BATCH", 2)
    slow, late = IssueCategoryFactory(name="Slow"), IssueCategoryFactory(name="Late")
    sessions = [labeled("Slow") for _ in range(5)]
    merge = merge_category(category=slow, into=late, by=admin)
    stops = iter([False, True])
    with pytest.raises(session_issues.Stopped):
        follow_change(change_pk=merge.pk, should_stop=lambda: next(stops))
    merge.refresh_from_db()
    assert (merge.state, merge.handled, merge.total) == ("running", 4, 5)

    follow_change(change_pk=merge.pk)
    follow_change(change_pk=merge.pk)

    merge.refresh_from_db()
    assert (merge.state, merge.handled) == ("finished", 5)
    assert [issues_of(session) for session in sessions] == [{"Late"}] * 5


def test_a_change_that_failed_is_taken_up_again(admin, monkeypatch):
    slow, late = IssueCategoryFactory(name="Slow"), IssueCategoryFactory(name="Late")
    session = labeled("Slow")
    change = merge_category(category=slow, into=late, by=admin)
    monkeypatch.setattr(session_issues, "_is_merged", lambda change: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        follow_change(change_pk=change.pk)
    monkeypatch.undo()
    change.refresh_from_db()
    assert change.state == "failed"

    assert retry_change(change=change)
    assert not retry_change(change=change)
    follow_all()

    assert issues_of(session) == {"Late"}


def test_merging_twice_is_merging_once(admin):
    slow, late = IssueCategoryFactory(), IssueCategoryFactory()

    assert merge_category(category=slow, into=late, by=admin)
    assert merge_category(category=slow, into=late, by=admin) is None

    assert CategoryChange.objects.count() == 1
    assert list(Event.objects.filter(kind="category_changed").values_list("user", "subject", "after")) == [(admin.pk, slow.pk, "merge")]


def test_chains_loops_and_retired_targets_are_refused_with_a_sentence(admin):
    a, b, c = IssueCategoryFactory(name="A"), IssueCategoryFactory(name="B"), IssueCategoryFactory(name="C")
    retired = IssueCategoryFactory(name="Retired", retired_at=timezone.now())
    merge_category(category=a, into=b, by=admin)

    for category, into, words in (
        (a, c, "merged already"),
        (b, a, "loop"),
        (c, a, "itself merged"),
        (b, c, "merged into B"),
        (c, c, "itself"),
        (c, retired, "retired"),
    ):
        with pytest.raises(NotPossible) as refusal:
            merge_category(category=category, into=into, by=admin)
        assert words in refusal.value.why


def test_the_chips_of_a_merged_category_move_or_are_dropped(admin):
    slow, late = IssueCategoryFactory(name="Slow"), IssueCategoryFactory(name="Late", channels=["voice"])
    moved = FixedIssueFactory(category=slow, place=1, channel="voice")
    there, doubled = FixedIssueFactory(category=late, place=1, channel=""), FixedIssueFactory(category=slow, place=2, channel="")
    not_there = FixedIssueFactory(category=slow, place=1, channel="chat")

    merge_category(category=slow, into=late, by=admin)

    assert set(FixedIssue.objects.values_list("pk", "category")) == {(moved.pk, late.pk), (there.pk, late.pk)}
    assert not FixedIssue.objects.filter(pk__in=[doubled.pk, not_there.pk]).exists()


def test_what_suggested_a_merged_category_suggests_the_target(admin):
    slow, late = IssueCategoryFactory(suggested_by_signal="slow_reply"), IssueCategoryFactory()

    merge_category(category=slow, into=late, by=admin)

    late.refresh_from_db()
    assert late.suggested_by_signal == "slow_reply"


def test_a_rename_keeps_the_former_name_and_takes_up_labels_that_said_the_new_one(admin):
    category = IssueCategoryFactory(name="Slow")
    old, unmapped = labeled("Slow"), labeled("Too slow")
    assert issues_of(unmapped) == set()

    rename_category(category=category, name="Too slow", by=admin)
    follow_all()

    assert issues_of(old) == issues_of(unmapped) == {"Too slow"}
    assert IssueAlias.objects.get().text == "Slow"
    assert rename_category(category=category, name="Too slow", by=admin) is None
    assert repair_derived() == 0


def test_a_name_that_means_another_category_is_refused(admin):
    category, other = IssueCategoryFactory(name="Slow"), IssueCategoryFactory(name="Late")
    IssueAliasFactory(category=other, text="Tardy")

    for name in ("LATE", "tardy"):
        with pytest.raises(NotPossible):
            rename_category(category=category, name=name, by=admin)


def test_splitting_leaves_old_labels_and_moves_what_an_other_name_means(admin):
    category = IssueCategoryFactory(name="Slow", group="Speed", severity="major", channels=["voice"])
    alias = IssueAliasFactory(category=category, text="Tool too slow")
    old, said_alias = labeled("Slow"), labeled("Tool too slow")

    split_category(category=category, names=["Slow tool", "Slow reply"], moved={alias.pk: "Slow tool"}, retire=True, by=admin)
    follow_all()

    category.refresh_from_db()
    made = IssueCategory.objects.get(name="Slow tool")
    assert (issues_of(old), issues_of(said_alias)) == ({"Slow"}, {"Slow tool"})
    assert (made.group, made.severity, made.channels) == ("Speed", "major", ["voice"])
    assert category.retired_at is not None
    assert repair_derived() == 0


def test_a_retired_category_is_still_found_and_can_be_restored(admin):
    category = IssueCategoryFactory(name="Slow")
    session = labeled("Slow")

    retire_category(category=category, by=admin)
    assert retire_category(category=category, by=admin) is None

    assert not IssueCategory.objects.active().exists()
    assert found(f"issue={category.pk}", admin) == {session.pk}
    assert issues_of(labeled("Slow")) == {"Slow"}
    restore_category(category=category, by=admin)
    assert list(CategoryChange.objects.order_by("pk").values_list("kind", flat=True)) == ["retire", "restore"]
    assert IssueCategory.objects.active().exists()


def test_a_category_in_use_cannot_be_deleted_and_one_never_used_can(as_person, admin):
    used, free, viewed = IssueCategoryFactory(name="Slow"), IssueCategoryFactory(), IssueCategoryFactory()
    labeled("Slow")
    SavedViewFactory(query=f"agent=1&not_issue={viewed.pk}")
    client = as_person(admin)

    assert why_not_delete(used)
    assert why_not_delete(viewed)
    for category, remains in ((used, True), (viewed, True), (free, False)):
        answer = client.post(f"/admin/labeling/issuecategory/{category.pk}/delete/", {"post": "yes"}, follow=True)
        assert IssueCategory.objects.filter(pk=category.pk).exists() == remains
        assert ("Retire it: labels that name it keep their words." in answer.content.decode()) == remains


def test_the_preview_counts_what_refers_to_a_category(admin):
    category = IssueCategoryFactory(name="Slow")
    labeled("Slow")
    labeled("Slow")
    FixedIssueFactory(category=category)
    SavedViewFactory(name="Shared one", is_shared=True, query=f"issue={category.pk}&label=BAD")
    SavedViewFactory(name="Private one", query=f"not_issue={category.pk}")
    SavedViewFactory(query=f"issue={category.pk}0")

    counted = {reference.words: reference for reference in get_references(category)}

    assert [counted[words].n for words in ("labels that name it", "sessions that count as it", "fixed chips", "saved views")] == [2, 2, 1, 2]
    assert counted["saved views"].names == ("Shared one",)


def test_the_preview_counts_labels_that_said_a_name_before_it_meant_anything(admin):
    labeled("Slow  reply")
    labeled("slowly")
    category = IssueCategoryFactory(name="Slow")
    IssueAliasFactory(text="Slow  Reply", category=category)
    labeled("Slow")

    counted = {reference.words: reference for reference in get_references(category)}

    assert counted["labels that name it"].n == 2


@pytest.mark.parametrize("key", ["issue", "not_issue", "auto_issue", "not_auto_issue", "named", "not_named"])
def test_a_category_in_the_rule_of_a_queue_is_shown_and_not_deleted(key):
    category = IssueCategoryFactory()
    QueueFactory(name="Long waits", query=f"label=none&{key}={category.pk}")

    counted = {reference.words: reference for reference in get_references(category)}

    assert (counted["queues"].n, counted["queues"].names) == (1, ("Long waits",))
    assert why_not_delete(category)


def test_a_category_that_a_queue_was_once_drawn_by_is_not_deleted():
    category = IssueCategoryFactory()
    DrawFactory(query=f"issue={category.pk}")

    assert why_not_delete(category)


@pytest.mark.parametrize("raw", ["SLOW  reply", " slow reply ", "Slow\u00a0Reply", "slow\treply"])
def test_another_spelling_by_case_and_spaces_means_the_same_in_both_ways_of_working_it_out(admin, raw):
    category = IssueCategoryFactory(name="Slow reply")
    session = labeled(raw)

    assert canonical_categories([raw]) == {raw: category.pk}
    assert issues_of(session) == {"Slow reply"}
    SessionIssue.objects.all().delete()
    rewrite_issues(sessions=[session.pk])
    assert issues_of(session) == {"Slow reply"}
    assert not IncomingIssue.objects.exists()


def test_the_statement_and_the_derivation_say_the_same_of_settled_withdrawn_and_changed_labels(admin):
    slow, late = IssueCategoryFactory(name="Slow"), IssueCategoryFactory(name="Late")
    IssueAliasFactory(category=late, text="Tardy")
    merge_category(category=slow, into=late, by=admin)
    IssueCategoryFactory(name="Rude")
    sessions = [SessionFactory() for _ in range(6)]
    people = UserFactory.create_batch(3)
    raters = [RaterFactory(user=person, email=person.email) for person in people]
    for number, session in enumerate(sessions):
        for place, rater in enumerate(raters[: number % 3 + 1]):
            issues = [["Slow"], ["tardy", "Rude"], ["never heard of"]][(number + place) % 3]
            labeled(*issues, session=session, rater=rater)
    withdraw_label(label=Label.objects.order_by("-pk").first(), by=people[0])
    labeled("Rude", session=sessions[2], rater=raters[0])
    before = set(SessionIssue.objects.values_list("session", "category__name"))

    SessionIssue.objects.filter(session__in=sessions[::2]).delete()
    SessionIssue.objects.create(session=sessions[1], category=slow)
    rewrite_issues(sessions=[session.pk for session in sessions])

    assert before
    assert set(SessionIssue.objects.values_list("session", "category__name")) == before


def test_a_new_category_takes_up_what_labels_said_before_it_was_there(admin):
    session = labeled("Long  hold")
    category = IssueCategoryFactory(name="Long hold")

    follow_word(word="Long hold", category=category, by=admin)
    follow_all()

    assert issues_of(session) == {"Long hold"}
    assert repair_derived() == 0


@pytest.mark.django_db(transaction=True)
def test_labels_that_are_being_written_while_a_merge_runs_end_right(monkeypatch):
    monkeypatch.setattr(session_issues, "MERGE_BATCH", 5)
    admin = UserFactory(role="admin")
    slow, late = IssueCategoryFactory(name="Slow"), IssueCategoryFactory(name="Late")
    sessions = [labeled("Slow") for _ in range(60)]
    raters = RaterFactory.create_batch(4)
    stop, problems = threading.Event(), []

    def write(place):
        number = 0
        try:
            while not stop.is_set():
                session = sessions[(number * 7 + place) % len(sessions)]
                number += 1
                words = [["Slow"], ["Late", "Slow"], []][number % 3]
                issues = [IssueGiven(word) for word in words]
                submit_label(session_id=session.pk, rater=raters[place], code="BAD", client_key=f"w-{place}-{number}", issues=issues)
        except Exception as problem:
            problems.append(problem)
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=[place]) for place in range(4)]
    for writer in writers:
        writer.start()
    time.sleep(0.3)
    change = merge_category(category=slow, into=late, by=admin)
    follow_change(change_pk=change.pk)
    time.sleep(0.3)
    stop.set()
    for writer in writers:
        writer.join()

    change.refresh_from_db()
    assert problems == []
    assert change.state == "finished"
    assert not SessionIssue.objects.filter(category=slow).exists()
    assert repair_derived() == 0


@pytest.mark.django_db(transaction=True)
def test_a_label_that_read_the_categories_before_the_merge_is_waited_for():
    admin = UserFactory(role="admin")
    slow, late = IssueCategoryFactory(name="Slow"), IssueCategoryFactory(name="Late")
    labeled("Slow")
    session, rater = SessionFactory(), RaterFactory()
    written, merged = threading.Event(), threading.Event()

    def write():
        try:
            with transaction.atomic():
                submit_label(session_id=session.pk, rater=rater, code="BAD", client_key="one-key", issues=[IssueGiven("Slow")])
                written.set()
                merged.wait(10)
                time.sleep(0.4)
        finally:
            connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    written.wait(10)
    change = merge_category(category=slow, into=late, by=admin)
    merged.set()
    follow_change(change_pk=change.pk)
    writer.join()

    assert issues_of(session) == {"Late"}
    assert repair_derived() == 0


def test_batches_become_smaller_where_the_machine_is_busy_and_large_again(admin, monkeypatch):
    monkeypatch.setattr(session_issues, "MERGE_BATCH", 8)
    slow, late = IssueCategoryFactory(name="Slow"), IssueCategoryFactory(name="Late")
    for _ in range(22):
        labeled("Slow")
    change = merge_category(category=slow, into=late, by=admin)
    # Two slow batches, then quick ones.
    times = iter([0.0, *[moment for start in (1.0, 2.0, 2.01, 2.02, 2.03, 2.04, 2.05) for moment in (start, start)]])
    sizes, move = [], session_issues.move_issues
    monkeypatch.setattr(session_issues, "_wait_for_earlier_writes", lambda should_stop: None)
    monkeypatch.setattr(session_issues.time, "monotonic", lambda: next(times))
    monkeypatch.setattr(session_issues, "move_issues", lambda **how: (sizes.append(how["limit"]), move(**how))[1])

    follow_change(change_pk=change.pk)

    assert sizes == [8, 4, 2, 4, 8, 8]


def test_sessions_follow_an_unmerge_although_a_later_merge_waits_behind_it(admin):
    slow, late, other = IssueCategoryFactory(name="Slow"), IssueCategoryFactory(name="Late"), IssueCategoryFactory(name="Other")
    merge_category(category=slow, into=late, by=admin)
    session = labeled("Slow", "Late")
    unmerge_category(category=slow, by=admin)
    merge_category(category=late, into=other, by=admin)

    follow_all()

    assert issues_of(session) == {"Slow", "Other"}
    assert repair_derived() == 0
