"""Whose change it was: the histories of reference data, which the database writes, name the person."""

import re
from collections.abc import Callable

import pghistory
from django.http import HttpRequest, HttpResponse

# Where reference data, people and rights are changed. Elsewhere nothing is written that has a history, and naming somebody
# would cost each write of a label a statement more.
PLACES = re.compile(r"/(admin|settings|accounts)/|/sessions/[0-9]+/examples/")


class NamesWhoChanges:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST" or not PLACES.match(request.path_info) or not request.user.is_authenticated:
            return self.get_response(request)
        with pghistory.context(user=request.user.pk):
            return self.get_response(request)
