"""The list of sessions, its counts, and the box that finds one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.db import OperationalError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from psycopg.errors import QueryCanceled

from labeling.codes import Code
from labeling.filters import ReviewFilter
from labeling.filters.facets import count_facets
from labeling.filters.rail import ALL_GROUPS, CLOSED, OPEN, Rail
from labeling.filters.removals import get_helpful_removal
from labeling.filters.words import get_chips, query_of
from labeling.models import SavedView
from labeling.models.user import Column
from labeling.operations.number_searches import TooManyNumbers, asks_for_number, note_number_search
from labeling.operations.searches import has_searched, keep_search, note_use
from labeling.queries.saved_views import REFINED, get_view, get_view_counts, get_views, is_refined, query_in_force
from labeling.queries.session_lines import by_day, get_session_lines
from labeling.queries.session_rows import read_sessions
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from sessions_app.filters.periods import PRESETS
from sessions_app.models import Session
from sessions_app.paging import PAGE_SIZE, BadPage, Order, Page, count_up_to_limit, get_page
from sessions_app.queries.auto_ratings import has_auto_ratings
from sessions_app.queries.finding import find_sessions
from sessions_app.queries.search_text import NotSearchable, read_search

# What an address may carry beside the filter.
BESIDE = frozenset({"before", "after", "open", "group", "newest", REFINED})


@require_safe
def session_list(request: SignedInRequest, slug: str = "") -> HttpResponse:
    """The list, or a saved view: its own filter stands until the address names another."""
    view = _view(request, slug)
    filtered = _filter(request, QueryDict(query_in_force(view, request.GET, ReviewFilter.keys())) if view else request.GET)
    context: dict[str, Any] = {"section": "sessions", "filter": filtered, "view": view, "views": get_views(request.user)}
    context |= {"action": request.path, "presets": PRESETS.items()}
    if not filtered.form.is_valid():
        return _answer(request, context | _rail(request, filtered), status=422 if request.htmx else 400)
    named = filtered.active.get("conversation", "")
    if named and not _may_look_for(request, named, []):
        return _refuse_number(request)
    context |= _frame(request, filtered, view)
    if "q" in filtered.active:
        note_use(search=filtered.active["q"])
    try:
        page = get_page(
            filtered.find,
            partial(read_sessions, scope=request.scope),
            order=filtered.order,
            before=request.GET.get("before", ""),
            after=request.GET.get("after", ""),
        )
        if filtered.searched_to:
            context |= _search_on(request, filtered.searched_to, filtered.order, page, context["page_base"])
        elif not page.sessions and context["chips"]:
            context["removal"] = get_helpful_removal(filtered, context["chips"])
    except BadPage:
        return _answer(request, context | _rail(request, filtered) | {"bad_page": True}, status=422 if request.htmx else 400)
    except OperationalError as problem:
        if not isinstance(problem.__cause__, QueryCanceled):
            raise
        return _answer(request, context | _rail(request, filtered) | {"too_slow": True}, status=422 if request.htmx else 503)
    days = by_day(get_session_lines(page.sessions, viewer=request.user, asked=filtered.asked), by_time=filtered.order.column == "timestamp")
    return _answer(request, context | _rail(request, filtered, page.sessions) | {"page": page, "days": days})


@require_safe
def session_counts(request: SignedInRequest) -> HttpResponse:
    """What the list can do without: how many match, and how many each choice would leave."""
    filtered = _filter(request, request.GET)
    if not filtered.form.is_valid():
        return HttpResponse(status=204)
    group = request.GET.get("group", "")
    wanted = {*OPEN, *request.GET.getlist("open")}
    names = [group] if group in ALL_GROUPS else [name for name in ALL_GROUPS if name in wanted or _is_chosen(filtered, name)]
    without_auto = not _has_auto(filtered)
    counts = count_facets(filtered, [name for name in names if not (without_auto and name == "auto")])
    context: dict[str, Any] = {
        "filter": filtered,
        "rail": Rail(filtered, names=names, counts=counts, without_auto=without_auto),
        "counts": counts,
        "page_size": PAGE_SIZE,
    }
    if group in ALL_GROUPS:
        return render(request, "labeling/_facet_options.html", context | {"group": context["rail"].groups[0]})
    # A view that was made since the page was has no tab on it to count in.
    tabs = set(request.GET.getlist("tab"))
    context["view_counts"] = get_view_counts([one for one in get_views(request.user) if str(one.pk) in tabs], lambda one: _count_view(request, one))
    return render(request, "labeling/_counts.html", context)


@require_POST
def session_find(request: SignedInRequest) -> HttpResponse:
    """An id opens its session. Anything else is kept here, and the list is led to by a token: what is typed may name somebody."""
    typed = request.POST.get("q", "")
    found = find_sessions(typed, scope=request.scope)
    if not _may_look_for(request, typed, found):
        return _refuse_number(request)
    if len(found) == 1:
        return redirect("labeling:session_detail", found[0].pk)
    try:
        read_search(typed)
    except NotSearchable as refusal:
        messages.info(request, str(refusal))
        return redirect("labeling:session_list")
    search = keep_search(text=typed, by=request.user)
    query = _query_before(request)
    query["q"] = search.token
    return redirect(f"{reverse('labeling:session_list')}?{query.urlencode()}")


def _may_look_for(request: SignedInRequest, typed: str, found: Sequence[Session]) -> bool:
    """A number that is a session's own id tells nothing of a caller, and neither does what this person looked for before.

    It is kept as looked for: a page of the list is opened many times.
    """
    if request.user.may(Permission.UNMASK) or not asks_for_number([typed]) or [str(session.pk) for session in found] == [typed.strip()]:
        return True
    if has_searched(text=typed, by=request.user):
        return True
    try:
        note_number_search(by=request.user)
    except TooManyNumbers:
        return False
    keep_search(text=typed, by=request.user)
    return True


def _refuse_number(request: SignedInRequest) -> HttpResponse:
    messages.info(request, _("You have looked for many numbers within an hour. Go on later, or ask somebody who sees numbers."))
    return redirect("labeling:session_list")


def _query_before(request: SignedInRequest) -> QueryDict:
    """The filter of the list that the search box stands above: words are looked for within it."""
    query = QueryDict(mutable=True)
    try:
        before = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return query
    prefix = reverse("labeling:session_list")
    if before.netloc == request.get_host() and before.path.startswith(prefix):
        view = get_view(before.path.removeprefix(f"{prefix}v/").strip("/"), request.user)
        given = QueryDict(before.query)
        for name, values in (QueryDict(query_in_force(view, given, ReviewFilter.keys())) if view else given).lists():
            if name in ReviewFilter.keys() - {"q"}:
                query.setlist(name, values)
    return query


def _view(request: SignedInRequest, slug: str) -> SavedView | None:
    if not slug:
        return None
    view = get_view(slug, request.user)
    if view is None:
        raise Http404
    return view


def _filter(request: SignedInRequest, query: QueryDict) -> ReviewFilter:
    return ReviewFilter(query, queryset=Session.objects.visible_to(request.scope), request=request)


def _frame(request: SignedInRequest, filtered: ReviewFilter, view: SavedView | None) -> dict[str, Any]:
    """What stands around the rows, with no count in it."""
    query = query_of(filtered)
    unsorted = query_of(filtered, leave_out=("sort",))
    period = filtered.active.get("since", "")
    return {
        "query": query,
        "may_add": request.user.may(Permission.MANAGE_QUEUES),
        "own_period": "" if period in PRESETS else period,
        "chips": get_chips(filtered),
        "sort": filtered.form.cleaned_data.get("sort") or "-started",
        "is_refined": view is not None and is_refined(view, request.GET, ReviewFilter.keys()),
        "page_base": f"{request.path}?{f'{REFINED}=1&' if view else ''}{f'{query}&' if query else ''}",
        "sort_base": f"{request.path}?{f'{REFINED}=1&' if view else ''}{f'{unsorted}&' if unsorted else ''}sort=",
        "narrowing": [str(filtered.form.fields[name].label) for name in filtered.narrowing] if filtered.narrowed_to else [],
        "unknown": sorted({name[:40] for name in request.GET if name not in ReviewFilter.keys() | BESIDE})[:5],
    }


def _search_on(request: SignedInRequest, reached: datetime, order: Order, page: Page, base: str) -> dict[str, Any]:
    """Where a search ran out of time: how far it got, and the address that goes on from there."""
    way, place = ("before", page.first) if request.GET.get("before") else ("after", page.last)
    return {"searched_to": reached, "search_on": f"{base}{way}={order.key_at(reached, max(place, 0))}"}


def _rail(request: SignedInRequest, filtered: ReviewFilter, sessions: Sequence[Session] = ()) -> dict[str, Any]:
    """The choices, and the columns: where nothing of the period was rated by a machine, there is neither group nor column."""
    without_auto = not any(session.auto_code for session in sessions) and not _has_auto(filtered)
    opened = [name for name in CLOSED if name in request.GET.getlist("open")]
    counts = count_facets(filtered, opened) if opened else None
    hidden = request.user.columns_hidden | ({"auto"} if without_auto else set())
    return {
        # A fragment comes without the rail.
        "rail": None if request.htmx else Rail(filtered, names=ALL_GROUPS, counts=counts, without_auto=without_auto),
        "without_auto": without_auto,
        "shows": {name: name not in hidden for name in Column.values},
    }


def _has_auto(filtered: ReviewFilter) -> bool:
    # By whole days, so that no bound tells the moment of a session that somebody may not see.
    start, end = filtered.earliest, filtered.active.get("end")
    return has_auto_ratings(
        Code.values,
        start=start and start.replace(hour=0, minute=0, second=0, microsecond=0),
        end=end and end.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1),
    )


def _is_chosen(filtered: ReviewFilter, name: str) -> bool:
    return bool({name, f"not_{name}"} & set(filtered.active))


def _count_view(request: SignedInRequest, view: SavedView) -> tuple[int, bool] | None:
    filtered = _filter(request, QueryDict(view.query))
    return count_up_to_limit(filtered.qs) if filtered.form.is_valid() else None


def _answer(request: SignedInRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return render(request, "labeling/_results.html" if request.htmx else "labeling/session_list.html", context, status=status)
