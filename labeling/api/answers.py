"""What the API answers when something is wrong: always the wire's shape."""

import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.renderers import BaseRenderer

from labeling.operations.number_searches import TooManyNumbers
from sessions_app.api.problems import Refused, Unprocessable
from sessions_app.api.rendering import JSON, answer, dumps

NOTHING_HERE = "There is nothing at this address of the API."
UNREADABLE = "The request could not be read."
TOO_MANY_NUMBERS = "The owner of this key has looked for many numbers within an hour. Go on later, or use a key with pii:read."
NOT_AS_IT_IS = "Send the body as it is, without Content-Encoding."
NO_KEY = "A valid API key is required in the Syllable-API-Key header."


class WireRenderer(BaseRenderer):
    """Django's own encoder cuts times to milliseconds."""

    media_type = JSON

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> str:
        return dumps(data)


def answer_problems(api: NinjaAPI) -> None:
    """This will give the API an answer to everything that its endpoints raise on purpose. What they do not is a fault, and Django reports it."""
    answers: dict[type[Exception], Callable[[Any], HttpResponse]] = {
        TooManyNumbers: lambda problem: answer({"detail": TOO_MANY_NUMBERS}, status=429, headers={"Retry-After": "3600"}),
        Refused: lambda problem: answer({"detail": problem.sentence}, status=problem.status, headers=problem.headers),
        Unprocessable: lambda problem: answer({"detail": problem.errors}, status=422),
        ValidationError: _not_valid,
        AuthenticationError: lambda problem: _said(401, NO_KEY),
        HttpError: lambda problem: _said(problem.status_code, str(problem)),
        Http404: lambda problem: _said(404, NOTHING_HERE),
        RequestDataTooBig: lambda problem: _said(413, "The body is too large."),
        SuspiciousOperation: lambda problem: _said(400, UNREADABLE),
        UnreadablePostError: lambda problem: _said(400, UNREADABLE),
    }
    for kind, answered in answers.items():
        api.add_exception_handler(kind, _handler(answered))


def _handler(answered: Callable[[Any], HttpResponse]) -> Callable[[HttpRequest, Any], HttpResponse]:
    return lambda request, problem: answered(problem)


def _said(status: int, sentence: str) -> HttpResponse:
    return answer({"detail": sentence}, status=status)


def _not_valid(problem: ValidationError) -> HttpResponse:
    # What pydantic says beside the three keys can quote what was sent.
    errors = [{"loc": error["loc"], "msg": error["msg"], "type": error["type"]} for error in problem.errors]
    return answer(json.loads(json.dumps({"detail": errors}, default=str)), status=422)


def refuse_encoded(request: HttpRequest) -> None:
    """This will refuse a body that would have to be unpacked: nobody knows how large it is. Raises Refused."""
    if request.headers.get("Content-Encoding", "").strip().lower() not in ("", "identity"):
        raise Refused(415, NOT_AS_IT_IS)
