"""Signing in and out, passwords, second factors, the identity provider. There is no sign-up, and nobody links accounts by themselves."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path, re_path

from labeling.views import identities, invitations, second_factors


@login_not_required
def no_sign_up(request: HttpRequest) -> HttpResponse:
    """allauth's pages name this address; an admin makes accounts."""
    raise Http404


def unless_sso_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """This will answer 404 where only the identity provider signs people in."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if settings.SSO_ONLY:
            raise Http404
        return view(request, *args, **kwargs)

    return checked


def with_password(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """This will answer 404 to who has no password: allauth would lead them to a page that is not here."""

    @wraps(view)
    def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not request.user.has_usable_password():
            raise Http404
        return view(request, *args, **kwargs)

    return checked


urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("signup/", no_sign_up, name="account_signup"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", with_password(views.password_change), name="account_change_password"),
    path("password/reset/", unless_sso_only(views.password_reset), name="account_reset_password"),
    path("password/reset/done/", unless_sso_only(views.password_reset_done), name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        unless_sso_only(views.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/", unless_sso_only(views.password_reset_from_key_done), name="account_reset_password_from_key_done"),
    path("invitations/<slug:token>/", invitations.invitation_detail, name="invitation_detail"),
    path("oidc/", identities.identity_sign_in, name="identity_sign_in"),
    path("oidc/return/", identities.identity_return, name="identity_return"),
    path("2fa/", factors.index, name="mfa_index"),
    path("2fa/authenticate/", factors.authenticate, name="mfa_authenticate"),
    path("2fa/reauthenticate/", factors.reauthenticate, name="mfa_reauthenticate"),
    path("2fa/totp/activate/", totp.activate_totp, name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("2fa/recovery-codes/generate/", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("2fa/webauthn/", passkeys.list_webauthn, name="mfa_list_webauthn"),
    path("2fa/webauthn/add/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path("2fa/webauthn/reauthenticate/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("2fa/webauthn/login/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/remove/", second_factors.passkey_deletion, name="mfa_remove_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/edit/", passkeys.edit_webauthn, name="mfa_edit_webauthn"),
]
