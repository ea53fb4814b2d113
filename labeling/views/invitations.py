"""Accepting an invitation: a link leads to a form, the form makes a password. Nobody is signed in by a link."""

from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from labeling.forms.people import FirstPasswordForm
from labeling.operations.invitations import InvitationOver, accept_invitation, find_invitation


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_detail(request: HttpRequest, token: str) -> HttpResponse:
    """Used, expired, voided and wrong look the same."""
    if settings.SSO_ONLY:
        raise Http404
    limited: HttpResponse | None = ratelimit.consume_or_429(request, action="invitation", limit_get=True)
    if limited is not None:
        return limited
    try:
        invitation = find_invitation(token)
        form = FirstPasswordForm(invitation.user, request.POST or None)
        if request.method == "POST" and form.is_valid():
            accept_invitation(token=token, password=form.cleaned_data["new_password1"])
            # Whoever was signed in here goes on as somebody else.
            logout(request)
            return redirect("account_reset_password_from_key_done")
    except InvitationOver:
        return render(request, "account/invitation_over.html", status=404)
    context = {"form": form, "email": invitation.user.email}
    return render(request, "account/invitation.html", context, status=422 if form.errors else 200)
