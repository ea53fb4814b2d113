"""Drawing sessions into queues: all that qualify or a sample, once, the same again from the same seed, and without a bias."""

import itertools
from datetime import timedelta

import pytest
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from labeling import tasks
from labeling.filters.queue_rules import NO_RIGHTS, NO_RULE, get_frame
from labeling.models import Assignment, Draw, Queue
from labeling.models.assignment import PlaceState
from labeling.models.queue import DrawState, QueueOrder, QueueState, Reason, Repeats, Stratum
from labeling.operations import draws
from labeling.operations.draws import NotDrawable, Stopped, ask_for_draw, ask_for_due_draws, carry_out_draw
from labeling.queries import drawing
from labeling.queries.draw_times import next_draw
from labeling.queries.drawing import count_groups, part_to_read, pick, read_frame
from labeling.queries.sampling import allocate, plan_sample, size_of
from sessions_app.models import Session
from tests.factories import NOON, AgentFactory, AssignmentFactory, PromptFactory, QueueFactory, SessionFactory

pytestmark = pytest.mark.django_db
M = 0xFFFFFFFF
# The 0.999 quantiles of chi-square by degrees of freedom: a fair draw with a fixed seed stays below.
CHI_SQUARE_999 = {1: 10.83, 3: 16.27, 4: 18.47, 9: 27.88, 15: 37.70, 19: 43.82}


def filled(queue, **more):
    draw = ask_for_draw(queue=queue)
    carry_out_draw(draw_pk=draw.pk, frame_of=get_frame, **more)
    draw.refresh_from_db()
    return draw


def sessions_of(queue, **which):
    return list(Assignment.objects.filter(queue=queue, slot=1, **which).order_by("position").values_list("session", flat=True))


def hash_of(seed, pk):
    """What PostgreSQL documents by its source, worked out here: another machine or a later version that drew otherwise would fail."""

    def rotated(x, by):
        return (x << by | x >> (32 - by)) & M

    seed += pk >> 32
    a = b = c = (0x9E3779B9 + 4 + 3923095) & M
    if seed:
        a, b = (a + (seed >> 32)) & M, (b + seed) & M
        for by in (4, 6, 8, 16, 19, 4):
            a, c = ((a - c) & M) ^ rotated(c, by), (c + b) & M
            a, b, c = b, c, a
    a = (a + ((pk ^ pk >> 32) & M)) & M
    for by in (14, 11, 25, 16, 4, 14, 24):
        c = ((c ^ b) - rotated(b, by)) & M
        a, b, c = b, c, a
    # Seven turns of three: what was c is b by now.
    a, b, c = c, a, b
    return (b << 32 | c) - (2**64 if b >> 31 else 0)


def drawn(size, seed, strata=(), part=1.0):
    """The sessions of a sample of everything."""
    frame = Session.objects.all()
    counts, low = read_frame(frame, strata, seed=seed, part=part)
    return [one.session for one in pick(frame, plan_sample(counts, size), low, strata=strata, seed=seed)]


def many(n, first=None, **given):
    """`first` is the id of the first one, where it matters who is drawn."""
    fixed = [{} if first is None else {"id": first + number} for number in range(n)]
    return [SessionFactory(timestamp=NOON - timedelta(minutes=number), **given | fixed[number]) for number in range(n)]


def all_queue(**given):
    return QueueFactory(**{"draw_kind": "all", "seed": None, "size": None} | given)


class TestAllocation:
    def test_shares_out_in_proportion_and_the_largest_remainders_round_up(self):
        assert allocate([500, 300, 200], 10) == [5, 3, 2]
        assert allocate([55, 30, 15], 10) == [6, 3, 1]

    def test_gives_each_group_one_where_the_size_allows_it(self):
        assert allocate([9_990, 9, 1], 10) == [8, 1, 1]

    def test_never_gives_more_than_a_group_has_nor_another_sum(self):
        for cells in itertools.product((1, 2, 7, 40), repeat=3):
            for size in range(3, sum(cells) + 1):
                shares = allocate(list(cells), size)
                assert sum(shares) == size
                assert all(1 <= n <= cell for n, cell in zip(shares, cells, strict=True))

    def test_groups_that_are_too_small_for_the_sample_are_drawn_from_together_so_that_each_session_has_a_chance(self):
        plan = plan_sample({("a",): 90, **{(f"b{number}",): 1 for number in range(10)}}, 10)

        assert [(group.key, group.frame, group.drawn, group.merged) for group in plan.groups] == [(("a",), 90, 9, 0), ((), 10, 1, 10)]
        assert sum(group.frame * group.probability for group in plan.groups) == pytest.approx(10)

    def test_the_probabilities_of_the_frame_sum_to_the_size_of_the_sample(self):
        for size in (1, 2, 7, 30, 61):
            plan = plan_sample({("a",): 40, ("b",): 13, ("c",): 7, ("d",): 1}, size)
            assert sum(group.frame * group.probability for group in plan.groups) == pytest.approx(size)
            assert all(group.probability > 0 for group in plan.groups)

    def test_a_percentage_is_of_the_frame_and_never_nothing(self):
        assert [size_of(frame, size=None, percent=5) for frame in (1_000, 10, 1)] == [50, 1, 1]
        assert size_of(7, size=10, percent=None) == 7


class TestRandom:
    def test_draws_the_lowest_hashes_in_their_order(self):
        sessions = many(20)
        queue = QueueFactory(seed=42, size=8)

        draw = filled(queue)

        expected = sorted((session.pk for session in sessions), key=lambda pk: hash_of(42, pk))[:8]
        assert sessions_of(queue) == expected
        assert (draw.state, draw.frame, draw.drawn, draw.groups) == (DrawState.FINISHED, 20, 8, [{"group": [], "frame": 20, "drawn": 8}])
        places = Assignment.objects.filter(queue=queue)
        assert {(place.reason, place.probability, place.state) for place in places} == {(Reason.DRAWN, 0.4, PlaceState.OPEN)}

    def test_the_same_seed_draws_the_same_sample_and_another_one_another(self):
        many(40)
        first, again, other = (QueueFactory(seed=seed, size=10, strata=[Stratum.DAY]) for seed in (7, 7, 8))

        for queue in (first, again, other):
            filled(queue)

        assert sessions_of(first) == sessions_of(again)
        assert sessions_of(first) != sessions_of(other)

    def test_a_stratified_sample_has_its_share_of_every_group(self):
        agents = [AgentFactory(), AgentFactory()]
        many(30, seen_agent=agents[0], channel="voice")
        many(15, seen_agent=agents[0], channel="chat", duration=None)
        many(15, seen_agent=agents[1], channel="voice")
        queue = QueueFactory(size=12, strata=[Stratum.AGENT, Stratum.CHANNEL])

        draw = filled(queue)

        of_group = {tuple(group["group"]): (group["frame"], group["drawn"]) for group in draw.groups}
        assert of_group == {
            (str(agents[0].pk), "voice"): (30, 6),
            (str(agents[0].pk), "chat"): (15, 3),
            (str(agents[1].pk), "voice"): (15, 3),
        }
        assert sum(group["frame"] * group["drawn"] / group["frame"] for group in draw.groups) == 12
        by_group = Assignment.objects.filter(queue=queue).values_list("session__seen_agent", "session__channel")
        assert sorted(by_group) == sorted([(agents[0].pk, "voice")] * 6 + [(agents[0].pk, "chat")] * 3 + [(agents[1].pk, "voice")] * 3)

    def test_prompt_and_day_are_groups_too_and_no_prompt_is_one(self):
        many(4, seen_prompt=PromptFactory())
        many(4, seen_prompt=None)
        SessionFactory(timestamp=NOON - timedelta(days=3), seen_prompt=None)
        queue = QueueFactory(size=3, strata=[Stratum.PROMPT, Stratum.DAY])

        draw = filled(queue)

        assert [group["drawn"] for group in draw.groups] == [1, 1, 1]
        assert {group["group"][1] for group in draw.groups} == {NOON.date().isoformat(), (NOON - timedelta(days=3)).date().isoformat()}

    def test_more_labels_go_to_a_share_of_the_sessions_that_the_seed_chooses(self):
        many(20)
        queues = [QueueFactory(seed=3, size=20, labels_wanted=2, more_percent=25, more_labels=3) for _ in range(2)]

        for queue in queues:
            filled(queue)

        third = [set(Assignment.objects.filter(queue=queue, slot=3).values_list("session", flat=True)) for queue in queues]
        assert len(third[0]) == 5
        assert third[0] == third[1]
        assert Assignment.objects.filter(queue=queues[0]).count() == 45
        # Not those that are worked first.
        assert third[0] != set(sessions_of(queues[0])[:5])

    def test_takes_everything_where_less_qualifies_than_was_asked_for(self):
        many(3)

        draw = filled(QueueFactory(size=10))

        assert (draw.drawn, Assignment.objects.get(slot=1, position=draw.number * 2**32).probability) == (3, 1)

    def test_a_rule_that_matches_nothing_draws_nothing_and_says_so(self):
        draw = filled(QueueFactory(query="channel=sms", size=5))

        assert (draw.state, draw.frame, draw.drawn, draw.problem) == (DrawState.FINISHED, 0, 0, "")

    def test_never_draws_what_was_erased_or_is_a_test(self):
        kept = SessionFactory()
        SessionFactory(erased_at=NOON)
        SessionFactory(is_test=True)
        queue = QueueFactory(size=10)

        filled(queue)

        assert sessions_of(queue) == [kept.pk]

    @pytest.mark.parametrize("by_column", [50, 0])
    @pytest.mark.parametrize("strata", [[], ["agent"], ["prompt", "day"], ["channel", "agent", "day", "prompt"]])
    def test_reads_only_low_hashes_and_finds_the_same(self, monkeypatch, strata, by_column):
        monkeypatch.setattr(drawing, "MOST_BY_COLUMN", by_column)
        agents, prompt = [AgentFactory() for _ in range(3)], PromptFactory()
        for agent, n in zip(agents, (150, 6, 2), strict=True):
            many(n, seen_agent=agent, seen_prompt=prompt if n > 2 else None)
        SessionFactory(seen_agent=agents[0], seen_prompt=None, timestamp=NOON - timedelta(days=4), channel="chat")

        assert [drawn(12, 5, strata, part) for part in (0.0, 0.05, 0.3)] == [drawn(12, 5, strata)] * 3
        assert read_frame(Session.objects.all(), strata, seed=5, part=0.05)[0] == count_groups(Session.objects.all(), strata)

    @pytest.mark.parametrize(
        ("n", "size", "percent", "part"),
        [(50_000, 10, None, 1), (1_000_000, 1_000, None, 0.003), (1_000_000, None, 1.0, 0.03), (10_000_000, None, 100.0, 0.03), (-1, 10, None, 1)],
    )
    def test_reads_so_many_hashes_as_a_queue_may_need(self, monkeypatch, n, size, percent, part):
        monkeypatch.setattr(drawing, "estimated_size", lambda: n)

        assert part_to_read(size, percent) == pytest.approx(part)


class TestUnbiased:
    """With fixed seeds and ids, so that these never fail by chance."""

    def test_every_session_is_drawn_as_often_as_any_other(self):
        agents = [AgentFactory(), AgentFactory()]
        sessions = many(12, first=1, seen_agent=agents[0]) + many(8, first=13, seen_agent=agents[1])
        times = dict.fromkeys((session.pk for session in sessions), 0)
        seeds = 400

        for seed in range(seeds):
            for session in drawn(5, seed, [Stratum.AGENT]):
                times[session] += 1

        expected = seeds * 5 / 20
        # Drawn without putting back, so the spread is smaller than that of chi-square by the share that is not drawn.
        chi_square = sum((n - expected) ** 2 / expected for n in times.values()) / (1 - 5 / 20)
        assert chi_square < CHI_SQUARE_999[19]

    def test_a_sample_without_groups_has_each_group_in_proportion(self):
        agents = [AgentFactory() for _ in range(4)]
        for agent, n, first in zip(agents, (200, 100, 60, 40), (1, 201, 301, 361), strict=True):
            many(n, first=first, seen_agent=agent)
        agent_of = dict(Session.objects.values_list("pk", "seen_agent"))
        chi_squares = []

        for seed in range(20):
            seen = [agent_of[session] for session in drawn(100, seed)]
            expected = dict(zip((agent.pk for agent in agents), (50, 25, 15, 10), strict=True))
            chi_squares.append(sum((seen.count(agent) - n) ** 2 / n for agent, n in expected.items()) / (1 - 100 / 400))

        assert max(chi_squares) < CHI_SQUARE_999[3]
        # Three degrees of freedom have a mean of three; a sample that fits too well would be no chance either.
        assert 1.8 < sum(chi_squares) / len(chi_squares) < 4.5

    def test_two_samples_share_what_chance_says(self):
        many(400, first=1)
        samples = [set(drawn(100, seed)) for seed in range(12)]

        shared = [len(a & b) for a, b in itertools.combinations(samples, 2)]

        # Hypergeometric: 100 × 100 / 400, and a standard deviation of 3.75.
        assert 24 < sum(shared) / len(shared) < 26
        assert all(abs(n - 25) < 4 * 3.75 for n in shared)

    def test_position_says_nothing_of_the_group(self):
        agents = [AgentFactory(), AgentFactory()]
        for agent, first in zip(agents, (1, 101), strict=True):
            many(100, first=first, seen_agent=agent)
        agent_of = dict(Session.objects.values_list("pk", "seen_agent"))

        first_half = [agent_of[session] for seed in range(10) for session in drawn(80, seed, [Stratum.AGENT])[:40]]

        of_one = first_half.count(agents[0].pk)
        assert (of_one - 200) ** 2 / 200 * 2 < CHI_SQUARE_999[1]


class TestAll:
    def test_takes_all_in_the_order_of_the_rule(self):
        sessions = many(5)
        queue = all_queue(query="sort=started")

        draw = filled(queue)

        assert sessions_of(queue) == [session.pk for session in reversed(sessions)]
        assert (draw.frame, draw.drawn, draw.groups) == (5, 5, [])
        assert {(place.reason, place.probability) for place in Assignment.objects.filter(queue=queue)} == {(Reason.RULE, None)}

    def test_newest_and_oldest_first(self):
        sessions = [session.pk for session in many(4)]
        newest, oldest = all_queue(order=QueueOrder.NEWEST, query="sort=started"), all_queue(order=QueueOrder.OLDEST)

        filled(newest)
        filled(oldest)

        assert sessions_of(newest) == sessions
        assert sessions_of(oldest) == sessions[::-1]

    def test_the_reasons_that_are_stated_come_first_in_their_order(self):
        given = {
            "plain": SessionFactory(timestamp=NOON, source=None),
            "error": SessionFactory(timestamp=NOON - timedelta(hours=50), transcript_state="held", turns=3, tool_errors=2),
            "low": SessionFactory(timestamp=NOON - timedelta(hours=60), auto_code="BAD"),
            "both": SessionFactory(timestamp=NOON - timedelta(hours=70), auto_code="OK", transcript_state="held", turns=3, tool_errors=1),
            "differs": SessionFactory(timestamp=NOON - timedelta(hours=80), auto_code="GOOD", label_code="BAD", source=None),
            "silent": SessionFactory(timestamp=NOON - timedelta(hours=90), transcript_state="held", turns=3, longest_silence_ms=9_000),
        }
        SessionFactory(timestamp=NOON - timedelta(hours=101), source="+13125550188")
        again = SessionFactory(timestamp=NOON - timedelta(hours=100), source="+13125550188")
        queue = all_queue(
            order=QueueOrder.PRIORITY,
            reasons=[Reason.TOOL_ERROR, Reason.AUTO_LOW, Reason.SILENCE, Reason.REPEAT_CALLER, Reason.DIFFERS],
            query="start=2020-01-01",
        )

        filled(queue)

        names = {session.pk: name for name, session in given.items()} | {again.pk: "again"}
        why = [(names.get(place.session_id), place.reason) for place in Assignment.objects.filter(queue=queue).order_by("position")]
        assert why[:6] == [
            ("error", Reason.TOOL_ERROR),
            ("both", Reason.TOOL_ERROR),
            ("low", Reason.AUTO_LOW),
            ("silent", Reason.SILENCE),
            ("again", Reason.REPEAT_CALLER),
            ("differs", Reason.DIFFERS),
        ]
        assert why[6] == ("plain", Reason.RULE)

    def test_more_than_a_queue_holds_are_refused_with_their_number(self, monkeypatch):
        monkeypatch.setattr(draws, "MOST_IN_QUEUE", 3)
        many(4)

        draw = filled(all_queue())

        assert (draw.state, Assignment.objects.count()) == (DrawState.FAILED, 0)
        assert draw.problem.startswith("4 sessions would be in this queue, and one holds at most 3.")

    def test_later_matches_are_added_and_members_stay(self):
        old = many(2)
        queue = all_queue()
        filled(queue)
        new = SessionFactory(timestamp=NOON - timedelta(days=9))

        draw = filled(queue)

        assert (draw.number, draw.drawn) == (2, 1)
        assert sessions_of(queue) == [*(session.pk for session in old), new.pk]


class TestRights:
    def test_only_sessions_within_the_reach_of_who_made_the_queue_qualify(self, manager, agent):
        seen = SessionFactory(seen_agent=agent)
        SessionFactory()
        manager.all_agents = False
        manager.save()
        manager.agents.add(agent)
        queue = all_queue(created_by=manager)

        filled(queue)

        assert sessions_of(queue) == [seen.pk]

    def test_a_queue_of_somebody_who_may_not_any_more_says_so(self, manager):
        SessionFactory()
        queue = all_queue(created_by=manager)
        manager.is_active = False
        manager.save()

        draw = filled(queue)

        assert (draw.state, draw.problem) == (DrawState.FAILED, str(NO_RIGHTS))

    @pytest.mark.parametrize("rule", ["channel=telegraph", "start=yesterday-ish"])
    def test_a_rule_that_cannot_be_read_any_more_says_so(self, rule):
        draw = filled(all_queue(query=rule))

        assert (draw.state, draw.problem) == (DrawState.FAILED, str(NO_RULE))


class TestAsking:
    def test_asks_the_worker_by_a_task_that_exists_once_while_it_is_under_way(self):
        queue = all_queue()

        first, second = ask_for_draw(queue=queue), ask_for_draw(queue=queue)

        job = ProcrastinateJob.objects.get()
        assert first == second
        assert (job.task_name, job.args) == ("labeling.tasks.fill_queue", {"draw": first.pk})
        assert app.tasks[job.task_name] is tasks.fill_queue

    @pytest.mark.parametrize("given", [{"state": QueueState.CLOSED}, {"state": QueueState.DELETED}, {"draw_kind": "added"}])
    def test_refuses_what_is_not_drawn(self, given):
        with pytest.raises(NotDrawable):
            ask_for_draw(queue=all_queue(**given))

    def test_a_queue_that_is_deleted_meanwhile_gets_no_places(self):
        SessionFactory()
        queue = all_queue()
        draw = ask_for_draw(queue=queue)
        Queue.objects.update(state=QueueState.DELETED)

        carry_out_draw(draw_pk=draw.pk, frame_of=get_frame)

        draw.refresh_from_db()
        assert (draw.state, draw.problem, Assignment.objects.count()) == (DrawState.FAILED, draws.ENDED, 0)

    def test_a_job_that_was_lost_is_asked_for_again(self):
        queue = all_queue()
        ask_for_draw(queue=queue)
        Draw.objects.update(asked_at=timezone.now() - timedelta(hours=1))

        ask_for_draw(queue=queue)

        assert ProcrastinateJob.objects.count() == 2


class TestCutOff:
    def test_a_worker_that_has_to_end_leaves_nothing_half_done_and_the_next_one_does_it(self):
        many(6)
        queue = QueueFactory(size=4, seed=9)
        draw = ask_for_draw(queue=queue)

        with pytest.raises(Stopped):
            carry_out_draw(draw_pk=draw.pk, frame_of=get_frame, should_stop=lambda: True)

        assert Assignment.objects.count() == 0
        carry_out_draw(draw_pk=draw.pk, frame_of=get_frame)
        assert sessions_of(queue) == sorted(Session.objects.values_list("pk", flat=True), key=lambda pk: hash_of(9, pk))[:4]

    def test_carried_out_twice_is_drawn_once(self):
        many(6)
        queue = QueueFactory(size=4)
        draw = filled(queue)

        carry_out_draw(draw_pk=draw.pk, frame_of=get_frame)

        assert Assignment.objects.count() == 4

    def test_a_fault_is_told_and_raised(self):
        queue = all_queue()
        draw = ask_for_draw(queue=queue)

        with pytest.raises(ZeroDivisionError):
            carry_out_draw(draw_pk=draw.pk, frame_of=lambda queue, at: 1 / 0)

        draw.refresh_from_db()
        assert (draw.state, draw.problem) == (DrawState.FAILED, draws.FAULT)


class TestRepeating:
    def test_a_sample_is_topped_up_with_what_came_since(self):
        old = many(10)
        queue = QueueFactory(size=4, seed=2, repeats=Repeats.NIGHTLY)
        first = filled(queue)
        before = sessions_of(queue)
        # All of a test is one moment of the database.
        Session.objects.update(ingested_at=first.ingested_until - timedelta(hours=1))
        new = many(6)
        Session.objects.filter(pk__in=[session.pk for session in new]).update(ingested_at=first.ingested_until + timedelta(seconds=1))
        draw = ask_for_draw(queue=queue)
        Draw.objects.filter(pk=draw.pk).update(ingested_until=first.ingested_until + timedelta(hours=1))

        carry_out_draw(draw_pk=draw.pk, frame_of=get_frame)

        second = Draw.objects.get(number=2)
        added = sessions_of(queue)[4:]
        assert (second.frame, second.drawn, second.ingested_after) == (6, 4, first.ingested_until)
        assert sessions_of(queue)[:4] == before
        assert set(before) <= {session.pk for session in old}
        assert added == sorted((session.pk for session in new), key=lambda pk: hash_of(2, pk))[:4]

    def test_what_was_added_by_hand_keeps_its_place_and_is_not_drawn(self):
        sessions = many(3)
        queue = QueueFactory(size=3)
        AssignmentFactory(queue=queue, session=sessions[0], reason=Reason.ADDED)

        draw = filled(queue)

        assert (draw.frame, draw.drawn) == (2, 2)
        assert Assignment.objects.get(session=sessions[0]).reason == Reason.ADDED

    def test_the_next_time_is_set_by_each_draw_also_by_one_that_failed(self):
        good, bad = (QueueFactory(size=4, repeats=Repeats.NIGHTLY, query=query) for query in ("", "channel=telegraph"))

        for queue in (good, bad):
            filled(queue)
            queue.refresh_from_db()

        assert good.next_draw_at == bad.next_draw_at == next_draw(Repeats.NIGHTLY, timezone.now())

    def test_due_queues_are_asked_for_and_paused_ones_wait(self):
        past = timezone.now() - timedelta(minutes=1)
        due = QueueFactory(size=4, repeats=Repeats.NIGHTLY, next_draw_at=past)
        QueueFactory(size=4, repeats=Repeats.NIGHTLY, next_draw_at=past, state=QueueState.PAUSED)
        QueueFactory(size=4, repeats=Repeats.NIGHTLY, next_draw_at=past + timedelta(days=1))

        assert ask_for_due_draws() == 1
        assert Draw.objects.get().queue == due

    def test_night_and_week(self):
        assert next_draw(Repeats.NIGHTLY, NOON).isoformat() == f"{(NOON + timedelta(days=1)).date()}T08:30:00+00:00"
        assert next_draw(Repeats.WEEKLY, NOON).weekday() == 0
        assert next_draw(Repeats.NEVER, NOON) is None
