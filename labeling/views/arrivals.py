"""New sessions that match the filter of a list that is open. They never move its rows."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from labeling.filters import ReviewFilter
from labeling.models import SavedView
from labeling.queries.arrivals import count_newer
from labeling.queries.saved_views import REFINED, canonical_query, get_view
from labeling.requests import SignedInRequest
from sessions_app.models import Session
from sessions_app.paging import NEWEST_FIRST, BadPage
from sessions_app.queries.budget import OverBudget, within

BUDGET_MS = 400


@require_safe
def session_arrivals(request: SignedInRequest) -> HttpResponse:
    """Asked each minute in the background. `newest` is the key of the list's first row, empty for an empty list."""
    view = get_view(request.GET.get("view", ""), request.user)
    query = canonical_query(request.GET, ReviewFilter.keys())
    address = _address(view, query)
    if not request.htmx:
        return redirect(address)
    filtered = ReviewFilter(request.GET, queryset=Session.objects.visible_to(request.scope), request=request)
    newest = request.GET.get("newest", "")
    try:
        than = NEWEST_FIRST.read_key(newest) if newest else None
    except BadPage:
        return render(request, "labeling/_arrivals.html", {}, status=422)
    if not filtered.form.is_valid() or filtered.order is not NEWEST_FIRST:
        return render(request, "labeling/_arrivals.html", {}, status=422)
    try:
        with within(BUDGET_MS):
            n, is_more = count_newer(filtered.qs, than=than)
    except OverBudget:
        n, is_more = 0, False
    context = {"address": address, "query": query, "view": view, "newest": newest, "shown": request.GET.get("shown", "")}
    return render(request, "labeling/_arrivals.html", context | {"is_asked": True, "n": n, "is_more": is_more})


def _address(view: SavedView | None, query: str) -> str:
    """The list as it was, from its first page."""
    if view is None:
        return f"{reverse('labeling:session_list')}?{query}"
    return f"{reverse('labeling:saved_view_sessions', args=[view.slug])}?{query or f'{REFINED}=1'}"
