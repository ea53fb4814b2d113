"""Whether the API works, for who watches over it with a key; and what managers settled."""

from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import BaseModel

from labeling.api.access import SyllableApiKey, asked_by
from labeling.api.label_table import NAMES
from labeling.api.session_labels import list_labels
from labeling.api.wire_labels import SessionLabelList
from labeling.models.api_key import KeyScope
from sessions_app.api.documented import list_parameters
from sessions_app.api.rendering import answer
from sessions_app.api.schemas import OF_A_LIST, PROBLEMS

router = Router(tags=["desk"])


class Health(BaseModel):
    status: str
    scopes: list[str]
    expires_at: str


@router.get("/health", response={200: Health, **PROBLEMS}, url_name="health", summary="Whether the API works")
def health(request: HttpRequest) -> HttpResponse:
    """Any key is enough. It tells what the key is for, and until when."""
    key = asked_by(request).api_key
    return answer({"status": "ok", "scopes": key.scopes, "expires_at": key.expires_at})


@router.get(
    "/settled_labels",
    auth=SyllableApiKey(KeyScope.LABELS_READ),
    response={200: SessionLabelList, **OF_A_LIST},
    openapi_extra=list_parameters(NAMES),
    url_name="settled_labels",
    summary="Settled labels",
)
def settled_labels_list(request: HttpRequest) -> HttpResponse:
    """For each session that was settled the label that settled it, in the grammar of the list of labels."""
    return list_labels(asked_by(request), only=Q(is_settlement=True, session__label_is_settled=True, session__session_label_id=F("pk")))
