"""Every script with every flaw it can have: the flaw happens, is visible, and the clock only goes forward."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise, product

import pytest

from sessions_app.demo.flaws import FLAWS
from sessions_app.demo.generate import _plans
from sessions_app.demo.perform import perform
from sessions_app.demo.plan import Clock, Plan
from sessions_app.demo.records import BAD, GOOD, OK
from sessions_app.demo.scenarios import SCENARIOS
from sessions_app.demo.summary import summarize

UNTIL = datetime(2025, 11, 21, 16, 20, tzinfo=UTC)
PLANS = list(_plans(3000, Clock(11, UNTIL)))
HELLO = re.compile(r"hello|still there|anybody there|hear me|bueno\?|hola\?|aló|hay alguien", re.I)


def a_plan(scenario, flaw=None, ending="caller", number=0) -> Plan:
    """A plan on the scenario's own line, at a moment the line is open."""
    found = [plan for plan in PLANS if plan.agent.key == scenario.agent and plan.line.key in scenario.lines and plan.version]
    plan = found[number % len(found)]
    code = flaw.code if flaw else GOOD
    return replace(plan, key=f"{plan.key}:{number}", scenario=scenario, flaw=flaw, code=code, ending=ending, extras=0, is_test=False, returning="")


def flaws_of(scenario):
    spoken = scenario.lines[0] in ("in", "out", "night")
    return [flaw for flaw in FLAWS if flaw in scenario.flaws(flaw.code, spoken=spoken)]


def test_there_are_many_scripts_in_two_languages():
    english = [scenario for scenario in SCENARIOS if scenario.language == "en"]
    spanish = [scenario for scenario in SCENARIOS if scenario.language == "es"]

    assert len(english) >= 25
    assert len(spanish) >= 6


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_flaw_a_script_may_have_happens_and_is_cited(scenario):
    for flaw, number in product(flaws_of(scenario), range(3)):
        plan = a_plan(scenario, flaw, flaw.ends[0] if flaw.ends else scenario.ends or "caller", number)

        talk = perform(plan)

        assert {evidence.issue for evidence in talk.evidence} == set(flaw.issues)
        assert 3 <= len(talk.turns) <= 60
        assert_clean(talk)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_without_a_flaw_nothing_is_cited(scenario):
    for number in range(5):
        talk = perform(a_plan(scenario, None, scenario.ends or "caller", number))

        assert talk.evidence == []
        assert not any(call.error for call in talk.calls)
        assert_clean(talk)


def test_a_silent_agent_makes_the_caller_ask_for_a_sign_of_life():
    for plan in with_flaw("silence_once", "silence_drop", "timeout_silence"):
        talk = perform(plan)

        index = next(evidence.turn_index for evidence in talk.evidence if evidence.issue == "Silent treatment")
        assert HELLO.search(talk.turns[index].text), talk.turns[index].text
        assert talk.turns[index].at - talk.turns[index - 1].until > 4


def test_a_good_session_has_no_long_silence():
    for plan in PLANS[:800]:
        if plan.code == GOOD and plan.spoken and not plan.flaw:
            talk = perform(plan)

            assert all(later.at - turn.until < 6 for turn, later in pairwise(talk.turns))


def test_a_wrong_slot_differs_from_the_one_that_was_booked():
    for plan in with_flaw("wrong_unnoticed"):
        if plan.scenario.name != "reschedule" or plan.extras:
            continue
        talk = perform(plan)

        said = talk.turns[talk.evidence[0].turn_index].text
        assert talk.facts["alt_time"] in said
        assert talk.calls[-1].request["start"] == talk.facts["new_iso"]


def test_a_false_success_follows_a_failed_call():
    for plan in with_flaw("false_success"):
        talk = perform(plan)

        call = next(talk.calls[evidence.action_index] for evidence in talk.evidence if evidence.action_index is not None)
        turn = next(talk.turns[evidence.turn_index] for evidence in talk.evidence if evidence.turn_index is not None)
        assert call.error
        assert turn.source == "agent"
        assert turn.at > call.at


def test_a_timeout_takes_five_seconds():
    calls = [call for plan in with_flaw("timeout_silence") for call in perform(plan).calls if call.error]

    assert calls
    assert all(5000 <= call.ms <= 5100 for call in calls)


def test_a_summary_hides_what_the_rating_missed():
    plan = with_flaw("wrong_unnoticed")[0]
    talk = perform(plan)

    blind, seeing = summarize(plan, talk, GOOD), summarize(plan, talk, BAD)

    assert plan.flaw.trouble not in blind["summary"]
    assert plan.flaw.trouble in seeing["summary"]
    assert (blind["rating"], seeing["rating"]) == ("Good", "Bad")


def test_ok_sessions_get_their_request_done_or_a_way_out():
    for plan in PLANS:
        if plan.code == OK and plan.flaw.name not in ("tool_workaround",) and not plan.scenario.ends:
            assert perform(plan).done, plan.flaw.name


def with_flaw(*names):
    assert all(name in {flaw.name for flaw in FLAWS} for name in names)
    return [plan for plan in PLANS if plan.flaw and plan.flaw.name in names]


def assert_clean(talk):
    texts = " ".join(turn.text for turn in talk.turns)
    assert not re.search(r"[{}<>]", texts), texts
    assert "  " not in texts
    assert "!" not in texts
    moments = sorted([turn.at for turn in talk.turns] + [call.at for call in talk.calls])
    assert all(later - earlier >= 0.000002 for earlier, later in pairwise(moments))
    assert all(later.at > turn.at for turn, later in pairwise(talk.turns))
    assert all(later.at >= turn.until for turn, later in pairwise(talk.turns))
