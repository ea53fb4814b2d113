"""Marking many sessions N/A: asking first with the number, watching the job, and one undo."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.access import requires
from labeling.clock import show
from labeling.exports.about import filter_words
from labeling.filters import ReviewFilter
from labeling.filters.matching import find_matching
from labeling.filters.words import query_of
from labeling.forms.bulk import BulkForm
from labeling.forms.labels import new_client_key
from labeling.models import BulkAction
from labeling.models.bulk_action import MOST_IN_BULK
from labeling.operations.bulk_actions import MayNotMark, NotUndoable, confirm_bulk, undo_bulk
from labeling.operations.raters import AddressTaken
from labeling.policies import why_not_mark
from labeling.queries.bulk_actions import (
    Selection,
    get_bulk_action,
    get_bulk_progress,
    get_confirmed,
    get_selection,
    in_reach,
    left_out_words,
)
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.saved_views import SeeOther
from sessions_app.models import Session
from sessions_app.queries.budget import OverBudget

MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose on the list: some of its rows, or all that match its filter."""

    filtered: ReviewFilter
    is_all: bool
    picked: list[int]
    selection: Selection
    is_cut: bool = False


class CannotChoose(Exception):
    """Its words are for the person, and the list is where they go on."""


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.LABEL)
def bulk_action_list(request: SignedInRequest) -> HttpResponse:
    """A POST asks first; what it asks about is worked out anew when the answer comes."""
    if request.method != "POST":
        actions = BulkAction.objects.filter(created_by=request.user).defer("sessions").order_by("-created_at", "-pk")[:MOST_LISTED]
        lines = [(action, show(action.created_at, agent_zone=request.user.time_zone, viewer=request.user)) for action in actions]
        return render(request, "labeling/bulk_action_list.html", {"section": "sessions", "lines": lines})
    filtered = _filter(request, request.POST.get("query", ""))
    try:
        choice = _choose(request, filtered)
    except CannotChoose as refusal:
        messages.info(request, str(refusal))
        return SeeOther(f"{reverse('labeling:session_list')}?{query_of(filtered)}")
    if "shown" not in request.POST:
        return _ask(request, choice, BulkForm(initial={"client_key": new_client_key(), "shown": choice.selection.digest}))
    return _confirm(request, choice, BulkForm(request.POST))


@require_safe
@requires(Permission.LABEL)
def bulk_action_detail(request: SignedInRequest, token: str) -> HttpResponse:
    action = _action(request, token)
    context = {
        "section": "sessions",
        "action": action,
        "progress": get_bulk_progress(action),
        "left_out": left_out_words(action.already_labeled, action.in_sample),
        "made": show(action.created_at, agent_zone=request.user.time_zone, viewer=request.user),
    }
    return render(request, "labeling/_bulk_status.html" if request.htmx else "labeling/bulk_action_detail.html", context)


@require_POST
@requires(Permission.LABEL)
def bulk_undo_create(request: SignedInRequest, token: str) -> HttpResponse:
    """Asked twice is undone once."""
    action = _action(request, token)
    try:
        undo_bulk(action=action, by=request.user)
    except NotUndoable:
        messages.info(request, _("This was undone already."))
    return SeeOther(reverse("labeling:bulk_action_detail", args=[action.token]))


def _filter(request: SignedInRequest, query: str) -> ReviewFilter:
    return ReviewFilter(QueryDict(query), queryset=Session.objects.visible_to(request.scope), request=request)


def _choose(request: SignedInRequest, filtered: ReviewFilter) -> Choice:
    """Raises CannotChoose."""
    # Before anything is counted.
    if why_not := why_not_mark(request.user, 1):
        raise CannotChoose(why_not)
    if "all" not in request.POST:
        picked = in_reach([int(one) for one in request.POST.getlist("session") if one.isascii() and one.isdecimal() and len(one) < 19], request.scope)
        if not picked:
            raise CannotChoose(_("Select sessions first, then mark them."))
        return Choice(filtered, False, picked, get_selection(picked))
    if not filtered.form.is_valid():
        raise CannotChoose(_("These filters cannot be read, so nothing was marked."))
    try:
        found = find_matching(filtered, MOST_IN_BULK)
    except OverBudget:
        raise CannotChoose(_("Finding these sessions took too long. Narrow the filter, for example by period.")) from None
    if found.is_partial:
        raise CannotChoose(_("Looking through all these texts takes too long to know all that match. Narrow the filter, for example by period."))
    if not found.ids:
        raise CannotChoose(_("No sessions match, so nothing was marked."))
    return Choice(filtered, True, [], get_selection(found.ids), is_cut=found.is_cut)


def _confirm(request: SignedInRequest, choice: Choice, form: BulkForm) -> HttpResponse:
    selection = choice.selection
    # After the sessions: what this form has begun already may be why there are fewer.
    begun = get_confirmed(request.POST.get("client_key", "").replace("\0", ""), request.user)
    if begun is not None:
        return SeeOther(reverse("labeling:bulk_action_detail", args=[begun.token]))
    is_readable = form.is_valid()
    if request.POST.get("shown") != selection.digest or not selection.sessions:
        return _ask(request, choice, form, status=409, changed=True)
    if not is_readable:
        return _ask(request, choice, form, status=422)
    try:
        action = confirm_bulk(
            by=request.user,
            client_key=form.cleaned_data["client_key"],
            reason=form.cleaned_data["reason"],
            query=query_of(choice.filtered),
            sessions=selection.sessions,
            already_labeled=selection.already_labeled,
            in_sample=selection.in_sample,
        )
    except MayNotMark:
        return _ask(request, choice, form)
    except AddressTaken:
        form.add_error(None, _("Another person's labels stand under your address. Ask an admin."))
        return _ask(request, choice, form, status=422)
    return SeeOther(reverse("labeling:bulk_action_detail", args=[action.token]))


def _ask(request: SignedInRequest, choice: Choice, form: BulkForm, *, status: int = 200, changed: bool = False) -> HttpResponse:
    selection = choice.selection
    if form.is_bound:
        # What is shown now is what the next answer speaks of.
        data = request.POST.copy()
        data["shown"] = selection.digest
        if "client_key" in form.errors:
            data["client_key"] = new_client_key()
        form.data = data
    why_not = why_not_mark(request.user, len(selection.sessions))
    context = {
        "section": "sessions",
        "form": form,
        "choice": choice,
        "count": len(selection.sessions),
        "left_out": left_out_words(selection.already_labeled, selection.in_sample),
        "query": query_of(choice.filtered),
        "words": filter_words(choice.filtered) if choice.is_all else [],
        "why_not": why_not,
        "changed": changed,
    }
    return render(request, "labeling/bulk_action_create.html", context, status=403 if why_not else status)


def _action(request: SignedInRequest, token: str) -> BulkAction:
    action = get_bulk_action(token, request.user, request.scope)
    if action is None:
        raise Http404
    return action
