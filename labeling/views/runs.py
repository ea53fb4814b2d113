"""Runs: "Review these" on the list, how far one has come, and what is put off in it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect, push_url

from labeling.access import requires
from labeling.filters import ReviewFilter
from labeling.filters.matching import find_matching
from labeling.filters.run_names import run_name
from labeling.filters.words import query_of
from labeling.forms.runs import SkipForm
from labeling.models import Run, Skip
from labeling.models.run import MOST_IN_RUN
from labeling.operations.runs import NothingMatches, NotInRun, NotSkipped, change_skip, reopen_skipped, skip_session, start_run, withdraw_skip
from labeling.queries.last_label import get_last_label
from labeling.queries.runs import get_progress, get_run, get_stops, next_in_run
from labeling.queries.saved_views import get_view
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.saved_views import SeeOther
from labeling.views.showing import Showing, find_session
from sessions_app.models import Session
from sessions_app.queries.budget import OverBudget

FRESH_MS = 400


@require_POST
@requires(Permission.LABEL)
def run_create(request: SignedInRequest) -> HttpResponse:
    """The list says in `query` which filter is in force, and in `view` which saved view it is, unrefined."""
    filtered = _filter(request, request.POST.get("query", ""))
    back = f"{reverse('labeling:session_list')}?{query_of(filtered)}"
    if not filtered.form.is_valid():
        return SeeOther(back)
    try:
        found = find_matching(filtered, MOST_IN_RUN)
        run = start_run(
            by=request.user,
            name=run_name(filtered, get_view(request.POST.get("view", ""), request.user)),
            query=query_of(filtered),
            sessions=found.ids,
            is_cut=found.is_cut or found.is_partial,
        )
    except OverBudget:
        messages.info(request, _("Finding these sessions took too long. Narrow the filter, for example by period, then review them."))
        return SeeOther(back)
    except NothingMatches:
        messages.info(request, _("No sessions match, so there is nothing to review."))
        return SeeOther(back)
    return SeeOther(_address(run, next_in_run(run, None, request.user, request.scope)))


@require_safe
@requires(Permission.LABEL)
def run_detail(request: SignedInRequest, run_pk: int) -> HttpResponse:
    """How far a run has come; where it ends, the ways on."""
    run = _run(request, run_pk)
    stops = get_stops(run, request.user, request.scope)
    progress = get_progress(run, stops)
    skipped = request.GET.get("skipped", "")
    last = get_last_label(request.user, scope=request.scope)
    context: dict[str, Any] = {
        "section": "review",
        "run": run,
        "progress": progress,
        "next": next_in_run(run, run.at_session, request.user, request.scope, stops=stops) or progress.first_open,
        "is_full": run.is_cut and len(run.sessions) == MOST_IN_RUN,
        "fresh": _count_fresh(request, run),
        "last": last if last and last.session_id in run.sessions else None,
        "skip": _skip(run, int(skipped)) if skipped.isdecimal() and len(skipped) < 19 else None,
    }
    return render(request, "labeling/run_detail.html", context)


@require_POST
@requires(Permission.LABEL)
def skips_withdrawal(request: SignedInRequest, run_pk: int) -> HttpResponse:
    """What was skipped for later is open again, and the oldest of it is shown."""
    run = _run(request, run_pk)
    order = reopen_skipped(run=run)
    reachable = set(Session.objects.visible_to(request.scope).filter(pk__in=order).values_list("pk", flat=True))
    return SeeOther(_address(run, next((pk for pk in order if pk in reachable), None)))


@require_POST
@requires(Permission.LABEL)
def skip_create(request: SignedInRequest, run_pk: int, session_pk: int) -> HttpResponseBase:
    """Later, unless said otherwise, and on with the run."""
    run = _run(request, run_pk)
    form = SkipForm(request.POST)
    if not form.is_valid():
        return SeeOther(_address(run, session_pk if session_pk in run.sessions else None))
    session = find_session(request, session_pk)
    try:
        skipped = skip_session(run=run, session_pk=session.pk, kind=form.cleaned_data["kind"])
    except NotInRun:
        raise Http404 from None
    following = next_in_run(run, session.pk, request.user, request.scope, is_just_skipped=skipped.is_new)
    address = f"{_address(run, following)}?skipped={session.pk}"
    if not request.htmx:
        return SeeOther(address)
    if following is None:
        return HttpResponseClientRedirect(address)
    after = Showing(request, find_session(request, following), run=run)
    return push_url(after.whole(skip=skipped.skip, moved=True), after.address)


@require_POST
@requires(Permission.LABEL)
def skip_update(request: SignedInRequest, run_pk: int, session_pk: int) -> HttpResponse:
    """Not mine, or cannot judge: then it does not come back in this run."""
    run = _run(request, run_pk)
    session_pk = find_session(request, session_pk).pk
    form = SkipForm(request.POST)
    try:
        skip = change_skip(run=run, session_pk=session_pk, kind=form.cleaned_data["kind"]) if form.is_valid() else _skip(run, session_pk)
    except NotSkipped:
        skip = None
    if skip is None:
        raise Http404
    if request.htmx:
        return render(request, "labeling/_skip_toast.html", {"run": run, "skip": skip}, status=200 if form.is_valid() else 422)
    return SeeOther(_address(run, run.at_session))


@require_POST
@requires(Permission.LABEL)
def skip_withdrawal(request: SignedInRequest, run_pk: int, session_pk: int) -> HttpResponseBase:
    """Back to the session that was skipped."""
    run = _run(request, run_pk)
    if session_pk not in run.sessions:
        raise Http404
    session = find_session(request, session_pk)
    withdraw_skip(run=run, session_pk=session.pk)
    address = _address(run, session.pk)
    return HttpResponseClientRedirect(address) if request.htmx else SeeOther(address)


def _run(request: SignedInRequest, pk: int) -> Run:
    run = get_run(pk, request.user)
    if run is None:
        raise Http404
    return run


def _skip(run: Run, session_pk: int) -> Skip | None:
    return Skip.objects.filter(run=run, session=session_pk).first()


def _address(run: Run, session_pk: int | None) -> str:
    """A session of the run, or where there is none the run itself."""
    if session_pk is None:
        return reverse("labeling:run_detail", args=[run.pk])
    return reverse("labeling:run_session", args=[run.pk, session_pk])


def _filter(request: SignedInRequest, query: str) -> ReviewFilter:
    return ReviewFilter(QueryDict(query), queryset=Session.objects.visible_to(request.scope), request=request)


def _count_fresh(request: SignedInRequest, run: Run) -> int:
    """How many match now that are not in the run; none where that takes too long to say."""
    filtered = _filter(request, run.query)
    if not filtered.form.is_valid():
        return 0
    try:
        return len(set(find_matching(filtered, MOST_IN_RUN, budget_ms=FRESH_MS).ids) - set(run.sessions))
    except OverBudget:
        return 0
