"""Webhooks: making one, changing it, switching it off and on, telling it again. Its secret is shown once."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now

from labeling.models import User, Webhook, WebhookDelivery, WebhookEvent
from labeling.models.event import EventKind
from labeling.models.webhook import TEST, DeliveryState
from labeling.operations.events import record_event
from labeling.operations.webhook_events import BATCH, ask_for_sending
from labeling.operations.webhook_sending import LEASE
from sessions_app.sealing import seal

MARK = "rdwh"
SECRET_BYTES = 32
MOST_REPLAYED = 10_000


class NameTaken(Exception):
    """Another webhook has this name, perhaps from the same form sent twice."""


class SwitchedOff(Exception):
    """To this webhook nothing is sent."""


def create_webhook(*, name: str, url: str, kinds: Sequence[str], by: User) -> tuple[Webhook, str]:
    """This will make a webhook and return it beside its secret, which cannot be read again. Raises NameTaken."""
    secret = _new_secret()
    webhook = Webhook(name=name, url=url, kinds=sorted(set(kinds)), sealed_secret=seal(secret), created_by=by)
    with _naming(), transaction.atomic():
        webhook.save(force_insert=True)
        _record(webhook, by=by, after="made")
    return webhook, secret


def change_webhook(*, webhook: Webhook, name: str, url: str, kinds: Sequence[str], by: User) -> tuple[Webhook, str]:
    """This will change what a webhook is, and return it beside a new secret where its address is another one. Raises NameTaken."""
    with _naming(), transaction.atomic():
        row = Webhook.objects.select_for_update(no_key=True).get(pk=webhook.pk)
        secret = _new_secret() if url != row.url else ""
        if secret:
            row.url, row.sealed_secret = url, seal(secret)
            _record(row, by=by, after="another address")
        if sorted(set(kinds)) != sorted(row.kinds):
            row.kinds = sorted(set(kinds))
            _record(row, by=by, after="other kinds")
        row.name = name
        row.save(update_fields=["name", "url", "kinds", "sealed_secret"])
    return row, secret


@transaction.atomic
def renew_secret(*, webhook: Webhook, by: User) -> str:
    """This will give a webhook a new secret and return it. The old one signs nothing from now on."""
    secret = _new_secret()
    Webhook.objects.filter(pk=webhook.pk).update(sealed_secret=seal(secret))
    _record(webhook, by=by, after="new secret")
    return secret


@transaction.atomic
def switch_webhook(*, webhook: Webhook, is_active: bool, by: User) -> None:
    """This will switch a webhook on or off. What happens while it is off it is never told; what waits is sent when it is on again."""
    changed = Webhook.objects.filter(pk=webhook.pk, is_active=not is_active).update(is_active=is_active, off_reason="", failing_since=None)
    if not changed:
        return
    _record(webhook, by=by, before="off" if is_active else "on", after="on" if is_active else "off")
    if is_active:
        hurry_deliveries(webhook=webhook)


@transaction.atomic
def send_test(*, webhook: Webhook, by: User) -> WebhookDelivery:
    """This will send an event that tells of no label. Raises SwitchedOff."""
    _locked_active(webhook)
    delivery = WebhookDelivery.objects.create(webhook=webhook, event=WebhookEvent.objects.create(kind=TEST), created_by=by)
    _record(webhook, by=by, after="test")
    transaction.on_commit(ask_for_sending, robust=True)
    return delivery


@transaction.atomic
def replay_deliveries(*, webhook: Webhook, delivery: int | None = None, by: User) -> int:
    """This will tell again what one delivery told, or all that were given up and not told again since, and return how many. Raises SwitchedOff."""
    _locked_active(webhook)
    settled = WebhookDelivery.objects.filter(webhook=webhook).exclude(state=DeliveryState.WAITING)
    chosen = settled.filter(pk=delivery) if delivery else _given_up(webhook)
    events = list(dict.fromkeys(chosen.order_by("pk").values_list("event", flat=True)[:MOST_REPLAYED]))
    WebhookDelivery.objects.bulk_create([WebhookDelivery(webhook=webhook, event_id=event, created_by=by) for event in events], batch_size=BATCH)
    if events:
        _record(webhook, by=by, after=f"{len(events)} replayed")
        transaction.on_commit(ask_for_sending, robust=True)
    return len(events)


@transaction.atomic
def hurry_deliveries(*, webhook: Webhook) -> int:
    """This will have what waits for its next attempt sent now, and return how much it was. What is being sent right now is left alone."""
    waiting = WebhookDelivery.objects.filter(webhook=webhook, state=DeliveryState.WAITING, due_at__gt=Now() + LEASE)
    n = waiting.update(due_at=Now())
    transaction.on_commit(ask_for_sending, robust=True)
    return n


def _given_up(webhook: Webhook) -> QuerySet[WebhookDelivery]:
    later = WebhookDelivery.objects.filter(webhook=webhook, event=OuterRef("event"), pk__gt=OuterRef("pk"))
    return WebhookDelivery.objects.filter(~Exists(later), webhook=webhook, state=DeliveryState.FAILED)


def _locked_active(webhook: Webhook) -> None:
    if not Webhook.objects.select_for_update(no_key=True).get(pk=webhook.pk).is_active:
        raise SwitchedOff


@contextmanager
def _naming() -> Iterator[None]:
    try:
        yield
    except IntegrityError as problem:
        if "webhook_name_unique" in str(problem):
            raise NameTaken from problem
        raise


def _new_secret() -> str:
    return f"{MARK}_{secrets.token_urlsafe(SECRET_BYTES)}"


def _record(webhook: Webhook, *, by: User, before: str = "", after: str) -> None:
    record_event(kind=EventKind.WEBHOOK_CHANGED, by=by, subject_kind="webhook", subject=webhook.pk, before=before, after=after)
