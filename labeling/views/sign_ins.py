"""One's own sign-ins: a list, ending one, and signing out everywhere else."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from labeling.clock import show
from labeling.operations.sign_ins import end_sign_ins
from labeling.queries.sign_ins import get_sign_ins, has_second_factor
from labeling.requests import SignedInRequest
from labeling.views.saved_views import SeeOther


@require_safe
def sign_in_list(request: SignedInRequest) -> HttpResponse:
    rows = get_sign_ins(request.user, this=request.session.session_key)
    shown = [
        (
            row,
            show(row.since, agent_zone=request.user.time_zone, viewer=request.user),
            show(row.last_seen, agent_zone=request.user.time_zone, viewer=request.user),
        )
        for row in rows
    ]
    return render(request, "labeling/sign_in_list.html", {"sign_ins": shown, "has_second_factor": has_second_factor(request.user)})


@require_POST
def sign_in_deletion(request: SignedInRequest, pk: int) -> HttpResponse:
    """One that is over already is no mistake; one of somebody else, or this one, is not found."""
    if pk in {row.pk for row in get_sign_ins(request.user, this=request.session.session_key) if row.is_this}:
        raise Http404
    if not end_sign_ins(person=request.user, by=request.user, only=pk):
        raise Http404
    messages.info(request, _("Signed out there"))
    return SeeOther(reverse("labeling:sign_in_list"))


@require_POST
def sign_ins_deletion(request: SignedInRequest) -> HttpResponse:
    """Everywhere but here."""
    ended = end_sign_ins(person=request.user, by=request.user, but=request.session.session_key)
    messages.info(request, ngettext("Signed out in one other place", "Signed out in %(count)d other places", ended) % {"count": ended})
    return SeeOther(reverse("labeling:sign_in_list"))
