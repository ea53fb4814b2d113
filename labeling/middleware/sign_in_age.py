"""A sign-in ends after a time without activity, and after a day's work in any case."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from labeling.middleware.api_keys import is_api
from labeling.operations.sign_ins import note_activity

SIGNED_IN_AT, ACTIVE_AT = "signed_in_at", "active_at"
# Activity is written down at most this often, so that reading pages does not write to the database each time.
GRAIN_SECONDS = 20
BACKGROUND_HEADER = "X-Background"
ALIVE = "/healthz"


class SignInAge:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Whether the process lives must be told without asking the database who is asking.
        if request.path_info != ALIVE and not is_api(request) and request.user.is_authenticated:
            now = now_of(request)
            request.session.setdefault(SIGNED_IN_AT, now)
            request.session.setdefault(ACTIVE_AT, now)
            if min(seconds_left(request)) <= 0:
                logout(request)
                request.signed_out = True  # type: ignore[attr-defined]
            elif BACKGROUND_HEADER not in request.headers and now - request.session[ACTIVE_AT] >= GRAIN_SECONDS:
                request.session[ACTIVE_AT] = now
                note_activity(key=request.session.session_key)
        return self.get_response(request)


def now_of(request: HttpRequest) -> int:
    """By the database's clock, as seconds since 1970."""
    return int(request.session.moment().timestamp())  # type: ignore[attr-defined]


def seconds_left(request: HttpRequest) -> tuple[int, int]:
    """This will return how long the sign-in lasts without activity, and at most."""
    now = now_of(request)
    idle = request.session[ACTIVE_AT] + settings.IDLE_SIGN_OUT_SECONDS - now
    absolute = request.session[SIGNED_IN_AT] + settings.ABSOLUTE_SIGN_OUT_SECONDS - now
    return idle, absolute
