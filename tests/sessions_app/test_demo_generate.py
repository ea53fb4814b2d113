"""The stream of demo sessions: the same every time, in order, and in believable shares."""

import hashlib
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from statistics import median
from zoneinfo import ZoneInfo

import pytest

from sessions_app.demo import generate

UNTIL = datetime(2025, 11, 21, 16, 20, tzinfo=UTC)
DIGEST = (
    "import hashlib, datetime; from sessions_app.demo import generate; "
    "until = datetime.datetime(2025, 11, 21, 16, 20, tzinfo=datetime.UTC); "
    "print(hashlib.sha256(repr(list(generate(250, 5, until))).encode()).hexdigest())"
)


@pytest.fixture(scope="module")
def sessions():
    return list(generate(2500, 7, UNTIL))


def live(sessions):
    return [session for session in sessions if not session.record["is_test"]]


def share(sessions, code):
    return sum(session.truth.code == code for session in sessions) / len(sessions)


def started(session):
    return datetime.fromisoformat(session.record["timestamp"])


def digest_in(environment):
    """What another process with that environment makes of the same arguments."""
    surroundings = os.environ | {"PYTHONPATH": os.getcwd()} | environment
    return subprocess.run([sys.executable, "-c", DIGEST], env=surroundings, check=True, capture_output=True, text=True).stdout.strip()


def is_weekday_noon(session):
    local = started(session).astimezone(ZoneInfo(session.record["agent_timezone"]))
    return local.weekday() < 5 and 10 <= local.hour < 15


def test_as_many_as_asked_for(sessions):
    assert len(sessions) == 2500
    assert [sum(1 for _ in generate(number, 7, UNTIL, transcripts=False)) for number in (0, 1, 37, 4000)] == [0, 1, 37, 4000]


def test_the_same_input_gives_the_same_output_whatever_the_hash_seed():
    digests = {digest_in({"PYTHONHASHSEED": "1", "TZ": "UTC"}), digest_in({"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo"})}

    assert digests == {hashlib.sha256(repr(list(generate(250, 5, UNTIL))).encode()).hexdigest()}


def test_another_seed_gives_other_sessions():
    first, second = list(generate(50, 1, UNTIL)), list(generate(50, 2, UNTIL))

    assert first != second


def test_a_larger_demo_keeps_the_people_and_moments_of_a_smaller_one():
    small = {(session.record["timestamp"], session.record["source"]) for session in generate(500, 7, UNTIL, transcripts=False)}
    large = {(session.record["timestamp"], session.record["source"]) for session in generate(2500, 7, UNTIL, transcripts=False)}

    assert len(small & large) > 0.75 * len(small)


def test_without_transcripts_the_records_are_the_same_but_for_their_length():
    for spoken, silent in zip(generate(400, 3, UNTIL), generate(400, 3, UNTIL, transcripts=False), strict=True):
        assert silent.record | {"duration": 0} == spoken.record | {"duration": 0}
        assert (silent.truth.code, silent.truth.issues, silent.truth.comment) == (spoken.truth.code, spoken.truth.issues, spoken.truth.comment)
        assert (silent.auto_code, silent.platform) == (spoken.auto_code, spoken.platform)
        assert (silent.transcript, silent.latency, silent.summary, silent.truth.evidence) == (None, None, None, ())


def test_the_oldest_may_be_silent_while_the_newest_speak():
    mixed = list(generate(40, 3, UNTIL, silent=25))

    assert [session.transcript is None for session in mixed] == [True] * 25 + [False] * 15
    assert mixed[25:] == list(generate(40, 3, UNTIL))[25:]


def test_ids_count_from_where_they_are_told_to():
    later = list(generate(40, 3, UNTIL, transcripts=False, first=20_000_000))

    assert min(int(session.record["session_id"]) for session in later if session.platform == "vendor") == 20_041_001
    assert all(session.record["session_id"].startswith("wc_1") and len(session.record["session_id"]) == 10 for session in later if session.platform == "chat")


def test_until_needs_a_time_zone():
    with pytest.raises(ValueError, match="time zone"):
        next(generate(1, 1, datetime(2025, 11, 21)))  # noqa: DTZ001 - that is what is refused


def test_everything_happens_in_order_within_the_twelve_weeks(sessions):
    moments = [started(session) for session in sessions]

    assert all(earlier <= later for earlier, later in pairwise(moments))
    assert moments[0] >= UNTIL - timedelta(days=84)
    for session in sessions:
        last = max(datetime.fromisoformat(turn["timestamp"]) for turn in session.transcript["transcription"])
        assert last < UNTIL


def test_ids_rise_and_never_repeat(sessions):
    vendor = [int(session.record["session_id"]) for session in sessions if session.platform == "vendor"]
    chat = [session.record["session_id"] for session in generate(40_000, 7, UNTIL, transcripts=False) if session.platform == "chat"]

    assert vendor == list(range(41001, 41001 + len(vendor)))
    assert len(set(chat)) == len(chat)
    assert all(identifier.startswith("wc_") for identifier in chat)


def test_five_agents_of_two_platforms(sessions):
    agents = Counter((session.record["agent_name"], session.platform) for session in sessions)

    assert set(agents) == {
        ("Northlake Scheduling", "vendor"),
        ("Harbor Pharmacy Refills", "vendor"),
        ("Cedar Billing Help", "vendor"),
        ("Lakeside After Hours", "vendor"),
        ("Web Concierge", "chat"),
    }
    assert min(agents.values()) > 150
    assert len({session.record["agent_timezone"] for session in sessions}) == 3


def test_codes_have_believable_shares(sessions):
    found = live(sessions)

    assert 0.66 < share(found, "GOOD") < 0.78
    assert 0.13 < share(found, "OK") < 0.20
    assert 0.06 < share(found, "BAD") < 0.10
    assert 0.04 < share(found, "N/A") < 0.09


@pytest.mark.parametrize("seed", [1, 7, 42])
def test_version_42_is_visibly_worse_and_nothing_else_is(seed):
    versions = defaultdict(list)
    for session in generate(2500, seed, UNTIL, transcripts=False):
        if not session.record["is_test"] and session.record["prompt_version_number"]:
            versions[session.record["agent_name"], session.record["prompt_version_number"]].append(session)

    worse = versions.pop(("Northlake Scheduling", 42))

    assert 0.36 <= share(worse, "BAD") <= 0.405
    assert 0.055 <= share(versions["Northlake Scheduling", 41], "BAD") <= 0.085
    assert all(share(found, "BAD") < 0.125 for found in versions.values() if len(found) > 60)
    assert min(started(session) for session in worse) > UNTIL - timedelta(days=18)
    assert sum("Repeated question" in session.truth.issues or "Wrong answer" in session.truth.issues for session in worse) > 0.12 * len(worse)


def test_the_rest_of_the_agents_stay_level_in_a_large_demo():
    rates = defaultdict(list)
    versions = defaultdict(list)
    for session in generate(30_000, 7, UNTIL, transcripts=False):
        versions[session.record["agent_name"], session.record["prompt_version_number"]].append(session)
    for (agent, version), found in versions.items():
        if version != 42:
            rates[agent].append(share(found, "BAD"))

    assert all(max(found) - min(found) < 0.025 for found in rates.values())


def test_some_are_tests_legacy_or_without_a_rating(sessions):
    count = len(sessions)
    legacy = [session for session in sessions if session.record["is_legacy"]]

    assert 0.02 < sum(session.record["is_test"] for session in sessions) / count < 0.045
    assert 0.025 < len(legacy) / count < 0.055
    assert all(session.record["prompt_version_number"] is None and session.record["prompt_version"] for session in legacy)
    assert all(session.auto_code is None and session.latency is None for session in legacy)
    assert max(started(session) for session in legacy) < UNTIL - timedelta(days=50)
    assert 0.03 < sum(session.auto_code is None for session in sessions) / count < 0.08


def test_the_automatic_rating_is_wrong_for_a_reason(sessions):
    bad = [session for session in sessions if session.truth.code == "BAD" and session.auto_code]
    missed = [session for session in bad if session.auto_code != "BAD"]
    recovered = [
        session for session in sessions
        if session.truth.code == "GOOD" and session.auto_code and any(action["tool_error"] for action in session.transcript["actions"])
    ]  # fmt: skip

    assert 0.20 < len(missed) / len(bad) < 0.36
    assert sum(session.auto_code == "BAD" for session in recovered) > 0.25 * len(recovered)


def test_dialogues_have_four_to_sixty_turns(sessions):
    turns = sorted(len(session.transcript["transcription"]) for session in sessions)

    assert turns[0] >= 4
    assert turns[-1] <= 60
    assert turns[-1] > 35
    assert 12 <= median(turns) <= 16


def test_people_come_back_sooner_after_a_bad_session(sessions):
    conversations = defaultdict(list)
    for session in sessions:
        conversations[session.record["conversation_id"]].append(session)
    back = Counter()
    total = Counter()
    for found in conversations.values():
        assert len({session.record["source"] for session in found}) == 1
        for place, session in enumerate(found):
            bad = session.truth.code == "BAD"
            total[bad] += 1
            back[bad] += place + 1 < len(found) and started(found[place + 1]) - started(session) < timedelta(hours=24)

    assert sum(len(found) > 1 for found in conversations.values()) > 100
    assert back[True] / total[True] > 3 * back[False] / total[False]


def test_offices_are_called_by_day_and_the_night_line_by_night(sessions):
    hours = defaultdict(Counter)
    days = defaultdict(Counter)
    for session in sessions:
        local = started(session).astimezone(ZoneInfo(session.record["agent_timezone"]))
        hours[session.record["agent_name"]][local.hour] += 1
        days[session.record["agent_name"]][local.weekday()] += 1

    office, night = hours["Northlake Scheduling"], hours["Lakeside After Hours"]
    assert sum(office[hour] for hour in range(8, 17)) > 0.85 * office.total()
    assert days["Northlake Scheduling"][6] < 0.05 * office.total()
    assert not any(is_weekday_noon(session) for session in sessions if session.record["agent_name"] == "Lakeside After Hours")
    assert night[20] > 0


def test_spanish_is_spoken_whole_and_mixed(sessions):
    spoken = [{turn["lang"] for turn in session.transcript["transcription"]} for session in sessions]

    assert sum(languages == {"es-US"} for languages in spoken) > 20
    assert sum(languages >= {"es-US", "en-US"} for languages in spoken) > 15


def test_evidence_points_into_the_transcript(sessions):
    for session in sessions:
        turns, actions = session.transcript["transcription"], session.transcript["actions"]
        assert {evidence.issue for evidence in session.truth.evidence} == set(session.truth.issues)
        for evidence in session.truth.evidence:
            assert evidence.turn_index is None or 0 <= evidence.turn_index < len(turns)
            assert evidence.action_index is None or 0 <= evidence.action_index < len(actions)
            assert (evidence.turn_index is None) != (evidence.action_index is None)


def test_a_hundred_thousand_sessions_can_be_streamed_in_time():
    begun = time.perf_counter()

    count = sum(1 for _ in islice(generate(100_000, 7, UNTIL, transcripts=False), 6000))

    assert count / (time.perf_counter() - begun) > 3000
