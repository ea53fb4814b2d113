"""The pool of a web process hands out the connection that came back last."""

import pytest
from django.db import connection

from config.pooled_postgres.base import WarmPool

pytestmark = pytest.mark.django_db


@pytest.fixture
def pool():
    told = {key: value for key, value in connection.get_connection_params().items() if key in ("dbname", "user", "password", "host", "port")}
    with WarmPool(kwargs=told, min_size=3, max_size=3, timeout=5) as found:
        found.wait(5)
        yield found


def test_what_came_back_last_goes_out_first(pool):
    first, second, third = (pool.getconn() for _ in range(3))
    for one in (second, third, first):
        pool.putconn(one)

    again = pool.getconn()
    assert again is first
    pool.putconn(again)
    assert pool.getconn() is first
    assert pool.getconn() is third
    assert pool.getconn() is second
    for one in (first, second, third):
        pool.putconn(one)


def test_what_was_idle_for_longest_is_closed_first(pool):
    first, second, third = (pool.getconn() for _ in range(3))
    for one in (second, third, first):
        pool.putconn(one)
    kept = pool.getconn()
    pool.putconn(kept)

    # What the pool does from time to time with connections that nobody took.
    pool._min_size = 1
    pool._nconns_min = 2
    pool._shrink_pool()

    assert kept is first
    assert [one.closed for one in (first, second, third)] == [False, True, False]
