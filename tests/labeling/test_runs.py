"""Runs: the frozen order, what comes next, what is skipped, and who may see one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, connections
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labeling.filters import ReviewFilter, Viewpoint
from labeling.filters.run_names import run_name
from labeling.models import CurrentLabel, Run, Search, Skip
from labeling.models.run import MOST_IN_RUN
from labeling.operations.labels import submit_label, withdraw_label
from labeling.operations.raters import rater_of
from labeling.operations.runs import NothingMatches, NotInRun, NotSkipped, change_skip, note_place, reopen_skipped, skip_session, start_run, withdraw_skip
from labeling.operations.searches import keep_search
from labeling.queries.last_label import UNDO_FOR
from labeling.queries.runs import get_last_run, get_place, get_progress, get_run, get_stops, next_in_run
from labeling.queries.scopes import get_scope
from sessions_app.models import Session
from sessions_app.scope import EVERYTHING
from tests.factories import NOON, AgentFactory, CurrentLabelFactory, LabelFactory, RunFactory, SavedViewFactory, SessionFactory, UserFactory
from tests.sessions_app.talks import talk

pytestmark = pytest.mark.django_db


@pytest.fixture
def sessions(agent):
    """Five, newest first."""
    return [SessionFactory(seen_agent=agent, timestamp=NOON - timedelta(minutes=number)) for number in range(5)]


@pytest.fixture
def run(reviewer, sessions):
    return RunFactory(owner=reviewer, sessions=[session.pk for session in sessions])


def label(session, person, code="GOOD"):
    return submit_label(session_id=session.pk, rater=rater_of(user=person), code=code, client_key=f"key-{person.pk}-{session.pk}").label


def following(run, after, **more):
    return next_in_run(run, after and after.pk, run.owner, EVERYTHING, **more)


def skip(run, *sessions):
    for session in sessions:
        skip_session(run=run, session_pk=session.pk)


class TestNext:
    def test_is_the_first_after_this_one_that_i_neither_labeled_nor_skipped(self, run, sessions, reviewer):
        label(sessions[1], reviewer)
        skip(run, sessions[2])

        assert following(run, None) == sessions[0].pk
        assert following(run, sessions[0]) == sessions[3].pk

    def test_does_not_pass_over_what_only_another_labeled(self, run, sessions, manager):
        label(sessions[1], manager)

        assert following(run, sessions[0]) == sessions[1].pk

    def test_comes_back_to_a_label_that_was_withdrawn(self, run, sessions, reviewer):
        withdraw_label(label=label(sessions[1], reviewer), by=reviewer)

        assert following(run, sessions[0]) == sessions[1].pk

    def test_passes_over_what_is_out_of_reach_by_now(self, run, sessions, reviewer, other_agent):
        Session.objects.filter(pk=sessions[1].pk).update(seen_agent=other_agent)
        reviewer.all_agents = False
        reviewer.save()
        reviewer.agents.set([sessions[0].seen_agent])

        assert next_in_run(run, sessions[0].pk, reviewer, get_scope(reviewer)) == sessions[2].pk

    def test_then_leads_to_what_was_skipped_for_later_the_oldest_skip_first(self, run, sessions, reviewer):
        skip(run, sessions[3], sessions[1])
        for number in (0, 2, 4):
            label(sessions[number], reviewer)

        assert following(run, sessions[4]) == sessions[3].pk
        assert following(run, sessions[3]) == sessions[1].pk

    def test_never_leads_back_to_what_is_not_mine_or_cannot_be_judged(self, run, sessions, reviewer):
        skip_session(run=run, session_pk=sessions[0].pk, kind="not_mine")
        skip_session(run=run, session_pk=sessions[1].pk, kind="cannot")
        for session in sessions[2:]:
            label(session, reviewer)

        assert following(run, sessions[4]) is None

    def test_ends_although_everything_is_skipped_again_and_again(self, run, sessions):
        shown, at = [], sessions[0].pk
        while at is not None and len(shown) < 50:
            shown.append(at)
            skipped = skip_session(run=run, session_pk=at)
            at = next_in_run(run, at, run.owner, EVERYTHING, is_just_skipped=skipped.is_new)

        assert shown == [session.pk for session in sessions] * 2
        assert get_progress(run, get_stops(run, run.owner, EVERYTHING)).later == 5

    def test_of_a_run_that_is_all_labeled_is_nothing(self, run, sessions, reviewer):
        for session in sessions:
            label(session, reviewer)

        assert following(run, sessions[2]) is None
        assert following(run, None) is None

    def test_after_a_session_of_another_run_is_the_first(self, run, sessions):
        assert next_in_run(run, 2**62, run.owner, EVERYTHING) == sessions[0].pk

    def test_does_not_come_to_what_matches_since_the_run_began(self, run, sessions, agent, reviewer):
        SessionFactory(seen_agent=agent, timestamp=NOON + timedelta(hours=1))
        for session in sessions:
            label(session, reviewer)

        assert following(run, None) is None

    def test_of_a_thousand_takes_one_question(self, reviewer, agent):
        sessions = Session.objects.bulk_create(SessionFactory.build(seen_agent=agent, data_source=agent.data_source) for _ in range(MOST_IN_RUN))
        run = RunFactory(owner=reviewer, sessions=[session.pk for session in sessions])

        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert following(run, sessions[500], is_just_skipped=True) == sessions[501].pk
        assert len(asked) == 3


def test_a_place_counts_from_one_and_walks_the_frozen_order(run, sessions, reviewer):
    label(sessions[1], reviewer)
    skip(run, sessions[2])

    place = get_place(run, sessions[2].pk, reviewer, EVERYTHING)

    assert (place.position, place.total, place.done) == (3, 5, 1)
    assert (place.previous, place.next) == (sessions[1].pk, sessions[3].pk)
    assert (place.is_skipped, place.skip_kind) == (True, "later")
    assert get_place(run, sessions[0].pk, reviewer, EVERYTHING).previous is None
    assert get_place(run, sessions[4].pk, reviewer, EVERYTHING).next is None
    assert get_place(run, 2**62, reviewer, EVERYTHING) is None


def test_progress_tells_apart_what_became_of_each(run, sessions, reviewer):
    label(sessions[0], reviewer)
    skip(run, sessions[1])
    skip_session(run=run, session_pk=sessions[2].pk, kind="cannot")

    progress = get_progress(run, get_stops(run, reviewer, EVERYTHING))

    assert (progress.total, progress.done, progress.later, progress.put_aside, progress.open, progress.first_open) == (5, 1, 1, 1, 2, sessions[3].pk)


def test_a_skip_is_kept_once_keeps_its_moment_and_can_change_its_kind(run, sessions):
    first = skip_session(run=run, session_pk=sessions[0].pk)
    again = skip_session(run=run, session_pk=sessions[0].pk)

    assert (first.is_new, again.is_new, again.skip.skipped_at) == (True, False, Skip.objects.get().skipped_at)
    assert change_skip(run=run, session_pk=sessions[0].pk, kind="not_mine").kind == "not_mine"
    withdraw_skip(run=run, session_pk=sessions[0].pk)
    withdraw_skip(run=run, session_pk=sessions[0].pk)
    assert not Skip.objects.exists()
    with pytest.raises(NotSkipped):
        change_skip(run=run, session_pk=sessions[0].pk, kind="cannot")


def test_only_a_session_of_the_run_can_be_skipped(run):
    with pytest.raises(NotInRun):
        skip_session(run=run, session_pk=SessionFactory().pk)


def test_reopening_takes_back_what_was_for_later_only(run, sessions):
    skip(run, sessions[2], sessions[0])
    skip_session(run=run, session_pk=sessions[1].pk, kind="cannot")

    assert reopen_skipped(run=run) == [sessions[2].pk, sessions[0].pk]
    assert [one.session_id for one in Skip.objects.all()] == [sessions[1].pk]


def test_a_run_holds_at_most_a_thousand_and_at_least_one(reviewer):
    run = start_run(by=reviewer, name="x" * 300, query="", sessions=range(1, 1200), is_cut=False)

    assert (len(run.sessions), run.is_cut, len(run.name)) == (1000, True, 200)
    with pytest.raises(NothingMatches):
        start_run(by=reviewer, name="None", query="", sessions=[], is_cut=False)
    with pytest.raises(IntegrityError):
        RunFactory(owner=reviewer, sessions=list(range(1, 1200)))


def test_the_place_of_a_run_is_its_owners_and_says_which_was_used_last(run, sessions, reviewer, manager):
    other = RunFactory(owner=reviewer)

    note_place(run=run, session_pk=sessions[1].pk, by=manager)
    assert get_last_run(reviewer) == other
    note_place(run=run, session_pk=sessions[1].pk, by=reviewer)

    assert get_last_run(reviewer) == run
    assert get_run(run.pk, reviewer).at_session == sessions[1].pk
    assert get_run(run.pk, manager) is None


class TestReviewThese:
    def start(self, client, query="", **more):
        return client.post("/sessions/run/", {"query": query, **more})

    def test_freezes_the_filter_and_its_order_and_opens_the_first(self, as_person, reviewer, sessions, other_agent):
        SessionFactory(seen_agent=other_agent)
        client = as_person(reviewer)

        answer = self.start(client, f"agent={sessions[0].seen_agent_id}&sort=started")

        run = Run.objects.get()
        assert run.sessions == [session.pk for session in sessions[::-1]]
        assert (answer.status_code, answer["Location"]) == (303, f"/review/r/{run.pk}/s/{sessions[4].pk}/")
        assert (run.owner, run.is_cut, run.query) == (reviewer, False, f"agent={sessions[0].seen_agent_id}&sort=started")
        assert client.get(answer["Location"]).status_code == 200
        assert get_run(run.pk, reviewer).at_session == sessions[4].pk

    def test_keeps_what_i_labeled_in_the_order_and_begins_behind_it(self, as_person, reviewer, sessions):
        label(sessions[0], reviewer)

        answer = self.start(as_person(reviewer))

        run = Run.objects.get()
        assert run.sessions[0] == sessions[0].pk
        assert answer["Location"] == f"/review/r/{run.pk}/s/{sessions[1].pk}/"

    def test_leads_to_the_runs_end_where_everything_is_labeled(self, as_person, reviewer, sessions):
        for session in sessions:
            label(session, reviewer)

        assert self.start(as_person(reviewer))["Location"] == f"/review/r/{Run.objects.get().pk}/"

    def test_holds_only_what_the_person_may_see(self, as_person, narrow_reviewer, sessions, other_agent):
        SessionFactory(seen_agent=other_agent)

        self.start(as_person(narrow_reviewer), f"agent={other_agent.pk}&agent={sessions[0].seen_agent_id}")

        assert Run.objects.get().sessions == [session.pk for session in sessions]

    def test_says_that_more_matched(self, as_person, reviewer, sessions, monkeypatch):
        monkeypatch.setattr("labeling.views.runs.MOST_IN_RUN", 3)
        client = as_person(reviewer)

        self.start(client)

        run = Run.objects.get()
        assert (run.is_cut, run.sessions) == (True, [session.pk for session in sessions[:3]])
        assert "More than 1,000 sessions matched" in client.get(f"/review/r/{run.pk}/").content.decode()

    @pytest.mark.parametrize("query", ["label=BAD", "agent=999", "id=1"])
    def test_of_nothing_is_refused_with_a_sentence(self, as_person, reviewer, sessions, query):
        client = as_person(reviewer)

        answer = self.start(client, query)

        assert (answer.status_code, Run.objects.count()) == (303, 0)
        assert "No sessions match" in client.get(answer["Location"]).content.decode()

    @pytest.mark.parametrize("query", ["label=WRONG", "agent=abc", "%00", "q=nonsense", "a=b&" * 30, "start=yesterday", "sort=;", "\x00", "sort=-labeled"])
    def test_takes_any_input_without_failing(self, as_person, reviewer, sessions, query):
        assert self.start(as_person(reviewer), query, view="\x00").status_code in (303, 400)

    def test_of_a_search_keeps_the_search_and_not_its_words(self, as_person, reviewer, sessions):
        found = talk("A refill for Ruth Abel.")
        search = keep_search(text="Ruth Abel", by=reviewer)

        self.start(as_person(reviewer), f"q={search.token}")

        run = Run.objects.get()
        assert (run.sessions, run.query, run.name) == ([found.pk], f"q={search.token}", "Search")

    def test_that_takes_too_long_to_find_is_refused_with_a_sentence(self, as_person, reviewer, sessions, monkeypatch):
        monkeypatch.setattr("labeling.filters.matching.BUDGET_MS", 0)
        client = as_person(reviewer)

        answer = self.start(client)

        assert (answer.status_code, Run.objects.count()) == (303, 0)
        assert "took too long" in client.get(answer["Location"]).content.decode()

    def test_is_named_after_the_saved_view(self, as_person, reviewer, sessions):
        view = SavedViewFactory(name="Long silences", owner=reviewer)

        self.start(as_person(reviewer), "channel=voice", view=view.slug)

        assert Run.objects.get().name == "Long silences"

    def test_is_named_in_words_without_what_was_typed(self, as_person, admin, sessions):
        search = Search.objects.create(token="a-token-of-a-search", text=str(sessions[0].external_id), created_by=admin)
        filtered = ReviewFilter(
            QueryDict(f"channel=voice&q={search.token}&not_tool=Ruth%20Abel%202025550142&conversation=Ruth"),
            queryset=Session.objects.all(),
            request=Viewpoint(admin, EVERYTHING),
        )
        assert filtered.form.is_valid()

        assert run_name(filtered, None) == "Channel: Voice, Conversation, Search, Tool is not"

    def test_without_a_filter_is_called_all_sessions(self, as_person, reviewer, sessions):
        self.start(as_person(reviewer))

        assert Run.objects.get().name == "All sessions"


class TestRunPage:
    def page(self, client, run):
        return client.get(f"/review/r/{run.pk}/").content.decode()

    def test_says_done_and_offers_what_was_skipped(self, as_person, reviewer, run, sessions):
        for session in sessions[:3]:
            label(session, reviewer)
        skip(run, *sessions[3:])
        for session in sessions[3:]:
            skip(run, session)
        note_place(run=run, session_pk=sessions[4].pk, by=reviewer)
        client = as_person(reviewer)

        text = self.page(client, run)
        assert f"{run.name} is done" in text
        assert "3 of 5 labeled." in text
        assert "2 you skipped are still open." in text
        answer = client.post(f"/review/r/{run.pk}/skips/withdrawal/")

        assert (answer.status_code, answer["Location"]) == (303, f"/review/r/{run.pk}/s/{sessions[3].pk}/")
        assert not Skip.objects.exists()

    def test_goes_on_where_something_is_open(self, as_person, reviewer, run, sessions):
        label(sessions[4], reviewer)
        note_place(run=run, session_pk=sessions[4].pk, by=reviewer)

        text = self.page(as_person(reviewer), run)

        assert "This run goes on" in text
        assert f"/review/r/{run.pk}/s/{sessions[0].pk}/" in text

    def test_offers_what_matches_since_and_inserts_nothing(self, as_person, reviewer, run, agent):
        client = as_person(reviewer)
        assert "not in this run" not in self.page(client, run)
        SessionFactory(seen_agent=agent, timestamp=NOON + timedelta(hours=1))

        text = self.page(client, run)

        assert "1 session matches now that is not in this run." in text
        assert len(get_run(run.pk, reviewer).sessions) == 5

    def test_takes_the_last_label_back_and_leads_to_its_session_in_the_run(self, as_person, reviewer, run, sessions):
        given = [label(session, reviewer) for session in sessions][-1]
        address = f"/labels/{sessions[4].pk}/{given.pk}/withdrawal/"
        client = as_person(reviewer)

        text = self.page(client, run)
        answer = client.post(address, {"run": run.pk})

        assert f'action="{address}"' in text
        assert f'<input type="hidden" name="run" value="{run.pk}">' in text
        assert 'aria-keyshortcuts="Z"' in text
        assert (answer.status_code, answer["Location"]) == (302, f"/review/r/{run.pk}/s/{sessions[4].pk}/")
        assert not CurrentLabel.objects.filter(session=sessions[4]).exists()

    @pytest.mark.parametrize("last", ["of another run", "of another person", "withdrawn", "of yesterday", "out of reach"])
    def test_offers_no_undo_of_a_label(self, as_person, reviewer, manager, run, sessions, agent, other_agent, last):
        if last == "of yesterday":
            rater = rater_of(user=reviewer)
            given = LabelFactory(session=sessions[4], rater=rater, made_at=timezone.now() - UNDO_FOR - timedelta(minutes=1))
            CurrentLabelFactory(session=sessions[4], rater=rater, label=given)
        else:
            given = label(SessionFactory(seen_agent=agent) if last == "of another run" else sessions[4], manager if last == "of another person" else reviewer)
        if last == "withdrawn":
            withdraw_label(label=given, by=reviewer)
        elif last == "out of reach":
            Session.objects.filter(pk=sessions[4].pk).update(seen_agent=other_agent)
            reviewer.all_agents = False
            reviewer.save()
            reviewer.agents.set([agent])

        assert 'aria-keyshortcuts="Z"' not in self.page(as_person(reviewer), run)

    def test_is_its_owners(self, as_person, manager, run, sessions):
        client = as_person(manager)

        assert client.get(f"/review/r/{run.pk}/").status_code == 404
        answer = client.get(f"/review/r/{run.pk}/s/{sessions[0].pk}/")
        assert (answer.status_code, answer["Location"]) == (302, f"/sessions/{sessions[0].pk}/")
        for address in ("skips/withdrawal/", f"s/{sessions[0].pk}/skip/", f"s/{sessions[0].pk}/skip/kind/", f"s/{sessions[0].pk}/skip/withdrawal/"):
            assert client.post(f"/review/r/{run.pk}/{address}").status_code == 404
        assert not Skip.objects.exists()

    @pytest.mark.parametrize("pk", [0, 999_999, 10**30])
    def test_of_no_run_is_not_found(self, as_person, reviewer, pk):
        client = as_person(reviewer)

        assert client.get(f"/review/r/{pk}/").status_code == 404
        assert client.post(f"/review/r/{pk}/s/1/skip/").status_code == 404

    def test_takes_few_questions_whatever_its_length(self, as_person, reviewer, run, sessions, django_assert_max_num_queries):
        client = as_person(reviewer)
        self.page(client, run)

        with django_assert_max_num_queries(16):
            self.page(client, run)


class TestSkip:
    def post(self, client, run, session, way="", **data):
        headers = data.pop("headers", {})
        return client.post(f"/review/r/{run.pk}/s/{session.pk}/skip/{way}", data, headers=headers)

    def test_is_for_later_without_a_question_and_goes_on(self, as_person, reviewer, run, sessions):
        answer = self.post(as_person(reviewer), run, sessions[0])

        assert (answer.status_code, answer["Location"]) == (303, f"/review/r/{run.pk}/s/{sessions[1].pk}/?skipped={sessions[0].pk}")
        assert (Skip.objects.get().session_id, Skip.objects.get().kind) == (sessions[0].pk, "later")

    def test_can_be_said_otherwise_and_be_taken_back(self, as_person, reviewer, run, sessions):
        client = as_person(reviewer)
        self.post(client, run, sessions[0])

        toast = self.post(client, run, sessions[0], "kind/", kind="not_mine", headers={"HX-Request": "true"})
        assert "left to others" in toast.content.decode()
        assert Skip.objects.get().kind == "not_mine"
        back = self.post(client, run, sessions[0], "withdrawal/")

        assert back["Location"] == f"/review/r/{run.pk}/s/{sessions[0].pk}/"
        assert not Skip.objects.exists()

    def test_of_the_last_one_leads_to_what_was_skipped_and_then_to_the_end(self, as_person, reviewer, run, sessions):
        for session in sessions[:4]:
            label(session, reviewer)
        client = as_person(reviewer)

        answer = self.post(client, run, sessions[4])

        assert answer["Location"] == f"/review/r/{run.pk}/?skipped={sessions[4].pk}"
        assert "comes back at the end" in client.get(answer["Location"]).content.decode()

    def test_answers_htmx_with_the_next_session(self, as_person, reviewer, run, sessions):
        answer = self.post(as_person(reviewer), run, sessions[0], headers={"HX-Request": "true"})

        assert answer["HX-Push-Url"] == f"/review/r/{run.pk}/s/{sessions[1].pk}/"
        assert f'data-session="{sessions[1].pk}"' in answer.content.decode()

    def test_answers_htmx_at_the_end_with_the_runs_page(self, as_person, reviewer, run, sessions):
        for session in sessions[:4]:
            label(session, reviewer)

        answer = self.post(as_person(reviewer), run, sessions[4], headers={"HX-Request": "true"})

        assert answer["HX-Redirect"].startswith(f"/review/r/{run.pk}/")

    def test_of_a_session_outside_the_run_or_the_scope_is_not_found(self, as_person, narrow_reviewer, sessions):
        foreign = SessionFactory(seen_agent=AgentFactory())
        run = RunFactory(owner=narrow_reviewer, sessions=[sessions[0].pk, foreign.pk])
        client = as_person(narrow_reviewer)

        for session in (foreign, sessions[1]):
            for way in ("", "kind/", "withdrawal/"):
                assert self.post(client, run, session, way, kind="cannot").status_code == 404
        assert not Skip.objects.exists()

    @pytest.mark.parametrize("kind", ["never", "\x00", "later' OR 1=1", "x" * 5000])
    def test_takes_no_other_kind(self, as_person, reviewer, run, sessions, kind):
        client = as_person(reviewer)

        assert self.post(client, run, sessions[0], kind=kind).status_code == 303
        assert self.post(client, run, sessions[0], "kind/", kind=kind).status_code == 404
        assert not Skip.objects.exists()


def test_runs_of_two_people_are_apart(run, sessions):
    other = RunFactory(owner=UserFactory(), sessions=run.sessions)
    skip(run, sessions[0])

    assert next_in_run(other, None, other.owner, EVERYTHING) == sessions[0].pk


def test_the_list_offers_to_review_these_and_says_where_there_is_nothing(as_person, reviewer, sessions):
    client = as_person(reviewer)

    text = client.get("/sessions/?channel=voice").content.decode()
    assert 'aria-keyshortcuts="R"' in text
    assert '<input type="hidden" name="query" value="channel=voice">' in text
    empty = client.get("/sessions/?label=BAD").content.decode()

    assert 'disabled title="No sessions match, so there is nothing to review."' in empty


@pytest.mark.django_db(transaction=True)
def test_skipping_and_taking_back_at_the_same_moment_is_no_error(run, sessions):
    def work(n):
        try:
            for turn in range(40):
                if n % 2:
                    withdraw_skip(run=run, session_pk=sessions[0].pk)
                else:
                    skip_session(run=run, session_pk=sessions[0].pk, kind=("later", "cannot")[turn % 2])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))

    assert Skip.objects.filter(run=run).count() <= 1
