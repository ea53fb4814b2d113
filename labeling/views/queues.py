"""Queues as managers list, change, pause, fill and delete them."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.access import requires
from labeling.clock import Shown, show
from labeling.filters.queue_words import may_copy_rule, rule_words
from labeling.forms.queues import QueueChangeForm
from labeling.models import Queue
from labeling.models.queue import QueueState
from labeling.operations.draws import NotDrawable, ask_for_draw
from labeling.operations.queues import CannotBecome, FewerLabels, change_queue, change_state, why_not_change
from labeling.queries.known_queues import queues_known_to
from labeling.queries.queue_lists import get_queue_lines
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.saved_views import SeeOther

SAID = {
    QueueState.ACTIVE: gettext_lazy("Queue goes on"),
    QueueState.PAUSED: gettext_lazy("Queue paused"),
    QueueState.CLOSED: gettext_lazy("Queue closed"),
    QueueState.DELETED: gettext_lazy("Queue deleted"),
}


@require_safe
@requires(Permission.MANAGE_QUEUES)
def queue_list(request: SignedInRequest) -> HttpResponse:
    lines = get_queue_lines(request.user, request.scope)
    rows = [(line, rule_words(line.queue, viewer=request.user, scope=request.scope), _due(request, line.queue)) for line in lines]
    return render(request, "labeling/queue_list.html", {"section": "queues", "rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.MANAGE_QUEUES)
def queue_update(request: SignedInRequest, slug: str) -> HttpResponse:
    queue = _queue(request, slug)
    why_not = why_not_change(queue, request.user, request.scope)
    if request.method != "POST" or why_not:
        form = QueueChangeForm(person=request.user, queue=queue)
        return _change(request, queue, form, why_not=why_not, status=403 if why_not and request.method == "POST" else 200)
    form = QueueChangeForm(request.POST, person=request.user, queue=queue)
    if not form.is_valid():
        return _change(request, queue, form, status=422)
    try:
        change_queue(queue=queue, by=request.user, workers=list(form.cleaned_data["workers"]), changes=form.changes)
    except FewerLabels:
        form.add_error("labels_wanted", _("Somebody asked for more labels meanwhile. Look at the page again."))
        return _change(request, queue, form, status=409)
    except Queue.DoesNotExist:
        raise Http404 from None
    messages.info(request, _("Queue changed"))
    return SeeOther(reverse("labeling:queue_detail", args=[queue.slug]))


@require_POST
@requires(Permission.MANAGE_QUEUES)
def queue_state_update(request: SignedInRequest, slug: str) -> HttpResponse:
    """Asked twice is done once."""
    queue = _queue(request, slug)
    state = request.POST.get("state", "")
    if why_not := why_not_change(queue, request.user, request.scope):
        messages.info(request, why_not)
    elif state not in SAID:
        messages.info(request, _("Nothing was changed."))
    else:
        try:
            change_state(queue=queue, state=state, by=request.user)
            messages.info(request, SAID[QueueState(state)])
        except CannotBecome:
            messages.info(request, _("Somebody changed the state of this queue meanwhile. Nothing was changed."))
    if state == QueueState.DELETED and not why_not:
        return SeeOther(reverse("labeling:queue_list"))
    return SeeOther(reverse("labeling:queue_detail", args=[queue.slug]))


@require_POST
@requires(Permission.MANAGE_QUEUES)
def draw_create(request: SignedInRequest, slug: str) -> HttpResponse:
    queue = _queue(request, slug)
    if why_not := why_not_change(queue, request.user, request.scope):
        messages.info(request, why_not)
    else:
        try:
            ask_for_draw(queue=queue, by=request.user)
            messages.info(request, _("Sessions are being drawn"))
        except NotDrawable:
            messages.info(request, _("Nothing is drawn for this queue."))
    return SeeOther(reverse("labeling:queue_detail", args=[queue.slug]))


def _queue(request: SignedInRequest, slug: str) -> Queue:
    return get_object_or_404(queues_known_to(request.user, request.scope).select_related("created_by"), slug=slug)


def _due(request: SignedInRequest, queue: Queue) -> Shown | None:
    return show(queue.due_at, agent_zone=request.user.time_zone, viewer=request.user) if queue.due_at else None


def _change(request: SignedInRequest, queue: Queue, form: QueueChangeForm, *, why_not: str = "", status: int = 200) -> HttpResponse:
    context = {
        "section": "queues",
        "queue": queue,
        "form": form,
        "why_not": why_not,
        "rule": rule_words(queue, viewer=request.user, scope=request.scope),
        "may_copy": may_copy_rule(queue, request.user),
    }
    return render(request, "labeling/queue_update.html", context, status=status)
