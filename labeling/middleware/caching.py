"""Nothing that was shown to somebody signed in stays on the machine they used."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers


class PrivateAnswers:
    """Everything but static files is `no-store`; a fragment is never taken for its page; signing out clears the browser."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if "max-age" not in response.get("Cache-Control", "") or "no-store" in response["Cache-Control"] or "max-age=0" in response["Cache-Control"]:
            response["Cache-Control"] = "no-store"
            patch_vary_headers(response, ["HX-Request", "Cookie"])
        if getattr(request, "signed_out", False):
            response["Clear-Site-Data"] = '"cache", "storage"'
        return response
