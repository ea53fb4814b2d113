"""Adding chosen sessions to a queue: asking first with the numbers, watching the job, and one undo."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labeling.access import requires
from labeling.clock import show
from labeling.exports.about import filter_words
from labeling.filters.words import query_of
from labeling.forms.bulk import AdditionForm
from labeling.forms.labels import new_client_key
from labeling.models import Draw
from labeling.operations.queue_adding import NothingToAdd, NotUndoable, QueueEnded, TooManyToAdd, WouldBendSample, ask_to_add, undo_addition
from labeling.queries.queue_additions import Target, digest_of, get_addition, get_addition_draw, get_begun, get_targets, has_samples
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.chosen_sessions import CannotChoose, Chosen, ask_anew, back_to_list, filter_of, read_chosen
from labeling.views.saved_views import SeeOther


@require_POST
@requires(Permission.MANAGE_QUEUES)
def queue_addition_create(request: SignedInRequest) -> HttpResponse:
    """Asks first; what it asks about is worked out anew when the answer comes."""
    filtered = filter_of(request)
    try:
        chosen = read_chosen(request, filtered, none_picked=_("Select sessions first, then add them to a queue."))
    except CannotChoose as refusal:
        messages.info(request, str(refusal))
        return back_to_list(filtered)
    targets = get_targets(chosen.sessions, request.user, request.scope)
    if "shown" not in request.POST:
        return _ask(request, chosen, targets, AdditionForm(targets=targets, initial={"client_key": new_client_key(), "shown": digest_of(targets)}))
    return _confirm(request, chosen, targets, AdditionForm(request.POST, targets=targets))


@require_safe
@requires(Permission.MANAGE_QUEUES)
def queue_addition_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    draw = _draw(request, pk)
    context = {
        "section": "sessions",
        "draw": draw,
        "addition": get_addition(draw),
        "made": show(draw.asked_at, agent_zone=request.user.time_zone, viewer=request.user),
    }
    return render(request, "labeling/_queue_addition_status.html" if request.htmx else "labeling/queue_addition_detail.html", context)


@require_POST
@requires(Permission.MANAGE_QUEUES)
def queue_addition_undo_create(request: SignedInRequest, pk: int) -> HttpResponse:
    """Asked twice is undone once."""
    draw = _draw(request, pk)
    try:
        undo_addition(draw=draw, by=request.user)
    except NotUndoable:
        messages.info(request, _("This was undone already."))
    return SeeOther(reverse("labeling:queue_addition_detail", args=[draw.pk]))


def _confirm(request: SignedInRequest, chosen: Chosen, targets: Sequence[Target], form: AdditionForm) -> HttpResponse:
    # After the sessions: what this form has begun already may be why there are fewer.
    begun = get_begun(request.POST.get("client_key", "").replace("\0", ""), request.user)
    if begun is not None:
        return SeeOther(reverse("labeling:queue_addition_detail", args=[begun.pk]))
    is_readable = form.is_valid()
    if request.POST.get("shown") != digest_of(targets):
        return _ask(request, chosen, targets, form, status=409, changed=True)
    if not is_readable:
        return _ask(request, chosen, targets, form, status=422)
    target = form.target
    try:
        draw = ask_to_add(
            queue=target.queue, sessions=target.sessions, by=request.user, client_key=form.cleaned_data["client_key"], query=query_of(chosen.filtered)
        )
    except (QueueEnded, WouldBendSample, NothingToAdd, TooManyToAdd):
        # Since the number was shown, between two looks at the queue.
        return _ask(request, chosen, targets, form, status=409, changed=True)
    return SeeOther(reverse("labeling:queue_addition_detail", args=[draw.pk]))


def _ask(request: SignedInRequest, chosen: Chosen, targets: Sequence[Target], form: AdditionForm, *, status: int = 200, changed: bool = False) -> HttpResponse:
    ask_anew(request, form, shown=digest_of(targets))
    context = {
        "section": "sessions",
        "form": form,
        "choice": chosen,
        "count": len(chosen.sessions),
        "targets": targets,
        "can_add": any(target.fits for target in targets),
        "has_samples": has_samples(request.user, request.scope),
        "query": query_of(chosen.filtered),
        "words": filter_words(chosen.filtered) if chosen.is_all else [],
        "changed": changed,
    }
    return render(request, "labeling/queue_addition_create.html", context, status=status)


def _draw(request: SignedInRequest, pk: int) -> Draw:
    draw = get_addition_draw(pk, request.user, request.scope)
    if draw is None:
        raise Http404
    return draw
