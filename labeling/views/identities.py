"""Signing in through the identity provider: there, and back."""

import hmac

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from labeling.accounts import identity_provider
from labeling.accounts.adapter import BY_PROVIDER
from labeling.accounts.identity_provider import NotVouchedFor, ProviderAway
from labeling.middleware.sign_in_age import now_of
from labeling.operations.identities import AddressTaken, Grant, NoAccess, sign_in_identity

PENDING = "identity_sign_in"
MOST_SECONDS = 600


@login_not_required
@require_safe
def identity_sign_in(request: HttpRequest) -> HttpResponse:
    """A link and not a form: a form may not lead away from here."""
    if not settings.OIDC_ISSUER:
        raise Http404
    limited: HttpResponse | None = ratelimit.consume_or_429(request, action="identity_provider", limit_get=True)
    if limited is not None:
        return limited
    pending = identity_provider.begin()
    try:
        there = identity_provider.address_to_go(pending, back_to=_back_to(request))
    except ProviderAway:
        return _away(request)
    request.session[PENDING] = pending | {"next": _next(request), "at": now_of(request)}
    return HttpResponseRedirect(there)


@login_not_required
@require_safe
def identity_return(request: HttpRequest) -> HttpResponse:
    """What was begun in this browser is good once. Whatever is wrong with it is told in a sentence, never in the provider's words."""
    if not settings.OIDC_ISSUER:
        raise Http404
    limited: HttpResponse | None = ratelimit.consume_or_429(request, action="identity_provider", limit_get=True)
    if limited is not None:
        return limited
    pending = request.session.pop(PENDING, None)
    if pending is None or not hmac.compare_digest(request.GET.get("state", "").encode(), pending["state"].encode()):
        return _refused(request, _("This sign-in was not begun in this browser, or was used already. Begin again."))
    if now_of(request) - pending["at"] > MOST_SECONDS:
        return _refused(request, _("This sign-in took too long. Begin again."))
    if not request.GET.get("code") or request.GET.get("iss", settings.OIDC_ISSUER).rstrip("/") != settings.OIDC_ISSUER.rstrip("/"):
        return _refused(request, _("The identity provider did not let you in."))
    try:
        identity = identity_provider.who_came_back(request.GET["code"], pending, back_to=_back_to(request))
    except ProviderAway:
        return _away(request)
    except NotVouchedFor:
        return _refused(request, _("The answer of the identity provider could not be verified. Begin again; if it stays so, tell an admin."))
    try:
        person = sign_in_identity(identity=identity, grants={group: Grant(*given) for group, given in settings.OIDC_GROUPS.items()})
    except NoAccess:
        return _refused(request, _("None of your groups has access to Review Desk. Ask an admin."))
    except AddressTaken:
        reason = _("Your address has an account here already, or the identity provider gave none. An admin can link the two: tell them your identifier.")
        return _refused(request, reason, subject=identity.subject)
    record_authentication(request, person, method=BY_PROVIDER, provider="oidc")
    answer: HttpResponse = perform_login(request, Login(user=person, redirect_url=pending["next"] or None))
    return answer


def _back_to(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("identity_return"))


def _next(request: HttpRequest) -> str:
    page = request.GET.get("next", "")
    is_ours = page.startswith("/") and url_has_allowed_host_and_scheme(page, allowed_hosts=None, require_https=request.is_secure())
    return page if is_ours else ""


def _refused(request: HttpRequest, reason: str, *, subject: str = "") -> HttpResponse:
    return render(request, "account/identity_refused.html", {"reason": reason, "subject": subject}, status=403)


def _away(request: HttpRequest) -> HttpResponse:
    reason = _("The identity provider does not answer. Try again in a minute.")
    return render(request, "account/identity_refused.html", {"reason": reason}, status=503)
