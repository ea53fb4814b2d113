"""Many submits at one moment: an acknowledged label is never doubled and never lost, and the counters equal the rows."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client

from labeling.models import Draft, Label
from labeling.roles import Role
from tests.factories import AgentFactory, SessionFactory, UserFactory
from tests.labeling.recomputation import check_everything_derived
from tests.repetitions import repetitions

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(count, work):
    """This will run the work in as many threads, all let go at the same moment, and return what each answered."""
    barrier = Barrier(count)

    def wait_and_work(n):
        try:
            barrier.wait()
            return work(n)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(wait_and_work, range(count)))


def signed_in(person):
    client = Client()
    client.force_login(person)
    return client


@pytest.mark.parametrize("turn", repetitions(1, 100))
def test_twenty_identical_submits_at_once_are_one_label(reviewer, agent, turn):
    session = SessionFactory(seen_agent=agent)
    clients = [signed_in(reviewer) for _ in range(20)]
    sent = {"code": "BAD", "comments": "Wrong day.", "client_key": f"one-key-for-all-{turn}"}

    answers = at_once(20, lambda n: clients[n].post(f"/labels/{session.pk}/", sent).status_code)

    assert answers == [302] * 20
    assert Label.objects.count() == 1
    assert not Draft.objects.filter(is_open=True).exists()
    check_everything_derived()


@pytest.mark.parametrize("turn", repetitions(1, 10))
def test_forty_people_on_one_session_are_forty_labels(turn):
    session = SessionFactory(seen_agent=AgentFactory())
    people = [UserFactory(role=Role.REVIEWER, all_agents=True) for _ in range(40)]
    clients = [signed_in(person) for person in people]

    answers = at_once(40, lambda n: clients[n].post(f"/labels/{session.pk}/", {"code": ("GOOD", "OK")[n % 2], "client_key": f"key-of-{n}-{turn}"}).status_code)

    assert answers == [302] * 40
    session.refresh_from_db()
    assert (Label.objects.count(), session.label_raters) == (40, 40)
    check_everything_derived()
