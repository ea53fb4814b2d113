"""Sending what webhooks are to be told: signed, one after the other for each webhook, several webhooks at once, again where it failed."""

import hashlib
import hmac
import logging
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from labeling.models import Webhook, WebhookAnswer, WebhookDelivery
from labeling.models.event import EventKind
from labeling.models.webhook import IN_LINE, DeliveryState, OffReason
from labeling.operations.events import record_event
from labeling.operations.webhook_events import ask_for_sending
from labeling.queries.webhooks import get_body, get_due_webhooks
from sessions_app.alone import alone
from sessions_app.outbound import Away, Refused, fetch
from sessions_app.sealing import Unreadable, unseal
from sessions_app.upstream.answers import asked_wait

logger = logging.getLogger(__name__)

CONNECT_SECONDS, SECONDS = 5, 10
MOST_AT_ONCE = 8
# Whoever sends and dies has not said how it went; after this time it is sent again.
LEASE = timedelta(seconds=60)
BACK_OFF = [
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=24),
]
FAILING_FOR = timedelta(days=3)
# A job does not stay for longer; what is left is another one's.
JOB_SECONDS = 60
# So often a job that waits for an answer looks for what became due meanwhile.
LOOK_SECONDS = 0.5
SENDING_LOCK = 0x3EB400C5
WORDS = {
    "ConnectionRefusedError": gettext_noop("Nothing listens there."),
    "TimeoutError": gettext_noop("It took too long."),
    "SSLCertVerificationError": gettext_noop("Its certificate is not trusted."),
}


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt. `secret` is None where this server cannot read it."""

    delivery: int
    webhook: int
    attempt: int
    url: str
    body: bytes
    secret: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """`status` is None where nothing came back; `wait` is how long the other side asked us to."""

    status: int | None
    ms: int
    problem: str = ""
    wait: timedelta = timedelta()

    @property
    def is_well(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def sign(*, secret: str, at: int, body: bytes) -> str:
    """This will be the header by which a receiver knows that it was us, and when."""
    signature = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signature}"


def send_due(*, should_stop: Callable[[], bool] = lambda: False) -> int:
    """This will send what is due and return how many attempts were made. Nothing is held in the database while another system is called.

    One at a time sends, in the whole installation; another that comes along leaves it to the first.
    """
    ends_at, n = time.monotonic() + JOB_SECONDS, 0
    # Asked again after the lock was given back: whoever came meanwhile went away because of us.
    while not should_stop() and get_due_webhooks().exists():
        if time.monotonic() > ends_at:
            ask_for_sending()
            return n
        with alone(SENDING_LOCK) as is_alone:
            if not is_alone:
                return n
            n += _send(lambda: should_stop() or time.monotonic() > ends_at)
    return n


def _send(should_stop: Callable[[], bool]) -> int:
    flying: dict[Future[Outcome], Call] = {}
    n = 0
    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        while True:
            for call in [] if should_stop() else _claim_calls(besides=[call.webhook for call in flying.values()]):
                flying[pool.submit(_call, call)] = call
            if not flying:
                return n
            for future in wait(flying, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED).done:
                _note(flying.pop(future), future.result())
                n += 1


def _claim_calls(besides: list[int]) -> list[Call]:
    webhooks = list(get_due_webhooks().exclude(pk__in=besides)[: MOST_AT_ONCE - len(besides)])
    return [call for webhook in webhooks if (call := _claim(webhook))]


@transaction.atomic
def _claim(webhook: Webhook) -> Call | None:
    """This will take the next delivery of a webhook, put off its next attempt, and say what is to be sent."""
    # By the database's clock, as in the look for what is due: by another one we might look for ever.
    waiting = WebhookDelivery.objects.filter(webhook=webhook, state=DeliveryState.WAITING).annotate(now=Now())
    waiting = waiting.select_related("event").select_for_update(of=("self",))
    delivery = waiting.filter(attempts__lt=IN_LINE).order_by("pk").first()
    if delivery is None or delivery.due_at > delivery.now:
        delivery = waiting.filter(attempts__gte=IN_LINE, due_at__lte=Now()).order_by("due_at", "pk").first()
    if delivery is None:
        return None
    delivery.attempts += 1
    WebhookDelivery.objects.filter(pk=delivery.pk).update(attempts=delivery.attempts, due_at=Now() + LEASE)
    try:
        secret = unseal(webhook.sealed_secret)
    except Unreadable:
        secret = None
    return Call(delivery.pk, webhook.pk, delivery.attempts, webhook.url, get_body(delivery.event), secret)


def _call(call: Call) -> Outcome:
    """In a thread of its own, which asks the database nothing."""
    if call.secret is None:
        return Outcome(None, 0, gettext_noop("This server cannot read the secret. Make a new one."))
    began = time.monotonic()
    headers = {
        "Content-Type": "application/json",
        "Review-Desk-Delivery": str(call.delivery),
        "Review-Desk-Signature": sign(secret=call.secret, at=int(time.time()), body=call.body),
    }
    try:
        answer = fetch(call.url, method="POST", headers=headers, body=call.body, seconds=SECONDS, connect_seconds=CONNECT_SECONDS, reads_body=False)
    except (Refused, Away) as reason:
        took = time.monotonic() - began
        return Outcome(None, _ms(took), WORDS["TimeoutError"] if took >= SECONDS else WORDS.get(str(reason), str(reason)))
    except Exception as fault:
        logger.error("A webhook could not be called: %s.", type(fault).__name__)
        return Outcome(None, _ms(time.monotonic() - began), gettext_noop("Something went wrong here."))
    ms = _ms(time.monotonic() - began)
    if 300 <= answer.status < 400:
        return Outcome(answer.status, ms, gettext_noop("It sends us elsewhere, which is not followed."))
    return Outcome(answer.status, ms, wait=timedelta(seconds=asked_wait(answer.headers.get("retry-after", ""))) if answer.status in (429, 503) else timedelta())


@transaction.atomic
def _note(call: Call, outcome: Outcome) -> None:
    """This will put down how an attempt went. Where the same delivery was taken up again meanwhile, that attempt decides."""
    WebhookAnswer.objects.create(delivery_id=call.delivery, status=outcome.status, ms=outcome.ms, problem=outcome.problem)
    mine = WebhookDelivery.objects.filter(pk=call.delivery, state=DeliveryState.WAITING, attempts=call.attempt)
    failing = Webhook.objects.filter(pk=call.webhook, failing_since__isnull=False)
    if outcome.is_well:
        mine.update(state=DeliveryState.DELIVERED, settled_at=Now())
        failing.update(failing_since=None)
        return
    Webhook.objects.filter(pk=call.webhook, failing_since=None).update(failing_since=Now())
    if outcome.status == 410:
        mine.update(state=DeliveryState.FAILED, settled_at=Now())
        _switch_off(call.webhook, OffReason.GONE)
    elif call.attempt > len(BACK_OFF):
        mine.update(state=DeliveryState.FAILED, settled_at=Now())
        if failing.filter(failing_since__lt=Now() - FAILING_FOR).exists():
            _switch_off(call.webhook, OffReason.FAILING)
    else:
        _put_off(mine, max(BACK_OFF[call.attempt - 1], outcome.wait))


def _put_off(mine: QuerySet[WebhookDelivery], pause: timedelta) -> None:
    mine.update(due_at=Now() + pause)
    if pause < timedelta(minutes=1):
        # Sooner than the look that is taken each minute.
        ask_for_sending(after=pause)


def _switch_off(webhook: int, reason: OffReason) -> None:
    if Webhook.objects.filter(pk=webhook, is_active=True).update(is_active=False, off_reason=reason):
        record_event(kind=EventKind.WEBHOOK_CHANGED, by=None, subject_kind="webhook", subject=webhook, before="on", after=f"off, {reason}")


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
