"""The database goes wrong in the middle of the work: answers get lost, connections end or hang. Everything through a proxy of ours."""

import asyncio
import contextlib
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import quote, urlencode

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import ConnectionHandler

from config.bounded import BoundedConnection, JobConnection, NoAnswer, QueueConnection
from labeling.models import Assignment, Label
from labeling.models.assignment import PlaceState
from sessions_app.models import Session
from tests.factories import AgentFactory, SessionFactory, UserFactory
from tests.faults.proxy import Proxy
from tests.faults.test_queues import check_places, filled_queue
from tests.faults.web import Web, Worker, headers_of
from tests.labeling.recomputation import check_everything_derived
from tests.repetitions import is_long, repetitions

pytestmark = pytest.mark.django_db(transaction=True)
only_long = pytest.mark.skipif(not is_long(), reason="takes long: TRUST=1")
BOUND_SECONDS = 10


def upstream():
    """Where the server of the tests listens: the path of its socket, or its port."""
    told = connection.get_connection_params()
    host, port = str(told.get("host") or "/var/run/postgresql"), int(told.get("port") or 5432)
    return f"{host}/.s.PGSQL.{port}" if host.startswith("/") else port


@contextmanager
def through(proxy, **told):
    """The application, with the proxy between it and the database."""
    user = quote(str(connection.get_connection_params().get("user") or "postgres"))
    with Web(DATABASE_URL=f"postgres://{user}@127.0.0.1:{proxy.port}/named_elsewhere", **told) as web:
        yield web


def check_nothing_lost(workers, queue):
    """Every acknowledged label is there, none twice, and all counters are those of the rows."""
    assert [worker.wrong for worker in workers] == [[]] * len(workers)
    for worker in workers:
        mine = Label.objects.filter(rater__user=worker.person)
        assert set(worker.acknowledged) <= set(mine.values_list("session", flat=True))
        assert mine.count() == mine.values("session").distinct().count()
    assert Assignment.objects.filter(state=PlaceState.DONE).count() == Label.objects.count()
    check_places(queue, wanted=1)
    check_everything_derived()


def test_a_connection_that_is_never_answered_is_an_error_and_closed():
    told = connection.get_connection_params()
    with Proxy(upstream()) as proxy:
        own = BoundedConnection.connect(host="127.0.0.1", port=proxy.port, dbname=told["dbname"], user=told.get("user"), autocommit=True)
        assert own.execute("SELECT 1").fetchone() == (1,)
        own.patience, proxy.is_stalled = 0.2, True

        with pytest.raises(NoAnswer):
            own.execute("SELECT 1")

        assert own.closed
        with pytest.raises(psycopg.OperationalError):
            own.rollback()


def test_connections_are_cut_and_answers_to_commits_lost_and_no_label_is_lost_or_doubled():
    queue = filled_queue(8_000 if is_long() else 400)
    people = UserFactory.create_batch(6)
    until = threading.Event()
    with Proxy(upstream()) as proxy, through(proxy) as web:
        workers = [Worker(web, person, queue, until, may_be_refused=True) for person in people]
        for worker in workers:
            worker.start()
        for turn in repetitions(3, 40):
            time.sleep(random.uniform(0.1, 0.5))
            if turn % 2:
                proxy.cut()
            else:
                proxy.commits_to_lose = 2
        time.sleep(0.5)
        lost = proxy.commits_lost
        # Whose first answers were all lost gets one now that nothing is cut any more.
        patience = time.monotonic() + 20
        while not all(worker.acknowledged for worker in workers) and time.monotonic() < patience:
            time.sleep(0.05)
        until.set()
        for worker in workers:
            worker.join()

    assert lost > 0
    assert all(worker.acknowledged for worker in workers)
    assert sum(worker.refused for worker in workers) > 0
    check_nothing_lost(workers, queue)


@only_long
@pytest.mark.parametrize("turn", repetitions(1, 3))
def test_a_database_that_takes_everything_and_answers_nothing_is_bounded_and_heals(turn):
    session, person = SessionFactory(seen_agent=AgentFactory()), UserFactory()
    sent, headers = urlencode({"code": "GOOD", "client_key": f"stalled-{turn}"}), headers_of(person)
    with Proxy(upstream()) as proxy, through(proxy) as web, ThreadPoolExecutor(24) as pool:
        assert web.ask("/review/", headers=headers)[0] == 200

        def timed(ask):
            begun = time.monotonic()
            status, answered, _ = ask()
            return status, answered, time.monotonic() - begun

        proxy.is_stalled = True
        pages = [pool.submit(timed, lambda: web.ask("/review/", headers=headers)) for _ in range(12)]
        writes = [pool.submit(timed, lambda: web.ask(f"/labels/{session.pk}/", method="POST", sent=sent, headers=headers)) for _ in range(6)]
        [ready] = [timed(lambda: web.ask("/readyz"))]
        alive = timed(lambda: web.ask("/healthz"))
        answers = [one.result() for one in pages + writes]
        proxy.is_stalled = False
        begun = time.monotonic()
        while web.ask("/review/", headers=headers)[0] != 200:
            assert time.monotonic() - begun < BOUND_SECONDS, "it did not heal"
            time.sleep(0.1)
        status, _, _ = web.ask(f"/labels/{session.pk}/", method="POST", sent=sent, headers=headers)

    assert {status for status, _, _ in answers} == {503}
    assert all(headers["Retry-After"] for _, headers, _ in answers)
    assert max(seconds for _, _, seconds in answers) < BOUND_SECONDS
    assert ready[0] == 503
    assert ready[2] < BOUND_SECONDS
    assert alive[0] == 200
    assert alive[2] < 1
    assert status == 302
    assert Label.objects.count() == 1
    check_everything_derived()


@only_long
@pytest.mark.parametrize("turn", repetitions(1, 3))
def test_when_every_connection_is_busy_the_others_are_told_so_and_nobody_hangs(turn):
    session, person = SessionFactory(seen_agent=AgentFactory()), UserFactory()
    headers = headers_of(person)

    def ask(n):
        begun = time.monotonic()
        sent = urlencode({"code": "GOOD", "client_key": f"busy-{turn}-{n}"})
        status, answered, _ = web.ask(f"/labels/{session.pk}/", method="POST", sent=sent, headers=headers)
        return status, answered.get("Retry-After"), time.monotonic() - begun

    with Proxy(upstream()) as proxy, through(proxy, DATABASE_POOL="2") as web, ThreadPoolExecutor(60) as pool:
        with transaction.atomic():
            # Whoever writes to this session now waits for us.
            Session.objects.select_for_update().get(pk=session.pk)
            answers = list(pool.map(ask, range(60)))
        healthy = ask(99)

    assert {(status, bool(retry)) for status, retry, _ in answers} == {(503, True)}
    assert max(seconds for _, _, seconds in answers) < BOUND_SECONDS
    assert healthy[0] == 302
    assert Label.objects.count() == 1


def test_a_worker_that_is_never_answered_gives_up_its_connections():
    told = {"dbname": connection.get_connection_params()["dbname"], "user": connection.get_connection_params().get("user"), "autocommit": True}

    async def asked(proxy):
        async with await QueueConnection.connect(host="127.0.0.1", port=proxy.port, **told) as queue:
            await queue.execute("LISTEN something")
            queue.patience = 0.2
            # Silence is none of its business while it listens.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(anext(queue.notifies()), 0.6)
            assert not queue.closed
            proxy.is_stalled = True
            with pytest.raises(NoAnswer):
                await queue.execute("SELECT 1")
            return queue.closed

    with Proxy(upstream()) as proxy:
        assert asyncio.run(asyncio.wait_for(asked(proxy), 10))


def test_the_jobs_of_a_worker_run_on_connections_that_do_not_wait_for_good():
    settings = {**connection.settings_dict, "ENGINE": "config.bounded_postgres"}
    own = ConnectionHandler({"default": settings})["default"]
    own.ensure_connection()
    try:
        assert isinstance(own.connection, JobConnection)
    finally:
        own.close()
