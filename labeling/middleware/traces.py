"""Each request has an id, which its answer and its lines in the log name, and is counted. No address, no text, no name."""

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from config.logs import request_id
from labeling.operations.measures import measures

HEADER = "X-Request-ID"
# What a proxy may call a request. Anything else could forge a line of the log.
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
logger = logging.getLogger("review_desk.requests")


class Traces:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "") if settings.ALLAUTH_TRUSTED_PROXY_COUNT else ""
        named = given if WELL_FORMED.match(given) else secrets.token_hex(8)
        token, begun = request_id.set(named), time.perf_counter()
        try:
            response = self.get_response(request)
            response[HEADER] = named
            self._note(request, response, time.perf_counter() - begun)
            return response
        finally:
            request_id.reset(token)

    def _note(self, request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
        match = request.resolver_match
        route = (match.view_name or "unnamed") if match is not None else "none"
        method = request.method if request.method in METHODS else "OTHER"
        if settings.METRICS_TOKEN:
            measures.note(route=route, method=str(method), status=response.status_code, seconds=seconds)
        if settings.LOG_REQUESTS:
            # Whoever was asked for on the way; to log nobody asks again.
            key = getattr(request, "api_key", None)
            user = key.user if key else getattr(request, "_cached_user", None)
            facts = {"route": route, "method": method, "status": response.status_code, "ms": round(seconds * 1000, 1), "user": getattr(user, "pk", None)}
            logger.info("%s %s %s", method, route, response.status_code, extra={"facts": facts})
