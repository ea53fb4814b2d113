"""The site map."""

from allauth.account import views as account_views
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import include, path
from django.utils.translation import gettext_lazy as _
from django.views.generic import RedirectView
from procrastinate.contrib.django.models import ProcrastinateJob

from labeling import api
from labeling.views import errors

# Sign-in to the admin goes through ours, with its limits.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = _("Review Desk administration")
admin.site.index_title = _("Reference data")
# Roles decide here, not groups; a person has one address, the one of their account; and secrets of signing in are nobody's to see.
admin.site.unregister([Group, EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, UserSession])
# What a job was given is not for reading; the health page tells of those that failed.
admin.site.unregister(ProcrastinateJob)

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error

urlpatterns = [
    # Before the pages: what is at no address of the API gets their JSON.
    path("api/", api.urls),
    path("", include("labeling.urls")),
    path("accounts/", include("labeling.account_urls")),
    # One way to sign out and one to change a password: ours clear the browser and limit guesses.
    path("admin/logout/", account_views.logout),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
]
if settings.DEMO_SIGN_INS:
    urlpatterns.append(path("accounts/demo/", include("labeling.demo_urls")))
