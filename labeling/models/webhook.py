"""Webhooks: other systems that are told when labels change. What they are told holds ids and codes, never words or numbers of callers."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from labeling.models.history import keeps_history


class WebhookKind(models.TextChoices):
    CREATED = "label.created", _("Label created")
    CHANGED = "label.changed", _("Label changed")
    WITHDRAWN = "label.withdrawn", _("Label withdrawn")
    SETTLED = "label.settled", _("Session settled")


# Sent because an admin asked for it. It tells of no label, so no webhook asks for it.
TEST = "webhook.test"
# So many attempts hold up what is newer; after that a delivery steps aside.
IN_LINE = 4


class OffReason(models.TextChoices):
    """Why a webhook is off that nobody switched off."""

    GONE = "gone", _("It answered 410 Gone")
    FAILING = "failing", _("It failed for three days")


@keeps_history("WebhookHistory", "name", "url", "kinds", "is_active")
class Webhook(models.Model):
    """`sealed_secret` signs what is sent. A change of `url` makes a new one, which is shown once."""

    name = models.CharField(max_length=100)
    url = models.CharField(max_length=500)
    sealed_secret = models.TextField()
    kinds = ArrayField(models.CharField(max_length=20, choices=WebhookKind), default=list)
    is_active = models.BooleanField(default=True)
    off_reason = models.CharField(max_length=7, choices=OffReason, blank=True)
    # Since when no attempt was answered well.
    failing_since = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kinds__contained_by=WebhookKind.values) & ~models.Q(kinds=[]), name="webhook_kinds_known"),
            models.CheckConstraint(condition=~models.Q(sealed_secret=""), name="webhook_has_a_secret"),
            models.CheckConstraint(condition=models.Q(off_reason="") | models.Q(off_reason__in=OffReason.values), name="webhook_off_reason_known"),
            # A form that is sent twice makes one.
            models.UniqueConstraint(fields=["name"], name="webhook_name_unique"),
        ]

    def __str__(self) -> str:
        return self.name


class WebhookEvent(models.Model):
    """What happened to a label, written in its transaction, where any webhook asks for it. The body is made when it is sent, from what is stored.

    A note on its way, no fact: labels are the facts, and what was told of them is forgotten after a while.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=[*WebhookKind.choices, (TEST, "Test")])
    # Plain ids: what is told stays true whatever becomes of them. A test has none.
    session = models.BigIntegerField(null=True, blank=True)
    label = models.BigIntegerField(null=True, blank=True)
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind=TEST) | models.Q(kind__in=WebhookKind.values, session__isnull=False, label__isnull=False),
                name="webhook_event_kind_known",
            )
        ]
        indexes = [models.Index(fields=["-at", "-id"], name="webhook_event_newest")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Given up")


class WebhookDelivery(models.Model):
    """One event on its way to one webhook. A replay is a delivery of its own."""

    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    event = models.ForeignKey(WebhookEvent, on_delete=models.PROTECT, related_name="deliveries")
    state = models.CharField(max_length=9, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    settled_at = models.DateTimeField(null=True, blank=True)
    # Who replayed it; nobody where it was sent because it happened.
    created_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints = [models.CheckConstraint(condition=models.Q(state__in=DeliveryState.values), name="webhook_delivery_state_known")]
        indexes = [
            models.Index(fields=["webhook", "id"], name="webhook_delivery_line", condition=models.Q(state=DeliveryState.WAITING, attempts__lt=IN_LINE)),
            models.Index(fields=["webhook", "due_at"], name="webhook_delivery_aside", condition=models.Q(state=DeliveryState.WAITING, attempts__gte=IN_LINE)),
            models.Index(fields=["webhook", "-id"], name="webhook_delivery_newest"),
            models.Index(fields=["webhook", "-id"], name="webhook_delivery_failed", condition=models.Q(state=DeliveryState.FAILED)),
        ]

    def __str__(self) -> str:
        return f"Delivery {self.pk} ({self.state})"


class WebhookAnswer(models.Model):
    """What one attempt was answered: the status and how long it took; never the body, which is another system's."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="answers")
    at = models.DateTimeField(db_default=Now(), editable=False)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    ms = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.status or self.problem}"
