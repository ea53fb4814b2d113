"""What only a large demo has: a rare agent, a rare channel, and callers of whom a few call often."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from sessions_app.demo import generate
from sessions_app.demo.crowd import RARE_AGENT_EVERY, agents_seen, crowd
from sessions_app.records import channel_of

UNTIL = datetime(2025, 11, 21, 16, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def sessions():
    return [crowd(session, place, 1_000_000) for place, session in enumerate(generate(2500, 7, UNTIL, transcripts=False))]


def test_a_few_callers_call_often_and_most_hardly_ever(sessions):
    callers = Counter(session.record["source"] for session in sessions if session.record["source"].startswith("+11"))

    assert callers.most_common(1)[0][1] > 3
    assert sum(count == 1 for count in callers.values()) > 0.8 * len(callers)


def test_a_conversation_keeps_its_caller(sessions):
    callers = {}
    for session in sessions:
        callers.setdefault(session.record["conversation_id"], set()).add(session.record["source"])

    assert {len(found) for found in callers.values()} == {1}


def test_one_agent_and_one_channel_are_rare(sessions):
    agents = Counter(session.record["agent_name"] for session in sessions)
    channels = Counter(channel_of(session.record["channel_manager_type"]) for session in sessions)

    assert min(agents.values()) == agents["Northlake Pilot"] == 1 < RARE_AGENT_EVERY
    assert channels["other"] == 1


def test_every_agent_and_prompt_of_a_session_is_known_beforehand(sessions):
    names = ("agent_id", "agent_name", "agent_type", "agent_timezone", "prompt_id", "prompt_name", "prompt_version", "prompt_version_number")
    known = [(platform, {name: fields[name] for name in names}) for platform, fields in agents_seen()]

    assert [session for session in sessions if (session.platform, {name: session.record[name] for name in names}) not in known] == []
