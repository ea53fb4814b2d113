"""The sessions around one: of the same conversation, from the same caller, in scope."""

from datetime import timedelta

import pytest

from sessions_app.queries import conversation
from sessions_app.queries.conversation import get_caller_history, get_conversation
from sessions_app.scope import EVERYTHING, Scope
from tests.factories import NOON, SessionFactory

pytestmark = pytest.mark.django_db


def at(hours, **fields):
    return SessionFactory(**{"timestamp": NOON + timedelta(hours=hours), "conversation_id": "c1", **fields})


def test_a_conversation_has_what_came_before_latest_first_and_a_place():
    first, second, third, fourth = (at(hours) for hours in range(4))
    at(1, conversation_id="c2")

    around = get_conversation(third, scope=EVERYTHING)

    assert [one.pk for one in around.earlier] == [second.pk, first.pk]
    assert (around.place, around.count, around.count_words) == (3, 4, "4")
    assert fourth.pk


def test_at_most_five_earlier_ones_are_named():
    rows = [at(hours) for hours in range(8)]

    assert [one.pk for one in get_conversation(rows[-1], scope=EVERYTHING).earlier] == [row.pk for row in reversed(rows[2:7])]


def test_a_session_without_a_conversation_or_caller_is_alone():
    at(0, conversation_id=None, source=None)
    alone = at(1, conversation_id=None, source=None)

    assert get_conversation(alone, scope=EVERYTHING).count == get_caller_history(alone, scope=EVERYTHING).count == 0


def test_what_is_out_of_scope_is_not_counted(agent, other_agent):
    at(0, seen_agent=other_agent)
    own = at(1, seen_agent=agent)

    around = get_conversation(own, scope=Scope(agents=frozenset({agent.pk})))

    assert (around.earlier, around.count) == ([], 1)


def test_the_caller_had_other_conversations_too():
    same = at(0)
    other = at(1, conversation_id="c2")
    none = at(2, conversation_id=None)
    at(3, source="+12025559999")
    own = at(4)

    around = get_caller_history(own, scope=EVERYTHING)

    assert [one.pk for one in around.earlier] == [none.pk, other.pk]
    assert around.count == 4
    assert same.pk


def test_a_conversation_without_end_is_counted_to_a_limit_and_still_names_what_came_before(monkeypatch):
    monkeypatch.setattr(conversation, "MOST_COUNTED", 3)
    rows = [at(hours) for hours in range(8)]

    around = get_conversation(rows[2], scope=EVERYTHING)

    assert (around.is_more, around.count_words) == (True, "3+")
    assert [one.pk for one in around.earlier] == [rows[1].pk, rows[0].pk]


def test_of_many_at_one_moment_the_earlier_are_named_beyond_what_is_counted(monkeypatch):
    monkeypatch.setattr(conversation, "MOST_COUNTED", 3)
    rows = [at(0) for _ in range(9)]

    assert [one.pk for one in get_conversation(rows[2], scope=EVERYTHING).earlier] == [rows[1].pk, rows[0].pk]
