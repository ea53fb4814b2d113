"""Who has to have a second factor sets it up before anything else."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from labeling.accounts.choices import must_set_up
from labeling.middleware.api_keys import is_api
from labeling.middleware.sign_in_age import BACKGROUND_HEADER

# What may be reached on the way there, by the name of the address.
ON_THE_WAY = frozenset(
    {"mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate", "account_logout", "mfa_view_recovery_codes", "mfa_generate_recovery_codes"}
)


class SecondFactorFirst:
    """A page leads to the set-up, a fragment is refused."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> HttpResponseBase | None:
        # An open view is open before anybody asks the database who is signed in.
        if is_api(request) or not getattr(view, "login_required", True) or not request.user.is_authenticated:
            return None
        if not must_set_up(request):
            return None
        match = request.resolver_match
        if match is not None and match.view_name in ON_THE_WAY:
            return None
        if request.htmx or BACKGROUND_HEADER in request.headers:  # type: ignore[attr-defined]
            raise PermissionDenied
        return redirect("mfa_index")
