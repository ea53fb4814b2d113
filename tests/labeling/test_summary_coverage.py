"""What somebody looked at, and what nobody did."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import time_machine

from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from labeling.queries.scopes import get_scope
from labeling.queries.summary.coverage import MOST, SHOWN, get_coverage
from labeling.queries.summary.frame import Frame
from labeling.queries.summary.period import last_weeks
from tests.factories import AgentFactory, RaterFactory
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
    come(3, code="GOOD", seen_agent=agent, timestamp=NOW, channel="voice", language="en")
    unseen = come(7, seen_agent=agent, timestamp=NOW, channel="voice", language="en")
    come(4, code="N/A", via="bulk", seen_agent=agent, timestamp=NOW, channel="sms")
    come(2, seen_agent=agent, timestamp=NOW, channel="sms")
    come(9, seen_agent=other_agent, timestamp=NOW, channel="chat", language="es")
    come(1, code="BAD", seen_agent=other_agent, timestamp=NOW, channel="chat", language="en")
    come(5, seen_agent=agent, timestamp=NOW, channel="other", is_test=True)
    return unseen[:1]


def test_blind_spots_come_first_and_the_largest_of_them(manager, agent, other_agent, several):
    coverage = get_coverage(frame(manager))

    assert [(spot.agent, spot.channel, spot.language, spot.sessions.n, spot.reviewed.n, spot.others.n) for spot in coverage.spots] == [
        (other_agent, "Chat", "Spanish", 9, 0, 9),
        (agent, "SMS", "Not said", 6, 0, 6),
        (agent, "Voice", "English", 10, 3, 7),
        (other_agent, "Chat", "English", 1, 1, 0),
    ]
    assert coverage.first == coverage.blind == coverage.spots[:2]
    assert coverage.rest == coverage.spots[2:]


def test_what_was_labeled_in_bulk_only_is_not_covered_and_stands_beside(manager, several):
    coverage = get_coverage(frame(manager))

    assert (coverage.sessions.n, coverage.reviewed.n, coverage.in_bulk.n) == (26, 4, 4)
    assert coverage.share.rate == 4 / 26


def test_somebody_looks_and_the_spot_is_blind_no_more(manager, agent, several):
    session = come(1, seen_agent=agent, timestamp=NOW, channel="sms")[0]
    submit_label(session_id=session.pk, rater=rater_of(user=manager), code="N/A", client_key="key")

    assert {spot.channel for spot in get_coverage(frame(manager)).blind} == {"Chat"}


def test_an_auto_rating_is_nobody_looking(manager, agent):
    session = come(1, seen_agent=agent, timestamp=NOW)[0]
    submit_label(session_id=session.pk, rater=RaterFactory(kind="machine"), code="GOOD", client_key="key", type="auto-rating")

    coverage = get_coverage(frame(manager))

    assert (coverage.reviewed.n, coverage.in_bulk.n, len(coverage.blind)) == (0, 0, 1)


def test_the_basis_changes_nothing_about_coverage(manager, several):
    assert get_coverage(frame(manager, basis="random")) == get_coverage(frame(manager))


def test_of_many_the_blind_ones_are_listed_up_to_a_bound(manager):
    for place in range(MOST + 2):
        come(1, seen_agent=AgentFactory(name=f"Agent {place:03}"), timestamp=NOW)

    coverage = get_coverage(frame(manager))

    assert (len(coverage.first), len(coverage.spots), coverage.has_more) == (SHOWN, MOST, True)


@pytest.mark.parametrize("who", ["manager", "gated", "narrow_reviewer"])
def test_every_door_leads_to_as_many_sessions(request, settings, as_person, several, who):
    settings.INDEPENDENT_REVIEW = who == "gated"
    person = request.getfixturevalue("reviewer" if who == "gated" else who)
    for session in several:
        submit_label(session_id=session.pk, rater=rater_of(user=person), code="BAD", client_key="own")
    client = as_person(person)

    found = {controls: wrong_doors(client.get(f"/summary/panels/coverage/{controls}"), person) for controls in CONTROLS}

    assert {controls: wrong for controls, (_, wrong) in found.items() if wrong} == {}
    assert found[""][0] > 1


def test_who_labels_first_is_told_their_own_part_and_not_where_others_looked(reviewer, agent, several, settings, as_person):
    settings.INDEPENDENT_REVIEW = True
    session = come(1, seen_agent=agent, timestamp=NOW)[0]
    submit_label(session_id=session.pk, rater=rater_of(user=reviewer), code="GOOD", client_key="key")

    coverage = get_coverage(frame(reviewer))
    text = as_person(reviewer).get("/summary/panels/coverage/").content.decode()

    assert (coverage.reviewed.n, coverage.in_bulk.n, coverage.spots) == (1, 0, [])
    assert "You labeled" in text
    assert "Nobody looked at these" not in text


def test_nothing_says_so(as_person, manager):
    assert "No sessions in this period" in as_person(manager).get("/summary/panels/coverage/").content.decode()


def test_five_queries_however_many_spots_there_are(manager, several, django_assert_num_queries):
    # As in a request, which asks once which judgments are kept from its person.
    manager.remembered = {}
    asked = replace(frame(manager), counted={})

    with django_assert_num_queries(5):
        get_coverage(asked)
