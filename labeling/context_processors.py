"""What the shell of every page needs."""

from functools import cache
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest

from labeling.accounts.choices import get_sign_in_choices
from labeling.demo.sign_ins import get_demo_people
from labeling.middleware.sign_in_age import SIGNED_IN_AT, now_of
from labeling.queries.waiting import count_waiting
from labeling.requests import SignedInRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    if not hasattr(request, "session"):
        return {}
    return {
        "idle_seconds": settings.IDLE_SIGN_OUT_SECONDS,
        "absolute_seconds": settings.ABSOLUTE_SIGN_OUT_SECONDS,
        "signed_in_for": now_of(request) - request.session[SIGNED_IN_AT] if SIGNED_IN_AT in request.session else 0,
        # The pages of signing in ask, no other does.
        "sign_in": cache(lambda: get_sign_in_choices(request)),
        "demo_roles": cache(lambda: list(get_demo_people(request))),
        # Asked when the top bar is drawn, once a page: fragments have none.
        "waiting_count": cache(
            lambda: count_waiting(cast(SignedInRequest, request).user, scope=cast(SignedInRequest, request).scope) if request.user.is_authenticated else 0
        ),
    }
