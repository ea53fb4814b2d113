"""How far the random samples are that rates stand on: against a plain recomputation, each number a door."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import time_machine

from labeling.models import Assignment, Pass, Queue
from labeling.models.queue import QueueState
from labeling.operations.label_rows import Provenance
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from labeling.queries.scopes import get_scope
from labeling.queries.summary.frame import Frame
from labeling.queries.summary.period import last_weeks
from labeling.queries.summary.samples import get_samples
from labeling.queries.summary.tallies import get_tally, has_sample
from labeling.roles import Role
from labeling.statistics import wilson
from sessions_app.models import Session
from tests.factories import AssignmentFactory, ExposureFactory, PassFactory, QueueFactory, UserFactory
from tests.labeling.counted import come
from tests.labeling.doors import wrong_doors

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 11, 15, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False):
        yield


def frame(viewer, **more):
    return Frame(viewer=viewer, scope=get_scope(viewer), period=last_weeks(4), **more)


def draw(queue, session, probability=0.5, **how):
    return AssignmentFactory(queue=queue, session=session, reason="drawn", probability=probability, **how)


def judge(place, person, code):
    """As the page of a queue does it."""
    given = Provenance(basis="random", selection_probability=place.probability, assignment=place.pk)
    label = submit_label(session_id=place.session_id, rater=rater_of(user=person), code=code, client_key=f"key-{place.pk}", provenance=given).label
    Assignment.objects.filter(pk=place.pk).update(state="done", person=person, label=label.pk, done_at=NOW)
    return label


@pytest.fixture
def queue(manager):
    return QueueFactory(slug="week-10", name="Week 10", created_by=manager, labels_wanted=2)


def said(sample):
    return (sample.done.n, sample.sessions.n, sample.skipped.n, sample.not_applicable.n, sample.unclear.n, sample.waiting.n)


def test_a_sample_says_how_much_of_it_is_done_skipped_and_not_applicable(manager, reviewer, queue, as_person):
    sessions = come(20, timestamp=NOW - timedelta(days=3))
    places = [draw(queue, session) for session in sessions]
    for place in places[:12]:
        judge(place, reviewer, "GOOD")
    judge(places[12], reviewer, "N/A")
    for place in places[13:16]:
        PassFactory(queue=queue, session=place.session)

    [sample] = get_samples(frame(manager))

    assert said(sample) == (12, 20, 3, 1, 0, 4)
    assert not sample.is_finished
    answer = as_person(manager).get("/summary/panels/samples/?since=4", headers={"HX-Request": "true"})
    words = " ".join(answer.text.replace("</a>", "").split())
    assert "sample not finished" in words
    found, wrong = wrong_doors(answer, manager)
    assert (found, wrong) == (5, [])


@pytest.mark.parametrize(("done", "is_finished"), [(17, False), (18, True), (20, True)])
def test_from_nine_in_ten_on_it_is_finished(manager, reviewer, queue, done, is_finished):
    places = [draw(queue, session) for session in come(20, timestamp=NOW - timedelta(days=3))]
    for place in places[:done]:
        # N/A is a judgment too: a sample of silence would never be finished.
        judge(place, reviewer, "N/A" if place is places[0] else "BAD")

    [sample] = get_samples(frame(manager))

    assert sample.is_finished is is_finished


def test_who_had_seen_others_labels_is_no_part_of_the_rates_and_named_beside(manager, reviewer, queue):
    place = draw(queue, come(1, timestamp=NOW)[0])
    ExposureFactory(session=place.session, user=reviewer)
    judge(place, reviewer, "BAD")

    [sample] = get_samples(frame(manager))

    assert said(sample) == (0, 1, 0, 0, 1, 0)
    assert not has_sample(frame(manager, basis="random"))


def test_it_is_all_as_a_plain_recomputation_says(manager, as_person):
    rng = Random(5)
    people = [UserFactory() for _ in range(3)]
    queues = [QueueFactory(slug=f"sample-{n}", labels_wanted=2) for n in range(3)]
    targeted = QueueFactory(slug="problems", draw_kind="all", seed=None, size=None)
    sessions = [
        come(1, timestamp=NOW - timedelta(days=rng.randrange(35)), channel=rng.choice(["voice", "chat"]), is_test=rng.random() < 0.1)[0] for _ in range(60)
    ]
    for queue in (*queues, targeted):
        for session in rng.sample(sessions, 35):
            for slot in (1, 2):
                place = draw(queue, session, slot=slot, state=rng.choice(["open", "open", "void"]))
                if place.state == "open" and rng.random() < 0.7 and not Assignment.objects.filter(session=session, state="done", person=people[slot]).exists():
                    judge(place, people[slot], rng.choice(["GOOD", "OK", "BAD", "N/A"]))
            if rng.random() < 0.2:
                PassFactory(queue=queue, session=session, person=people[0])
    asked = frame(manager, channels=("voice",))

    samples = {sample.queue.slug: said(sample) for sample in get_samples(asked)}

    expected = {}
    for queue in queues:
        counts = dict.fromkeys(("done", "all", "skipped", "na", "unclear", "waiting"), 0)
        for session in Session.objects.filter(channel="voice", is_test=False, timestamp__gte=asked.period.start, timestamp__lt=asked.period.end):
            states = set(Assignment.objects.filter(queue=queue, session=session).values_list("state", flat=True)) - {"void"}
            if not states:
                continue
            counts["all"] += 1
            if states & {"open", "claimed"}:
                counts["skipped" if Pass.objects.filter(queue=queue, session=session).exists() else "waiting"] += 1
            else:
                counts[{"N/A": "na", None: "unclear"}.get(session.sample_code, "done")] += 1
        expected[queue.slug] = tuple(counts.values())
    assert samples == expected
    assert sum(map(sum, samples.values())) > 40
    found, wrong = wrong_doors(as_person(manager).get("/summary/panels/samples/?since=4&channel=voice"), manager)
    assert wrong == []
    assert found > 9


def test_one_label_of_a_sample_makes_it_the_basis(manager, reviewer, queue, as_person):
    come(3, code="BAD", timestamp=NOW - timedelta(days=2))
    place = draw(queue, come(1, timestamp=NOW - timedelta(days=2))[0])
    client = as_person(manager)
    assert "All labeled sessions count here." in client.get("/summary/").text

    judge(place, reviewer, "GOOD")

    text = client.get("/summary/").text
    assert "Rates use the random sample, 1 rated session." in text
    assert 'hx-get="/summary/panels/samples/"' in text


def test_rates_of_unequal_draws_weigh_each_session_by_what_it_stands_for(manager, reviewer, queue):
    sessions = come(30, timestamp=NOW - timedelta(days=2))
    codes = ["BAD" if n % 4 == 0 else "GOOD" for n in range(30)]
    chances = [0.9 if n < 20 else 0.1 for n in range(30)]
    for session, code, chance in zip(sessions, codes, chances, strict=True):
        judge(draw(queue, session, probability=chance), reviewer, code)

    share = get_tally(frame(manager, basis="random")).share("BAD")

    weights = [1 / chance for chance in chances]
    bad = sum(weight for weight, code in zip(weights, codes, strict=True) if code == "BAD")
    effective = sum(weights) ** 2 / sum(weight**2 for weight in weights)
    assert share.rate == pytest.approx(bad / sum(weights))
    expected = wilson(bad / sum(weights) * effective, effective)
    assert (share.likely.low, share.likely.high) == (pytest.approx(expected.low), pytest.approx(expected.high))


def test_a_deleted_sample_and_one_outside_of_the_period_are_not_named(manager, queue):
    draw(queue, come(1, timestamp=NOW - timedelta(days=200))[0])
    draw(QueueFactory(state=QueueState.DELETED), come(1, timestamp=NOW)[0])

    assert get_samples(frame(manager)) == []


def test_those_that_are_not_finished_come_first(manager, reviewer):
    done, left = (draw(QueueFactory(), session) for session in come(2, timestamp=NOW))
    judge(done, reviewer, "OK")
    Queue.objects.filter(pk=left.queue_id).update(created_at=NOW - timedelta(days=9))

    assert [sample.queue for sample in get_samples(frame(manager))] == [left.queue, done.queue]


def test_it_is_for_who_manages_queues_and_their_scope(reviewer, queue, agent, other_agent, as_person):
    for one in (agent, other_agent):
        draw(queue, come(1, timestamp=NOW, seen_agent=one)[0])
    narrow = UserFactory(role=Role.MANAGER, all_agents=False, agents=[agent])

    assert get_samples(frame(reviewer)) == []
    assert "samples/" not in as_person(reviewer).get("/summary/").text
    assert [said(sample) for sample in get_samples(frame(narrow))] == [(0, 1, 0, 0, 0, 1)]


def test_the_flat_file_says_it_too(manager, reviewer, queue, as_person):
    places = [draw(queue, session) for session in come(2, timestamp=NOW)]
    judge(places[0], reviewer, "OK")

    text = as_person(manager).get("/summary/export/?since=4").text

    assert "samples,Week 10,done,1,2,,,,sample not finished" in text
