"""Answers when something is wrong: always a page or the wire's shape, never a bare trace."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader

from labeling.middleware.api_keys import is_api


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 400, "The request could not be read.")


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 403, "Your role does not cover this.")


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 404, "Nothing was found here.")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """A database that does not answer is a 503 with a time to come back, anything else a 500."""
    away = isinstance(sys.exc_info()[1], (OperationalError, InterfaceError))
    status, detail = (503, "The database does not answer.") if away else (500, "Something went wrong on the server.")
    if is_api(request):
        response: HttpResponse = JsonResponse({"detail": detail}, status=status)
    else:
        # Without the request: reading who is signed in would ask the database that has just failed.
        response = HttpResponse(loader.render_to_string(f"{status}.html"), status=status)
    if away:
        response["Retry-After"] = "5"
    return response


def _answer(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    if is_api(request):
        return JsonResponse({"detail": detail}, status=status)
    return render(request, f"{status}.html", status=status)
