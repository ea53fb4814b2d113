"""Browsers in which somebody has signed in before. Wrong passwords of strangers stop the tries at an account from everywhere
else, and not those of its owner in the browser they use: each known browser has tries of its own."""

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

NAME = "__Host-known-device" if settings.PRODUCTION else "known-device"
SALT = "labeling.accounts.known_devices"
KEPT_SECONDS = 90 * 86_400


def remember_device(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """This will note in the browser that the owner of this address signed in here. It opens nothing."""
    device = known_device(request, email) or secrets.token_urlsafe(16)
    value = signing.dumps([_digest(email), device], salt=SALT)
    response.set_cookie(NAME, value, max_age=KEPT_SECONDS, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax")


def known_device(request: HttpRequest, email: str) -> str:
    """This will return the name of a browser in which the owner of this address signed in, or nothing."""
    try:
        digest, device = signing.loads(request.COOKIES.get(NAME, ""), salt=SALT, max_age=KEPT_SECONDS)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(device) if digest == _digest(email) else ""


def _digest(email: str) -> str:
    """The address itself is nobody's to read in a browser that many use."""
    return salted_hmac(SALT, email.strip().lower(), algorithm="sha256").hexdigest()[:32]
