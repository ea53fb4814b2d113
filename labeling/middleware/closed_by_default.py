"""Closed by default: every page asks for a sign-in unless its view says otherwise."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from labeling.middleware.api_keys import is_api
from labeling.middleware.sign_in_age import BACKGROUND_HEADER


class ClosedByDefault(LoginRequiredMiddleware):
    """A page redirects to the sign-in; a fragment or a beat gets a bare 401, so that no sign-in page lands in a panel."""

    def process_view(self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any) -> HttpResponseBase | None:
        """An open view is open before anybody asks the database who is signed in."""
        if not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> HttpResponseBase:  # type: ignore[override]
        if is_api(request):
            return JsonResponse({"detail": "A valid API key is required in the Syllable-API-Key header."}, status=401)
        if request.htmx or BACKGROUND_HEADER in request.headers:  # type: ignore[attr-defined]
            return HttpResponse(status=401)
        return super().handle_no_permission(request, view_func)
