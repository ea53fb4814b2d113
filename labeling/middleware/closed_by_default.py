"""Closed by default: every page asks for a sign-in unless its view says otherwise."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse

from labeling.middleware.api_keys import is_api
from labeling.middleware.sign_in_age import BACKGROUND_HEADER


class ClosedByDefault(LoginRequiredMiddleware):
    """A page redirects to the sign-in; a fragment or a beat gets a bare 401, so that no sign-in page lands in a panel."""

    def handle_no_permission(self, request: HttpRequest, view_func: Callable[..., Any]) -> HttpResponseBase:  # type: ignore[override]
        if is_api(request):
            return JsonResponse({"detail": "A valid API key is required in the Syllable-API-Key header."}, status=401)
        if request.htmx or BACKGROUND_HEADER in request.headers:  # type: ignore[attr-defined]
            return HttpResponse(status=401)
        return super().handle_no_permission(request, view_func)
