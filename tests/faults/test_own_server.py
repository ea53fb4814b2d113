"""PostgreSQL itself stops, or its disk is full, while people label over real HTTP."""

import random
import threading
import time
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest

from labeling.models import Label
from sessions_app.models import Session
from tests.factories import AgentFactory, SessionFactory, UserFactory
from tests.faults.own_server import own_server
from tests.faults.test_database import check_nothing_lost
from tests.faults.test_queues import filled_queue
from tests.faults.web import Web, Worker, headers_of
from tests.labeling.recomputation import check_everything_derived
from tests.repetitions import is_long, repetitions

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.skipif(not is_long(), reason="takes long: TRUST=1")]
PEOPLE = 6


@pytest.fixture(scope="module")
def own(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), own_server() as server:
        yield server


@contextmanager
def at_work(web, queue):
    """People who label until the block ends."""
    until = threading.Event()
    workers = [Worker(web, person, queue, until, may_be_refused=True) for person in UserFactory.create_batch(PEOPLE)]
    for worker in workers:
        worker.start()
    try:
        yield workers
    finally:
        until.set()
        for worker in workers:
            worker.join()


def test_a_server_that_stops_at_once_again_and_again_loses_no_label(own):
    queue = filled_queue(3_000)
    healed = []
    with Web(workers=2, DATABASE_URL=own.url) as web, at_work(web, queue) as workers:
        for _ in repetitions(1, 20):
            time.sleep(random.uniform(0.3, 1.0))
            own.stop_at_once()
            status, headers, _ = web.ask("/readyz")
            assert (status, "application/json" in headers["Content-Type"]) == (503, True)
            time.sleep(random.uniform(0, 1.5))
            own.start()
            begun = time.monotonic()
            while '"database": true' not in web.ask("/readyz")[2]:
                assert time.monotonic() - begun < 20, "it did not heal"
                time.sleep(0.05)
            healed.append(time.monotonic() - begun)
        time.sleep(1)

    assert sum(worker.refused for worker in workers) > 0
    assert sum(len(worker.acknowledged) for worker in workers) > 100
    assert max(healed) < 10
    check_nothing_lost(workers, queue)


@pytest.mark.parametrize("turn", repetitions(1, 3))
def test_on_a_full_disk_reading_goes_on_and_writing_says_so(own, turn):
    if not own.has_disk:
        pytest.skip("No small disk can be made here: that takes the right to mount.")
    queue = filled_queue(3_000)
    agent, person = AgentFactory(), UserFactory()
    sessions = Session.objects.bulk_create(SessionFactory.build(seen_agent=agent, data_source=agent.data_source) for _ in range(800))
    headers = headers_of(person)

    def write(session, text):
        sent = {"code": "BAD", "comments": text, "client_key": f"key-of-{session.pk}"}
        return web.ask(f"/labels/{session.pk}/", method="POST", sent=urlencode(sent), headers=headers)

    with Web(DATABASE_URL=own.url) as web:
        try:
            with at_work(web, queue) as workers:
                time.sleep(1)
                own.fill_disk()
                # A table goes on as long as it has pages left.
                for session in sessions[:-1]:
                    status, answered, said = write(session, random.randbytes(4_500).hex())
                    if status != 302:
                        break
                read = [web.ask(path, headers=headers)[0] for path in ("/review/", f"/sessions/{session.pk}/")]
            assert (status, bool(answered["Retry-After"])) == (503, True)
            assert "disk of the database is full" in said
            assert read == [200, 200]
        finally:
            own.empty_disk()
        begun = time.monotonic()
        while write(sessions[-1], "There is room again.")[0] != 302:
            assert time.monotonic() - begun < 20, "it did not heal"
            time.sleep(0.2)

    assert Label.objects.filter(comment="There is room again.").count() == 1
    for worker in workers:
        assert set(worker.acknowledged) <= set(Label.objects.filter(rater__user=worker.person).values_list("session", flat=True))
        assert worker.wrong == []
    check_everything_derived()
