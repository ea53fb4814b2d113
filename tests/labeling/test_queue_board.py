"""The board of a queue: exact counts, what is stuck, skipped and flagged, and nothing of what people judged."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.models import Assignment, Exposure, Queue
from labeling.models.assignment import PlaceState
from labeling.models.queue import DrawState, OpenTo, QueueState, Stratum
from labeling.models.run import SkipKind
from labeling.operations.claims import claim_next
from labeling.queries.queue_board import get_board
from labeling.queries.queue_troubles import count_disputes, get_claims, get_flagged, get_skipped, get_stuck
from labeling.queries.scopes import get_scope
from labeling.roles import Role
from sessions_app.scope import EVERYTHING
from tests.factories import (
    AssignmentFactory,
    DisputeFactory,
    DrawFactory,
    IncidentFactory,
    LabelFactory,
    PassFactory,
    QueueFactory,
    SessionFactory,
    UserFactory,
)
from tests.labeling.placed import claimed, done, places

pytestmark = pytest.mark.django_db


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def board(client, queue, status=200, **more):
    answer = client.get(f"/queues/{queue.slug}/", **more)
    assert answer.status_code == status
    return answer.content.decode()


# --- counts


def test_counts_are_of_labels_and_of_sessions(manager):
    queue, one, two = QueueFactory(labels_wanted=2), UserFactory(), UserFactory()
    made = places(queue, 3, slots=2)
    done(made[0], one)
    done(made[1], two)
    done(made[2], one)
    claimed(made[4], two)
    Assignment.objects.filter(pk=made[5].pk).update(assigned_to=one)

    counted = get_board(queue, scope=EVERYTHING)

    assert (counted.places, counted.total.done, counted.left) == (6, 3, 3)
    assert (counted.sessions, counted.sessions_left) == (3, 2)
    assert (counted.total.claimed, counted.total.assigned, counted.unassigned) == (1, 1, 1)
    assert counted.percent == 50


def test_a_void_place_and_an_ended_claim_count_as_what_they_are(manager):
    queue, person = QueueFactory(), UserFactory()
    made = places(queue, 3)
    claimed(made[0], person, minutes=-1)
    Assignment.objects.filter(pk=made[1].pk).update(state=PlaceState.VOID)

    counted = get_board(queue, scope=EVERYTHING)

    assert (counted.places, counted.unassigned, counted.total.claimed) == (2, 2, 0)


def test_a_manager_of_few_agents_counts_their_sessions_only(agent, other_agent):
    queue = QueueFactory()
    narrow = UserFactory(role=Role.MANAGER, all_agents=False, agents=[agent])
    places(queue, 2, seen_agent=agent)
    places(queue, 3, seen_agent=other_agent)

    counted = get_board(queue, scope=get_scope(narrow))

    assert (counted.places, counted.sessions, counted.sessions_left) == (2, 2, 2)


def test_pace_is_of_the_last_seven_days_or_since_the_first_label(manager):
    queue, old, new = QueueFactory(), UserFactory(name="A"), UserFactory(name="B")
    made = places(queue, 30)
    for place, days in zip(made[:9], [9, 8, 6, 5, 4, 3, 2, 1, 0], strict=True):
        done(place, old, days_ago=days)
    for place in made[9:13]:
        done(place, new, days_ago=1.5)

    counted = get_board(queue, scope=EVERYTHING)
    of_person = {line.person: line.doing for line in counted.people}

    assert of_person[old].a_day == 1.0
    assert of_person[new].a_day == 2.0
    assert counted.total.a_day == pytest.approx(11 / 7)
    assert counted.days == 11
    assert get_board(QueueFactory(), scope=EVERYTHING).days is None


def test_overdue_and_late_are_said(as_person, manager):
    queue = QueueFactory(due_at=timezone.now() - timedelta(days=1))
    late = QueueFactory(due_at=timezone.now() + timedelta(days=2))
    places(queue, 1)
    made = places(late, 20)
    done(made[0], UserFactory())
    client = as_person(manager)

    assert "Overdue since" in board(client, queue)
    assert "19 days for what is left, later than it is due" in text_of(board(client, late))
    done(Assignment.objects.get(queue=queue), UserFactory())
    assert "Overdue" not in board(client, queue)


def test_people_are_by_name_and_include_who_may_not_work_it_any_more(manager):
    queue = QueueFactory(open_to=OpenTo.CHOSEN)
    zoe, ann, gone = UserFactory(name="Zoe"), UserFactory(name="Ann"), UserFactory(name="Max", is_active=False)
    queue.workers.add(zoe, ann)
    done(places(queue, 1)[0], gone)

    lines = get_board(queue, scope=EVERYTHING).people

    assert [(str(line.person), line.can_work) for line in lines] == [("Ann", True), ("Max", False), ("Zoe", True)]


def test_no_code_and_no_median_is_on_the_board(as_person, manager):
    queue, person = QueueFactory(), UserFactory()
    made = places(queue, 2)
    done(made[0], person)
    LabelFactory(session=made[1].session, code="BAD", comment="What a mess")

    page = board(as_person(manager), queue)

    assert not re.search(r"\bBAD\b|GOOD|median|What a mess", page[page.index("<main") : page.index("</main>")])


# --- claims


def test_claims_say_who_since_when_and_can_be_taken_back(as_person, manager):
    queue, holder = QueueFactory(), UserFactory(name="Mei Tanaka")
    places(queue, 1)
    place = claim_next(queue=queue, by=holder, scope=EVERYTHING)
    client = as_person(manager)

    page = board(client, queue)
    given = {"release": place.pk, "version": re.search(r'name="version" value="(\d+)"', page)[1]}
    answer = client.post(f"/queues/{queue.slug}/assignments/", given, follow=True)

    assert "Mei Tanaka since" in page
    assert answer.redirect_chain == [(f"/queues/{queue.slug}/", 303)]
    assert "Taken back from Mei Tanaka" in answer.content.decode()
    again = client.post(f"/queues/{queue.slug}/assignments/", given, follow=True)
    assert "had ended already" in again.content.decode()


def test_a_claim_that_ended_keeps_its_line_until_the_page_is_loaded_anew(as_person, manager):
    queue, first, second = QueueFactory(), UserFactory(name="Ann"), UserFactory(name="Zoe")
    made = places(queue, 3)
    claimed(made[0], first)
    claimed(made[1], second)
    shown = [one.place.pk for one in get_claims(queue, manager, scope=EVERYTHING).lines]
    claimed(made[0], first, minutes=-1)
    claimed(made[2], UserFactory(name="Bo"))

    lines = get_claims(queue, manager, scope=EVERYTHING, shown=shown).lines
    page = board(as_person(manager), queue, data={"shown": ",".join(map(str, [*shown, "x", 10**30]))}, headers={"HX-Request": "true"})

    assert [(one.place.pk, one.is_over) for one in lines] == [(made[0].pk, True), (made[1].pk, False), (made[2].pk, False)]
    assert "The claim is over" in page
    assert page.lstrip().startswith('<div class="stackv" id="queue-board"')
    assert "<html" not in page


# --- stuck


def test_a_session_is_stuck_when_its_lease_ended_three_times(manager):
    queue, person = QueueFactory(), UserFactory()
    often, live, twice = places(queue, 3)
    claimed(often, person, minutes=-1, times=3)
    claimed(live, person, times=3)
    claimed(twice, UserFactory(), minutes=-1, times=2)

    stuck = get_stuck(queue, manager, scope=EVERYTHING)

    assert [(one.session.pk, one.tries) for one in stuck.lines] == [(often.session_id, 3)]
    assert stuck.n == 1


def test_a_session_is_stuck_when_everybody_who_could_take_it_passed(manager, agent, other_agent):
    queue = QueueFactory()
    wide, narrow = UserFactory(), UserFactory(all_agents=False, agents=[other_agent])
    theirs, both = places(queue, 1, seen_agent=agent)[0], places(queue, 1, seen_agent=other_agent)[0]
    for place in (theirs, both):
        PassFactory(queue=queue, session=place.session, person=wide, kind=SkipKind.NOT_MINE)

    before = [one.session.pk for one in get_stuck(queue, manager, scope=EVERYTHING).lines]
    PassFactory(queue=queue, session=both.session, person=narrow, kind=SkipKind.CANNOT_JUDGE)
    after = get_stuck(queue, manager, scope=EVERYTHING)

    assert before == [theirs.session_id]
    assert [(one.session.pk, one.is_passed_by_all) for one in after.lines] == [(theirs.session_id, True), (both.session_id, True)]


def test_what_was_given_to_somebody_who_may_not_work_the_queue_is_stuck(manager):
    queue, gone = QueueFactory(), UserFactory(name="Max", is_active=False)
    (place,) = places(queue, 1)
    Assignment.objects.filter(pk=place.pk).update(assigned_to=gone)

    (stuck,) = get_stuck(queue, manager, scope=EVERYTHING).lines

    assert (stuck.assigned_to, stuck.tries, stuck.is_passed_by_all) == ("Max", 0, False)


# --- skipped, flagged, disputed


def test_skipped_sessions_say_who_and_why_and_go_when_they_are_done(manager):
    queue, person = QueueFactory(), UserFactory(name="Ann")
    made = places(queue, 3)
    PassFactory(queue=queue, session=made[0].session, person=person, kind=SkipKind.LATER, until=timezone.now() + timedelta(hours=1))
    PassFactory(queue=queue, session=made[1].session, person=person, kind=SkipKind.CANNOT_JUDGE)
    PassFactory(queue=queue, session=made[2].session, person=person, kind=SkipKind.NOT_MINE)
    done(made[2], UserFactory())

    skipped, reasons = get_skipped(queue, manager, scope=EVERYTHING)

    assert [(one.session.pk, one.person, one.kind) for one in skipped.lines] == [
        (made[1].session_id, "Ann", "Cannot judge"),
        (made[0].session_id, "Ann", "Later"),
    ]
    assert (skipped.n, reasons) == (2, {"Later": 1, "Cannot judge": 1})


def test_an_open_incident_is_listed_and_told_of_and_its_words_are_not(as_person, manager):
    queue = QueueFactory()
    (place,) = places(queue, 1)
    IncidentFactory(session=place.session, line="A wrong dose", raised_by=UserFactory(name="Ann"))
    IncidentFactory(line="Elsewhere")

    page = board(as_person(manager), queue)

    assert "Incident, Ann" in page
    assert "A wrong dose" not in page
    assert "Elsewhere" not in page
    assert Exposure.objects.filter(session=place.session, user=manager).exists()


def test_a_manager_who_can_work_an_independent_queue_is_told_of_no_judgment_there(as_person):
    worker = UserFactory(role=Role.MANAGER)
    queue = QueueFactory(open_to=OpenTo.EVERYBODY, created_by=worker, query="auto=BAD")
    (place,) = places(queue, 1)
    IncidentFactory(session=place.session)
    DisputeFactory(session=place.session)

    page = text_of(board(as_person(worker), queue))

    assert get_flagged(queue, worker, scope=EVERYTHING).n == count_disputes(queue, worker, scope=EVERYTHING) == 0
    assert "No open incident." in page
    assert "Drawn for independent review" in page
    assert "Auto-rating" not in page
    assert not Exposure.objects.exists()


def test_open_disagreements_lead_to_where_they_are_settled(as_person, manager):
    queue = QueueFactory()
    DisputeFactory(session=places(queue, 1)[0].session)
    DisputeFactory()

    page = board(as_person(manager), queue)

    assert re.search(r'href="/disagreements/">\s*1 open disagreement<', page)


# --- draws


def test_a_draw_says_what_it_was_drawn_from_by_group_and_seed(as_person, manager, agent):
    queue = QueueFactory(strata=[Stratum.AGENT, Stratum.CHANNEL])
    groups = [{"group": [str(agent.pk), "voice"], "frame": 900, "drawn": 9}, {"group": [], "frame": 100, "drawn": 1, "merged": 3}]
    DrawFactory(queue=queue, number=1, seed=77, frame=1000, drawn=10, groups=groups)

    page = text_of(board(as_person(manager), queue))

    assert "10 of 1000 sessions that qualify" in page.replace(",", "")
    assert "Seed 77" in page
    assert "Northlake Scheduling, Voice 9 900" in page
    assert "3 small groups together" in page


def test_a_draw_that_runs_is_watched_and_one_that_failed_says_why(as_person, manager):
    queue = QueueFactory()
    running = DrawFactory(queue=queue, state=DrawState.RUNNING, frame=500, drawn=120)
    client = as_person(manager)
    headers = {"HX-Request": "true", "HX-Target": "queue-draws"}

    watched = client.get(f"/queues/{queue.slug}/", headers=headers)
    type(running).objects.filter(pk=running.pk).update(state=DrawState.FAILED, problem="No session qualifies.")
    over = client.get(f"/queues/{queue.slug}/", headers=headers)

    assert "Drawing, 120 so far; 500 sessions qualify" in watched.content.decode()
    assert ("every 2s" in watched.content.decode(), "HX-Trigger" in watched.headers) == (True, False)
    assert "No session qualifies." in over.content.decode()
    assert ("every 2s" in over.content.decode(), over.headers["HX-Trigger"]) == (False, '{"drawn": {}}')


def test_groups_are_named_by_what_they_were_drawn_by(as_person, manager, agent):
    queue = QueueFactory(strata=[Stratum.AGENT])
    DrawFactory(queue=queue, frame=20, drawn=3, groups=[{"group": [str(agent.pk)], "frame": 9, "drawn": 1}, {"group": [""], "frame": 11, "drawn": 2}])
    kinds = [{"group": ["voice", "2026-03-02"], "frame": 7, "drawn": 4}, {"group": ["chat", "2026-03-02"], "frame": 6, "drawn": 5}]
    DrawFactory(queue=queue, strata=[Stratum.CHANNEL, Stratum.DAY], frame=13, drawn=9, groups=kinds)
    Queue.objects.filter(pk=queue.pk).update(strata=[Stratum.DAY])

    page = text_of(board(as_person(manager), queue))

    assert "Northlake Scheduling 1 9 None 2 11" in page
    assert "Voice, 2026-03-02 4 7 Chat, 2026-03-02 5 6" in page


def test_a_draw_that_failed_leads_to_a_new_queue_with_its_rule(as_person, manager, reviewer):
    other = UserFactory(role=Role.MANAGER)
    queue = QueueFactory(query="channel=chat&since=7d", created_by=other)
    DrawFactory(queue=queue, state=DrawState.FAILED, problem="Narrow the rule.", query=queue.query)
    telling = QueueFactory(query="auto=BAD", created_by=other)
    DrawFactory(queue=telling, state=DrawState.FAILED, problem="Narrow the rule.", query=telling.query)
    client = as_person(manager)

    page = board(client, queue)
    address = re.search(r'href="(/queues/new/\?[^"]+)"', page)[1].replace("&amp;", "&")
    offered = text_of(client.get(address).content.decode())

    assert "Narrow the rule." in page
    assert "Period Last 7 days" in offered
    assert "Channel Chat" in offered
    # Nor is who may judge its sessions unseen told the rule here.
    assert "/queues/new/" not in board(client, telling)


def test_who_sees_few_agents_is_not_told_what_lies_beyond(as_person, agent, other_agent):
    narrow = UserFactory(role=Role.MANAGER, all_agents=False, agents=[agent])
    queue = QueueFactory(strata=[Stratum.AGENT])
    AssignmentFactory(queue=queue, session=SessionFactory(seen_agent=agent))
    groups = [{"group": [str(one.pk)], "frame": 4321, "drawn": 5} for one in (agent, other_agent)]
    DrawFactory(queue=queue, frame=8642, drawn=10, groups=groups)

    page = board(as_person(narrow), queue).replace(",", "")

    assert not re.search(r"4321|8642|Cedar", page)


# --- who may, and what is posted


def test_the_board_is_for_managers_who_may_know_the_queue(as_person, reviewer, agent, other_agent):
    queue = QueueFactory()
    places(queue, 1, seen_agent=other_agent)
    narrow = UserFactory(role=Role.MANAGER, all_agents=False, agents=[agent])
    deleted = QueueFactory(state=QueueState.DELETED)

    board(as_person(reviewer), queue, status=403)
    board(as_person(narrow), queue, status=404)
    board(as_person(queue.created_by), deleted, status=404)
    assert as_person(narrow).post(f"/queues/{queue.slug}/assignments/").status_code == 404


def test_places_are_assigned_from_the_page_and_the_shares_are_said(as_person, manager):
    queue, ann, bo = QueueFactory(), UserFactory(name="Ann"), UserFactory(name="Bo")
    places(queue, 5)

    answer = as_person(manager).post(f"/queues/{queue.slug}/assignments/", {"which": "unassigned", "to": [ann.pk, bo.pk], "each": "2"}, follow=True)

    said = text_of(answer.content.decode())
    assert "4 places assigned: Ann 2, Bo 2." in said
    assert "1 place was left: everybody has as many as you said." in said


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "This field is required."),
        ({"which": "unassigned"}, "Choose at least one person."),
        ({"which": "person"}, "Choose whose places."),
        ({"which": "person", "of": "7e9"}, "Select a valid choice"),
        ({"which": "sessions", "session": ["x", "-1", "9" * 30]}, "Choose sessions in the lists below."),
        ({"which": "unassigned", "to": ["1", "x"]}, "is not a valid value"),
        ({"which": "unassigned", "to": ["\x00"], "of": "\x00"}, "errorlist"),
        ({"which": "everything"}, "Select a valid choice"),
        ({"which": "unassigned", "each": "0"}, "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_assigned_comes_back_with_a_sentence(as_person, manager, given, message):
    queue = QueueFactory()
    places(queue, 1)
    UserFactory()

    answer = as_person(manager).post(f"/queues/{queue.slug}/assignments/", given)

    assert answer.status_code == 422
    assert message in answer.content.decode()
    assert not Assignment.objects.exclude(assigned_to=None).exists()


def test_one_persons_places_cannot_be_given_to_themselves_and_a_bad_claim_is_no_error(as_person, manager):
    queue, ann = QueueFactory(), UserFactory(name="Ann")
    Assignment.objects.filter(pk=places(queue, 1)[0].pk).update(assigned_to=ann)
    client = as_person(manager)
    address = f"/queues/{queue.slug}/assignments/"

    same = client.post(address, {"which": "person", "of": ann.pk, "to": [ann.pk]})
    bad = client.post(address, {"release": "x", "version": "9" * 40}, follow=True)

    assert same.status_code == 422
    assert "had ended already" in bad.content.decode()


def test_the_board_asks_the_same_questions_however_much_there_is(as_person, manager, django_assert_max_num_queries):
    queue = QueueFactory()
    made = places(queue, 20)
    for place in made[:5]:
        claimed(place, UserFactory(), times=4)
    for place in made[5:10]:
        PassFactory(queue=queue, session=place.session)
        IncidentFactory(session=place.session)
    client = as_person(manager)

    with django_assert_max_num_queries(36):
        board(client, queue)


def test_figures_lead_to_as_many_sessions(as_person, manager):
    queue = QueueFactory(labels_wanted=2)
    made = places(queue, 3, slots=2)
    done(made[0], UserFactory())
    done(made[1], UserFactory())
    client = as_person(manager)

    page = board(client, queue)
    doors = re.findall(r'href="(/sessions/\?queue=[^"]+)" data-n="(\d+)"', page)

    assert [int(n) for _, n in doors] == [3, 2]
    for address, n in doors:
        listed = client.get(address.replace("&amp;", "&")).content.decode()
        assert len(set(re.findall(r'class="rowlink" href="/sessions/(\d+)/', listed))) == int(n)


def test_names_are_words(as_person, manager):
    queue = QueueFactory(name="<b>x</b>")
    (place,) = places(queue, 1, agent_name="<i>y</i>")
    claimed(place, UserFactory(name="<u>z</u>"))

    page = board(as_person(manager), queue)

    assert not re.search(r"<(b|i|u)>[xyz]<", page)
