"""Queries that are written once say what the same query says when Django writes it anew."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.db.models import Exists, F, OuterRef, Value
from django.db.models.functions import Upper
from django.db.transaction import TransactionManagementError

from sessions_app.compiled import AnyOf, compiled, compiled_update
from sessions_app.models import Prompt, Session
from tests.factories import PromptFactory, SessionFactory

pytestmark = pytest.mark.django_db


def built(source: Any, channel: Any):
    prompts = Prompt.objects.filter(pk=OuterRef("seen_prompt"), data_source=OuterRef("data_source"))
    return (
        Session.objects.filter(source=source, channel=channel)
        .select_related("seen_agent", "seen_prompt")
        .annotate(loud=Upper("agent_name"), has_prompt=Exists(prompts))
        .order_by("-pk")
    )


@pytest.fixture
def some(db):
    prompt = PromptFactory()
    calls = [SessionFactory(source="+15550100", channel="voice", seen_prompt=prompt if n else None) for n in range(3)]
    return [*calls, SessionFactory(source="+15550100", channel="chat"), SessionFactory(source="+15550101", channel="voice")]


def told(session):
    return (session.pk, session.seen_agent.name, session.seen_prompt and session.seen_prompt.pk, session.loud, session.has_prompt, session.timestamp)


def test_rows_are_what_django_gives(some, django_assert_num_queries):
    query = compiled(built)

    for values in [("+15550100", "voice"), ("+15550100", "chat"), ("+15550101", "voice"), ("nobody", "voice")]:
        with django_assert_num_queries(1):
            rows = query.all(*values)
            assert [told(row) for row in rows] == [told(row) for row in rows]
        assert [told(row) for row in rows] == [told(row) for row in built(*values)]
        assert query.first(*values) == built(*values).first()


def test_a_row_is_a_model_like_any_other(some):
    session = compiled(built).first("+15550101", "voice")

    session.agent_name = "Changed"
    session.save(update_fields=["agent_name"])

    assert Session.objects.get(pk=session.pk).agent_name == "Changed"
    session.refresh_from_db()
    assert session._state.db == "default"
    assert not session._state.adding


def pairs(sessions: Any):
    return Session.objects.filter(AnyOf(F("pk"), sessions)).order_by("pk").values_list("pk", "channel")


def first_two(sessions: Any):
    return Session.objects.filter(AnyOf(F("pk"), sessions)).order_by("pk").values_list("pk", flat=True)[:2]


def in_and_out(sessions: Any):
    within = Session.objects.filter(AnyOf(F("pk"), sessions)).values_list("pk", Value("in"))
    return within.union(Session.objects.exclude(AnyOf(F("pk"), sessions)).values_list("pk", Value("out")), all=True).order_by("pk")


@pytest.mark.parametrize("build", [pairs, first_two, in_and_out])
def test_tuples_single_values_and_unions_too(some, build):
    query = compiled(build)
    for sessions in ([], [some[0].pk], [one.pk for one in some], [10**15]):
        assert query.all(sessions) == list(build(sessions))


def test_each_shape_is_written_once(some):
    asked = []

    @compiled
    def of_channel(source: Any, *, channel: str):
        asked.append(channel)
        return Session.objects.filter(source=source, channel=channel)

    for _ in range(3):
        assert len(of_channel.all("+15550100", channel="voice")) == 3
        assert len(of_channel.all("+15550100", channel="chat")) == 1
        assert len(of_channel.all("+15550101", channel="voice")) == 1

    assert asked == ["voice", "chat"]


def test_what_can_match_nothing_asks_nothing(some, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert compiled(lambda source: Session.objects.none().filter(source=source)).all("+15550100") == []


@pytest.mark.parametrize("pk", [2**63, -(2**63) - 1, 10**100])
def test_a_number_that_no_column_holds_is_not_asked_for(some, django_assert_num_queries, pk):
    named = compiled_update(lambda pk: (Session.objects.filter(pk=pk), {"agent_name": "Nobody"}))

    with django_assert_num_queries(0):
        assert compiled(lambda pk: Session.objects.filter(pk=pk)).all(pk) == []
        assert named(pk) == 0


@pytest.mark.parametrize("values", [(), ("+15550100",), ("+15550100", "voice", "more"), ("+15550100", None)])
def test_each_value_is_wanted_and_none_is_no_value(values):
    with pytest.raises(ValueError, match="built takes 2 values"):
        compiled(built).all(*values)


def test_no_value_is_ever_part_of_the_sql(some):
    assert compiled(built).all("' OR 1=1 --", "voice") == []
    assert compiled(built).all("%s", "voice") == []


@pytest.mark.django_db(transaction=True)
def test_locking_takes_a_transaction():
    @compiled
    def locked(pk: Any):
        return Session.objects.select_for_update().filter(pk=pk)

    with pytest.raises(TransactionManagementError):
        locked.all(1)


def test_an_update_sets_and_counts(some):
    @compiled_update
    def moved(source: Any, into: Any, *, is_loud: bool):
        return Session.objects.filter(source=source), {"agent_name": into} | ({"prompt_name": Upper("channel")} if is_loud else {})

    assert moved("+15550100", "Somewhere", is_loud=False) == 4
    assert moved("+15550101", "Elsewhere", is_loud=True) == 1
    assert moved("nobody", "Nowhere", is_loud=True) == 0
    assert sorted(Session.objects.values_list("agent_name", flat=True)) == ["Elsewhere", *["Somewhere"] * 4]
    assert Session.objects.get(source="+15550101").prompt_name == "VOICE"


@pytest.mark.django_db(transaction=True)
def test_every_thread_asks_by_its_own_connection():
    session = SessionFactory(source="+15550100", channel="voice")
    query = compiled(built)
    query.first("+15550100", "voice")

    def ask(_):
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                own = cursor.fetchone()[0]
            return own, query.first("+15550100", "voice").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(20)))
    assert {pk for _, pk in answers} == {session.pk}
    assert len({own for own, _ in answers}) > 1
