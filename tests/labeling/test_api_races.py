"""The same label sent many times at one moment is one label, with a key of the client's or without."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client

from labeling.models import Label
from labeling.operations.raters import rater_of
from labeling.roles import Role
from tests.contract.conftest import key_of
from tests.factories import SessionFactory, UserFactory
from tests.labeling.recomputation import check_everything_derived
from tests.repetitions import repetitions

pytestmark = pytest.mark.django_db(transaction=True)
LABELS = "/api/v1/session_labels/"
MANY = 12


def at_once(work):
    barrier = Barrier(MANY)

    def wait_and_work(n):
        try:
            barrier.wait()
            return work(n)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(wait_and_work, range(MANY)))


def sending(key, session, **headers):
    body = {"session_id": session.pk, "type": "human-rating", "code": "BAD", "user_email": "luis@example.com", "issue_categories": ["Odd thing"]}
    return Client().post(LABELS, body, content_type="application/json", headers={"Syllable-API-Key": key, **headers})


@pytest.fixture
def key():
    return key_of(UserFactory(email="luis@example.com", role=Role.ADMIN))


@pytest.mark.parametrize("turn", repetitions(1, 30))
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "one"}], ids=["without a key", "with a key"])
def test_identical_labels_at_once_are_one(key, headers, turn):
    session = SessionFactory()

    answers = at_once(lambda n: sending(key, session, **headers))

    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["id"] for answer in answers} == {Label.objects.get().pk}
    check_everything_derived()


@pytest.mark.parametrize("turn", repetitions(1, 30))
def test_one_idempotency_key_on_many_sessions_at_once_makes_one_label(key, turn):
    sessions = [SessionFactory() for _ in range(MANY)]

    answers = at_once(lambda n: sending(key, sessions[n], **{"Idempotency-Key": "one"}))

    assert sorted(answer.status_code for answer in answers) == [200] + [422] * (MANY - 1)
    assert Label.objects.count() == 1


def test_an_address_whose_labels_are_somebody_elses_is_409(key):
    old = UserFactory(email="old@example.com")
    rater_of(user=old)
    old.email = "new@example.com"
    old.save()
    taker = UserFactory(email="old@example.com")
    session = SessionFactory()
    body = {"session_id": session.pk, "type": "human-rating", "code": "BAD", "user_email": taker.email}

    answer = Client().post(LABELS, body, content_type="application/json", headers={"Syllable-API-Key": key})

    assert (answer.status_code, answer.json()) == (409, {"detail": "Another person's labels stand under this address."})
    assert not Label.objects.exists()


def test_somebody_elses_label_is_that_persons_own(key):
    zoe, session = UserFactory(email="zoe@example.com"), SessionFactory()
    body = {"session_id": session.pk, "type": "human-rating", "code": "BAD", "user_email": " Zoe@example.com"}

    made = Client().post(LABELS, body, content_type="application/json", headers={"Syllable-API-Key": key}).json()

    label = Label.objects.get(pk=made["id"])
    assert (label.rater, label.claimed_email, made["user_email"]) == (rater_of(user=zoe), "Zoe@example.com", "Zoe@example.com")
    assert label.api_key.user.email == "luis@example.com"


def test_who_may_not_read_what_was_said_labels_nothing_with_a_key():
    deaf = UserFactory(email="deaf@example.com", may_read_transcripts=False)
    session = SessionFactory()
    body = {"session_id": session.pk, "type": "human-rating", "code": "BAD", "user_email": "deaf@example.com"}

    assert Client().post(LABELS, body, content_type="application/json", headers={"Syllable-API-Key": key_of(deaf)}).status_code == 403
    assert not Label.objects.exists()
