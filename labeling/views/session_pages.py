"""The session list and the page of one session."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labeling.filters import ReviewFilter
from labeling.forms import LabelForm
from labeling.operations.reading import note_reading
from labeling.queries.session_lines import by_day, get_session_lines, with_lines
from labeling.queries.session_page import get_session_page
from labeling.requests import SignedInRequest
from sessions_app.models import Session
from sessions_app.paging import BadPage, count_up_to_limit, get_page
from sessions_app.queries.finding import find_sessions


@require_safe
def session_list(request: SignedInRequest) -> HttpResponse:
    filtered = ReviewFilter(request.GET, queryset=Session.objects.visible_to(request.scope), request=request)
    context: dict[str, Any] = {"section": "sessions", "filter": filtered}
    template = "labeling/_results.html" if request.htmx else "labeling/session_list.html"
    if not filtered.form.is_valid():
        return render(request, template, context | {"page": None, "days": []}, status=422 if request.htmx else 400)
    try:
        page = get_page(with_lines(filtered.qs), before=_token(request, "before"), after=_token(request, "after"))
    except BadPage:
        return render(request, template, context | {"page": None, "days": [], "bad_page": True}, status=422 if request.htmx else 400)
    count, is_more = count_up_to_limit(filtered.qs)
    lines = get_session_lines(page.sessions, viewer=request.user)
    context |= {"page": page, "days": by_day(lines), "count": count, "is_more": is_more, "query": _query_without_page(request)}
    return render(request, template, context)


@require_safe
def session_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    session = with_lines(Session.objects.visible_to(request.scope)).filter(pk=pk).first()
    if session is None:
        raise Http404
    page = get_session_page(session, viewer=request.user)
    note_reading(session=session, by=request.user, judgments=page.judgments_shown, has_transcript=page.timeline is not None)
    form = LabelForm(channel=session.channel, own=page.own)
    return render(request, "labeling/session_detail.html", {"section": "sessions", "page": page, "form": form})


@require_POST
def session_find(request: SignedInRequest) -> HttpResponse:
    """By session id, its id at the source, or its conversation. Posted: what is typed may name somebody."""
    found = find_sessions(request.POST.get("q", ""), scope=request.scope)
    if len(found) == 1:
        return redirect("labeling:session_detail", found[0].pk)
    if found:
        return redirect(f"{reverse('labeling:session_list')}?{urlencode({'conversation': found[0].conversation_id, 'test': 'on'})}")
    messages.info(request, _("No session has that ID."))
    return redirect("labeling:session_list")


def _token(request: SignedInRequest, name: str) -> str:
    return request.GET.get(name, "")


def _query_without_page(request: SignedInRequest) -> str:
    query = request.GET.copy()
    for name in ("before", "after"):
        query.pop(name, None)
    return query.urlencode()
