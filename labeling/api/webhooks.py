"""Webhooks and what they were told, for admins. They are made and changed in the admin, where the secret is shown once."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import BaseModel

from labeling.api.access import SyllableApiKey, asked_by
from labeling.models import Webhook, WebhookDelivery
from labeling.models.api_key import KeyScope
from labeling.models.webhook import DeliveryState
from labeling.queries.webhooks import PAGE_SIZE, get_deliveries
from labeling.roles import Permission
from sessions_app.api.documented import numbered
from sessions_app.api.grammar import read_id
from sessions_app.api.parameters import refuse_unknown
from sessions_app.api.problems import Refused, unprocessable
from sessions_app.api.rendering import answer
from sessions_app.api.schemas import OF_ONE, PROBLEMS

router = Router(tags=["desk"])
reading = SyllableApiKey(KeyScope.LABELS_READ)
NOT_YOURS = "Webhooks are for admins; the owner of this key is none."


class Hook(BaseModel):
    """`host` is where it is told. The rest of an address is often a secret of its own."""

    id: int
    name: str
    host: str
    kinds: list[str]
    is_active: bool
    off_reason: str
    failing_since: str | None = None


class HookList(BaseModel):
    items: list[Hook]


class Attempt(BaseModel):
    at: str
    status: int | None = None
    ms: int
    problem: str


class Delivery(BaseModel):
    id: int
    event_id: str
    kind: str
    session_id: int | None = None
    label_id: int | None = None
    state: str
    attempts: int
    created_at: str
    answers: list[Attempt]


class DeliveryList(BaseModel):
    """`next` is what `before` has to be for the page after this one."""

    items: list[Delivery]
    next: int | None = None


PARAMETERS = {
    "parameters": [
        *numbered("webhook_id")["parameters"],
        {"in": "query", "name": "state", "required": False, "schema": {"type": "string", "enum": list(DeliveryState.values)}, "description": "Only these."},
        {"in": "query", "name": "before", "required": False, "schema": {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}, "description": "Older ones."},
    ]
}


@router.get("webhooks", auth=reading, response={200: HookList, **PROBLEMS}, url_name="webhooks", summary="Webhooks")
def webhooks_list(request: HttpRequest) -> HttpResponse:
    """Without their secrets, and of each address only the host."""
    _refuse_others(request)
    refuse_unknown(request.GET)
    names = ("name", "kinds", "is_active", "off_reason", "failing_since")
    rows = Webhook.objects.order_by("pk")
    return answer({"items": [{"id": row.pk, "host": urlsplit(row.url).hostname, **{name: getattr(row, name) for name in names}} for row in rows]})


@router.get(
    "webhooks/{webhook_id}/deliveries",
    auth=reading,
    response={200: DeliveryList, **OF_ONE},
    openapi_extra=PARAMETERS,
    url_name="deliveries",
    summary="What a webhook was told",
)
def deliveries_list(request: HttpRequest, webhook_id: str) -> HttpResponse:
    """The newest first, with what each attempt was answered."""
    _refuse_others(request)
    refuse_unknown(request.GET, once=("state", "before"))
    state, before = request.GET.get("state", ""), None
    if "state" in request.GET and state not in DeliveryState.values:
        raise unprocessable(["query", "state"], f"One of: {', '.join(DeliveryState.values)}.", "enum")
    if "before" in request.GET and (before := read_id(request.GET["before"])) is None:
        raise unprocessable(["query", "before"], "What an earlier page said.", "int_parsing")
    pk = read_id(webhook_id)
    webhook = Webhook.objects.filter(pk=pk).first() if pk else None
    if webhook is None:
        raise Refused(404, "There is no such webhook.")
    rows = get_deliveries(webhook, state=state, before=before)
    return answer({"items": [_told(row) for row in rows[:PAGE_SIZE]], "next": rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None})


def _refuse_others(request: HttpRequest) -> None:
    if not asked_by(request).user.may(Permission.ADMINISTER):
        raise Refused(403, NOT_YOURS)


def _told(row: WebhookDelivery) -> dict[str, Any]:
    return {
        "id": row.pk,
        "event_id": str(row.event_id),
        "kind": row.event.kind,
        "session_id": row.event.session,
        "label_id": row.event.label,
        "state": row.state,
        "attempts": row.attempts,
        "created_at": row.created_at,
        "answers": [{"at": one.at, "status": one.status, "ms": one.ms, "problem": one.problem} for one in row.answers.all()],
    }
