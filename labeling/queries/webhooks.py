"""What webhooks are told, and what there is to send."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Now

from labeling.models import IssueCategory, Label, LabelIssue, Webhook, WebhookAnswer, WebhookDelivery, WebhookEvent
from labeling.models.webhook import IN_LINE, DeliveryState
from labeling.queries.issues import canonical_categories
from labeling.queries.unseen_places import judged_unseen
from sessions_app.models import Session
from sessions_app.reading_order import ByName

PAGE_SIZE = 50


def get_due_webhooks() -> QuerySet[Webhook]:
    """This will find the webhooks to which something is to be sent now, those that work before those that fail.

    In line stands what was tried less than IN_LINE times: of it only the first counts. What stepped aside comes by its own time.
    """
    waiting = WebhookDelivery.objects.filter(webhook=OuterRef("pk"), state=DeliveryState.WAITING)
    first = waiting.filter(attempts__lt=IN_LINE).order_by("pk").values("due_at")[:1]
    aside = waiting.filter(attempts__gte=IN_LINE, due_at__lte=Now())
    due = Webhook.objects.filter(is_active=True).annotate(line_due_at=Subquery(first)).filter(Q(line_due_at__lte=Now()) | Exists(aside))
    return due.order_by(F("failing_since").desc(nulls_first=True), "pk")


def get_deliveries(webhook: Webhook, *, state: str = "", before: int | None = None) -> Sequence[WebhookDelivery]:
    """This will return a page of what a webhook was told, newest first, with the answers, and one delivery more where there is a next page."""
    answers = Prefetch("answers", WebhookAnswer.objects.order_by("pk"))
    deliveries = WebhookDelivery.objects.filter(webhook=webhook).select_related("event", "created_by").prefetch_related(answers)
    if state:
        deliveries = deliveries.filter(state=state)
    if before:
        deliveries = deliveries.filter(pk__lt=before)
    return list(deliveries.order_by("-pk")[: PAGE_SIZE + 1])


def get_body(event: WebhookEvent) -> bytes:
    """This will be what a webhook is told of an event: ids and codes, never words that somebody wrote and never numbers of callers.

    Where labels have to be independent, codes are held back, and so are they where an independent queue still wants labels of
    the session: what an outside system is told, reviewers may read there before they judge.
    """
    is_held_back = settings.INDEPENDENT_REVIEW or bool(event.session and judged_unseen([event.session]))
    told: dict[str, Any] = {
        "id": str(event.pk),
        "kind": event.kind,
        "at": _moment(event.at),
        "session_id": event.session,
        "session_code": None,
        "label": None,
        "is_held_back": is_held_back,
    }
    label = Label.objects.filter(pk=event.label).first() if event.label else None
    if label is not None:
        told["session_code"] = None if is_held_back else Session.objects.values_list("label_code", flat=True).get(pk=label.session_id)
        told["label"] = {
            "id": label.pk,
            "type": label.type,
            "code": None if is_held_back else label.code,
            "issue_categories": None if is_held_back else _categories(label),
            "rater_id": label.rater_id,
            "replaces": label.replaces_id,
            "is_settlement": label.is_settlement,
            "via": label.via,
            "made_at": _moment(label.made_at),
        }
    return json.dumps(told, separators=(",", ":")).encode()


def _categories(label: Label) -> list[str]:
    """By their names of today. A string that means no category was typed by somebody, and may name a caller."""
    meant = set(canonical_categories(list(LabelIssue.objects.filter(label=label).values_list("raw", flat=True))).values())
    return list(IssueCategory.objects.filter(pk__in=meant).order_by(ByName("name"), "pk").values_list("name", flat=True)) if meant else []


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
