"""What a view may count on once the middleware has let a request through."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from labeling.models import User
from sessions_app.scope import Scope


class SignedInRequest(HttpRequest):
    """A type only; nothing makes one. ClosedByDefault refuses strangers, Scopes adds the scope."""

    user: User  # type: ignore[assignment]
    scope: Scope
    htmx: HtmxDetails
