"""API keys: making one, which is shown once, and revoking."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from labeling.access import requires
from labeling.forms.api_keys import ApiKeyForm
from labeling.models import ApiKey
from labeling.operations.api_keys import KeyMade, KeyRefused, create_api_key, revoke_api_keys
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from sessions_app.reading_order import ByName

MOST_REVOKED = 100


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def api_key_create(request: SignedInRequest) -> HttpResponse:
    """The answer to the form is the page with the key, not a redirect to it: nothing keeps a key between two requests."""
    form = ApiKeyForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _page(request, "admin/api_key_create.html", _("Make an API key"), form=form)
    if not form.is_valid():
        return _page(request, "admin/api_key_create.html", _("Make an API key"), status=422, form=form)
    given = form.cleaned_data
    try:
        row, key = create_api_key(
            user=given["email"],
            name=given["name"],
            scopes=given["scopes"],
            expires_at=form.expires_at,
            rate_per_minute=given["rate_per_minute"],
            prefix=given["start"],
            by=request.user,
        )
    except KeyRefused as refused:
        form.add_error(None, refused.reason)
        return _page(request, "admin/api_key_create.html", _("Make an API key"), status=422, form=form)
    except KeyMade:
        return _page(request, "admin/api_key_create.html", _("Make an API key"), status=409, form=ApiKeyForm(), is_made=True)
    return _page(request, "admin/api_key_created.html", _("Key made"), row=row, key=key, last=given["expires_on"])


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def api_key_revocation(request: SignedInRequest) -> HttpResponse:
    """Which keys stand in the address. Revoking a revoked one changes nothing."""
    wanted = [int(pk) for pk in request.GET.getlist("key")[:MOST_REVOKED] if pk.isascii() and pk.isdigit() and len(pk) < 19]
    keys = list(ApiKey.objects.filter(pk__in=wanted).select_related("user").order_by(ByName("name"), "pk"))
    overview = reverse("admin:labeling_apikey_changelist")
    if not keys:
        messages.warning(request, _("No key was chosen."))
        return HttpResponseRedirect(overview)
    if request.method != "POST":
        return _page(request, "admin/api_key_revocation.html", _("Revoke API keys"), keys=keys)
    n = revoke_api_keys(keys=keys, by=request.user)
    messages.success(request, ngettext("%(n)s key revoked", "%(n)s keys revoked", n) % {"n": n})
    return HttpResponseRedirect(overview, status=303)


def _page(request: SignedInRequest, template: str, title: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, template, {**admin.site.each_context(request), "title": title, "opts": ApiKey._meta, **context}, status=status)
