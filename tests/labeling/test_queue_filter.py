"""Queues as keys of the one filter: against a plain reading of the places, and only the queues that somebody may know of."""

from datetime import timedelta
from random import Random

import pytest
from django.db import connection
from django.db.models import F
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labeling.filters import ReviewFilter, Viewpoint, facets, queue_filter
from labeling.filters.facets import count_facets
from labeling.filters.rail import Rail
from labeling.filters.words import get_chips, query_of
from labeling.models import Assignment, Pass, Queue
from labeling.operations.labels import submit_label
from labeling.operations.places import repair_places
from labeling.operations.raters import rater_of
from labeling.roles import Role
from sessions_app import paging
from sessions_app.models import Session
from sessions_app.operations import upsert_sessions
from sessions_app.paging import get_page
from sessions_app.scope import EVERYTHING, Scope
from tests.factories import AgentFactory, AssignmentFactory, PassFactory, QueueFactory, SessionFactory, SourceFactory, UserFactory
from tests.kept import made_once

pytestmark = pytest.mark.django_db


def read(query, person, scope=EVERYTHING):
    return ReviewFilter(QueryDict(query), queryset=Session.objects.visible_to(scope), request=Viewpoint(person, scope))


def ask(query, person, scope=EVERYTHING):
    filtered = read(query, person, scope)
    assert filtered.form.is_valid(), filtered.form.errors
    return filtered


def found(query, person, scope=EVERYTHING):
    return set(ask(query, person, scope).qs.values_list("pk", flat=True))


def listed(query, person):
    filtered = ask(query, person)
    return {session.pk for session in get_page(filtered.find, Session.objects.in_bulk, order=filtered.order).sessions}


def in_order(query, person):
    filtered = ask(query, person)
    return [session.pk for session in get_page(filtered.find, Session.objects.in_bulk, order=filtered.order).sessions]


def three_queues():
    """Three queues with places of every state over thirty sessions, of fixed randomness."""
    rng = Random(3)
    sessions = [SessionFactory() for _ in range(30)]
    manager = UserFactory(role=Role.MANAGER)
    made = [QueueFactory(slug=slug, name=f"Queue {slug}", created_by=manager) for slug in ("a", "b", "c")]
    people = [UserFactory() for _ in range(2)]
    for queue in made:
        for session in sessions:
            if rng.random() < 0.5:
                continue
            for slot in (1, 2):
                state = rng.choice(["open", "open", "claimed", "over", "done", "done", "void"])
                how = {}
                if state in ("claimed", "over"):
                    until = timezone.now() + timedelta(hours=1 if state == "claimed" else -1)
                    how = {"person": people[slot - 1], "claimed_at": timezone.now(), "lease_until": until}
                if state == "done":
                    how = {"person": people[slot - 1], "label": 1, "done_at": timezone.now()}
                AssignmentFactory(queue=queue, session=session, slot=slot, state="claimed" if state == "over" else state, **how)
            if rng.random() < 0.3:
                PassFactory(queue=queue, session=session, person=people[0])


@pytest.fixture
def queues(db):
    made_once(three_queues)
    return list(Queue.objects.filter(slug__in=("a", "b", "c")).order_by("slug"))


def plainly(slugs, place):
    """What the places say, worked out one session at a time."""
    result = set()
    everywhere = list(Assignment.objects.filter(queue__slug__in=slugs))
    left = set(Pass.objects.filter(queue__slug__in=slugs).values_list("session", flat=True))
    for session in Session.objects.all():
        places = [one for one in everywhere if one.session_id == session.pk and one.state != "void"]
        wanted = [one for one in places if one.state in ("open", "claimed")]
        passed = session.pk in left
        says = {
            "": bool(places),
            "left": bool(wanted),
            "claimed": any(one.state == "claimed" and one.lease_until > timezone.now() for one in places),
            "skipped": bool(wanted) and passed,
            "waiting": bool(wanted) and not passed,
            "done": bool(places) and not wanted,
        }
        if says[place]:
            result.add(session.pk)
    return result


@pytest.mark.parametrize("first", [queue_filter.FIRST, (3, 7)], ids=["at once", "by and by"])
@pytest.mark.parametrize("place", ["", "left", "claimed", "skipped", "waiting", "done"])
@pytest.mark.parametrize("slugs", [["a"], ["a", "b"], ["a", "b", "c"]], ids=",".join)
def test_sessions_are_found_by_queue_and_place(queues, manager, monkeypatch, slugs, place, first):
    monkeypatch.setattr(queue_filter, "FIRST", first)
    query = "&".join([*(f"queue={slug}" for slug in slugs), f"place={place}"])
    expected = plainly(slugs, place)

    assert found(query, manager) == expected
    assert listed(query, manager) == expected
    assert expected


def test_what_is_left_and_what_is_done_are_all_there_is(queues, manager):
    left, done = found("queue=a&place=left", manager), found("queue=a&place=done", manager)

    assert left | done == found("queue=a", manager)
    assert not left & done


def test_in_no_queue_and_left_out_are_the_rest(queues, manager):
    everything = set(Session.objects.values_list("pk", flat=True))
    free = everything - plainly(["a", "b", "c"], "")

    assert found("queue=none", manager) == free
    assert found("not_queue=none", manager) == everything - free
    assert found("not_queue=a", manager) == everything - plainly(["a"], "")
    assert found("queue=a&queue=none", manager) == free | plainly(["a"], "")
    assert found("queue=a&not_queue=b", manager) == plainly(["a"], "") - plainly(["b"], "")


def test_a_queue_goes_together_with_every_other_key(queues, manager):
    pk = min(plainly(["a"], ""))
    Session.objects.filter(pk=pk).update(label_code="BAD", auto_code="GOOD", channel="chat")

    for query in ("label=BAD", "label=BAD&auto=GOOD", "differs=yes", "channel=chat", "label=BAD&sort=length", "channel=chat&channel=sms"):
        assert listed(f"queue=a&{query}", manager) == {pk}


@pytest.mark.parametrize("query", ["queue=a", "queue=a&queue=b&sort=started", "queue=a&channel=voice&place=left", "not_queue=none"])
def test_the_pages_of_a_queue_are_its_sessions_in_order(queues, manager, monkeypatch, query):
    monkeypatch.setattr(queue_filter, "FIRST", (3, 7))
    monkeypatch.setattr(paging, "PAGE_SIZE", 4)
    filtered = ask(query, manager)
    expected = list(filtered.order.sorted(filtered.qs).values_list("pk", flat=True))
    pages = [get_page(ask(query, manager).find, Session.objects.in_bulk, order=filtered.order)]

    while pages[-1].older:
        pages.append(get_page(ask(query, manager).find, Session.objects.in_bulk, order=filtered.order, after=pages[-1].older))
    back = [pages[-1]]
    while back[-1].newer:
        back.append(get_page(ask(query, manager).find, Session.objects.in_bulk, order=filtered.order, before=back[-1].newer))

    assert len(pages) > 2
    assert [session.pk for page in pages for session in page.sessions] == expected
    assert [session.pk for page in reversed(back) for session in page.sessions] == expected


def test_a_queue_within_a_period_leaves_out_what_lies_before_and_after(queues, manager):
    moments = sorted(Session.objects.filter(pk__in=plainly(["a"], "")).values_list("timestamp", "pk"))
    start, end = moments[2][0], moments[-2][0]

    assert listed(f"queue=a&start={start:%Y-%m-%dT%H:%M:%S.%fZ}&end={end:%Y-%m-%dT%H:%M:%S.%fZ}", manager) == {pk for _, pk in moments[2:-2]}


def test_one_that_is_deleted_unknown_or_of_others_is_said_alike(queues, manager, reviewer):
    QueueFactory(slug="gone", state="deleted")
    QueueFactory(slug="theirs", open_to="chosen")
    said = {slug: read(f"queue={slug}", person).form.errors.get("queue") for slug, person in [("gone", manager), ("x", manager), ("theirs", reviewer)]}

    assert set(map(str, said.values())) == {str(said["x"])}
    assert "not there any more" in str(said["x"])
    assert not read("queue=theirs", manager).form.errors


def test_the_list_says_that_it_cannot_be_read(as_person, manager):
    answer = as_person(manager).get("/sessions/?queue=unheard-of")

    assert answer.status_code == 400
    assert "not there any more" in answer.text


def test_a_manager_of_some_agents_knows_the_queues_of_their_sessions_and_their_own(agent, other_agent):
    near, far = SessionFactory(seen_agent=agent), SessionFactory(seen_agent=other_agent)
    person = UserFactory(role=Role.MANAGER, all_agents=False, agents=[agent])
    scope = Scope(all_agents=False, agents=frozenset({agent.pk}))
    both, elsewhere, own = QueueFactory(slug="both"), QueueFactory(slug="elsewhere"), QueueFactory(slug="own", created_by=person)
    for queue, session in ((both, near), (both, far), (elsewhere, far)):
        AssignmentFactory(queue=queue, session=session)

    assert set(ask("", person, scope).known_queues().values()) == {"both", "own"}
    assert found("queue=both", person, scope) == {near.pk}
    assert found(f"queue={own.slug}", person, scope) == set()
    assert read(f"queue={elsewhere.slug}", person, scope).form.errors


def test_in_no_queue_says_nothing_of_queues_somebody_may_not_know_of(reviewer):
    session = AssignmentFactory(queue=QueueFactory(open_to="chosen")).session

    assert found("queue=none", reviewer) == {session.pk}


def test_neither_in_nor_in_no_queue_tells_what_a_rule_says_of_hidden_sessions(reviewer, settings):
    settings.INDEPENDENT_REVIEW = True
    plain, telling = QueueFactory(slug="plain", query="channel=voice", is_independent=False), QueueFactory(slug="low", query="auto=BAD", is_independent=False)
    hidden, seen, both = (SessionFactory() for _ in range(3))
    submit_label(session_id=seen.pk, rater=rater_of(user=reviewer), code="OK", client_key="one")
    for queue, session in ((telling, hidden), (telling, seen), (telling, both), (plain, both)):
        AssignmentFactory(queue=queue, session=session)

    assert found("queue=low", reviewer) == {seen.pk}
    assert found("queue=none", reviewer) == {hidden.pk}
    assert found("not_queue=none", reviewer) == {seen.pk, both.pk}
    counted = count_facets(ask("", reviewer), ["queue"]).groups["queue"]
    assert counted == {"low": 1, "plain": 1, "none": 1}


def test_how_far_a_session_has_come_is_a_judgment(reviewer, settings):
    settings.INDEPENDENT_REVIEW = True
    queue = QueueFactory(slug="a")
    AssignmentFactory(queue=queue)

    assert len(found("queue=a", reviewer)) == 1
    assert not found("queue=a&place=left", reviewer)
    assert not found("queue=a&place=done", reviewer)


def test_a_place_without_a_queue_says_nothing(queues, manager):
    filtered = ask("place=done", manager)

    assert "place" not in filtered.active
    assert [str(chip) for chip in get_chips(filtered)] == []


def test_chips_name_the_queue_and_the_place(manager):
    QueueFactory(slug="week-47", name="Random sample, week 47")

    filtered = ask("queue=week-47&queue=none", manager)
    assert [str(chip) for chip in get_chips(filtered)] == ["Queue: Random sample, week 47, In no queue"]
    filtered = ask("queue=week-47&place=skipped&not_queue=none", manager)
    assert sorted(map(str, get_chips(filtered))) == ["In the queue: skipped, not done", "Queue is not: In no queue", "Queue: Random sample, week 47"]
    assert query_of(filtered, leave_out=("place",)) == "queue=week-47&not_queue=none"


def test_the_facet_counts_sessions_of_each_queue(queues, manager):
    rail = Rail(ask("", manager), names=["queue"], counts=count_facets(ask("", manager), ["queue"]))

    counted = {option.value: option.count for option in rail.groups[0].options}

    assert counted == {slug: len(plainly([slug], "")) for slug in "abc"} | {"none": len(found("queue=none", manager))}
    assert {option.words for option in rail.groups[0].options} == {"Queue a", "Queue b", "Queue c", "In no queue"}


def test_its_own_group_is_not_narrowed_by_what_is_chosen(queues, manager):
    filtered = ask("queue=a&place=left", manager)

    counts = count_facets(filtered, ["queue", "channel"])

    assert counts.groups["queue"]["b"] == len(plainly(["b"], ""))
    assert counts.groups["channel"].total() == len(plainly(["a"], "left"))


def test_a_reviewer_finds_only_queues_they_can_work_in_the_facet(queues, reviewer, as_person):
    Queue.objects.filter(slug="b").update(open_to="chosen")

    text = as_person(reviewer).get("/sessions/counts/?group=queue").text

    assert "Queue a" in text
    assert "Queue b" not in text


def test_a_list_without_queues_asks_nothing_of_them(queues, manager):
    with CaptureQueriesContext(connection) as captured:
        listed("", manager)

    assert not [query for query in captured if "labeling_queue" in query["sql"] or "assignment" in query["sql"]]


def test_a_queue_is_bound_enough_for_any_other_key(queues, manager, monkeypatch):
    monkeypatch.setattr("sessions_app.filters.session_filter.are_many", lambda: True)
    AgentFactory()

    assert ask("queue=a&language=de", manager).narrowed_to is None
    assert ask("queue=none&language=de", manager).narrowed_to
    assert ask("not_queue=a&language=de", manager).narrowed_to


def test_places_move_along_with_a_session_whose_time_a_sync_changes(manager):
    source = SourceFactory(is_primary=False)
    records = [{"session_id": str(n), "timestamp": f"2026-03-02T12:0{n}:00Z", "agent_id": "7", "agent_name": "Cedar"} for n in (1, 2, 3)]
    upsert_sessions(data_source=source, records=records)
    first, second, third = Session.objects.order_by("timestamp")
    queue = QueueFactory(slug="a")
    for session in (first, second, third):
        AssignmentFactory(queue=queue, session=session)
    assert in_order("queue=a", manager) == [third.pk, second.pk, first.pk]

    # Within a quarter of an hour no count changes with it.
    upsert_sessions(data_source=source, records=[records[0] | {"timestamp": "2026-03-02T12:04:00Z"}])

    assert in_order("queue=a", manager) == [first.pk, third.pk, second.pk]
    assert not Assignment.objects.exclude(timestamp=F("session__timestamp")).exists()


def test_the_nightly_check_finds_places_of_another_time(queues):
    place = Assignment.objects.exclude(state="void").first()
    Session.objects.filter(pk=place.session_id).update(timestamp=timezone.now())

    assert repair_places() == Assignment.objects.filter(session=place.session_id).count()
    assert repair_places() == 0
    assert not Assignment.objects.exclude(timestamp=F("session__timestamp")).exists()


def test_of_a_big_queue_the_newest_are_counted(queues, manager, monkeypatch):
    monkeypatch.setattr(facets, "SAMPLE", 6)
    monkeypatch.setattr(facets, "COUNT_LIMIT", 5)
    members = plainly(["a"], "")
    newest = Session.objects.filter(pk__in=members).newest_first()[:6]
    Session.objects.filter(pk__in=[one.pk for one in newest[:4]]).update(channel="chat")

    counts = count_facets(ask("queue=a", manager), ["channel", "language"])

    assert counts.groups["channel"] == {"chat": 4, "voice": 2}
    assert counts.is_many
    assert "channel" in counts.sampled
    # Where another key leaves out most of them all are read.
    counts = count_facets(ask("queue=a&channel=voice", manager), ["language"])
    assert counts.total == min(len(members) - 4, 6)
