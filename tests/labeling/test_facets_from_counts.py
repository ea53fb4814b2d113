"""What a choice would leave, read from the deltas, is the number of rows on the list that has that choice."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import time_machine
from django.db import connection
from django.db.models import Sum
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from labeling.filters import ReviewFilter, Viewpoint, facets_from_counts
from labeling.filters.facets import count_facets
from labeling.filters.facets_from_counts import count_deltas
from labeling.filters.words import FIXED
from labeling.models import CurrentLabel, VerdictDelta, VerdictTotal
from labeling.operations.erasure import Files, carry_out_erasure, order_erasure
from labeling.operations.label_rows import Provenance
from labeling.operations.labels import submit_label, withdraw_label
from labeling.operations.raters import rater_of
from labeling.queries.erasure import one_session
from labeling.roles import Role
from sessions_app.models import Session, SessionDelta, SessionTotal, Source
from sessions_app.operations import fold_deltas, store_transcript, upsert_sessions
from sessions_app.queries.budget import Budget
from sessions_app.scope import EVERYTHING, NOTHING, Scope
from tests.factories import RaterFactory, SessionFactory, SourceFactory, UserFactory
from tests.kept import made_once
from tests.labeling.counted import come
from tests.repetitions import is_long

pytestmark = pytest.mark.django_db

# In the middle of a quarter hour, so that "the last two hours" cut one.
NOW = datetime(2026, 3, 10, 15, 7, 31, tzinfo=UTC)
SAID = ("label", "auto", "agent", "prompt", "channel", "direction", "language")
HOURS = 5


@pytest.fixture(autouse=True)
def as_among_many(monkeypatch):
    """Few sessions are counted one by one. What PostgreSQL expects of a table that it never looked at is more than this."""
    monkeypatch.setattr("labeling.filters.facets.SAMPLE", 2)
    with time_machine.travel(NOW, tick=False):
        yield


def ask(query, person, scope=EVERYTHING):
    filtered = ReviewFilter(QueryDict(query), queryset=Session.objects.visible_to(scope), request=Viewpoint(person, scope))
    assert filtered.form.is_valid(), filtered.form.errors
    return filtered


def count(query, person, *groups, scope=EVERYTHING):
    return count_facets(ask(query, person, scope), groups or SAID)


def listed(query, person, scope=EVERYTHING):
    return ask(query, person, scope).qs.count()


def check(query, person, scope=EVERYTHING):
    """This will compare each choice of each group with the rows of the list that has it. Returns how many rows were compared."""
    # As in a request, which asks once which judgments are kept from its person.
    person.remembered = {}
    counts = count(query, person, scope=scope)
    assert counts.sampled == set()
    assert counts.total == listed(query, person, scope)
    compared = 0
    for group in SAID:
        others = QueryDict(query, mutable=True)
        for own in (group, f"not_{group}"):
            others.pop(own, None)
        found = {value or "none": n for value, n in counts.groups[group].items()}
        for value in {*found, *FIXED.get(group, ())}:
            n = listed(f"{others.urlencode()}&{group}={value}", person, scope)
            assert found.get(value, 0) == n, (query, group, value)
            compared += n
        assert sum(found.values()) == listed(others.urlencode(), person, scope), (query, group)
    person.remembered = None
    return compared


def record(place, rng):
    offset = timedelta(seconds=rng.choice([0, 900, 1800, rng.randrange(3600)]))
    return {
        "session_id": f"S-{place}",
        "timestamp": (NOW.replace(minute=0, second=0) - timedelta(hours=rng.randrange(HOURS)) + offset).isoformat(),
        "agent_id": str(rng.randrange(3)),
        "agent_name": "Northlake Scheduling",
        "agent_timezone": rng.choice(["America/Chicago", "Asia/Tokyo"]),
        "channel_manager_type": rng.choice(["voice_sip_v1", "voice_sip_v1", "web_chat_v1", "sms_v1", "pigeon"]),
        "is_outbound": rng.choice([True, False, None]),
        "is_test": rng.choice([False, False, False, None, True]),
        **rng.choice([{}, {"prompt_id": "7", "prompt_version_number": 1}, {"prompt_id": "7", "prompt_version_number": 2}]),
    }


def two_hundred_events():
    """Some two hundred events at random: sessions that come, move and speak, labels of people and of a machine, changed and withdrawn."""
    rng, source, manager = Random(5), SourceFactory(name="At random", is_primary=False), UserFactory(role=Role.MANAGER)
    people, machine = RaterFactory.create_batch(3), RaterFactory(kind="machine", email="auto@machine")
    upsert_sessions(data_source=source, records=[record(place, rng) for place in range(60)])
    sessions = list(Session.objects.order_by("pk"))
    for session in rng.sample(sessions, 30):
        turn = {"timestamp": session.timestamp.isoformat(), "source": "user", "text": "Hello", "lang": rng.choice(["en-US", "es-MX"])}
        store_transcript(session=session, transcript={"transcription": [turn], "actions": []})
    for place in range(90):
        kind, rater = ("auto-rating", machine) if rng.random() < 0.3 else ("human-rating", rng.choice(people))
        code, drawn = rng.choice(["GOOD", "OK", "BAD", "N/A"]), Provenance(basis="random", selection_probability=0.5)
        how = drawn if kind == "human-rating" and rng.random() < 0.4 else Provenance()
        submit_label(session_id=rng.choice(sessions[:45]).pk, rater=rater, code=code, client_key=f"key-{place}", type=kind, provenance=how)
    for current in rng.sample(list(CurrentLabel.objects.select_related("label").order_by("pk")), 12):
        withdraw_label(label=current.label, by=manager)
    upsert_sessions(data_source=source, records=[record(place, rng) for place in rng.sample(range(60), 20)])


@pytest.fixture
def world():
    made_once(two_hundred_events)
    return Source.objects.get(name="At random")


def at_random(rng):
    """The query of a filter that deltas can say."""
    agents, prompts = (sorted(set(Session.objects.values_list(column, flat=True)) - {None}) for column in ("seen_agent", "seen_prompt"))
    values = {
        "agent": agents,
        "prompt": [*prompts, "none"],
        "channel": ["voice", "chat", "sms", "other"],
        "direction": ["in", "out", "unknown"],
        "language": ["en", "es", "unknown", "fr"],
        "label": ["none", "GOOD", "OK", "BAD", "N/A", "DISPUTED"],
        "auto": ["none", "GOOD", "OK", "BAD", "N/A"],
    }
    parts = []
    for key, choices in values.items():
        for name, probability in ((key, 0.2), (f"not_{key}", 0.15)):
            if rng.random() < probability:
                parts += [f"{name}={value}" for value in rng.sample(choices, rng.randint(1, min(3, len(choices))))]
    moments = sorted(NOW.replace(minute=0, second=0) - timedelta(seconds=rng.choice([900 * rng.randrange(-4, 20), rng.randrange(18_000)])) for _ in range(2))
    for name, moment in zip(("start", "end"), moments, strict=True):
        if rng.random() < 0.4:
            parts.append(f"{name}={moment:%Y-%m-%dT%H:%M:%SZ}")
    parts += [extra for extra in ("since=2h", "test=on", "test=only", "differs=yes", "sort=-length") if rng.random() < 0.08]
    return "&".join(parts)


def test_every_choice_says_what_the_list_will_hold(world, manager):
    rng = Random(11)

    compared = [check(at_random(rng), manager) for _ in range(60 if is_long() else 12)]

    assert sum(n > 0 for n in compared) > 5


def test_what_nobody_said_is_a_choice_too(world, manager):
    assert VerdictDelta.objects.filter(basis="random").exists()
    prompt = Session.objects.exclude(seen_prompt=None).first().seen_prompt_id

    for unsaid in ("direction", "language"):
        known = "in" if unsaid == "direction" else "en"
        for query in (f"not_{unsaid}={known}", f"not_{unsaid}=unknown", f"{unsaid}=unknown&{unsaid}={known}"):
            assert check(query, manager)
    for query in (f"not_prompt={prompt}", "not_prompt=none", f"prompt=none&prompt={prompt}"):
        assert check(query, manager)


def test_counts_follow_labels_that_change_sessions_that_move_and_erasure(world, manager, tmp_path, settings):
    settings.ERASURE_LIST, settings.ERASURE_KEYS = tmp_path / "erasures.jsonl", ["a key of the test"]
    someone = Session.objects.exclude(label_code=None).exclude(is_test=True).order_by("pk").first()
    rater = rater_of(user=manager)

    def check_all():
        return [check(query, manager) for query in ("", "since=2h", f"agent={someone.seen_agent_id}&not_label=none", "differs=yes&test=on")]

    submit_label(session_id=someone.pk, rater=rater, code="N/A", client_key="mine-1")
    before = check_all()
    mine = submit_label(session_id=someone.pk, rater=rater, code="BAD", client_key="mine-2").label
    check_all()
    withdraw_label(label=mine, by=manager)
    assert check_all() == before
    moved = {**record(0, Random(1)), "session_id": someone.external_id, "agent_id": "9", "is_test": False}
    upsert_sessions(data_source=world, records=[moved | {"timestamp": (NOW - timedelta(minutes=100)).isoformat()}])
    after = check_all()
    assert after != before
    erasure = order_erasure(subject=one_session(someone), by=None)
    carry_out_erasure(erasure_pk=erasure.pk, files=Files(remove_recordings=len, remove_export=len))
    assert Session.objects.exclude(erased_at=None).count() == 1
    after = check_all()
    for model in (SessionDelta, VerdictDelta):
        fold_deltas(model)
    assert check_all() == after


def test_without_a_period_totals_are_read_and_what_has_come_since(world, manager):
    for model in (SessionDelta, VerdictDelta):
        fold_deltas(model)
    assert SessionTotal.objects.aggregate(n=Sum("n"))["n"] == Session.objects.count()
    everything = check("", manager)
    someone = Session.objects.filter(label_code=None).exclude(is_test=True).order_by("pk").first()

    with CaptureQueriesContext(
        connection,
    ) as asked:
        count("", manager)
    assert sum("sessiontotal" in query["sql"] for query in asked) >= 2
    submit_label(session_id=someone.pk, rater=rater_of(user=manager), code="BAD", client_key="since-1")
    upsert_sessions(data_source=world, records=[record(place, Random(place)) for place in range(50, 70)])
    SessionDelta.objects.filter(pk__lte=SessionTotal.objects.first().until).delete()
    VerdictDelta.objects.filter(pk__lte=VerdictTotal.objects.first().until).delete()

    assert check("", manager) > everything
    assert check("label=BAD&not_channel=sms", manager)


def test_totals_that_are_written_anew_while_they_are_read_count_nothing_twice(world, manager, monkeypatch):
    """Between the look at the mark and the count itself, everything is added up and folded once more."""
    for model in (SessionDelta, VerdictDelta):
        fold_deltas(model)
    upsert_sessions(data_source=world, records=[record(place, Random(place)) for place in range(60, 90)])
    expected, once = facets_from_counts._expected, iter([True])

    def meanwhile(rows):
        if next(once, False):
            for model in (SessionDelta, VerdictDelta):
                fold_deltas(model)
        return expected(rows)

    monkeypatch.setattr(facets_from_counts, "_expected", meanwhile)

    counts = count_deltas(ask("", manager), SAID)

    assert counts[0] == listed("", manager)


@pytest.mark.parametrize(
    "period",
    [
        "start=2026-03-10T14:15:00Z&end=2026-03-10T15:00:00Z",
        "start=2026-03-10T14:16:01Z&end=2026-03-10T14:59:00Z",
        "start=2026-03-10T14:16:01Z&end=2026-03-10T14:29:00Z",
        "start=2026-03-10T14:16:01Z&end=2026-03-10T14:30:00Z",
        "start=2026-03-10T14:14:00Z&end=2026-03-10T14:31:00Z",
        "start=2026-03-10T14:15:00Z&end=2026-03-10T14:15:00Z",
        "since=1h",
        "since=1h&end=2026-03-10T13:00:00Z",
        "end=2026-03-10T13:08:00Z",
    ],
)
def test_a_period_may_cut_a_quarter_hour(manager, period, agent, other_agent):
    moments = ["14:00", "14:07:31", "14:14:59", "14:15", "14:16:01", "14:28:59", "14:29", "14:29:59", "14:30", "14:44", "14:58", "14:59", "15:00", "15:05"]
    for place, moment in enumerate(moments):
        at = datetime.fromisoformat(f"2026-03-10T{moment}+00:00")
        come(1 + place % 2, code=["BAD", None, "GOOD"][place % 3], timestamp=at, seen_agent=[agent, other_agent][place % 2])

    check(period, manager)
    check(f"{period}&agent={agent.pk}&label=none", manager)


@pytest.fixture
def some(agent, other_agent):
    """Three calls of one agent, two of them BAD, and four chats of another, one of them GOOD, in the last two hours."""
    at = NOW - timedelta(hours=1)
    come(2, code="BAD", seen_agent=agent, timestamp=at)
    come(1, seen_agent=agent, timestamp=NOW - timedelta(minutes=119))
    come(1, code="GOOD", seen_agent=other_agent, timestamp=at, channel="chat")
    come(3, seen_agent=other_agent, timestamp=NOW, channel="chat", is_outbound=None)


def test_a_group_of_its_own_choice_is_counted_without_it(some, manager, agent, other_agent):
    counts = count(f"agent={agent.pk}&since=2h", manager, "agent", "channel", "label")

    assert counts.groups == {"agent": {str(agent.pk): 3, str(other_agent.pk): 4}, "channel": {"voice": 3}, "label": {"": 1, "BAD": 2}}
    assert (counts.total, counts.sampled) == (3, set())
    assert count(f"agent={agent.pk}&since=2h", manager, "agent").total == 3


def test_a_scope_holds(world, manager):
    own = Session.objects.order_by("pk").first().seen_agent_id
    scope = Scope(agents=frozenset({own}))

    check("", manager, scope)
    check("since=3h&not_channel=chat", manager, scope)

    assert set(count("", manager, scope=scope).groups["agent"]) == {str(own)}
    assert count("", manager, scope=NOTHING).total == 0


def test_test_sessions_are_counted_where_they_are_listed(agent, manager):
    come(3, seen_agent=agent, code="BAD")
    come(2, seen_agent=agent, code="BAD", is_test=True)

    assert [count(query, manager).groups["label"]["BAD"] for query in ("", "test=on", "test=only")] == [3, 5, 2]


def test_the_sessions_themselves_are_not_read(some, manager):
    with CaptureQueriesContext(connection) as asked:
        count("label=BAD&since=3h", manager)

    read = [query["sql"] for query in asked if 'FROM "sessions_app_session"' in query["sql"] and not query["sql"].startswith("EXPLAIN")]
    assert read
    assert all('"timestamp" < ' in statement for statement in read)


def sampled(query, person, *groups):
    return count(query, person, *groups).sampled


@pytest.mark.parametrize(
    "query", ["signal=any", "tool=book", "since=today", "since=yesterday", "length_from=10", "reviewed=no", "legacy=no", "not_issue=none", "sort=-labeled"]
)
def test_what_deltas_do_not_say_stays_a_sample_and_says_so(agent, manager, query):
    come(
        4,
        code="BAD",
        via="bulk",
        timestamp=NOW - timedelta(hours=9 if query == "since=today" else 30),
        seen_agent=agent,
        turns=3,
        tool_errors=1,
        tool_names=["book"],
        transcript_state="held",
    )
    expected = {"agent", "channel"} if listed(query, manager) > 1 else set()

    assert sampled(query, manager, "agent", "channel") == expected


def test_groups_that_deltas_do_not_say_stay_a_sample_and_say_so(some, manager):
    assert sampled("", manager, *SAID, "signal", "length", "service", "tool") == {"signal", "length", "service", "tool"}


def test_the_page_marks_only_what_was_sampled(as_person, manager, some):
    answer = as_person(manager).get("/sessions/counts/?since=2h", headers={"HX-Request": "true"})

    assert {group.name for group in answer.context["rail"].groups if group.is_sample} == {"signal", "length"}


def test_who_labels_first_gets_exact_counts_of_what_is_no_judgment(some, reviewer, settings):
    settings.INDEPENDENT_REVIEW = True

    counts = count("since=2h", reviewer, "channel", "direction", "label", "auto")

    assert counts.sampled == {"label", "auto"}
    assert (counts.groups["channel"], counts.groups["direction"]) == ({"voice": 3, "chat": 4}, {"in": 4, "unknown": 3})
    assert sampled("label=none", reviewer) == set(SAID)


def test_few_sessions_are_counted_one_by_one(manager, monkeypatch):
    """They have no deltas here, so what is said is what was read of them."""
    monkeypatch.setattr("labeling.filters.facets.SAMPLE", 20_000)
    SessionFactory.create_batch(3)

    assert count("", manager, "channel").groups["channel"] == {"voice": 3}


def test_too_many_deltas_are_not_read(some, manager, monkeypatch):
    monkeypatch.setattr("labeling.filters.facets_from_counts.MOST_DELTAS", 0)

    counts = count("", manager, "agent", "signal")

    assert counts.sampled == {"agent", "signal"}
    assert sum(counts.groups["agent"].values()) == 2


def test_deltas_that_are_not_read_in_time_leave_the_sample(some, manager, monkeypatch):
    spend = Budget.spend
    monkeypatch.setattr(
        Budget, "spend", lambda budget, read, *, waiting: None if read.func.__name__ == "count_deltas" else spend(budget, read, waiting=waiting)
    )

    assert sampled("", manager, "agent") == {"agent"}


def test_where_nothing_matches_no_sample_is_looked_for(agent, manager):
    come(3, seen_agent=agent)

    with CaptureQueriesContext(connection) as asked:
        counts = count(f"agent={agent.pk}&channel=chat", manager, "label", "signal", "length")

    assert (counts.total, counts.sampled) == (0, set())
    assert {group: sum(values.values()) for group, values in counts.groups.items()} == {"label": 0, "signal": 0, "length": 0}
    assert not [query for query in asked if "WITH sample" in query["sql"]]
