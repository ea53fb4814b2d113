"""Revealing the judgments of one session."""

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from labeling.access import requires
from labeling.operations.reveals import reveal_judgments
from labeling.policies import may_see_judgments
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.saved_views import SeeOther
from labeling.views.showing import find_session, find_showing


@require_POST
@requires(Permission.MANAGE_QUEUES)
def reveal_create(request: SignedInRequest, session_pk: int) -> HttpResponse:
    """What is open already is not revealed: there is nothing to record. The person comes back to where they stood."""
    showing = find_showing(request, find_session(request, session_pk), request.POST)
    if not may_see_judgments(request.user, showing.session):
        reveal_judgments(session=showing.session, by=request.user)
    return SeeOther(showing.address)
