"""What happens at the very moment at which a label is on its way to the vendor."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import OperationalError, connection, transaction

from labeling.models import Push
from labeling.operations.labels import withdraw_label
from labeling.operations.raters import rater_of
from sessions_app.models import Session
from tests.factories import RaterFactory
from tests.labeling.pushed import make_desk
from tests.sessions_app.upstream.fake_vendor import FakeVendor

pytestmark = pytest.mark.django_db(transaction=True)


class Meanwhile(FakeVendor):
    """Something happens while it makes a label."""

    meanwhile = staticmethod(lambda: None)

    def _create(self, body):
        try:
            self.meanwhile()
        finally:
            connection.close()
        return super()._create(body)


@pytest.fixture
def desk(settings):
    with Meanwhile() as vendor:
        yield make_desk(vendor, settings)


def test_a_reviewer_who_changes_the_label_meanwhile_is_not_held_up_and_the_change_goes_too(desk):
    session, ana = desk.session(7), RaterFactory(email="ana@example.com")
    desk.label(session, ana, "GOOD")
    changes = iter(["BAD"])

    def change():
        for code in changes:
            desk.label(session, ana, code)

    desk.vendor.meanwhile = change
    desk.send()

    assert [code for _, code, _ in desk.there] == ["GOOD", "BAD"]
    assert [state for _, state in desk.states] == ["sent", "sent"]


def test_a_label_that_comes_to_count_again_meanwhile_goes_again(desk, reviewer):
    session, rater = desk.session(7), rater_of(user=reviewer)
    desk.label(session, rater, "GOOD")
    desk.send()
    second = desk.label(session, rater, "BAD")
    desk.vendor.meanwhile = lambda: withdraw_label(label=second, by=reviewer)

    desk.send()
    desk.vendor.meanwhile = lambda: None
    desk.send()

    assert [code for _, code, _ in desk.there] == ["GOOD", "BAD", "GOOD"]


def test_a_session_cannot_be_erased_while_its_words_are_on_their_way(desk):
    desk.label(desk.session(7), RaterFactory())
    held = []

    def erase():
        try:
            with transaction.atomic():
                Session.objects.select_for_update(nowait=True).get(pk=7)
        except OperationalError:
            held.append(True)

    desk.vendor.meanwhile = erase
    desk.send()

    assert held == [True]
    assert Push.objects.get().state == "sent"


def test_two_who_send_at_once_send_each_label_once(desk):
    for number in range(7, 13):
        desk.label(desk.session(number), RaterFactory())
    begun = Event()
    desk.vendor.meanwhile = begun.set

    def second():
        try:
            assert begun.wait(10)
            return desk.send()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(second)
        first = desk.send()

    assert (first, other.result()) == (6, 0)
    assert len(desk.there) == 6


def test_pushing_that_is_switched_off_stops_after_the_label_on_its_way(desk):
    for number in (7, 8, 9):
        desk.label(desk.session(number), RaterFactory())
    desk.vendor.meanwhile = lambda: desk.change(pushes=False)

    assert desk.send() == 1
    assert len(desk.there) == 1
