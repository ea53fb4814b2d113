"""Unmasking one session: asking with a reason, and hiding again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from labeling.access import requires
from labeling.forms.privacy import UnmaskingForm
from labeling.operations.unmasking import hide_session, unmask_session
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.saved_views import SeeOther
from labeling.views.showing import Showing, find_session, find_showing
from sessions_app.queries.database_clock import database_now


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.UNMASK)
def unmasking_create(request: SignedInRequest, pk: int) -> HttpResponse:
    showing = _showing(request, pk)
    form = UnmaskingForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        unmask_session(session=showing.session, by=request.user, at=database_now(), **form.cleaned_data)
        return SeeOther(showing.address)
    context = {"section": "sessions", "session": showing.session, "showing": showing, "form": form, "back": showing.address}
    return render(request, "labeling/unmasking_create.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Permission.UNMASK)
def unmasking_withdrawal(request: SignedInRequest, pk: int) -> HttpResponse:
    showing = _showing(request, pk)
    hide_session(session=showing.session, by=request.user, at=database_now())
    messages.info(request, _("Masked again"))
    return redirect(showing.address)


def _showing(request: SignedInRequest, pk: int) -> Showing:
    """The session where the person stands, so that they come back to where they were."""
    return find_showing(request, find_session(request, pk), request.POST or request.GET)
