"""A person's own page: what to go on with, what waits, what they did, and nothing of anybody else."""

import re
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import time_machine
from django.utils import timezone

from labeling.models import Assignment, Label, Queue
from labeling.models.assignment import PlaceState
from labeling.models.queue import OpenTo, QueueState
from labeling.operations.label_rows import IssueGiven, Provenance
from labeling.operations.labels import submit_label, withdraw_label
from labeling.operations.raters import rater_of
from labeling.policies import judgments_open_to
from labeling.queries.claimable import claimable, held, in_reach
from labeling.queries.home import get_recent_labels, get_resume, get_work
from labeling.queries.home_queues import SOON, get_queue_lines, waiting_queues
from labeling.queries.scopes import get_scope
from labeling.queries.waiting import DRAFT_KEPT, count_waiting, get_waiting
from labeling.roles import Role
from sessions_app.models import Session
from sessions_app.scope import EVERYTHING
from tests.factories import (
    AgentFactory,
    AssignmentFactory,
    CurrentLabelFactory,
    DraftFactory,
    DrawFactory,
    ExposureFactory,
    IncidentFactory,
    IssueCategoryFactory,
    LabelFactory,
    PassFactory,
    QueueFactory,
    RunFactory,
    SecondOpinionFactory,
    SessionFactory,
    SkipFactory,
    UserFactory,
)
from tests.labeling.placed import claimed, done, places

pytestmark = pytest.mark.django_db
# A Wednesday, 3 PM in Vienna.
NOW = datetime(2026, 3, 4, 14, 0, tzinfo=UTC)


@pytest.fixture
def wednesday():
    with time_machine.travel(NOW, tick=False):
        yield


def label(person, session, at=None, code="GOOD", active_ms=None, issues=()):
    provenance = Provenance(made_at=at, active_ms=active_ms)
    issues = [IssueGiven(raw) for raw in issues]
    key = f"key-{session.pk}-{at}"
    return submit_label(session_id=session.pk, rater=rater_of(user=person), code=code, client_key=key, provenance=provenance, issues=issues).label


def made(person, at, active_ms=None):
    """A label that stands, without all that follows from one."""
    row = LabelFactory(rater=rater_of(user=person), made_at=at, active_ms=active_ms)
    CurrentLabelFactory(label=row)
    return row


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def home(client):
    answer = client.get("/review/")
    assert answer.status_code == 200
    return answer.content.decode()


# --- resume


def test_a_new_reviewer_is_led_to_the_list(as_person, reviewer):
    page = home(as_person(reviewer))

    assert "Continue" not in page
    assert "Nothing labeled yet" in page
    assert re.search(r'class="btn is-primary" href="/sessions/"', page)
    assert page[page.index("<main") : page.index("</main>")].count("is-primary") == 1


def test_resume_shows_the_run_last_worked_on_and_how_far_it_is(as_person, reviewer, agent):
    sessions = [SessionFactory(seen_agent=agent, agent_name="Northlake Scheduling", duration=138) for _ in range(5)]
    RunFactory(owner=reviewer, name="Older", used_at=timezone.now() - timedelta(days=1))
    run = RunFactory(owner=reviewer, name="Low auto-rating", sessions=[session.pk for session in sessions])
    label(reviewer, sessions[0])

    page = home(as_person(reviewer))

    assert "Low auto-rating" in page
    assert "Older" not in page
    assert "4 left. Next: Northlake Scheduling" in text_of(page)
    assert "2:18 long" in text_of(page)
    assert "1 of 5" in page
    assert f'href="/review/r/{run.pk}/s/{sessions[1].pk}/" aria-keyshortcuts="R"' in page


def test_resume_goes_on_at_the_session_that_was_left_open_and_after_one_that_is_done(reviewer, agent):
    sessions = [SessionFactory(seen_agent=agent).pk for _ in range(4)]
    run = RunFactory(owner=reviewer, sessions=sessions, at_session=sessions[2])
    left_open = get_resume(reviewer, scope=EVERYTHING).next.pk
    SkipFactory(run=run, session_id=sessions[2])
    after_skip = get_resume(reviewer, scope=EVERYTHING).next.pk
    CurrentLabelFactory(label=LabelFactory(session_id=sessions[3], rater=rater_of(user=reviewer)))
    back_at_the_start = get_resume(reviewer, scope=EVERYTHING).next.pk

    assert (left_open, after_skip, back_at_the_start) == (sessions[2], sessions[3], sessions[0])


def test_a_run_with_nothing_left_says_so_and_leads_nowhere_with_a_key(as_person, reviewer, agent):
    session = SessionFactory(seen_agent=agent)
    run = RunFactory(owner=reviewer, sessions=[session.pk], at_session=session.pk)
    label(reviewer, session)

    page = home(as_person(reviewer))

    assert "Nothing in it is left to review." in page
    assert f"/review/r/{run.pk}/" in page
    assert 'aria-keyshortcuts="R"' not in page


def test_resume_leads_to_no_session_that_left_my_reach_and_to_nobody_elses_run(narrow_reviewer, reviewer, agent, other_agent):
    hidden, mine = SessionFactory(seen_agent=other_agent), SessionFactory(seen_agent=agent)
    RunFactory(owner=narrow_reviewer, sessions=[hidden.pk, mine.pk], at_session=hidden.pk)

    assert get_resume(narrow_reviewer, scope=get_scope(narrow_reviewer)).next == mine
    assert get_resume(reviewer, scope=EVERYTHING) is None


# --- labeled just now


def test_what_i_labeled_today_can_be_undone_and_what_is_older_can_be_changed(as_person, reviewer, agent):
    old, new = SessionFactory(seen_agent=agent), SessionFactory(seen_agent=agent)
    label(reviewer, old, at=timezone.now() - timedelta(days=2))
    label(reviewer, new, code="BAD", issues=["Wrong answer"])

    page = home(as_person(reviewer))

    assert page.count('aria-label="Undo BAD') == page.count("/withdrawal/") == 1
    assert page.count('aria-label="Change GOOD') == 1
    assert [recent.is_today for recent in get_recent_labels(reviewer, scope=EVERYTHING)] == [True, False]


def test_a_withdrawn_label_and_one_out_of_reach_are_not_listed(narrow_reviewer, agent, other_agent):
    withdraw_label(label=label(narrow_reviewer, SessionFactory(seen_agent=agent)), by=narrow_reviewer)
    label(narrow_reviewer, SessionFactory(seen_agent=other_agent))
    kept = label(narrow_reviewer, SessionFactory(seen_agent=agent))

    assert [recent.label for recent in get_recent_labels(narrow_reviewer, scope=get_scope(narrow_reviewer))] == [kept]


def test_a_changed_label_is_listed_once_as_it_stands(reviewer, agent):
    session = SessionFactory(seen_agent=agent)
    label(reviewer, session, at=timezone.now() - timedelta(hours=1))
    changed = label(reviewer, session, code="BAD")

    assert [recent.label for recent in get_recent_labels(reviewer, scope=EVERYTHING)] == [changed]


# --- waiting for me


def test_an_open_draft_waits_and_says_what_was_chosen(as_person, reviewer, agent):
    session = SessionFactory(seen_agent=agent, agent_name="Cedar Billing Help")
    DraftFactory(user=reviewer, session=session, code="BAD", comment="Maria was told the wrong dose")
    DraftFactory(user=reviewer, session=SessionFactory(seen_agent=agent), code="")

    page = home(as_person(reviewer))

    assert "Draft, BAD, not submitted" in page
    assert "Draft, not submitted" in page
    assert 'aria-label="Finish Cedar Billing Help' in page
    assert "Maria" not in page


@pytest.mark.parametrize("fields", [{"is_open": False}, {"saved_at": timezone.now() - DRAFT_KEPT - timedelta(hours=1)}])
def test_a_draft_that_was_submitted_or_is_too_old_does_not_wait(reviewer, fields):
    DraftFactory(user=reviewer, **fields)
    DraftFactory(user=UserFactory())

    assert count_waiting(reviewer, scope=EVERYTHING) == get_waiting(reviewer, scope=EVERYTHING).shown == 0


def test_a_draft_out_of_reach_does_not_wait(narrow_reviewer, agent, other_agent):
    DraftFactory(user=narrow_reviewer, session=SessionFactory(seen_agent=other_agent))
    mine = DraftFactory(user=narrow_reviewer, session=SessionFactory(seen_agent=agent))
    scope = get_scope(narrow_reviewer)

    assert count_waiting(narrow_reviewer, scope=scope) == 1
    assert [one.draft for one in get_waiting(narrow_reviewer, scope=scope).drafts] == [mine]


def test_the_count_in_the_bar_is_the_count_of_the_panel(as_person, reviewer, agent):
    reviewer.takes_incidents = True
    reviewer.save(update_fields=["takes_incidents"])
    DraftFactory(user=reviewer)
    SecondOpinionFactory(asked_of=reviewer)
    IncidentFactory()

    page = home(as_person(reviewer))

    assert re.search(r'id="waiting-count">3<', page)
    assert re.search(r'Waiting for you <span class="count">3<', page)
    assert page.count("<li", page.index('class="todo'), page.index("</section>", page.index('class="todo'))) == 3


def test_more_than_a_page_holds_is_counted_all_the_same(as_person, reviewer, agent):
    for _ in range(23):
        DraftFactory(user=reviewer)

    page = home(as_person(reviewer))

    assert re.search(r'id="waiting-count">23<', page)
    assert page.count("Draft, not submitted") == 20


def test_nothing_waiting_says_what_would(as_person, reviewer):
    page = home(as_person(reviewer))

    assert "Drafts you leave open" in page
    assert re.search(r'id="waiting-count"></span>', page)


@pytest.mark.parametrize("path", ["/summary/", "/settings/", "/exports/"])
def test_the_count_is_in_the_bar_of_every_page_for_two_questions(as_person, manager, path, django_assert_max_num_queries):
    DraftFactory(user=manager)
    client = as_person(manager)

    with django_assert_max_num_queries(21) as asked:
        page = client.get(path).content.decode()

    assert re.search(r'id="waiting-count">1<', page)
    assert len([query for query in asked.captured_queries if "labeling_draft" in query["sql"]]) == 2


def test_a_fragment_asks_for_no_count(as_person, reviewer, agent, django_assert_max_num_queries):
    client = as_person(reviewer)

    with django_assert_max_num_queries(20) as asked:
        client.get(f"/sessions/{SessionFactory(seen_agent=agent).pk}/incidents/", headers={"HX-Request": "true"})

    assert [query for query in asked.captured_queries if "labeling_draft" in query["sql"]] == []


def test_an_admin_without_takers_is_counted_too_and_nothing_with_one_question(admin, agent, django_assert_num_queries):
    # A page asks the gate once, for whatever it shows.
    admin.remembered = {}
    judgments_open_to(admin)

    with django_assert_num_queries(1):
        assert count_waiting(admin, scope=EVERYTHING) == 0
    IncidentFactory(session=SessionFactory(seen_agent=agent))
    with django_assert_num_queries(2):
        assert count_waiting(admin, scope=EVERYTHING) == 1


# --- my work


def test_work_counts_today_and_this_week_in_my_own_zone(wednesday):
    person = UserFactory(time_zone="Europe/Vienna")
    made(person, datetime(2026, 3, 3, 23, 30, tzinfo=UTC))  # half past midnight, Wednesday
    made(person, datetime(2026, 3, 3, 22, 30, tzinfo=UTC))  # half past eleven, Tuesday
    made(person, datetime(2026, 3, 1, 23, 30, tzinfo=UTC))  # Monday
    made(person, datetime(2026, 3, 1, 22, 30, tzinfo=UTC))  # Sunday
    made(UserFactory(), NOW)

    work = get_work(person)

    assert (work.today, work.this_week) == (1, 3)


def test_median_time_is_capped_at_ten_minutes_and_leaves_out_what_was_not_measured(wednesday):
    person = UserFactory()
    for active_ms in (30_000, 108_000, 4_000_000, None):
        made(person, NOW - timedelta(hours=1), active_ms)
    even = UserFactory()
    for active_ms in (1_000, 4_000_000):
        made(even, NOW, active_ms)

    assert get_work(person).median == "1:48"
    assert get_work(even).median == "5:00"
    assert get_work(UserFactory()).median == ""


def test_bars_are_one_an_hour_since_the_first_label_of_the_day(wednesday):
    person = UserFactory(time_zone="Europe/Vienna")
    for hour, n in ((9, 2), (11, 4), (15, 1)):
        for minute in range(n):
            made(person, datetime(2026, 3, 4, hour - 1, minute, tzinfo=UTC) if hour < 15 else NOW)

    work = get_work(person)

    assert (work.since, work.counts) == ("9 AM", "2, 0, 4, 0, 0, 0, 1")
    assert [hour.percent for hour in work.hours] == [50, 0, 100, 0, 0, 0, 25]
    assert [hour.is_now for hour in work.hours] == [False] * 6 + [True]


def test_bars_have_words_and_say_who_sees_them(as_person, reviewer, agent):
    label(reviewer, SessionFactory(seen_agent=agent))

    page = home(as_person(reviewer))

    assert re.search(r'role="img" aria-label="Labels per hour since \d+ [AP]M: 1', page)
    assert "<svg height=" in page
    assert "Your manager sees totals and agreement per week, and in a queue your labels a day; hours and the time you take are yours only." in page


def test_nobody_elses_work_or_waiting_is_on_my_page(as_person, reviewer, manager, agent):
    session = SessionFactory(seen_agent=agent)
    RunFactory(owner=reviewer, name="A private run")
    DraftFactory(user=reviewer, session=session)
    SecondOpinionFactory(asked_of=reviewer, session=session, note="Look at this")
    label(reviewer, session)

    page = home(as_person(manager))

    assert "A private run" not in page
    assert "Look at this" not in page
    assert "Finish" not in page
    assert ("Nothing labeled yet" in page, "Labels per hour" in page) == (True, False)


# --- the whole


def test_home_asks_the_same_questions_however_much_there_is(as_person, agent, django_assert_max_num_queries):
    person = UserFactory(role=Role.ADMIN, takes_incidents=True)
    client = as_person(person)
    IssueCategoryFactory(name="Wrong answer")
    sessions = [SessionFactory(seen_agent=agent) for _ in range(25)]
    RunFactory(owner=person, sessions=[session.pk for session in sessions], at_session=sessions[3].pk)
    for session in sessions[:12]:
        label(person, session, issues=["Wrong answer"])
        DraftFactory(user=person, session=session)
        SecondOpinionFactory(asked_of=person, session=session, note="Look")
        IncidentFactory(session=session)

    with django_assert_max_num_queries(27):
        home(client)


def test_a_post_is_refused_and_hostile_names_are_words(as_person, reviewer, agent):
    session = SessionFactory(seen_agent=agent, agent_name="<b>x</b>")
    RunFactory(owner=reviewer, name="<script>alert(1)</script>", sessions=[session.pk])
    SecondOpinionFactory(asked_of=reviewer, session=session, asked_by=UserFactory(name="<i>Eve</i>"), note="<u>n</u>")
    DraftFactory(user=reviewer, session=session)
    client = as_person(reviewer)

    page = home(client)

    assert client.post("/review/").status_code == 405
    assert not re.search(r"<(b|i|u)>[xEn]|<script>alert", page)
    assert Label.objects.count() == 0


# --- queues


def queue_of(n, *, slots=1, **fields):
    """A queue and its places, in order."""
    queue = QueueFactory(**fields)
    return queue, places(queue, n, slots=slots)


def line_of(person, queue):
    return next((line for line in get_queue_lines(person, scope=get_scope(person)) if line.queue == queue), None)


def test_a_queue_says_its_rule_in_words_and_how_far_it_is(as_person, reviewer, agent):
    queue, made = queue_of(4, name="Long silences", query=f"agent={agent.pk}&since=7d", due_at=timezone.now() + timedelta(days=9))
    label = LabelFactory(session=made[0].session, rater=rater_of(user=reviewer))
    CurrentLabelFactory(label=label)
    Assignment.objects.filter(pk=made[0].pk).update(state=PlaceState.DONE, person=reviewer, label=label.pk, done_at=timezone.now())

    page = home(as_person(reviewer))
    said = text_of(page)

    assert "Long silences Period: Last 7 days, Agent: Northlake Scheduling" in said
    assert "agent=" not in page[page.index('id="home-queues"') : page.index('id="recent"')]
    assert 'aria-label="you 1, team 1 of 4"' in page
    assert (line_of(reviewer, queue).left, line_of(reviewer, queue).total) == (3, 4)
    assert f'action="/review/q/{queue.slug}/next/"' in page


@pytest.mark.parametrize(("query", "reasons"), [("auto=BAD", []), ("not_label=GOOD", []), ("silence=5", ["auto_low"]), ("made_up=1", [])])
def test_the_rule_of_an_independent_queue_is_hidden_when_a_judgment_went_into_it(as_person, reviewer, query, reasons):
    queue_of(1, query=query, reasons=reasons)
    open_queue, _ = queue_of(1, query="auto=BAD", is_independent=False, name="An open one")

    said = text_of(home(as_person(reviewer)))

    assert said.count("Drawn for independent review") == 1
    assert "An open one Auto-rating: BAD" in said
    assert open_queue.is_independent is False


def test_a_rule_that_only_asks_for_what_nobody_judged_is_said(as_person, reviewer):
    queue_of(1, query="label=none&reviewed=no&signal=tool_error")

    said = text_of(home(as_person(reviewer)))

    assert "Drawn for independent review" not in said
    assert "Label: Unlabeled" in said


def test_queues_i_cannot_work_or_that_are_over_or_out_of_reach_are_not_mine(narrow_reviewer, agent, other_agent):
    chosen, _ = queue_of(1, open_to=OpenTo.CHOSEN)
    closed, _ = queue_of(1, state=QueueState.CLOSED)
    hidden, _ = queue_of(1)
    Session.objects.update(seen_agent=other_agent)
    mine, made = queue_of(1)
    Session.objects.filter(pk=made[0].session_id).update(seen_agent=agent)

    assert [line.queue for line in get_queue_lines(narrow_reviewer, scope=get_scope(narrow_reviewer))] == [mine]
    assert not {chosen, closed, hidden} & {line.queue for line in get_queue_lines(narrow_reviewer, scope=get_scope(narrow_reviewer))}


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_left_is_what_i_would_be_handed_at_random(seed):
    """Counts for many queues at once, the line that waits, and what is handed out are three statements of one rule."""
    rng = Random(seed)
    agents = [AgentFactory(), AgentFactory()]
    people = [UserFactory(languages=["en"]), UserFactory(all_agents=False, agents=agents[:1], languages=["de", "en"])]
    queues = [QueueFactory(is_independent=n % 2 == 0, by_language=n % 3 == 0, due_at=timezone.now() + timedelta(days=n % 4, hours=1)) for n in range(8)]
    for queue in queues:
        draw = DrawFactory(queue=queue)
        for position in range(4):
            session = SessionFactory(seen_agent=rng.choice(agents), language=rng.choice(["en", "de", ""]))
            made = [AssignmentFactory(queue=queue, draw=draw, session=session, slot=slot, position=position) for slot in (1, 2)]
            for place, person in zip(made, rng.sample(people, 2), strict=True):
                happened = rng.choice(
                    ["nothing", "nothing", "claimed", "ended", "given", "labeled", "passed", "snoozed", "woken", "shown", "void", "withdrawn"]
                )
                if happened in ("claimed", "ended"):
                    claimed(place, person, minutes=10 if happened == "claimed" else -1)
                elif happened == "given":
                    Assignment.objects.filter(pk=place.pk).update(assigned_to=person)
                elif happened == "void":
                    Assignment.objects.filter(pk=place.pk).update(state=PlaceState.VOID)
                elif happened == "labeled":
                    CurrentLabelFactory(label=LabelFactory(session=session, rater=rater_of(user=person)))
                elif happened == "withdrawn":
                    LabelFactory(session=session, rater=rater_of(user=person))
                elif happened == "shown":
                    ExposureFactory(session=session, user=person)
                elif happened != "nothing":
                    until = {"passed": None, "snoozed": timezone.now() + timedelta(hours=1), "woken": timezone.now() - timedelta(hours=1)}[happened]
                    PassFactory(queue=queue, session=session, person=person, until=until)

    for person in people:
        scope = get_scope(person)
        lines = {line.queue.pk: line for line in get_queue_lines(person, scope=scope)}
        waiting = set(waiting_queues(person, scope).values_list("pk", flat=True))
        for queue in queues:
            free = set(claimable(queue, person=person, scope=scope).values_list("session", flat=True))
            at = set(held(queue, person=person).filter(in_reach(queue, person=person, scope=scope)).values_list("session", flat=True))
            given = Assignment.objects.filter(queue=queue, assigned_to=person, session__in=free | at, state__in=("open", "claimed")).exists()
            left = lines[queue.pk].left if queue.pk in lines else 0
            assert left == len(free | at), queue.pk
            assert (queue.pk in waiting) == (given or (queue.due_at < timezone.now() + SOON and bool(free | at))), queue.pk


def test_of_a_big_queue_the_first_are_counted_and_those_from_where_one_was_last(reviewer):
    queue, made = queue_of(130, slots=2)
    for place in made[: 2 * 120 : 2]:
        done(claimed(place, reviewer), reviewer)

    line = line_of(reviewer, queue)

    assert (line.mine, line.done, line.total) == (120, 120, 260)
    # Ten are behind all they have done; of what is free for others only so many were looked at.
    assert (line.left, line.left_words) == (10, "10+")
    assert line_of(UserFactory(), queue).left_words == "99+"


def test_where_nothing_was_found_but_not_all_was_looked_at_one_can_start(as_person, reviewer):
    queue, made = queue_of(101)
    for place in made[:100]:
        PassFactory(queue=queue, session=place.session, person=reviewer)

    line = line_of(reviewer, queue)

    assert (line.left, line.left_words, line.may_have_left) == (0, "–", True)
    assert f'id="start-{queue.slug}"' in home(as_person(reviewer))


def test_resume_is_the_queue_when_that_was_last(as_person, reviewer):
    RunFactory(owner=reviewer, name="A run", used_at=timezone.now() - timedelta(hours=1))
    queue, made = queue_of(3, name="Random sample, week 47")
    claimed(made[0], reviewer)

    page = home(as_person(reviewer))
    hero = page[page.index('class="panel hero"') : page.index("</section>", page.index('class="panel hero"'))]

    assert "Random sample, week 47" in hero
    assert "3 left for you." in hero
    assert re.search(rf'<form method="post" action="/review/q/{queue.slug}/next/">.*aria-keyshortcuts="R"', hero, re.DOTALL)
    assert 'id="home-queues"' not in page
    assert page[page.index("<main") : page.index("</main>")].count("is-primary") == 1


def test_resume_is_the_run_when_that_was_last(as_person, reviewer):
    queue, made = queue_of(2)
    claimed(made[0], reviewer)
    RunFactory(owner=reviewer, name="A run", used_at=timezone.now() + timedelta(minutes=1))

    page = home(as_person(reviewer))

    assert "A run" in page[page.index('class="panel hero"') :]
    assert f"start-{queue.slug}" in page


def test_a_paused_queue_cannot_be_started(as_person, reviewer):
    queue, made = queue_of(1, state=QueueState.PAUSED)
    before = home(as_person(reviewer))
    claimed(made[0], reviewer)
    resumed = home(as_person(reviewer))

    assert "Paused" in before
    assert "Paused by a manager." in resumed
    assert f"/review/q/{queue.slug}/next/" not in before + resumed


def test_asked_for_anew_lines_stay_where_they_are_and_new_ones_come_last(as_person, reviewer):
    first, _ = queue_of(1, name="B", due_at=timezone.now() + timedelta(days=5))
    second, _ = queue_of(1, name="C")
    client = as_person(reviewer)
    page = home(client)
    address = re.search(r'id="home-queues"[^>]*hx-get="([^"]+)"', page)[1].replace("&amp;", "&")
    queue_of(1, name="A", due_at=timezone.now() + timedelta(days=1))
    Queue.objects.filter(pk=first.pk).update(due_at=None)

    again = client.get(address, headers={"HX-Request": "true"}).content.decode()
    hostile = client.get("/review/?shown=%00,<b>,x&resumed=%00<i>", headers={"HX-Request": "true"})

    assert re.findall(r'class="rowlink"[^>]*>(\w)<', again) == ["B", "C", "A"]
    assert again.lstrip().startswith('<section class="panel" id="home-queues"')
    assert hostile.status_code == 200
    assert "<i>" not in hostile.content.decode()
    assert second.name == "C"


def test_a_refresh_is_not_asked_more_often_than_once_a_minute_and_only_where_there_are_queues(as_person, reviewer):
    client = as_person(reviewer)
    before = home(client)
    queue_of(1)

    assert "refresh.js" not in before
    assert "refresh.js" in home(client)


# --- waiting: queues and disagreements


def test_what_was_given_to_me_waits_once_a_queue_and_says_how_much(as_person, reviewer):
    queue, made = queue_of(3, name="Week 47")
    Assignment.objects.filter(pk__in=[made[0].pk, made[1].pk]).update(assigned_to=reviewer)

    page = home(as_person(reviewer))

    assert "2 sessions assigned to you" in text_of(page)
    assert count_waiting(reviewer, scope=EVERYTHING) == get_waiting(reviewer, scope=EVERYTHING).shown == 1
    assert re.search(r'id="waiting-count">1<', page)
    assert queue.name == "Week 47"


@pytest.mark.parametrize(("days", "waits"), [(-1, 1), (1, 1), (3, 0)])
def test_a_queue_waits_when_it_is_due_within_two_days(as_person, reviewer, days, waits):
    queue_of(1, due_at=timezone.now() + timedelta(days=days))

    page = text_of(home(as_person(reviewer)))

    assert count_waiting(reviewer, scope=EVERYTHING) == get_waiting(reviewer, scope=EVERYTHING).shown == waits
    assert ("1 session left for you, " in page) == bool(waits)
    assert ("overdue since" in page) == (days < 0)


def test_a_queue_that_is_paused_or_has_nothing_for_me_does_not_wait(reviewer):
    soon = timezone.now() + timedelta(hours=3)
    queue_of(1, due_at=soon, state=QueueState.PAUSED)
    _, made = queue_of(1, due_at=soon)
    claimed(made[0], UserFactory())

    assert count_waiting(reviewer, scope=EVERYTHING) == get_waiting(reviewer, scope=EVERYTHING).shown == 0


def test_disagreements_wait_for_those_who_disagree_and_for_managers_on_one_line(as_person, reviewer, manager):
    session = SessionFactory()
    for person, code in ((reviewer, "GOOD"), (UserFactory(), "BAD")):
        label(person, session, code=code)
    for _ in range(2):
        other = SessionFactory()
        for code in ("GOOD", "BAD"):
            label(UserFactory(), other, code=code)

    mine, theirs = text_of(home(as_person(reviewer))), text_of(home(as_person(manager)))

    assert "You and others disagree" in mine
    assert "3 to settle" in theirs
    assert (count_waiting(reviewer, scope=EVERYTHING), count_waiting(manager, scope=EVERYTHING)) == (1, 1)
    assert (get_waiting(reviewer, scope=EVERYTHING).shown, get_waiting(manager, scope=EVERYTHING).shown) == (1, 1)
    assert "to settle" not in mine


def test_ten_queues_cost_no_more_questions_than_their_rules(as_person, reviewer, django_assert_max_num_queries):
    for n in range(10):
        queue_of(1, query="since=7d", is_independent=bool(n % 2), due_at=timezone.now() + timedelta(days=1))
    client = as_person(reviewer)

    with django_assert_max_num_queries(32):
        home(client)
