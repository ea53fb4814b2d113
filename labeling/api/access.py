"""Who may call an endpoint: a key that works, made for it. Asked before anything of the request is read."""

from typing import Any, cast

from django.http import HttpRequest
from ninja.security import APIKeyHeader

from labeling.middleware.api_keys import HEADER
from labeling.models import ApiKey, User
from labeling.models.api_key import KeyScope
from labeling.policies import why_not_use
from sessions_app.api.problems import Refused
from sessions_app.scope import Scope


class ApiRequest(HttpRequest):
    """A type only; nothing makes one. The middleware finds the key, and what its owner sees."""

    user: User  # type: ignore[assignment]
    api_key: ApiKey
    scope: Scope


class SyllableApiKey(APIKeyHeader):
    """`needs` is the scope without which an endpoint answers 403 with a sentence."""

    param_name = HEADER

    def __init__(self, needs: KeyScope | None = None) -> None:
        super().__init__()
        self.needs = needs

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        row: ApiKey | None = getattr(request, "api_key", None)
        if row and self.needs and (why_not := why_not_use(row, self.needs)):
            raise Refused(403, why_not)
        return row


def asked_by(request: HttpRequest) -> ApiRequest:
    """This will be the request as the middleware has left it, for who reads the types."""
    return cast(ApiRequest, request)
