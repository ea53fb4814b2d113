"""The page of one session."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labeling.forms import LabelForm
from labeling.operations.reading import note_reading
from labeling.queries.session_lines import with_lines
from labeling.queries.session_page import get_session_page
from labeling.requests import SignedInRequest
from sessions_app.models import Session


@require_safe
def session_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    session = with_lines(Session.objects.visible_to(request.scope)).filter(pk=pk).first()
    if session is None:
        raise Http404
    page = get_session_page(session, viewer=request.user)
    note_reading(session=session, by=request.user, judgments=page.judgments_shown, has_transcript=page.timeline is not None)
    form = LabelForm(channel=session.channel, own=page.own)
    return render(request, "labeling/session_detail.html", {"section": "sessions", "page": page, "form": form})
