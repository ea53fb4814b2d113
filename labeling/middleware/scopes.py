"""What a request finds out about its person once: `request.scope`, the agents they may see, and what policies ask."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from labeling.queries.scopes import get_scope


class Scopes:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        person = request.user
        request.scope = SimpleLazyObject(lambda: get_scope(person if person.is_authenticated else None))  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:
        """An open view is open before anybody asks the database who is signed in."""
        if getattr(view, "login_required", True) and request.user.is_authenticated:
            request.user.remembered = {}
