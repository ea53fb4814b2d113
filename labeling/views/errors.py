"""Answers when something is wrong: always a page or the wire's shape, never a bare trace."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext as _
from psycopg.errors import DiskFull

from labeling.middleware.api_keys import is_api

RETRY_AFTER_SECONDS = 5


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 400, _("The request could not be read."))


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 403, _("Your role does not cover this."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _answer(request, 404, _("Nothing was found here."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """A database that does not answer, or has no room, is a 503 with a time to come back, anything else a 500."""
    problem = sys.exc_info()[1]
    if isinstance(problem, (OperationalError, InterfaceError)):
        if isinstance(problem.__cause__, DiskFull):
            return come_again(request, _("The disk of the database is full: nothing can be saved until there is room."))
        return come_again(request, _("The database does not answer."))
    return _without_asking(request, 500, _("Something went wrong on the server."))


def come_again(request: HttpRequest, why: str) -> HttpResponse:
    """This will tell what the server cannot do right now, and when to try again."""
    response = _without_asking(request, 503, why)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def _without_asking(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    """Without the request in the page: reading who is signed in would ask the database that has just failed."""
    if is_api(request):
        return JsonResponse({"detail": detail}, status=status)
    return HttpResponse(loader.render_to_string(f"{status}.html", {"why": detail}), status=status)


def _answer(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    if is_api(request):
        return JsonResponse({"detail": detail}, status=status)
    return render(request, f"{status}.html", status=status)
