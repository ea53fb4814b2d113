"""Webhooks are told over real HTTP: signed, in order, again where it failed, never lost, and never the wrong system."""

import hashlib
import hmac
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from labeling import tasks
from labeling.models import Event, WebhookAnswer, WebhookDelivery
from labeling.models.event import EventKind
from labeling.operations import webhook_sending
from labeling.operations.webhook_sending import BACK_OFF, send_due, sign
from sessions_app import outbound
from sessions_app.sealing import seal
from tests.factories import NOON, WebhookDeliveryFactory, WebhookEventFactory, WebhookFactory
from tests.labeling.receiver import Receiver

pytestmark = pytest.mark.django_db


@pytest.fixture
def receivers(settings):
    """Several systems that are named as allowed: loopback is refused to everybody else."""
    made = []

    def make():
        receiver = Receiver()
        made.append(receiver)
        settings.OUTBOUND_ALLOWED = settings.OUTBOUND_ALLOWED | {receiver.host}
        return receiver

    settings.OUTBOUND_ALLOWED = frozenset()
    yield make
    for receiver in made:
        receiver.close()


@pytest.fixture
def receiver(receivers):
    return receivers()


@pytest.fixture
def webhook(receiver):
    return WebhookFactory(url=receiver.url, sealed_secret=seal("rdwh_known"))


def waiting(webhook, n=1, **given):
    return [WebhookDeliveryFactory(webhook=webhook, event=WebhookEventFactory(kind="webhook.test", session=None, label=None), **given) for _ in range(n)]


def state_of(delivery):
    delivery.refresh_from_db()
    return (delivery.state, delivery.attempts)


def later(webhook, by=timedelta(days=2)):
    """The clock of the deliveries goes on."""
    WebhookDelivery.objects.filter(webhook=webhook).update(due_at=F("due_at") - by)


def put_off_of(delivery):
    delivery.refresh_from_db()
    return delivery.due_at - timezone.now()


def about(span):
    return pytest.approx(span.total_seconds(), abs=5)


def test_what_is_told_is_signed_with_the_moment_of_sending(receiver, webhook):
    (delivery,) = waiting(webhook)

    assert send_due() == 1

    (got,) = receiver.got
    said = dict(part.split("=", 1) for part in got.headers["Review-Desk-Signature"].split(","))
    assert said["v1"] == hmac.new(b"rdwh_known", f"{said['t']}.".encode() + got.body, hashlib.sha256).hexdigest()
    assert abs(int(said["t"]) - time.time()) < 5
    assert got.headers["Review-Desk-Delivery"] == str(delivery.pk)
    assert got.headers["Content-Type"] == "application/json"
    assert got.told["id"] == str(delivery.event_id)
    assert state_of(delivery) == ("delivered", 1)


def test_an_answer_is_kept_with_its_status_and_its_time_and_nothing_it_says(receiver, webhook):
    receiver.answers = [0.05, (500, {"X-Says": "secret words"})]
    first, second = waiting(webhook, 2)

    send_due()

    well, bad = first.answers.get(), second.answers.get()
    assert (well.status, well.problem, well.ms >= 50) == (204, "", True)
    assert (bad.status, bad.problem) == (500, "")


@pytest.mark.parametrize("run", [tasks.send_webhooks, lambda context: tasks.send_webhooks_each_minute(context, 0)])
def test_a_job_sends_and_one_that_has_to_stop_leaves_it_to_the_next(receiver, webhook, run):
    waiting(webhook)

    assert run(SimpleNamespace(should_abort=lambda: True)) == 0
    assert run(SimpleNamespace(should_abort=lambda: False)) == 1
    assert len(receiver.got) == 1


def test_nothing_is_sent_twice(receiver, webhook):
    waiting(webhook, 3)

    assert (send_due(), send_due()) == (3, 0)
    assert len(receiver.got) == 3


def test_each_attempt_that_fails_is_put_off_for_longer_until_it_is_given_up(receiver, webhook):
    receiver.answers = [500] * 20
    (delivery,) = waiting(webhook)
    pauses = []

    for _ in range(len(BACK_OFF)):
        send_due()
        pauses.append(put_off_of(delivery).total_seconds())
        later(webhook)
    send_due()

    assert pauses == [about(pause) for pause in BACK_OFF]
    assert state_of(delivery) == ("failed", 8)
    assert len({got.body for got in receiver.got}) == 1
    assert delivery.answers.count() == 8
    later(webhook)
    assert send_due() == 0


def test_a_first_failure_asks_for_a_job_of_its_own_because_a_minute_would_be_long(receiver, webhook):
    receiver.answers = [500]
    waiting(webhook)

    send_due()

    job = ProcrastinateJob.objects.get(task_name="labeling.tasks.send_webhooks")
    assert (job.scheduled_at - timezone.now()).total_seconds() == about(timedelta(seconds=10))


@pytest.mark.parametrize(
    ("answer", "pause"),
    [
        ((429, {"Retry-After": "120"}), timedelta(seconds=120)),
        ((503, {"Retry-After": "3600"}), timedelta(hours=1)),
        ((503, {"Retry-After": "1"}), BACK_OFF[0]),
        ((503, {"Retry-After": "999999999999"}), timedelta(hours=24)),
        ((429, {"Retry-After": "9" * 5000}), timedelta(hours=24)),
        ((429, {"Retry-After": "-5"}), BACK_OFF[0]),
        ((429, {"Retry-After": "soon"}), BACK_OFF[0]),
        ((429, {"Retry-After": "Mon, 99 Foo 2026 25:61:61 GMT"}), BACK_OFF[0]),
        ((429, {"Retry-After": "Mon, 23 Nov 9999 23:59:59 GMT"}), timedelta(hours=24)),
        ((429, {"Retry-After": "Mon, 23 Nov 1999 23:59:59"}), BACK_OFF[0]),
        ((429, {"Retry-After": "Mon, 23 Nov 99999999999999999999 23:59:59 GMT"}), BACK_OFF[0]),
        ((429, {"Retry-After": "Mon, 23 Nov 2026 23:59:59 +99999999999999999"}), BACK_OFF[0]),
        ((429, {"Retry-After": "inf"}), BACK_OFF[0]),
        ((500, {"Retry-After": "3600"}), BACK_OFF[0]),
    ],
)
def test_a_receiver_that_asks_for_time_gets_it_within_a_day(receiver, webhook, answer, pause):
    receiver.answers = [answer]
    (delivery,) = waiting(webhook)

    send_due()

    assert put_off_of(delivery).total_seconds() == about(pause)


def test_a_receiver_may_name_the_moment(receiver, webhook):
    receiver.answers = [(503, {"Retry-After": format_datetime(datetime.now(UTC) + timedelta(minutes=7), usegmt=True)})]
    (delivery,) = waiting(webhook)

    send_due()

    assert put_off_of(delivery).total_seconds() == about(timedelta(minutes=7))


def test_what_is_newer_waits_for_what_failed_at_first(receiver, webhook):
    receiver.answers = [500]
    first, second = waiting(webhook, 2)

    send_due()
    assert [state_of(delivery) for delivery in (first, second)] == [("waiting", 1), ("waiting", 0)]
    later(webhook)
    send_due()

    assert [got.told["id"] for got in receiver.got] == [str(first.event_id), str(first.event_id), str(second.event_id)]


def test_what_failed_four_times_steps_aside_and_comes_again_by_its_own_time(receiver, webhook):
    receiver.answers = [500, 500, 500, 500]
    first, second = waiting(webhook, 2)

    for _ in range(4):
        send_due()
        later(webhook, timedelta(minutes=6))
    send_due()

    assert [state_of(delivery) for delivery in (first, second)] == [("waiting", 4), ("delivered", 1)]
    later(webhook)
    send_due()
    assert state_of(first) == ("delivered", 5)


def test_what_stepped_aside_comes_while_what_is_newer_still_waits_for_its_turn(receiver, webhook):
    waiting(webhook, attempts=1, due_at=timezone.now() + timedelta(minutes=1))
    waiting(webhook)
    (aside,) = waiting(webhook, attempts=4)

    assert send_due() == 1

    assert [got.told["id"] for got in receiver.got] == [str(aside.event_id)]


def test_a_redirect_is_a_failure_and_nobody_is_sent_there(receivers):
    inside, receiver = receivers(), receivers()
    receiver.answers = [(status, {"Location": f"http://{inside.host}/secret"}) for status in (301, 302, 303, 307, 308)]
    webhook = WebhookFactory(url=receiver.url)
    (delivery,) = waiting(webhook)

    for _ in range(5):
        send_due()
        later(webhook)

    assert state_of(delivery) == ("waiting", 5)
    assert inside.got == []
    assert set(delivery.answers.values_list("problem", flat=True)) == {"It sends us elsewhere, which is not followed."}


def test_a_receiver_that_is_gone_is_switched_off(receiver, webhook):
    receiver.answers = [410]
    first, second = waiting(webhook, 2)

    send_due()

    webhook.refresh_from_db()
    assert (webhook.is_active, webhook.off_reason) == (False, "gone")
    assert [state_of(delivery) for delivery in (first, second)] == [("failed", 1), ("waiting", 0)]
    event = Event.objects.get(kind=EventKind.WEBHOOK_CHANGED)
    assert (event.subject, event.before, event.after, event.user) == (webhook.pk, "on", "off, gone", None)
    later(webhook)
    assert send_due() == 0


def test_a_receiver_that_fails_for_three_days_is_switched_off_when_the_next_is_given_up(receiver, webhook):
    receiver.answers = [500] * 2
    webhook.failing_since = timezone.now() - timedelta(days=3, hours=1)
    webhook.save(update_fields=["failing_since"])
    (delivery,) = waiting(webhook, attempts=6)

    send_due()
    webhook.refresh_from_db()
    assert webhook.is_active
    later(webhook)
    send_due()

    webhook.refresh_from_db()
    assert (webhook.is_active, webhook.off_reason) == (False, "failing")
    assert state_of(delivery) == ("failed", 8)


def test_one_good_answer_ends_a_time_of_failing(receiver, webhook):
    receiver.answers = [500, 204]
    waiting(webhook)

    send_due()
    webhook.refresh_from_db()
    assert webhook.failing_since is not None
    later(webhook)
    send_due()

    webhook.refresh_from_db()
    assert webhook.failing_since is None


def test_what_is_switched_off_is_sent_nothing(receiver, webhook):
    webhook.is_active = False
    webhook.save(update_fields=["is_active"])
    waiting(webhook)

    assert send_due() == 0
    assert receiver.got == []


def test_one_that_stalls_holds_up_nobody(receivers, monkeypatch):
    monkeypatch.setattr(webhook_sending, "SECONDS", 1.5)
    slow, quick = receivers(), receivers()
    slow.answers = [4.0]
    (stalled,) = waiting(WebhookFactory(url=slow.url))
    waiting(WebhookFactory(url=quick.url), 10)

    send_due()

    assert len(quick.got) == 10
    assert max(got.at for got in quick.got) - slow.got[0].at < 1.5
    assert state_of(stalled) == ("waiting", 1)
    answer = stalled.answers.get()
    assert (answer.status, answer.problem) == (None, "It took too long.")


def test_more_that_stall_than_are_called_at_once_do_not_hold_up_one_that_works(receivers, monkeypatch):
    """Those that failed before come after those that work."""
    monkeypatch.setattr(webhook_sending, "SECONDS", 0.8)
    quick, slow = receivers(), receivers()
    slow.answers = [3.0] * 10
    for _ in range(10):
        waiting(WebhookFactory(url=slow.url, failing_since=NOON))
    waiting(WebhookFactory(url=quick.url), 3)

    send_due()

    assert max(got.at for got in quick.got) - slow.got[0].at < 0.8
    assert WebhookAnswer.objects.filter(status=None).count() == 10


def test_connecting_gets_half_of_the_time(webhook, monkeypatch):
    given = []
    monkeypatch.setattr(outbound.socket, "create_connection", lambda address, timeout: given.append(timeout) or (_ for _ in ()).throw(TimeoutError()))
    (delivery,) = waiting(webhook)

    send_due()

    assert 4 < given[0] <= 5
    assert delivery.answers.get().problem == "It took too long."


def test_an_answer_that_never_ends_is_not_read(receiver, webhook):
    """The status is the answer: what follows it is another system's."""
    receiver.answers = [(200, {"Content-Length": "1000000000000"})]
    (delivery,) = waiting(webhook)

    send_due()

    assert state_of(delivery) == ("delivered", 1)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://127.0.0.1/", "This address lies inside."),
        ("https://[::ffff:169.254.169.254]/", "This address lies inside."),
        ("http://127.0.0.1/", "Only https addresses are called."),
        ("https://127.0.0.1:6379/", "This port is not called."),
    ],
)
def test_an_address_that_became_one_inside_is_not_called(receiver, url, problem):
    """Whatever stands in the row: also what was saved before, or by a hand in the database."""
    (delivery,) = waiting(WebhookFactory(url=url))

    send_due()

    answer = delivery.answers.get()
    assert (answer.status, answer.problem) == (None, problem)
    assert state_of(delivery) == ("waiting", 1)


def test_a_name_that_changed_its_address_since_it_was_saved_is_not_called(receiver, monkeypatch):
    """Rebinding: public when the form was checked, loopback when it is called, and at no time a second question."""
    asked = []

    def getaddrinfo(host, port, *args):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34" if len(asked) == 1 else "127.0.0.1", port))]

    monkeypatch.setattr(outbound.socket, "getaddrinfo", getaddrinfo)
    assert outbound.why_not_call("https://rebind.example/") == ""
    (delivery,) = waiting(WebhookFactory(url="https://rebind.example/"))

    send_due()

    assert delivery.answers.get().problem == "This address lies inside."
    assert asked == ["rebind.example", "rebind.example"]


def test_a_receiver_that_is_not_there_is_a_failure_in_words(receivers):
    receiver = receivers()
    receiver.close()
    (delivery,) = waiting(WebhookFactory(url=receiver.url))

    send_due()

    assert delivery.answers.get().problem == "Nothing listens there."


def test_a_secret_that_this_server_cannot_read_is_said_and_nothing_is_sent_unsigned(receiver, webhook, settings):
    (delivery,) = waiting(webhook)
    settings.SEALING_KEYS = ["another"]

    send_due()

    assert receiver.got == []
    assert delivery.answers.get().problem == "This server cannot read the secret. Make a new one."


def test_an_answer_that_comes_after_another_attempt_decides_nothing(receiver, webhook):
    """A sender that was held up for longer than its lease."""
    (delivery,) = waiting(webhook)
    receiver.answers = [lambda: 500]

    call = webhook_sending._claim(webhook)
    later(webhook)
    outcome = webhook_sending._call(call)
    send_due()
    webhook_sending._note(call, outcome)

    assert state_of(delivery) == ("delivered", 2)
    assert sorted(delivery.answers.values_list("status", flat=True)) == [204, 500]


def test_a_failure_that_is_told_late_does_not_bring_the_next_attempt_forward(receiver, webhook):
    (delivery,) = waiting(webhook)
    receiver.answers = [500, 500]
    call = webhook_sending._claim(webhook)
    later(webhook)
    outcome = webhook_sending._call(call)

    send_due()
    webhook_sending._note(call, outcome)

    assert put_off_of(delivery).total_seconds() == about(BACK_OFF[1])


@pytest.mark.django_db(transaction=True)
def test_while_one_sends_another_leaves_it_to_the_first(receiver, webhook):
    waiting(webhook)
    with connection.copy().cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, 0)", [webhook_sending.SENDING_LOCK])

        assert send_due() == 0

        cursor.execute("SELECT pg_advisory_unlock(%s, 0)", [webhook_sending.SENDING_LOCK])
        cursor.connection.close()
    assert send_due() == 1


@pytest.mark.django_db(transaction=True)
def test_one_that_is_killed_while_it_sends_loses_nothing(receiver, webhook):
    """The receiver has it, we do not know: it comes a second time, with the same id, and what is behind it comes after it."""
    first, second = waiting(webhook, 2)
    sender = send_elsewhere(receiver)
    receiver.answers = [lambda: os.kill(sender.pid, signal.SIGKILL) or 204]
    sender.stdin.close()
    sender.wait(timeout=20)

    assert state_of(first) == ("waiting", 1)
    assert send_due() == 0, "its time is not over"
    later(webhook, timedelta(seconds=61))
    assert send_due() == 2

    assert [got.told["id"] for got in receiver.got] == [str(first.event_id), str(first.event_id), str(second.event_id)]
    assert [state_of(delivery)[0] for delivery in (first, second)] == ["delivered", "delivered"]


def send_elsewhere(receiver):
    """A process of its own that sends as soon as its input is closed."""
    database = connection.settings_dict
    code = f"""
import sys, django
django.setup()
from django.conf import settings
from django.db import connection
connection.settings_dict["NAME"] = {database["NAME"]!r}
settings.OUTBOUND_ALLOWED = frozenset([{receiver.host!r}])
from labeling.operations.webhook_sending import send_due
sys.stdin.read()
send_due()
"""
    # Where no key was ever written each process has one of its own, and could not open the secret.
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "SECRET_KEY": settings.SECRET_KEY}
    return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, env=environ)


def test_the_code_in_the_documents_knows_what_is_from_us(receiver, webhook, settings):
    page = (settings.BASE_DIR / "docs" / "webhooks.md").read_text()
    code = page.partition("```python\n")[2].partition("```")[0]
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102
    is_from_us = names["is_from_review_desk"]
    waiting(webhook)

    send_due()

    (got,) = receiver.got
    header = got.headers["Review-Desk-Signature"]
    late = sign(secret="rdwh_known", at=int(time.time()) - 301, body=got.body)
    assert is_from_us("rdwh_known", header, got.body)
    assert not is_from_us("rdwh_other", header, got.body)
    assert not is_from_us("rdwh_known", header, got.body.replace(b"test", b"hack"))
    assert not is_from_us("rdwh_known", late, got.body)
    for bad in ("", "t=,v1=", "v1=x", "t=x,v1=y", "t=1", f"t={'9' * 5000},v1=x", header.replace("v1", "v0"), header.upper(), "t=١٢٣,v1=é", "=,=,,"):
        assert not is_from_us("rdwh_known", bad, got.body)
