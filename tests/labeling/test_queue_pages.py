"""The pages on which managers make, list and change queues."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labeling.models import Assignment, Queue, User
from labeling.models.queue import DrawState, OpenTo, QueueOrder, QueueState, Reason, Stratum
from labeling.operations.draws import ask_for_draw
from labeling.operations.raters import rater_of
from labeling.operations.searches import keep_search
from labeling.queries import queue_preview
from labeling.queries.queue_preview import get_pace
from labeling.views import queue_designs
from sessions_app.scope import EVERYTHING
from tests.factories import NOON, AgentFactory, AssignmentFactory, DrawFactory, LabelFactory, QueueFactory, SavedViewFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db
DESIGN = reverse("labeling:queue_create")
HTMX = {"HX-Request": "true"}
GIVEN = {"name": "Week 47", "draw_kind": "all", "unit": "sessions", "labels_wanted": "1", "order": "drawn", "open_to": "reviewers", "is_independent": "yes"}


@pytest.fixture(autouse=True)
def signed_in(client, manager):
    client.force_login(manager)


def given(**changed):
    return GIVEN | {"client_key": "key-of-a-form", "create": "1"} | changed


def words(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def preview(client, **changed):
    sent = given(**changed)
    del sent["create"]
    return client.post(DESIGN, sent, headers=HTMX)


def all_queue(**more):
    return QueueFactory(**{"draw_kind": "all", "seed": None, "size": None} | more)


class TestDesigner:
    def test_shows_the_rule_of_the_address_in_words_and_leads_back_to_it(self, client):
        answer = client.get(DESIGN, {"label": "none", "channel": ["voice", "chat"], "after": "page-two"})

        assert "Unlabeled" in words(answer)
        assert '/sessions/?channel=chat&amp;channel=voice&amp;label=none"' in answer.content.decode()
        assert "after" not in answer.context["query"]

    def test_starts_from_a_saved_view_that_the_person_may_open(self, client):
        view = SavedViewFactory(name="Low ratings", query="auto=BAD", is_shared=True)
        other = SavedViewFactory(name="Of somebody", query="auto=OK", is_shared=False)

        assert client.get(DESIGN, {"view": view.slug}).context["query"] == "auto=BAD"
        assert client.get(DESIGN, {"view": other.slug}).context["query"] == ""

    @pytest.mark.parametrize("rule", [{"channel": "telegraph"}, {"start": "soon"}])
    def test_a_rule_that_cannot_be_read_leads_to_the_list(self, client, rule):
        answer = client.get(DESIGN, rule)

        assert answer.status_code == 400
        assert "Choose it anew on the list of sessions." in words(answer)
        assert 'name="create"' not in answer.content.decode()

    def test_a_search_is_no_rule_and_is_not_offered_on_the_list(self, client, manager):
        token = keep_search(text="refill", by=manager).token

        answer = client.get(DESIGN, {"q": token})

        assert answer.status_code == 400
        assert "A search cannot be the rule of a queue" in words(answer)
        SessionFactory()
        assert "queues/new/?" not in client.get("/sessions/", {"q": token}).content.decode()
        assert "/queues/new/?label=none" in client.get("/sessions/", {"label": "none"}).content.decode()

    def test_nothing_is_asked_of_the_sessions_to_show_it(self, client, django_assert_max_num_queries):
        SessionFactory()

        with django_assert_max_num_queries(14):
            client.get(DESIGN)


class TestPreview:
    def test_says_how_many_qualify_and_shows_some_masked_and_without_judgments(self, client, agent):
        SessionFactory(seen_agent=agent, agent_name="Northlake Scheduling", auto_code="BAD", label_code="OK", label_raters=1, source="+13125550142")
        SessionFactory(is_test=True)

        answer = preview(client, query="")

        assert "Sessions that qualify 1 Labels wanted 1 Work no pace yet" in words(answer)
        assert "••• 0142" in words(answer)
        assert "3125550142" not in answer.content.decode()
        assert "BAD" not in words(answer)

    def test_says_what_would_be_drawn_of_which_group(self, client, agent, other_agent):
        for _ in range(6):
            SessionFactory(seen_agent=agent)
        for _ in range(3):
            SessionFactory(seen_agent=other_agent)

        answer = preview(client, draw_kind="random", amount="6", seed="3", strata=[Stratum.AGENT], labels_wanted="2", more_percent="50", more_labels="3")

        assert "Sessions that qualify 9 Sample 6 Labels wanted 15" in words(answer)
        assert "Northlake Scheduling 4 6 Cedar Billing Help 2 3" in words(answer)

    def test_is_the_fragment_alone(self, client):
        content = preview(client).content.decode().strip()

        assert content.startswith("<section")
        assert "<html" not in content

    def test_a_rule_that_matches_nothing_says_so_and_offers_the_way_back(self, client):
        answer = preview(client, query="channel=sms")

        assert "No session qualifies." in words(answer)
        assert '/sessions/?channel=sms"' in answer.content.decode()
        assert "can be made all the same" in words(preview(client, query="channel=sms", repeats="night"))

    def test_what_cannot_be_counted_in_time_is_said(self, client, monkeypatch):
        monkeypatch.setattr(queue_preview, "BUDGET_MS", 0)
        SessionFactory()

        answer = preview(client, draw_kind="random", amount="60")

        assert "Sessions that qualify not counted Sample 60 Labels wanted 60" in words(answer)
        assert "The draw counts them in the background." in words(answer)

    def test_mistakes_are_named(self, client):
        assert "Write how many sessions to draw." in words(preview(client, draw_kind="random", amount=""))
        assert "Write a whole number from 1 to 10." in words(preview(client, labels_wanted="11"))

    def test_too_many_and_too_many_groups_are_said(self, client, monkeypatch, agent, other_agent):
        monkeypatch.setattr(queue_preview, "MOST_IN_QUEUE", 1)
        monkeypatch.setattr(queue_preview, "MOST_GROUPS", 1)
        SessionFactory(seen_agent=agent)
        SessionFactory(seen_agent=other_agent)

        assert "A queue holds at most 100,000 sessions." in words(preview(client))
        assert "That makes 2 groups" in words(preview(client, draw_kind="random", amount="1", strata=["agent"]))

    def test_counts_only_what_the_manager_sees(self, client, manager, agent):
        SessionFactory(seen_agent=agent)
        SessionFactory()
        manager.all_agents = False
        manager.save()
        manager.agents.add(agent)

        assert "Sessions that qualify 1 " in words(preview(client))


class TestPace:
    def labeled(self, ms, rater, agent):
        return LabelFactory(rater=rater_of(user=rater), session__seen_agent=agent, active_ms=ms, made_at=timezone.now(), via="page")

    def test_is_the_median_of_these_agents_capped_at_ten_minutes(self, agent, reviewer, manager):
        for ms, rater in ((60_000, reviewer), (120_000, manager), (9_000_000, UserFactory())):
            self.labeled(ms, rater, agent)
        self.labeled(1_000, reviewer, AgentFactory())

        assert get_pace([agent.pk], scope=EVERYTHING) == 120_000

    def test_of_one_person_is_theirs_alone(self, agent, reviewer):
        for ms in (60_000, 120_000):
            self.labeled(ms, reviewer, agent)

        assert get_pace([], scope=EVERYTHING) is None


class TestCreating:
    def test_makes_the_queue_and_leads_to_it(self, client, manager, reviewer):
        SessionFactory()
        due = timezone.now().date() + timedelta(days=5)

        answer = client.post(
            DESIGN,
            given(
                query="label=none",
                draw_kind="random",
                amount="50",
                unit="percent",
                seed="77",
                strata=["agent", "day"],
                repeats="week",
                labels_wanted="2",
                open_to="chosen",
                workers=[reviewer.pk],
                due_on=due.isoformat(),
                asks_another="on",
            ),
        )

        queue = Queue.objects.get()
        assert (answer.status_code, answer["Location"]) == (303, reverse("labeling:queue_detail", args=[queue.slug]))
        assert (queue.query, queue.percent, queue.size, queue.seed, queue.strata, queue.repeats) == ("label=none", 50, None, 77, ["agent", "day"], "week")
        assert (queue.labels_wanted, queue.is_independent, queue.asks_another, queue.due_at.date()) == (2, True, True, due)
        assert (queue.created_by, list(queue.workers.all())) == (manager, [reviewer])

    def test_a_double_click_makes_one(self, client):
        SessionFactory()

        assert client.post(DESIGN, given())["Location"] == client.post(DESIGN, given())["Location"]
        assert Queue.objects.count() == 1

    def test_without_script_a_button_shows_the_preview_and_makes_nothing(self, client):
        SessionFactory()
        sent = given(preview="1")
        del sent["create"]

        answer = client.post(DESIGN, sent)

        assert "Sessions that qualify 1" in words(answer)
        assert "<html" in answer.content.decode()
        assert Queue.objects.count() == 0

    def test_nothing_is_made_of_a_rule_that_matches_nothing_unless_it_repeats(self, client):
        answer = client.post(DESIGN, given(query="channel=sms"))

        assert answer.status_code == 422
        assert "No session qualifies, so there is nothing to draw." in words(answer)
        assert client.post(DESIGN, given(query="channel=sms", repeats="night")).status_code == 303

    def test_more_than_a_queue_holds_is_refused(self, client, monkeypatch):
        monkeypatch.setattr(queue_designs, "MOST_IN_QUEUE", 1)
        SessionFactory()
        SessionFactory()

        assert "More than 100,000 sessions qualify" in words(client.post(DESIGN, given()))

    @pytest.mark.parametrize(
        ("changed", "sentence"),
        [
            ({"name": " "}, "Give the queue a name."),
            ({"name": "​"}, "Give the queue a name that can be seen."),
            ({"draw_kind": "random", "amount": "0"}, "Write how many sessions to draw."),
            ({"draw_kind": "random", "amount": "nan"}, "Write a number above 0."),
            ({"draw_kind": "random", "amount": "101", "unit": "percent"}, "Write at most 100 percent."),
            ({"draw_kind": "random", "amount": "2.5"}, "Write a whole number up to 100,000."),
            ({"draw_kind": "random", "amount": "100001"}, "Write a whole number up to 100,000."),
            ({"draw_kind": "random", "amount": "5", "seed": "9999999999"}, "A seed is a whole number"),
            ({"labels_wanted": "0"}, "Write a whole number from 1 to 10."),
            ({"more_percent": "20", "more_labels": "1"}, "Write more labels than the other sessions get"),
            ({"more_percent": "20"}, "Write more labels than the other sessions get"),
            ({"open_to": "chosen"}, "Choose who may work it."),
            ({"order": "priority"}, "Choose what makes a problem likely."),
            ({"due_on": "2020-01-01"}, "This day is over. Choose a later one."),
            ({"due_on": "9999-12-31"}, "Choose a day within the next five years."),
            ({"due_on": "Friday"}, "Write a date"),
            ({"draw_kind": "every"}, "Select a valid choice."),
        ],
    )
    def test_says_what_is_wrong(self, client, changed, sentence):
        SessionFactory()

        answer = client.post(DESIGN, given(**changed))

        assert answer.status_code == 422
        assert sentence in words(answer)
        assert Queue.objects.count() == 0

    @pytest.mark.parametrize("query", ["q=token", "&".join(f"agent={n}" for n in range(1, 900)), "channel=telegraph", "a=\x00"])
    def test_a_rule_that_was_tampered_with_is_refused(self, client, query):
        SessionFactory()

        answer = client.post(DESIGN, given(query=query))

        assert (answer.status_code, Queue.objects.exists()) == (422, False)

    def test_reviewers_make_none(self, client, reviewer):
        client.force_login(reviewer)

        assert [client.get(DESIGN).status_code, client.post(DESIGN, given()).status_code] == [403, 403]
        assert "/queues/" not in client.get("/sessions/").content.decode()


class TestList:
    def test_says_what_is_done_and_left_in_words(self, client, reviewer):
        queue = all_queue(name="Low ratings", query="auto=BAD", due_at=timezone.now() - timedelta(days=1))
        draw = DrawFactory(queue=queue)
        for state in ("open", "open", "void"):
            AssignmentFactory(queue=queue, draw=draw, reason=Reason.RULE, state=state)
        AssignmentFactory(queue=queue, draw=draw, reason=Reason.RULE, state="done", person=reviewer, label=1, done_at=NOON)

        answer = client.get(reverse("labeling:queue_list"))

        assert "Low ratings Auto-rating: BAD" in words(answer)
        line = answer.context["rows"][0][0]
        assert (line.done, line.left, line.percent, line.is_overdue) == (1, 2, 33, True)

    def test_a_draw_that_failed_says_why(self, client):
        DrawFactory(queue=all_queue(), state=DrawState.FAILED, problem="The rule can no longer be read.")

        assert "The rule can no longer be read." in words(client.get(reverse("labeling:queue_list")))

    def test_costs_as_many_statements_with_one_queue_as_with_many(self, client):
        AssignmentFactory()
        client.get(reverse("labeling:queue_list"))
        with CaptureQueriesContext(connection) as one:
            client.get(reverse("labeling:queue_list"))
        for _ in range(4):
            AssignmentFactory()
        with CaptureQueriesContext(connection) as five:
            client.get(reverse("labeling:queue_list"))

        assert len(five) == len(one)

    def test_is_empty_at_first(self, client):
        assert "No queues yet" in words(client.get(reverse("labeling:queue_list")))

    def test_the_way_there_is_in_the_top_bar_of_managers(self, client):
        assert 'data-go="q"' in client.get("/sessions/").content.decode()


class TestChanging:
    def address(self, queue):
        return reverse("labeling:queue_update", args=[queue.slug])

    def sent(self, **changed):
        return {"name": "Another", "labels_wanted": "2", "order": "newest", "open_to": "everybody"} | changed

    def test_changes_it_and_leads_to_it(self, client):
        queue = all_queue()

        answer = client.post(self.address(queue), self.sent())

        queue.refresh_from_db()
        assert answer["Location"] == reverse("labeling:queue_detail", args=[queue.slug])
        assert (queue.name, queue.labels_wanted, queue.order, queue.open_to) == ("Another", 2, QueueOrder.NEWEST, OpenTo.EVERYBODY)

    def test_the_day_it_is_due_stays_when_it_was_not_touched(self, client):
        due = timezone.now() - timedelta(days=2)
        queue = all_queue(due_at=due)
        shown = client.get(self.address(queue)).context["form"].initial["due_on"]

        client.post(self.address(queue), self.sent(due_on=shown.isoformat()))

        queue.refresh_from_db()
        assert queue.due_at == due

    def test_fewer_labels_are_refused_in_words(self, client):
        answer = client.post(self.address(all_queue(labels_wanted=3)), self.sent())

        assert answer.status_code == 422
        assert "It has 3 now." in words(answer)

    def test_a_sample_offers_no_order(self, client):
        queue = QueueFactory()

        assert 'name="order"' not in client.get(self.address(queue)).content.decode()
        assert client.post(self.address(queue), self.sent()).status_code == 303

    def test_who_was_chosen_and_may_not_label_any_more_can_be_taken_out(self, client, reviewer):
        queue = all_queue(open_to=OpenTo.CHOSEN)
        queue.workers.add(reviewer)
        User.objects.filter(pk=reviewer.pk).update(is_active=False)

        assert str(reviewer) in words(client.get(self.address(queue)))

    def test_a_queue_of_more_agents_than_one_sees_is_read_only(self, client, manager, agent):
        manager.all_agents = False
        manager.save()
        manager.agents.add(agent)
        queue = AssignmentFactory(session__seen_agent=agent).queue
        own = all_queue(created_by=manager)

        assert "This is not yours to change." in words(client.get(self.address(queue)))
        assert client.post(self.address(queue), self.sent()).status_code == 403
        client.post(reverse("labeling:queue_state_update", args=[queue.slug]), {"state": "deleted"})
        client.post(reverse("labeling:draw_create", args=[queue.slug]))
        queue.refresh_from_db()
        assert (queue.state, queue.draws.count()) == (QueueState.ACTIVE, 1)
        assert client.post(self.address(own), self.sent()).status_code == 303

    @pytest.mark.parametrize("name", ["queue_update", "queue_state_update", "draw_create"])
    def test_a_queue_beyond_ones_agents_is_not_there(self, client, manager, agent, name):
        manager.all_agents = False
        manager.save()
        manager.agents.add(agent)
        queue = AssignmentFactory().queue

        assert client.post(reverse(f"labeling:{name}", args=[queue.slug]), self.sent()).status_code == 404


class TestState:
    def post(self, client, queue, state):
        return client.post(reverse("labeling:queue_state_update", args=[queue.slug]), {"state": state}, follow=True)

    def test_pauses_and_goes_on_twice_as_once(self, client):
        queue = all_queue()

        for state in ("paused", "paused", "active", "closed"):
            self.post(client, queue, state)
            queue.refresh_from_db()
            assert queue.state == state

    def test_deletion_leads_to_the_list_and_is_for_good(self, client):
        queue = all_queue(name="Low ratings")

        answer = self.post(client, queue, "deleted")

        assert "Queue deleted" in words(answer)
        assert client.get(reverse("labeling:queue_update", args=[queue.slug])).status_code == 404

    @pytest.mark.parametrize("state", ["", "gone", "\x00"])
    def test_a_state_that_is_none_changes_nothing(self, client, state):
        queue = all_queue()

        assert "Nothing was changed." in words(self.post(client, queue, state))

    def test_draws_again(self, client):
        queue = all_queue()

        answer = client.post(reverse("labeling:draw_create", args=[queue.slug]), follow=True)

        assert "Sessions are being drawn" in words(answer)
        assert queue.draws.get().state == DrawState.WAITING

    def test_a_closed_one_is_not_drawn(self, client):
        queue = all_queue(state=QueueState.CLOSED)

        assert "Nothing is drawn for this queue." in words(client.post(reverse("labeling:draw_create", args=[queue.slug]), follow=True))


def test_every_manager_may_ask_while_a_draw_is_under_way(client):
    queue = all_queue()
    ask_for_draw(queue=queue)

    client.post(reverse("labeling:draw_create", args=[queue.slug]))

    assert queue.draws.count() == 1
    assert Assignment.objects.count() == 0
