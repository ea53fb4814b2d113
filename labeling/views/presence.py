"""Presence: the beat of a page that is open, which prolongs what is held of its session, answered with who else is there."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from labeling.access import requires
from labeling.operations.claims import renew_leases
from labeling.operations.presence import note_presence
from labeling.queries.presence import get_others_here
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from sessions_app.models import Session


@require_POST
@requires(Permission.READ)
def presence_create(request: SignedInRequest, session_pk: int) -> HttpResponse:
    """Sent in the background: a page that is only open does not keep a sign-in alive."""
    try:
        note_presence(session_id=session_pk, by=request.user, scope=request.scope)
    except Session.DoesNotExist:
        raise Http404 from None
    renew_leases(session_id=session_pk, by=request.user)
    others = get_others_here(session_pk, viewer=request.user)
    return render(request, "labeling/_presence.html", {"session_pk": session_pk, "others": others})
