"""API requests are signed in by their key and by nothing else: a browser's cookie never reaches the API."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse

from labeling.models import ApiKey
from labeling.operations.api_keys import TooManyRequests, count_request, find_api_key

HEADER = "Syllable-API-Key"
# What describes the API is a page: for people who are signed in, and with no key.
DESCRIPTIONS = frozenset({"/api/docs", "/api/openapi.json"})


class ApiKeys:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_api(request):
            return self.get_response(request)
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            # A redirect would teach the client nothing: its key has already crossed the network in clear.
            return JsonResponse({"detail": "Use https. This key has crossed the network in clear; replace it."}, status=403)
        key = find_api_key(request.headers.get(HEADER, ""))
        request.user = key.user if key else AnonymousUser()
        request.api_key = key  # type: ignore[attr-defined]
        if key:
            try:
                count_request(key)
            except TooManyRequests as refused:
                return _too_many(key, refused.seconds_left)
        return _in_json(self.get_response(request))


def is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/") and request.path_info not in DESCRIPTIONS


def _too_many(key: ApiKey, seconds_left: int) -> JsonResponse:
    sentence = f"This key may make {key.rate_per_minute} requests a minute. The next minute begins in {seconds_left} s."
    return JsonResponse({"detail": sentence}, status=429, headers={"Retry-After": str(seconds_left)})


def _in_json(response: HttpResponse) -> HttpResponse:
    """Django and ninja answer a wrong method in words of their own."""
    if response.status_code != 405:
        return response
    allowed = ", ".join(sorted(name.strip() for name in response.headers.get("Allow", "").split(",")))
    return JsonResponse({"detail": f"This address answers to {allowed}."}, status=405, headers={"Allow": allowed})
