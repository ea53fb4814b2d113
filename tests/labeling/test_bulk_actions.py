"""Marking many N/A: exactly those that were shown, once, without anybody's own label, and back again."""

import contextlib
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test import Client
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from labeling import tasks
from labeling.models import BulkAction, CurrentLabel, Event, Label, LabelWithdrawal
from labeling.operations import bulk_actions
from labeling.operations.bulk_actions import (
    MayNotMark,
    NothingToMark,
    NotUndoable,
    Stopped,
    TooManyToMark,
    confirm_bulk,
    mark_all,
    undo_bulk,
    withdraw_all,
)
from labeling.operations.labels import submit_label, withdraw_label
from labeling.operations.raters import rater_of
from labeling.queries.bulk_actions import get_bulk_progress, get_selection, in_unfinished_sample
from labeling.verdict import session_label
from sessions_app.models import Session
from tests.factories import NOON, AgentFactory, AssignmentFactory, BulkActionFactory, SessionFactory, UserFactory
from tests.labeling.recomputation import check_everything_derived

pytestmark = pytest.mark.django_db


@pytest.fixture
def sessions(agent):
    """Five, newest first."""
    return [SessionFactory(seen_agent=agent, timestamp=NOON - timedelta(minutes=number)) for number in range(5)]


def pks(sessions):
    return [session.pk for session in sessions]


def label(session, person, code="GOOD", key="key-of-a-person"):
    return submit_label(session_id=session.pk, rater=rater_of(user=person), code=code, client_key=key).label


def confirm(by, sessions, key="key-of-a-form", **more):
    return confirm_bulk(by=by, client_key=key, reason="Voicemail greetings.", query="", sessions=pks(sessions), **more)


def marked(action, **more):
    mark_all(action_pk=action.pk, **more)
    action.refresh_from_db()
    return action


def undone(action, by=None, **more):
    withdraw_all(action_pk=action.pk, by_pk=(by or action.created_by).pk, **more)
    action.refresh_from_db()
    return action


def codes(sessions):
    held = {session.pk: session.label_code for session in Session.objects.filter(pk__in=pks(sessions))}
    return [held[session.pk] for session in sessions]


class TestConfirm:
    def test_keeps_the_sessions_and_asks_the_worker_by_a_task_that_exists(self, reviewer, sessions):
        action = confirm(reviewer, sessions, already_labeled=2)

        job = ProcrastinateJob.objects.get()
        assert (job.task_name, job.args) == ("labeling.tasks.mark_in_bulk", {"action": action.pk})
        assert app.tasks[job.task_name] is tasks.mark_in_bulk
        assert (action.state, action.sessions, action.already_labeled, len(action.token)) == ("waiting", pks(sessions), 2, 43)

    def test_with_the_same_key_gives_the_first_action(self, reviewer, sessions):
        first = confirm(reviewer, sessions)

        assert confirm(reviewer, sessions[:2]) == first
        assert ProcrastinateJob.objects.count() == 1
        assert confirm(UserFactory(), sessions) != first

    def test_of_more_than_fifty_takes_a_manager(self, reviewer, manager, agent):
        many = [SessionFactory(seen_agent=agent) for _ in range(51)]

        with pytest.raises(MayNotMark):
            confirm(reviewer, many)
        assert confirm(reviewer, many[:50])
        assert confirm(manager, many)

    def test_of_none_or_of_too_many_is_refused(self, manager):
        with pytest.raises(NothingToMark):
            confirm(manager, [])
        with pytest.raises(TooManyToMark):
            confirm_bulk(by=manager, client_key="key-of-a-form", reason="Test.", query="", sessions=range(1, 10_002))
        assert not BulkAction.objects.exists()


class TestMarking:
    def test_gives_each_a_label_that_says_where_it_came_from(self, reviewer, sessions):
        action = marked(confirm(reviewer, sessions))

        assert (action.state, action.marked, action.handled, action.already_labeled) == ("finished", 5, 5, 0)
        rows = Label.objects.values_list("code", "via", "comment", "client_key", "rater__user", "independent", "basis").distinct()
        assert list(rows) == [("N/A", "bulk", "Voicemail greetings.", f"bulk-{action.pk}", reviewer.pk, False, "chosen")]
        assert codes(sessions) == ["N/A"] * 5
        check_everything_derived()

    def test_leaves_out_and_counts_what_a_person_labeled_meanwhile(self, reviewer, manager, sessions):
        action = confirm(reviewer, sessions)
        label(sessions[1], manager, "BAD")
        label(sessions[2], reviewer, "OK")

        marked(action)

        assert (action.marked, action.already_labeled) == (3, 2)
        assert codes(sessions) == ["N/A", "BAD", "OK", "N/A", "N/A"]
        check_everything_derived()

    def test_leaves_out_and_counts_what_a_queue_came_to_want_meanwhile(self, reviewer, manager, sessions):
        action = confirm(reviewer, sessions)
        AssignmentFactory(session=sessions[0])
        label(sessions[0], manager, "BAD")

        marked(action)

        assert (action.marked, action.already_labeled, action.in_sample) == (4, 0, 1)
        assert codes(sessions) == ["BAD", "N/A", "N/A", "N/A", "N/A"]

    def test_marks_what_only_a_machine_rated_and_what_was_withdrawn(self, reviewer, manager, sessions):
        withdraw_label(label=label(sessions[0], manager), by=manager)

        assert marked(confirm(reviewer, sessions)).marked == 5

    def test_cut_off_anywhere_ends_like_one_that_was_not(self, reviewer, agent, monkeypatch):
        monkeypatch.setattr(bulk_actions, "BATCH", 7)
        many = [SessionFactory(seen_agent=agent) for _ in range(30)]
        action = confirm(reviewer, many)
        for _ in range(3):
            with pytest.raises(Stopped):
                marked(action, should_stop=lambda: True)

        action.refresh_from_db()
        assert (action.state, action.handled, Label.objects.count()) == ("running", 21, 21)
        marked(action)
        marked(action)

        assert (action.state, action.marked, Label.objects.count(), CurrentLabel.objects.count()) == ("finished", 30, 30, 30)
        assert Event.objects.count() == 1
        check_everything_derived()

    def test_killed_within_a_batch_leaves_nothing_of_that_batch(self, reviewer, sessions, monkeypatch):
        action = confirm(reviewer, sessions)

        def die(*, labels):
            monkeypatch.undo()
            bulk_actions.record_labels(labels=labels)
            raise OperationalError("the server closed the connection")

        monkeypatch.setattr(bulk_actions, "record_labels", die)
        with pytest.raises(OperationalError):
            marked(action)
        action.refresh_from_db()
        assert (action.state, action.handled, Label.objects.count()) == ("waiting", 0, 0)

        assert marked(action).marked == 5

    def test_is_an_event_without_text(self, reviewer, sessions):
        action = marked(confirm(reviewer, sessions))

        event = Event.objects.get()
        assert (event.kind, event.user, event.subject_kind, event.subject) == ("bulk_labeled", reviewer.pk, "bulk_action", action.pk)
        assert (event.before, event.after) == ("5 chosen", "5 marked N/A")

    def test_ends_where_its_maker_may_label_no_more(self, reviewer, sessions):
        action = confirm(reviewer, sessions)
        reviewer.is_active = False
        reviewer.save()

        assert (marked(action).state, Label.objects.count()) == ("failed", 0)

    def test_has_no_part_in_the_random_sample(self, reviewer, sessions):
        marked(confirm(reviewer, sessions))

        assert set(Session.objects.filter(pk__in=pks(sessions)).values_list("sample_code", flat=True)) == {None}
        assert not Label.objects.filter(independent=True).exists()


class TestUndo:
    def test_withdraws_exactly_the_labels_of_the_action(self, reviewer, manager, sessions):
        earlier = label(sessions[0], manager, "BAD")
        action = marked(confirm(reviewer, sessions))
        other = marked(confirm(reviewer, [SessionFactory()], key="another-form"))

        undo_bulk(action=action, by=reviewer)
        assert [job.task_name for job in ProcrastinateJob.objects.order_by("pk")][-1] == "labeling.tasks.undo_in_bulk"
        undone(action)

        assert (action.state, action.marked) == ("undone", 4)
        assert codes(sessions) == ["BAD", None, None, None, None]
        assert not hasattr(Label.objects.get(pk=earlier.pk), "withdrawal")
        assert codes([Session.objects.get(pk=other.sessions[0])]) == ["N/A"]
        event = Event.objects.order_by("pk").last()
        assert (event.kind, event.before, event.after) == ("bulk_undone", "4 marked N/A", "4 taken back")
        check_everything_derived()

    def test_leaves_what_its_owner_labeled_anew(self, reviewer, sessions):
        action = marked(confirm(reviewer, sessions))
        label(sessions[2], reviewer, "GOOD")

        undo_bulk(action=action, by=reviewer)
        undone(action)

        assert codes(sessions) == [None, None, "GOOD", None, None]
        assert LabelWithdrawal.objects.count() == 4
        assert get_bulk_progress(action).kept == 1
        check_everything_derived()

    def test_leaves_what_another_labeled_since(self, reviewer, manager, sessions):
        action = marked(confirm(reviewer, sessions))
        label(sessions[2], manager, "BAD")

        undo_bulk(action=action, by=reviewer)
        undone(action)

        assert codes(sessions) == [None, None, "BAD", None, None]

    def test_of_one_that_is_still_marking_stops_it(self, reviewer, sessions, monkeypatch):
        monkeypatch.setattr(bulk_actions, "BATCH", 2)
        action = confirm(reviewer, sessions)
        with pytest.raises(Stopped):
            marked(action, should_stop=lambda: True)

        undo_bulk(action=action, by=reviewer)
        marked(action)
        undone(action)

        assert (action.state, codes(sessions), LabelWithdrawal.objects.count()) == ("undone", [None] * 5, 2)

    def test_cut_off_goes_on_and_twice_is_once(self, reviewer, agent, monkeypatch):
        monkeypatch.setattr(bulk_actions, "BATCH", 7)
        many = [SessionFactory(seen_agent=agent) for _ in range(30)]
        action = marked(confirm(reviewer, many))
        undo_bulk(action=action, by=reviewer)
        with pytest.raises(NotUndoable):
            undo_bulk(action=action, by=reviewer)
        for _ in range(2):
            with pytest.raises(Stopped):
                undone(action, should_stop=lambda: True)

        undone(action)
        undone(action)

        assert (action.state, LabelWithdrawal.objects.count(), Event.objects.count()) == ("undone", 30, 2)
        with pytest.raises(NotUndoable):
            undo_bulk(action=action, by=reviewer)
        check_everything_derived()


def test_a_selection_leaves_out_what_people_labeled_and_is_the_same_in_any_order(reviewer, sessions):
    label(sessions[1], reviewer)

    one, other = get_selection(pks(sessions)), get_selection(pks(sessions[::-1]))

    assert (set(one.sessions), one.already_labeled, one.in_sample) == (set(pks(sessions)) - {sessions[1].pk}, 1, 0)
    assert one.digest == other.digest
    assert get_selection(pks(sessions[2:])).digest != one.digest


def test_members_of_a_sample_that_is_not_finished_are_left_out(sessions):
    done = {"state": "done", "person": UserFactory(), "label": 1, "done_at": NOON}
    held = {"state": "claimed", "person": UserFactory(), "lease_until": NOON}
    AssignmentFactory(session=sessions[0])
    AssignmentFactory(session=sessions[1], **held)
    AssignmentFactory(session=sessions[2], **done)
    AssignmentFactory(session=sessions[3], state="void")
    AssignmentFactory(session=sessions[4], queue__state="closed")

    assert in_unfinished_sample(pks(sessions)) == set(pks(sessions[:2]))
    found = get_selection(pks(sessions))
    assert (found.sessions, found.already_labeled, found.in_sample) == (pks(sessions[2:]), 0, 2)


def test_a_queue_that_looks_for_problems_leaves_out_only_what_is_judged_unseen(sessions):
    targeted = {"queue__draw_kind": "all", "queue__seed": None, "queue__size": None, "reason": "rule"}
    AssignmentFactory(session=sessions[0], queue__is_independent=True, **targeted)
    AssignmentFactory(session=sessions[1], queue__is_independent=False, **targeted)

    assert get_selection(pks(sessions)).sessions == pks(sessions[1:])


def test_what_is_wanted_unseen_is_not_told_to_be_labeled(manager, sessions):
    AssignmentFactory(session=sessions[0])
    label(sessions[0], manager)

    found = get_selection(pks(sessions))

    assert (found.already_labeled, found.in_sample) == (0, 1)


def test_who_has_to_label_first_marks_nothing_in_bulk_and_learns_nothing_from_it(settings, as_person, reviewer, manager, sessions):
    settings.INDEPENDENT_REVIEW = True
    label(sessions[0], manager)
    client = as_person(reviewer)

    answer = client.post("/sessions/bulk/", {"session": pks(sessions[:3])}, follow=True)

    assert "sessions are judged one by one" in answer.content.decode()
    assert "left out" not in answer.content.decode()
    with pytest.raises(MayNotMark):
        confirm(reviewer, [sessions[1]])


def test_what_left_its_makers_reach_in_the_meantime_is_not_marked(narrow_reviewer, agent, other_agent):
    sessions = [SessionFactory(seen_agent=agent), SessionFactory(seen_agent=other_agent)]

    action = marked(confirm(narrow_reviewer, sessions))

    assert (action.state, action.marked) == ("finished", 1)
    assert Label.objects.get().session == sessions[0]


def test_labels_given_in_bulk_do_not_outvote_a_judgment(reviewer, manager, sessions):
    marked(confirm(reviewer, sessions[:1]))

    label(sessions[0], manager, "BAD")

    assert codes(sessions[:1]) == ["BAD"]
    assert session_label([]).code is None


def field(answer, name):
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', answer.content.decode())[1]


def ask(client, **data):
    return client.post("/sessions/bulk/", data)


def answer_with(client, preview, reason="Voicemail greetings.", **data):
    return ask(client, reason=reason, client_key=field(preview, "client_key"), shown=field(preview, "shown"), **data)


class TestPage:
    def test_says_the_number_and_what_is_left_out_then_marks_them(self, as_person, reviewer, manager, sessions):
        label(sessions[0], manager)
        client = as_person(reviewer)

        preview = ask(client, session=pks(sessions[:3]), query="channel=voice")
        text = preview.content.decode()
        assert "2 sessions will be marked N/A" in text
        assert "1 is left out: a person has labeled it." in text
        answer = answer_with(client, preview, session=pks(sessions[:3]), query="channel=voice")

        action = BulkAction.objects.get()
        assert (answer.status_code, answer["Location"]) == (303, f"/sessions/bulk/{action.token}/")
        assert (set(action.sessions), action.already_labeled, action.query) == (set(pks(sessions[1:3])), 1, "channel=voice")
        assert client.get(answer["Location"]).status_code == 200

    def test_of_all_that_match_takes_the_filter_and_the_scope(self, as_person, narrow_reviewer, sessions, other_agent):
        SessionFactory(seen_agent=other_agent)
        SessionFactory(seen_agent=sessions[0].seen_agent, channel="chat")
        client = as_person(narrow_reviewer)

        preview = ask(client, all="1", query="channel=voice", session=pks(sessions[:1]))
        answer_with(client, preview, all="1", query="channel=voice")

        assert "5 sessions will be marked N/A" in preview.content.decode()
        assert BulkAction.objects.get().sessions == pks(sessions)

    def test_silently_leaves_out_what_is_out_of_scope(self, as_person, narrow_reviewer, sessions, other_agent):
        foreign = SessionFactory(seen_agent=other_agent)
        client = as_person(narrow_reviewer)

        text = ask(client, session=[foreign.pk, sessions[0].pk]).content.decode()

        assert "1 session will be marked N/A" in text
        assert str(foreign.pk) not in re.findall(r'name="session" value="(\d+)"', text)
        assert ask(client, session=[foreign.pk])["Location"] == "/sessions/?"

    def test_asks_anew_when_what_matches_has_changed(self, as_person, reviewer, manager, sessions):
        client = as_person(reviewer)
        preview = ask(client, all="1", query="label=none")
        SessionFactory(seen_agent=sessions[0].seen_agent)

        again = answer_with(client, preview, all="1", query="label=none")

        assert (again.status_code, BulkAction.objects.count()) == (409, 0)
        assert "6 sessions will be marked N/A" in again.content.decode()
        assert "has changed since the number was shown" in again.content.decode()
        assert "Voicemail greetings." in again.content.decode()
        label(sessions[0], manager)
        third = answer_with(client, again, all="1", query="label=none")
        assert (third.status_code, BulkAction.objects.count()) == (409, 0)
        assert answer_with(client, third, all="1", query="label=none").status_code == 303
        assert len(BulkAction.objects.get().sessions) == 5

    def test_asks_for_a_reason(self, as_person, reviewer, sessions):
        client = as_person(reviewer)
        preview = ask(client, session=pks(sessions))

        for reason in ("", "   ", "x" * 501):
            answer = answer_with(client, preview, reason=reason, session=pks(sessions))
            assert answer.status_code == 422
        assert "A reason has at most 500 characters." in answer.content.decode()
        assert not BulkAction.objects.exists()

    def test_refuses_a_reviewer_fifty_one_with_a_sentence(self, as_person, reviewer, manager, agent):
        many = [SessionFactory(seen_agent=agent) for _ in range(51)]
        client = as_person(reviewer)

        preview = ask(client, all="1", query="")
        assert preview.status_code == 403
        assert "More than 50 sessions at once are for managers." in preview.content.decode()
        assert 'name="client_key"' not in preview.content.decode()
        forged = ask(client, all="1", query="", reason="Test.", client_key="a-key-of-mine", shown=get_selection(pks(many)).digest)
        assert (forged.status_code, BulkAction.objects.count()) == (403, 0)

        client = as_person(manager)
        assert answer_with(client, ask(client, all="1", query=""), all="1", query="").status_code == 303

    def test_fifty_are_a_reviewers(self, as_person, reviewer, agent):
        for _ in range(50):
            SessionFactory(seen_agent=agent)
        client = as_person(reviewer)

        assert answer_with(client, ask(client, all="1", query=""), all="1", query="").status_code == 303

    def test_twice_confirmed_is_one_action_also_when_the_first_has_been_marked(self, as_person, reviewer, sessions):
        client = as_person(reviewer)
        preview = ask(client, session=pks(sessions))

        first = answer_with(client, preview, session=pks(sessions))
        marked(BulkAction.objects.get())
        second = answer_with(client, preview, session=pks(sessions))

        assert (first["Location"], second.status_code, BulkAction.objects.count()) == (second["Location"], 303, 1)

    def test_that_takes_too_long_to_find_is_refused_with_a_sentence(self, as_person, reviewer, sessions, monkeypatch):
        monkeypatch.setattr("labeling.filters.matching.BUDGET_MS", 0)
        client = as_person(reviewer)

        answer = ask(client, all="1", query="channel=voice")

        assert answer["Location"] == "/sessions/?channel=voice"
        assert "took too long" in client.get(answer["Location"]).content.decode()

    def test_takes_the_first_of_too_many_and_says_so(self, as_person, manager, sessions, monkeypatch):
        monkeypatch.setattr("labeling.views.bulk_actions.MOST_IN_BULK", 3)
        client = as_person(manager)

        preview = ask(client, all="1", query="sort=started")
        answer_with(client, preview, all="1", query="sort=started")

        assert "More than 10,000 sessions match" in preview.content.decode()
        assert BulkAction.objects.get().sessions == pks(sessions[::-1][:3])

    def test_with_nothing_left_says_so_and_marks_nothing(self, as_person, reviewer, manager, sessions):
        label(sessions[0], manager)
        client = as_person(reviewer)

        preview = ask(client, session=pks(sessions[:1]))

        assert "No session is left to be marked" in preview.content.decode()
        forged = ask(client, session=pks(sessions[:1]), reason="Test.", client_key="a-key-of-mine", shown=get_selection([]).digest)
        assert (forged.status_code, BulkAction.objects.count()) == (409, 0)

    @pytest.mark.parametrize(
        "data",
        [
            {},
            {"session": ["abc", "-1", "1e9", "９", "9" * 40, "\x00"]},
            {"all": "1", "query": "label=WRONG"},
            {"all": "1", "query": "\x00"},
            {"all": "1", "query": "q=nonsense"},
            {"all": "1", "query": "sort=-labeled"},
            {"all": "1", "query": "", "shown": "\x00", "reason": "\x00", "client_key": "\x00"},
            {"all": "1", "query": "", "shown": "x" * 9000, "reason": "ok", "client_key": "k" * 9000},
            {"all": "1", "query": "start=0001-01-01T00:00:00%2B14:00"},
            {"session": [str(2**62)], "shown": ""},
        ],
    )
    def test_takes_any_input_without_failing(self, as_person, reviewer, sessions, data):
        answer = ask(as_person(reviewer), **data)

        assert answer.status_code in (200, 303, 409, 422)
        assert not BulkAction.objects.exists()

    def test_more_fields_than_a_page_of_rows_sends_are_refused(self, as_person, reviewer):
        assert ask(as_person(reviewer), session=list(range(1, 700))).status_code == 400


class TestDetail:
    def test_shows_how_far_it_is_and_asks_again_while_it_moves(self, as_person, reviewer, sessions):
        action = BulkActionFactory(created_by=reviewer, sessions=pks(sessions), state="running", handled=2, marked=2)
        client = as_person(reviewer)

        page = client.get(f"/sessions/bulk/{action.token}/").content.decode()
        fragment = client.get(f"/sessions/bulk/{action.token}/", headers={"HX-Request": "true"}).content.decode()

        assert '<progress class="full" max="5" value="2"' in page
        assert "<html" not in fragment
        assert 'id="bulk-status"' in fragment
        assert "every 2s" in fragment
        marked(action)
        fragment = client.get(f"/sessions/bulk/{action.token}/", headers={"HX-Request": "true"}).content.decode()
        assert "5 sessions marked N/A" in fragment
        assert "every 2s" not in fragment

    def test_undo_is_asked_by_post_and_ends_with_what_stays(self, as_person, reviewer, sessions):
        action = marked(confirm(reviewer, sessions))
        label(sessions[0], reviewer, "OK")
        client = as_person(reviewer)

        assert client.get(f"/sessions/bulk/{action.token}/undo/").status_code == 405
        for _ in range(2):
            assert client.post(f"/sessions/bulk/{action.token}/undo/").status_code == 303
        assert "Being undone" in client.get(f"/sessions/bulk/{action.token}/").content.decode()
        undone(action)

        assert "1 label stays" in client.get(f"/sessions/bulk/{action.token}/").content.decode()

    def test_is_its_makers_and_managers_who_may_see_all_of_it(self, as_person, reviewer, manager, agent, other_agent, sessions):
        action = confirm(UserFactory(), sessions)
        narrow = UserFactory(role="manager", all_agents=False, agents=[other_agent])
        wide = UserFactory(role="manager", all_agents=False, agents=[agent])

        seen = {}
        for person in (reviewer, narrow, wide, manager):
            seen[person] = as_person(person).get(f"/sessions/bulk/{action.token}/").status_code

        assert list(seen.values()) == [404, 404, 200, 200]
        assert as_person(reviewer).post(f"/sessions/bulk/{action.token}/undo/").status_code == 404
        action.refresh_from_db()
        assert action.state == "waiting"

    def test_the_list_of_actions_is_ones_own(self, as_person, reviewer, sessions):
        mine, other = confirm(reviewer, sessions), confirm(UserFactory(), sessions)

        text = as_person(reviewer).get("/sessions/bulk/").content.decode()

        assert mine.token in text
        assert other.token not in text
        assert "No bulk actions yet" in as_person(UserFactory()).get("/sessions/bulk/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_twenty_confirms_at_once_are_one_action(reviewer):
    sessions = [SessionFactory(seen_agent=AgentFactory()) for _ in range(3)]
    client = Client()
    client.force_login(reviewer)
    preview = ask(client, session=pks(sessions))

    def one(_):
        try:
            other = Client()
            other.cookies = client.cookies
            return answer_with(other, preview, session=pks(sessions))["Location"]
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        places = set(pool.map(one, range(20)))

    assert (len(places), BulkAction.objects.count(), ProcrastinateJob.objects.filter(task_name="labeling.tasks.mark_in_bulk").count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_workers_people_and_an_undo_at_once_leave_what_a_recomputation_says(reviewer, manager, monkeypatch):
    monkeypatch.setattr(bulk_actions, "BATCH", 3)
    agent = AgentFactory()
    sessions = [SessionFactory(seen_agent=agent) for _ in range(40)]
    action = confirm(reviewer, sessions)

    def work(n):
        try:
            with contextlib.suppress(NotUndoable):
                if n < 4:
                    mark_all(action_pk=action.pk)
                elif n < 7:
                    for session in sessions[n::5]:
                        label(session, manager, "BAD", key=f"key-{n}-{session.pk}")
                else:
                    undo_bulk(action=action, by=reviewer)
                    withdraw_all(action_pk=action.pk, by_pk=reviewer.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    withdraw_all(action_pk=action.pk, by_pk=reviewer.pk)

    assert BulkAction.objects.get().state == "undone"
    assert not CurrentLabel.objects.filter(rater__user=reviewer).exists()
    assert CurrentLabel.objects.count() == len({session.pk for n in (4, 5, 6) for session in sessions[n::5]})
    check_everything_derived()
