"""The rate by channel, language and direction."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import time_machine

from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from labeling.queries.scopes import get_scope
from labeling.queries.summary.channels import get_channels
from labeling.queries.summary.frame import Frame
from labeling.queries.summary.period import last_weeks
from tests.factories import VerdictDeltaFactory
from tests.labeling.counted import come
from tests.labeling.doors import wrong_doors

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 11, 15, 0, tzinfo=UTC)
CONTROLS = ["", "?channel=chat&channel=sms", "?basis=all&since=52"]


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False):
        yield


def frame(viewer, **more):
    return Frame(viewer=viewer, scope=get_scope(viewer), period=last_weeks(4), **more)


@pytest.fixture
def several(agent, other_agent):
    come(12, code="GOOD", seen_agent=agent, timestamp=NOW, channel="voice", language="en", is_outbound=True)
    come(6, code="BAD", seen_agent=agent, timestamp=NOW, channel="chat", language="es", is_outbound=None)
    come(6, code="GOOD", seen_agent=other_agent, timestamp=NOW, channel="chat", language="")
    come(2, code="BAD", seen_agent=agent, timestamp=NOW, channel="sms", language="tlh")
    come(2, code="N/A", seen_agent=agent, timestamp=NOW, channel="sms")
    disputed = come(1, code=("GOOD", "BAD"), seen_agent=agent, timestamp=NOW, channel="sms")
    come(5, seen_agent=other_agent, timestamp=NOW, channel="other")
    come(5, code="BAD", seen_agent=agent, timestamp=NOW, channel="other", is_test=True)
    return disputed


def test_kinds_are_listed_by_the_most_likely_problem_and_those_without_a_rate_last(manager, several):
    channel, language, direction = get_channels(frame(manager)).kinds

    assert [(row.words, row.sessions.n, row.bad.part.n, row.bad.whole.n) for row in channel.rows] == [
        ("Chat", 12, 6, 12),
        ("Voice", 12, 0, 12),
        ("SMS", 5, 2, 2),
        ("Other", 5, 0, 0),
    ]
    assert {row.words: row.sessions.n for row in language.rows} == {"English": 12, "Spanish": 6, "Not said": 14, "tlh": 2}
    assert {row.words: row.sessions.n for row in direction.rows} == {"Outbound": 12, "Inbound": 16, "Not said": 6}
    sms = channel.rows[2]
    assert (sms.na.n, sms.disputed.n, sms.interval) == (2, 1, None)


def test_few_with_a_high_rate_do_not_stand_before_many_with_a_high_one(manager, agent):
    come(5, code="BAD", seen_agent=agent, timestamp=NOW, channel="chat")
    come(5, code="GOOD", seen_agent=agent, timestamp=NOW, channel="chat")
    VerdictDeltaFactory(bucket=NOW, agent=agent, code="BAD", n=45)
    VerdictDeltaFactory(bucket=NOW, agent=agent, code="GOOD", n=55)
    come(1, seen_agent=agent, timestamp=NOW)

    assert [(row.words, row.bad.rate) for row in get_channels(frame(manager)).kinds[0].rows] == [("Voice", 0.45), ("Chat", 0.5)]


def test_what_is_above_the_average_for_sure_is_drawn_so(manager, several):
    rows = {row.words: row.interval for row in get_channels(frame(manager)).kinds[0].rows}

    assert not rows["Voice"].is_hot
    assert [interval.is_hot for interval in rows.values() if interval] == [False, False]
    assert get_channels(frame(manager)).axis_end == 1.0


@pytest.mark.parametrize("who", ["manager", "gated", "narrow_reviewer"])
def test_every_door_leads_to_as_many_sessions(request, settings, as_person, several, who):
    settings.INDEPENDENT_REVIEW = who == "gated"
    person = request.getfixturevalue("reviewer" if who == "gated" else who)
    for session in several:
        submit_label(session_id=session.pk, rater=rater_of(user=person), code="BAD", client_key="own")
    client = as_person(person)

    found = {controls: wrong_doors(client.get(f"/summary/panels/channels/{controls}"), person) for controls in CONTROLS}

    assert {controls: wrong for controls, (_, wrong) in found.items() if wrong} == {}
    assert found[""][0] > 1


def test_nothing_says_so(as_person, manager):
    assert "No sessions in this period" in as_person(manager).get("/summary/panels/channels/").content.decode()


def test_four_queries_however_many_kinds_there_are(manager, several, django_assert_num_queries):
    # As in a request, which asks once which judgments are kept from its person.
    manager.remembered = {}
    asked = replace(frame(manager), counted={})

    with django_assert_num_queries(4):
        get_channels(asked)
