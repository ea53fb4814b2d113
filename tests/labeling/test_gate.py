"""The judgment gate: what others think of a session stays hidden from whoever is asked to judge it unseen, whatever their role, everywhere."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random

import pytest
import time_machine
from django.db import connection
from django.db.models import Q
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from labeling.api.label_table import labels_shown
from labeling.exports.making import write_rows
from labeling.exports.rights import rights_of
from labeling.filters import ReviewFilter, Viewpoint
from labeling.filters.facets import count_facets
from labeling.gate import HARMLESS, speaks_of_judgments
from labeling.models import Event, Exposure
from labeling.operations.api_keys import create_api_key
from labeling.operations.label_rows import IssueGiven, Provenance
from labeling.operations.labels import submit_label, withdraw_label
from labeling.operations.raters import rater_of
from labeling.operations.searches import keep_search
from labeling.policies import judgments_open_to, judgments_shown, may_see_judgments
from labeling.queries.guide_examples import get_examples
from labeling.queries.scopes import get_scope
from labeling.queries.session_lines import get_session_lines
from labeling.queries.summary.frame import Frame
from labeling.queries.summary.period import last_weeks
from labeling.queries.summary.tallies import count_verdicts, get_tally, weigh_verdicts
from labeling.roles import Role
from sessions_app.codes import TranscriptState
from sessions_app.filters import SessionFilter
from sessions_app.models import Session
from tests.factories import (
    AssignmentFactory,
    ExposureFactory,
    GuideExampleFactory,
    IncidentFactory,
    IssueCategoryFactory,
    QueueFactory,
    RaterFactory,
    SecondOpinionFactory,
    SessionFactory,
    TranscriptFactory,
    UserFactory,
)
from tests.labeling.counted import come
from tests.labeling.exported import read_jsonl
from tests.repetitions import is_long, repetitions
from tests.sessions_app.talks import talk

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 10, 15, 7, 31, tzinfo=UTC)
PLACES = ("open", "mine", "another's", "done", "void")
STATES = ("active", "paused", "closed", "deleted")
# What somebody may ask of the list that tells of a judgment; each of the sessions below has it or has not.
JUDGED = (
    "label=BAD&label=DISPUTED",
    "not_label=GOOD",
    "not_label=none",
    "auto=GOOD",
    "not_auto=BAD",
    "not_auto=none",
    "label=none&auto=GOOD",
    "differs=yes",
    "comment=yes",
    "comment=no",
    "reviewed=yes",
    "blind=BAD",
    "not_blind=GOOD",
    "sample=none",
    "agreement=any",
    "gave=BAD",
    "incident=any",
    "labeled_from=2020-01-01T00:00:00Z",
    "sort=-labeled",
    "issue_match=all&issue=none",
)


@dataclass(frozen=True)
class Situation:
    """What there is between a person and a session. `places` are of queues, each as: open to them, independent, its state, the place."""

    places: tuple[tuple[bool, bool, str, str], ...] = ()
    own: str = ""
    is_revealed: bool = False
    opinion: str = ""


def is_shown(role, situation, *, labels_first):
    """The rule as it is written down, in words of its own."""
    if situation.own == "stands" or (situation.is_revealed and role != Role.REVIEWER):
        return True
    if labels_first and role == Role.REVIEWER:
        return False
    for is_theirs, is_independent, state, place in situation.places:
        wants = state in ("active", "paused") and place in ("open", "mine", "another's")
        if is_independent and wants and (is_theirs or place == "mine"):
            return False
    return situation.opinion != "waits"


def some_situations(rng, n):
    """Each that has one thing only, and others at random."""
    places = list(product((True, False), (True, False), STATES, PLACES))
    alone = [Situation((place,)) for place in places if place[0] or place[3] == "mine"]
    alone += [
        Situation(),
        Situation(own="stands"),
        Situation(own="withdrawn"),
        Situation(is_revealed=True),
        Situation(opinion="waits"),
        Situation(opinion="closed"),
    ]
    wants = (True, True, "active", "open")
    alone += [Situation((wants,), own=own, is_revealed=revealed) for own in ("", "stands", "withdrawn") for revealed in (True, False)]
    alone += [Situation((), own=own, is_revealed=revealed, opinion="waits") for own in ("stands", "withdrawn") for revealed in (True, False)]
    mixed = [
        Situation(
            tuple(rng.sample(places, rng.choice([0, 1, 1, 2]))),
            rng.choice(["", "", "stands", "withdrawn"]),
            rng.random() < 0.2,
            rng.choice(["", "", "waits", "closed"]),
        )
        for _ in range(n)
    ]
    return alone + mixed


class World:
    """Sessions that others judged in the same way, each in a situation of one person."""

    def __init__(self, person, situations):
        self.person, self.other, self.colleague = person, RaterFactory(), UserFactory()
        self.machine, self.queues, self.situations = RaterFactory(kind="machine", email="auto@machine"), {}, {}
        self.category, self.free = IssueCategoryFactory(name="Wrong answer"), UserFactory(role=Role.ADMIN)
        for situation in situations:
            self.add(situation)
        for session in (min(self.situations), max(self.situations)):
            IncidentFactory(session=Session.objects.get(pk=session), raised_by=self.colleague)

    def add(self, situation):
        [session] = come(timestamp=NOW - timedelta(hours=len(self.situations) + 1))
        self.situations[session.pk] = situation
        drawn = Provenance(basis="random", selection_probability=0.5)
        submit_label(
            session_id=session.pk, rater=self.other, code="BAD", client_key="o", comment="Quite wrong", issues=(IssueGiven("Wrong answer"),), provenance=drawn
        )
        submit_label(session_id=session.pk, rater=self.machine, code="GOOD", client_key="m", type="auto-rating")
        if situation.own:
            own = submit_label(session_id=session.pk, rater=rater_of(user=self.person), code="OK", client_key="p").label
            if situation.own == "withdrawn":
                withdraw_label(label=own, by=self.person)
        for is_theirs, is_independent, state, place in situation.places:
            self.place(session, self.queue(is_theirs, is_independent, state), place)
        if situation.is_revealed:
            ExposureFactory(session=session, user=self.person, judgment="reveal")
        if situation.opinion:
            closed = {"closed_at": NOW} if situation.opinion == "closed" else {}
            SecondOpinionFactory(session=session, asked_of=self.person, asked_by=self.colleague, **closed)
        return session

    def queue(self, is_theirs, is_independent, state):
        key = (is_theirs, is_independent, state)
        if key not in self.queues:
            to = "reviewers" if is_theirs and self.person.role == Role.REVIEWER else "chosen"
            self.queues[key] = QueueFactory(open_to=to, is_independent=is_independent, state=state)
            if is_theirs and to == "chosen":
                self.queues[key].workers.add(self.person)
        return self.queues[key]

    def place(self, session, queue, place):
        holder = {"mine": self.person, "another's": self.colleague, "done": self.colleague}.get(place)
        columns = {"open": {"state": "open"}, "void": {"state": "void"}, "done": {"state": "done", "label": 1, "done_at": NOW}}.get(
            place, {"state": "claimed", "claimed_at": NOW, "lease_until": NOW}
        )
        AssignmentFactory(queue=queue, session=session, slot=len(PLACES) + queue.assignments.count(), person=holder, **columns)

    def shown(self, *, labels_first=False):
        return {pk for pk, situation in self.situations.items() if is_shown(self.person.role, situation, labels_first=labels_first)}


def ask(query, person, **more):
    scope = get_scope(person)
    filtered = ReviewFilter(QueryDict(query), queryset=Session.objects.visible_to(scope), request=Viewpoint(person, scope))
    assert filtered.form.is_valid(), filtered.form.errors
    return filtered


def found(query, person):
    """The list, and its page, which is found in another way."""
    filtered = ask(query, person)
    whole = set(filtered.qs.values_list("pk", flat=True))
    assert set(filtered.find(Q(), key=None, order=filtered.order, backward=False, limit=500)) == whole
    return whole


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize("role", list(Role) if is_long() else [Role.REVIEWER, Role.MANAGER])
def test_every_situation_is_told_alike_everywhere(role, settings, monkeypatch, tmp_path):
    """All in one test, because to make a world takes longer than to look around in it."""
    world = World(UserFactory(role=role), some_situations(Random(7), 20))
    # As in a request, which asks once what is asked of its person; nothing changes from here on.
    world.person.remembered, world.free.remembered = {}, {}

    for labels_first in (False, True):
        settings.INDEPENDENT_REVIEW = labels_first
        shown = world.shown(labels_first=labels_first)
        check_policies(world, shown)
        if labels_first and role != Role.REVIEWER:
            # Which is the same as before.
            continue
        check_list_and_file(world, shown, tmp_path)
        check_filters(world, shown)
        for sample in (2, 20_000):
            # Whose own labels come first is counted for from a sample, which would be too small to say anything.
            if sample == 20_000 or not (labels_first and role == Role.REVIEWER):
                monkeypatch.setattr("labeling.filters.facets.SAMPLE", sample)
                check_counts_beside_choices(world)
        check_api(world, shown)
        check_summary(world, shown)
    if role == Role.MANAGER:
        # Nothing is asked of a manager that would be asked of an admin otherwise: the same conditions, so the same filters and counts.
        conditions = [str(ask(query, world.person).qs.query) for query in ("", *JUDGED)]
        world.person.role, world.person.remembered = Role.ADMIN, {}
        world.person.save(update_fields=["role"])
        assert [str(ask(query, world.person).qs.query) for query in ("", *JUDGED)] == conditions
        check_policies(world, shown)
        check_list_and_file(world, shown, tmp_path)
        check_api(world, shown)
        check_summary(world, shown)


def check_policies(world, shown):
    person = world.person
    assert {pk for pk in world.situations if may_see_judgments(person, Session(pk=pk))} == shown
    assert set(Session.objects.filter(judgments_open_to(person)).values_list("pk", flat=True)) == shown
    assert judgments_shown(person, list(world.situations)) == shown
    assert judgments_open_to(person)


def check_list_and_file(world, shown, path):
    person = world.person
    lines = get_session_lines(list(Session.objects.select_related("seen_agent", "seen_prompt")), viewer=person)
    assert {line.pk for line in lines if line.is_open} == shown
    assert {line.pk for line in lines if line.label_code or line.auto_code or line.issues or line.raters or line.label_note} == shown
    writer, _ = write_rows(
        path / "file", ask("", person), by=person, format="jsonl", columns=["session_id", "label", "auto_rating", "issues"], query="", base="", at=NOW
    )
    writer.close()
    about, rows = read_jsonl((path / "file").read_bytes())
    assert {int(row["session_id"]) for row in rows if row["label"] or row["auto_rating"] or row["issues"]} == shown
    assert about["sessions_with_hidden_judgments"] == len(world.situations) - len(shown)


def check_filters(world, shown):
    """What the list has for somebody from whom nothing is hidden, as far as it is shown to the person."""
    for query in (*JUDGED, f"issue={world.category.pk}", f"rater={world.other.pk}"):
        if world.person.role == Role.REVIEWER and query.startswith("rater"):
            assert found(query, world.person) == set()
        else:
            assert found(query, world.person) == found(query, world.free) & shown, query
    assert found("label=none", world.person) == found("label=none", world.free)


def check_counts_beside_choices(world):
    for query in ("", "label=BAD", "auto=GOOD", "not_label=BAD", "label=none", "differs=yes", "since=3d", "start=2026-03-09T01:01:01Z&not_auto=OK"):
        counts = count_facets(ask(query, world.person), ("label", "auto", "channel"))
        assert counts.sampled == set()
        assert counts.total == ask(query, world.person).qs.count(), query
        for group, values in (("label", ("GOOD", "OK", "BAD", "DISPUTED", "none")), ("auto", ("GOOD", "OK", "BAD", "none")), ("channel", ("voice",))):
            others = QueryDict(query, mutable=True)
            others.pop(group, None)
            others.pop(f"not_{group}", None)
            for value in values:
                n = counts.groups[group]["" if value == "none" else value]
                assert n == ask(f"{others.urlencode()}&{group}={value}", world.person).qs.count(), (query, group, value)


def check_api(world, shown):
    seen = labels_shown(world.person, get_scope(world.person)).exclude(rater__user=world.person)
    assert set(seen.values_list("session", flat=True)) == shown
    assert seen.count() == 2 * len(shown)


def check_summary(world, shown):
    person = world.person
    codes = Counter(Session.objects.filter(pk__in=shown).values_list("label_code", flat=True))
    drawn = Session.objects.filter(pk__in=shown).exclude(sample_code=None)
    for frame in (Frame(viewer=person, scope=get_scope(person), period=last_weeks(4), counted=counted) for counted in (None, {})):
        assert {code: n for (code,), n in count_verdicts(frame, "code").items()} == codes
        assert sum(count_verdicts(frame, "auto_code", "step").values()) == len(shown)
        assert {session.pk for session in frame.judged()} == shown
        figure = frame.figure(get_tally(frame).bad, label=["BAD"])
        assert len(found(figure.query, person)) == figure.n == codes["BAD"]
        weighed = weigh_verdicts(frame)
        assert (weighed[()].n, weighed[()].weight) == (drawn.count(), 2 * drawn.count())


@pytest.mark.parametrize("seed", repetitions(2, 20))
@pytest.mark.parametrize("labels_first", [False, True])
def test_two_policies_are_one_at_random(seed, labels_first, settings):
    settings.INDEPENDENT_REVIEW = labels_first
    rng = Random(seed)
    person = UserFactory(role=rng.choice(list(Role)))
    world = World(person, some_situations(rng, 25)[-25:])

    shown = world.shown(labels_first=labels_first)

    assert {pk for pk in world.situations if may_see_judgments(person, Session(pk=pk))} == shown
    assert set(Session.objects.filter(judgments_open_to(person)).values_list("pk", flat=True)) == shown


# --- one session that somebody works an independent queue with


@pytest.fixture
def queue():
    return QueueFactory(open_to="everybody")


@pytest.fixture
def session(queue):
    """Drawn, and judged by others: BAD where the auto-rating says GOOD."""
    [session] = come(timestamp=NOW - timedelta(hours=1), transcript_state=TranscriptState.HELD)
    TranscriptFactory(session=session, summary="The visit was moved.", summary_rating="Bad")
    IssueCategoryFactory(name="Wrong answer")
    submit_label(
        session_id=session.pk,
        rater=RaterFactory(email="zoe@example.com"),
        code="BAD",
        client_key="o",
        comment="Very rude",
        issues=(IssueGiven("Wrong answer"),),
    )
    submit_label(session_id=session.pk, rater=RaterFactory(kind="machine"), code="GOOD", client_key="m", type="auto-rating")
    AssignmentFactory(queue=queue, session=session)
    session.refresh_from_db()
    return session


def shown_at(answer):
    """What of the judgments stands on a page."""
    text = answer.content.decode()
    return {word for word in ("Very rude", "The visit was moved.", "zoe@example.com") if word in text}


class TestThePage:
    def test_says_why_and_nothing_else(self, as_person, manager, session):
        answer = as_person(manager).get(f"/sessions/{session.pk}/")

        assert "Hidden until you label it: this session is drawn for independent review." in answer.content.decode()
        assert (shown_at(answer), answer.context["page"].auto_code, answer.context["page"].history) == (set(), None, [])
        assert not Exposure.objects.exists()

    def test_says_that_a_colleague_asks(self, as_person, manager, session, queue):
        queue.assignments.update(state="void")
        SecondOpinionFactory(session=session, asked_of=manager, note="Very rude?")

        answer = as_person(manager).get(f"/sessions/{session.pk}/")

        assert "Hidden until you label it: a colleague asks for an opinion of your own." in answer.content.decode()
        assert shown_at(answer) == set()

    def test_opens_with_a_label_of_ones_own(self, as_person, manager, session):
        given = submit_label(session_id=session.pk, rater=rater_of(user=manager), code="OK", client_key="p", provenance=Provenance(assignment=1)).label

        answer = as_person(manager).get(f"/sessions/{session.pk}/")

        assert given.independent
        assert answer.context["page"].is_open
        assert "Very rude" in answer.content.decode()

    def test_is_open_to_who_cannot_take_the_place(self, as_person, reviewer, manager, session, queue):
        type(queue).objects.update(open_to="reviewers")

        assert as_person(manager).get(f"/sessions/{session.pk}/").context["page"].is_open
        assert not as_person(reviewer).get(f"/sessions/{session.pk}/").context["page"].is_open

    @pytest.mark.parametrize("held", ["assigned_to", "person"])
    def test_is_hidden_from_who_was_given_the_place_all_the_same(self, manager, session, queue, held):
        type(queue).objects.update(open_to="reviewers")
        claimed = {"state": "claimed", "lease_until": NOW, "claimed_at": NOW} if held == "person" else {}
        queue.assignments.update(**{held: manager}, **claimed)

        assert not may_see_judgments(manager, session)
        assert may_see_judgments(UserFactory(role=Role.MANAGER), session)

    def test_who_may_not_label_is_asked_for_nothing(self, session):
        assert may_see_judgments(UserFactory(role=Role.MANAGER, may_read_transcripts=False), session)


class TestRevealing:
    def test_a_manager_sees_it_and_their_label_is_not_independent(self, as_person, manager, session):
        client = as_person(manager)
        assert "Show judgments" in client.get(f"/sessions/{session.pk}/").content.decode()

        answer = client.post(f"/sessions/{session.pk}/reveal/")
        page = client.get(answer["Location"])

        assert (answer.status_code, answer["Location"]) == (303, f"/sessions/{session.pk}/")
        assert page.context["page"].is_open
        assert "Show judgments" not in page.content.decode()
        assert set(Exposure.objects.filter(user=manager, session=session).values_list("judgment", flat=True)) == {"reveal", "auto", "others", "summary"}
        assert Event.objects.filter(kind="revealed", user=manager.pk, session=session.pk).count() == 1
        given = submit_label(session_id=session.pk, rater=rater_of(user=manager), code="OK", client_key="p").label
        assert (given.independent, given.saw_auto, given.saw_others) == (False, True, True)

    def test_twice_is_once_and_what_is_open_is_not_revealed(self, as_person, manager, session, queue):
        client = as_person(manager)
        for _ in range(2):
            client.post(f"/sessions/{session.pk}/reveal/")
        assert Event.objects.filter(kind="revealed").count() == 1
        queue.assignments.update(state="void")

        other = UserFactory(role=Role.MANAGER)
        as_person(other).post(f"/sessions/{session.pk}/reveal/")

        assert not Exposure.objects.filter(user=other, judgment="reveal").exists()

    def test_is_not_for_reviewers_and_opens_nothing_for_one_who_was_a_manager(self, as_person, reviewer, session):
        client = as_person(reviewer)

        assert "Show judgments" not in client.get(f"/sessions/{session.pk}/").content.decode()
        assert client.post(f"/sessions/{session.pk}/reveal/").status_code == 403
        ExposureFactory(session=session, user=reviewer, judgment="reveal")
        assert not client.get(f"/sessions/{session.pk}/").context["page"].is_open

    def test_opens_one_session_for_one_person(self, manager, session, queue):
        [other] = come()
        AssignmentFactory(queue=queue, session=other)
        ExposureFactory(session=session, user=manager, judgment="reveal")
        colleague = UserFactory(role=Role.MANAGER)

        assert [may_see_judgments(person, one) for person in (manager, colleague) for one in (session, other)] == [True, False, False, False]

    def test_one_out_of_reach_is_not_there(self, as_person, session, other_agent):
        narrow = UserFactory(role=Role.MANAGER, all_agents=False, agents=[other_agent])

        assert as_person(narrow).post(f"/sessions/{session.pk}/reveal/").status_code == 404


class TestElsewhere:
    @pytest.mark.parametrize("typed", ["rude", "hello moved", "hello -rude", "hello -moved", '"very rude"', '"visit was moved"', "visit"])
    @pytest.mark.parametrize("beside", ["", "&since=52w", "&sort=-length", "&label=BAD"])
    def test_a_search_finds_by_what_is_shown_only(self, as_person, manager, queue, typed, beside):
        """Of two sessions that are alike the one that is drawn is found by its transcript alone."""
        drawn, free = (talk("Hello there.", summary="The visit was_moved.", timestamp=NOW - timedelta(hours=1)) for _ in range(2))
        for one in (drawn, free):
            submit_label(session_id=one.pk, rater=RaterFactory(), code="BAD", comment="Very rude.", client_key="o")
        AssignmentFactory(queue=queue, session=drawn)

        answer = as_person(manager).get(f"/sessions/?q={keep_search(text=typed, by=manager).token}{beside}")
        found = set(answer.context["page"].sessions)

        expected = {drawn} if "-" in typed else {free}
        assert found == (expected - {drawn} if "label" in beside else expected)

    def test_a_rare_word_is_looked_up_by_its_sessions_and_still_tells_nothing(self, as_person, manager, queue):
        drawn, free = (talk("Hello there.", summary="A zebra was seen.", timestamp=NOW - timedelta(days=days)) for days in (90, 95))
        SessionFactory.create_batch(12, timestamp=NOW)
        AssignmentFactory(queue=queue, session=drawn)

        answer = as_person(manager).get(f"/sessions/?q={keep_search(text='zebra', by=manager).token}")

        assert set(answer.context["page"].sessions) == {free}

    def test_a_file_that_was_made_before_the_queue_is_not_handed_out(self, manager, session, queue):
        scope = get_scope(manager)
        before = rights_of(manager, scope)
        queue.workers.add(manager)
        assert rights_of(manager, scope) == before

        QueueFactory(open_to="everybody", is_independent=False)
        QueueFactory(open_to="reviewers")
        assert rights_of(manager, scope) == before
        QueueFactory(open_to="everybody")
        assert rights_of(manager, scope) != before

    def test_an_example_of_the_guide_is_none_for_who_is_to_judge_it(self, as_person, manager, session):
        GuideExampleFactory(session=session, code="BAD", note="Rude from the start")
        outsider = UserFactory(role=Role.MANAGER, may_read_transcripts=False)

        assert [len(get_examples(person, scope=get_scope(person))) for person in (manager, outsider)] == [0, 1]
        assert "Rude from the start" not in as_person(manager).get(f"/sessions/{session.pk}/examples/").content.decode()

    def test_examples_stay_in_the_guide_of_who_labels_first(self, reviewer, settings):
        settings.INDEPENDENT_REVIEW = True
        GuideExampleFactory()

        assert len(get_examples(reviewer, scope=get_scope(reviewer))) == 1

    def test_an_incident_of_others_is_hidden_on_the_page(self, as_person, manager, session):
        IncidentFactory(session=session, line="A threat was made")

        assert "A threat was made" not in as_person(manager).get(f"/sessions/{session.pk}/").content.decode()

    def test_the_api_tells_nothing_either(self, client, manager, session):
        _, key = create_api_key(user=manager, name="key", scopes=["sessions:read", "labels:read"], expires_at=NOW.replace(year=2099), by=None)

        def get(path):
            return client.get(f"/api/v1/{path}", headers={"Syllable-API-Key": key})

        def told():
            return (
                get("session_labels/").json()["total_count"],
                get(f"sessions/{session.pk}").json()["session_label_id"],
                get(f"sessions/full-summary/{session.pk}").status_code,
            )

        assert told() == (0, None, 403)
        submit_label(session_id=session.pk, rater=rater_of(user=manager), code="OK", client_key="p")
        session.refresh_from_db()
        assert told() == (3, str(session.session_label_id), 200)


class TestCost:
    def test_without_a_queue_there_is_no_condition_at_all(self, manager, reviewer, admin):
        QueueFactory(open_to="everybody", is_independent=False)
        QueueFactory(open_to="everybody", state="closed")

        assert [judgments_open_to(person) for person in (manager, reviewer, admin)] == [Q()] * 3

    def test_a_request_asks_once(self, as_person, manager, session, django_assert_max_num_queries):
        client = as_person(manager)
        for path in ("/sessions/", "/summary/?since=4", f"/sessions/{session.pk}/", "/sessions/counts/"):
            with CaptureQueriesContext(connection) as asked:
                assert client.get(path).status_code == 200
            assert sum("labeling_queue" in query["sql"] and "ARRAY(" in query["sql"] and "is_independent" in query["sql"] for query in asked) == 1, path


class TestQueuesThatTell:
    """Being in a queue whose rule asks for a judgment tells the judgment."""

    @pytest.fixture
    def bad_ones(self, session):
        queue = QueueFactory(open_to="reviewers", draw_kind="all", size=None, seed=None, query="auto=GOOD", is_independent=False)
        AssignmentFactory(queue=queue, session=session, reason="rule")
        [free] = come(timestamp=NOW - timedelta(hours=2))
        AssignmentFactory(queue=queue, session=free, reason="rule")
        return queue, free

    def test_the_list_and_its_counts_leave_out_what_is_hidden(self, manager, session, queue, bad_ones):
        telling, free = bad_ones

        assert found(f"queue={telling.slug}", manager) == {free.pk}
        assert found(f"not_queue={telling.slug}", manager) == set()
        assert found(f"queue={queue.slug}", manager) == {session.pk}
        counts = count_facets(ask("", manager), ("queue",)).groups["queue"]
        assert (counts[telling.slug], counts[queue.slug]) == (1, 1)
        submit_label(session_id=session.pk, rater=rater_of(user=manager), code="OK", client_key="p")
        assert found(f"queue={telling.slug}", manager) == {free.pk, session.pk}

    def test_a_file_does_not_name_them(self, manager, session, queue, bad_ones, tmp_path):
        telling, free = bad_ones
        writer, _ = write_rows(tmp_path / "file", ask("", manager), by=manager, format="jsonl", columns=["session_id", "queues"], query="", base="", at=NOW)
        writer.close()

        rows = {int(row["session_id"]): row["queues"] for row in read_jsonl((tmp_path / "file").read_bytes())[1]}

        assert rows == {session.pk: [queue.name], free.pk: [telling.name]}

    def test_a_key_counts_as_one_that_tells_until_it_is_known_not_to(self):
        names = {name for name in SessionFilter.base_filters if not name.startswith("not_")}

        assert names | {"queue"} == HARMLESS
        assert [speaks_of_judgments(query) for query in ("agent=3&since=7d", "label=none", "label=BAD", "not_auto=BAD", "q=abc", "new=1")] == [
            False,
            False,
            *[True] * 4,
        ]


def test_a_label_through_the_api_that_is_taken_back_at_once_has_opened_the_session(manager, session):
    rater = rater_of(user=manager)
    first = submit_label(session_id=session.pk, rater=rater, code="OK", client_key="1", provenance=Provenance(via="api")).label
    withdraw_label(label=first, by=manager)

    assert not submit_label(session_id=session.pk, rater=rater, code="BAD", client_key="2").label.independent
