"""Whether the API works, for who watches over it with a key."""

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import BaseModel

from labeling.api.access import asked_by
from sessions_app.api.rendering import answer
from sessions_app.api.schemas import PROBLEMS

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
