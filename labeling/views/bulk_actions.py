"""Marking many sessions N/A: asking first with the number, watching the job, and one undo."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.access import requires
from labeling.clock import show
from labeling.exports.about import filter_words
from labeling.filters import ReviewFilter
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
    left_out_words,
)
from labeling.queries.queue_additions import get_additions
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.chosen_sessions import CannotChoose, Chosen, ask_anew, back_to_list, filter_of, read_chosen
from labeling.views.saved_views import SeeOther

MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose on the list, and what of it would be marked."""

    chosen: Chosen
    selection: Selection

    @property
    def filtered(self) -> ReviewFilter:
        return self.chosen.filtered


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.LABEL)
def bulk_action_list(request: SignedInRequest) -> HttpResponse:
    """A POST asks first; what it asks about is worked out anew when the answer comes."""
    if request.method != "POST":
        actions = BulkAction.objects.filter(created_by=request.user).defer("sessions").order_by("-created_at", "-pk")[:MOST_LISTED]
        lines = [(action, show(action.created_at, agent_zone=request.user.time_zone, viewer=request.user)) for action in actions]
        additions = [(draw, show(draw.asked_at, agent_zone=request.user.time_zone, viewer=request.user)) for draw in get_additions(request.user, request.scope)]
        return render(request, "labeling/bulk_action_list.html", {"section": "sessions", "lines": lines, "additions": additions})
    filtered = filter_of(request)
    try:
        choice = _choose(request, filtered)
    except CannotChoose as refusal:
        messages.info(request, str(refusal))
        return back_to_list(filtered)
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


def _choose(request: SignedInRequest, filtered: ReviewFilter) -> Choice:
    """Raises CannotChoose."""
    # Before anything is counted.
    if why_not := why_not_mark(request.user, 1):
        raise CannotChoose(why_not)
    chosen = read_chosen(request, filtered, none_picked=_("Select sessions first, then mark them."), most=MOST_IN_BULK)
    return Choice(chosen, get_selection(chosen.sessions))


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
    ask_anew(request, form, shown=selection.digest)
    why_not = why_not_mark(request.user, len(selection.sessions))
    context = {
        "section": "sessions",
        "form": form,
        "choice": choice.chosen,
        "count": len(selection.sessions),
        "left_out": left_out_words(selection.already_labeled, selection.in_sample),
        "query": query_of(choice.filtered),
        "words": filter_words(choice.filtered) if choice.chosen.is_all else [],
        "why_not": why_not,
        "changed": changed,
    }
    return render(request, "labeling/bulk_action_create.html", context, status=403 if why_not else status)


def _action(request: SignedInRequest, token: str) -> BulkAction:
    action = get_bulk_action(token, request.user, request.scope)
    if action is None:
        raise Http404
    return action
