"""The time limit on reading."""

import pytest
from django.db import DatabaseError, connection

from sessions_app.models import Source
from sessions_app.queries.budget import Budget, OverBudget, within
from tests.factories import SourceFactory

pytestmark = pytest.mark.django_db


def run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()[0][0]


def sleep(seconds):
    run(f"SELECT pg_sleep({seconds})")
    return "done"


def test_a_quick_statement_is_answered():
    with within(2000):
        answer = run("SELECT 7")

    assert answer == 7


def test_a_slow_statement_is_stopped():
    with pytest.raises(OverBudget), within(50):
        sleep(5)


def test_the_former_limit_holds_again_after_the_block():
    former = run("SHOW statement_timeout")

    with within(50):
        inside = run("SHOW statement_timeout")

    assert (inside, run("SHOW statement_timeout")) == ("50ms", former)


def test_the_former_limit_holds_again_after_running_out():
    former = run("SHOW statement_timeout")

    with pytest.raises(OverBudget), within(50):
        sleep(5)

    assert run("SHOW statement_timeout") == former


def test_a_limit_within_a_limit_is_given_back():
    with within(3000):
        with within(50):
            pass

        assert run("SHOW statement_timeout") == "3s"


def test_the_transaction_around_it_goes_on():
    SourceFactory(name="kept")

    with pytest.raises(OverBudget), within(50):
        sleep(5)

    assert Source.objects.filter(name="kept").exists()


@pytest.mark.parametrize("milliseconds", [0, 0.9, -5])
def test_no_time_at_all_is_not_read_as_no_limit(milliseconds):
    with pytest.raises(OverBudget), within(milliseconds):
        pytest.fail("the block must not run")


def test_another_error_stays_what_it_is():
    former = run("SHOW statement_timeout")

    with pytest.raises(DatabaseError, match="division by zero"), within(2000):
        run("SELECT 1 / 0")

    assert run("SHOW statement_timeout") == former


def test_an_error_of_the_caller_gives_the_limit_back():
    former = run("SHOW statement_timeout")

    with pytest.raises(KeyError), within(50):
        raise KeyError

    assert run("SHOW statement_timeout") == former


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_transaction_the_limit_ends_with_the_block():
    former = run("SHOW statement_timeout")

    with within(50):
        assert not connection.get_autocommit()

    assert (run("SHOW statement_timeout"), connection.get_autocommit()) == (former, True)


def test_a_budget_is_shared():
    budget = Budget(200)

    slow = budget.spend(lambda: sleep(5))

    assert (slow, budget.left, budget.spend(lambda: "never asked")) == (None, 0, None)


def test_a_slow_read_takes_only_its_share():
    budget = Budget(1500)

    answers = [budget.spend(lambda: sleep(5), waiting=3), budget.spend(lambda: sleep(0), waiting=2), budget.spend(lambda: sleep(0))]

    assert answers == [None, "done", "done"]


def test_what_a_quick_read_saves_goes_to_the_next():
    budget = Budget(1500)

    answers = [budget.spend(lambda: sleep(0), waiting=2), budget.spend(lambda: sleep(0.9))]

    assert answers == ["done", "done"]
