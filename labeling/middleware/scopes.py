"""`request.scope`: which agents this request may see, read once when first asked for."""

from collections.abc import Callable

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
