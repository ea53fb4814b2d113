"""What the shell of every page needs."""

import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from labeling.middleware.sign_in_age import SIGNED_IN_AT


def shell(request: HttpRequest) -> dict[str, Any]:
    if not hasattr(request, "session"):
        return {}
    now = int(time.time())
    return {
        "idle_seconds": settings.IDLE_SIGN_OUT_SECONDS,
        "absolute_seconds": settings.ABSOLUTE_SIGN_OUT_SECONDS,
        "signed_in_for": now - request.session.get(SIGNED_IN_AT, now),
    }
