"""The board of a queue, for managers: how far it is, what is stuck, and who gets which places."""

from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from labeling.access import requires
from labeling.clock import show
from labeling.filters.draw_words import get_draw_lines
from labeling.filters.queue_words import may_copy_rule, rule_words
from labeling.forms.assignments import AssignmentForm, ReleaseForm
from labeling.models import Assignment, Queue, User
from labeling.models.assignment import WANTED
from labeling.operations.assigning import Assigned, CannotWork, ClaimOver, QueueOver, assign_places, release_claim
from labeling.operations.incidents import note_told
from labeling.queries.known_queues import queues_known_to
from labeling.queries.queue_board import get_board
from labeling.queries.queue_troubles import count_disputes, get_claims, get_flagged, get_skipped, get_stuck
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.saved_views import SeeOther
from sessions_app.reading_order import reading_key


@require_safe
@requires(Permission.MANAGE_QUEUES)
def queue_detail(request: SignedInRequest, slug: str) -> HttpResponse:
    """In the background only what counts is asked for anew; `shown` are the claims that are on the page, in their order."""
    queue = _queue(request, slug)
    if request.htmx and request.htmx.target == "queue-draws":
        return _draws(request, queue)
    if request.htmx:
        return render(request, "labeling/_queue_board.html", _board(request, queue))
    return _page(request, queue, AssignmentForm(queue=queue, assigned=_assigned(queue), initial={"which": "unassigned"}))


@require_POST
@requires(Permission.MANAGE_QUEUES)
def assignment_create(request: SignedInRequest, slug: str) -> HttpResponse:
    queue = _queue(request, slug)
    if "release" in request.POST:
        return _release(request, queue)
    form = AssignmentForm(request.POST, queue=queue, assigned=_assigned(queue))
    if not form.is_valid():
        return _page(request, queue, form, status=422)
    to = list(form.cleaned_data["to"])
    try:
        assigned = assign_places(
            queue=queue,
            by=request.user,
            scope=request.scope,
            to=to,
            of=form.cleaned_data["of"] if form.cleaned_data["which"] == "person" else None,
            sessions=form.cleaned_data.get("sessions"),
            each=form.cleaned_data["each"],
        )
    except CannotWork as refusal:
        form.add_error("to", _("May not work this queue: %(people)s.") % {"people": ", ".join(str(person) for person in refusal.people)})
        return _page(request, queue, form, status=422)
    except QueueOver:
        messages.info(request, _("This queue is closed, so nothing was assigned."))
        return SeeOther(_address(queue))
    for sentence in _sentences(assigned, to):
        messages.info(request, sentence)
    return SeeOther(_address(queue))


def _release(request: SignedInRequest, queue: Queue) -> HttpResponse:
    form = ReleaseForm(request.POST)
    over = _("This claim had ended already. Nothing was changed.")
    if not form.is_valid():
        messages.info(request, over)
        return SeeOther(_address(queue))
    try:
        person = release_claim(queue=queue, place_pk=form.cleaned_data["release"], version=form.cleaned_data["version"], by=request.user, scope=request.scope)
    except ClaimOver:
        messages.info(request, over)
    else:
        messages.info(request, _("Taken back from %(who)s. Somebody else can be handed it; their draft stays theirs.") % {"who": person})
    return SeeOther(_address(queue))


def _queue(request: SignedInRequest, slug: str) -> Queue:
    return get_object_or_404(queues_known_to(request.user, request.scope).select_related("created_by"), slug=slug)


def _assigned(queue: Queue) -> Any:
    """People who have places, whether or not they may still work the queue."""
    return User.objects.filter(Exists(Assignment.objects.filter(queue=queue, assigned_to=OuterRef("pk"), state__in=WANTED)))


def _address(queue: Queue) -> str:
    return reverse("labeling:queue_detail", args=[queue.slug])


def _page(request: SignedInRequest, queue: Queue, form: AssignmentForm, *, status: int = 200) -> HttpResponse:
    viewer = request.user
    flagged = get_flagged(queue, viewer, scope=request.scope)
    # That somebody raised one says what they think of the session.
    note_told(sessions=[one.incident.session for one in flagged.lines if one.incident.raised_by_id != viewer.pk], by=viewer)
    skipped, reasons = get_skipped(queue, viewer, scope=request.scope)
    context = _board(request, queue) | {
        "section": "queues",
        "rule": rule_words(queue, viewer=viewer, scope=request.scope),
        "created": show(queue.created_at, agent_zone=viewer.time_zone, viewer=viewer),
        "draws": get_draw_lines(queue, viewer=viewer, scope=request.scope),
        "may_copy": may_copy_rule(queue, viewer),
        "stuck": get_stuck(queue, viewer, scope=request.scope),
        "skipped": skipped,
        "reasons": reasons,
        "flagged": flagged,
        "disputes": count_disputes(queue, viewer, scope=request.scope),
        "form": form,
        "picked": set(request.POST.getlist("session")),
    }
    return render(request, "labeling/queue_detail.html", context, status=status)


def _draws(request: SignedInRequest, queue: Queue) -> HttpResponse:
    """While one is under way; when it is over, the rest of the board asks too."""
    draws = get_draw_lines(queue, viewer=request.user, scope=request.scope)
    answer = render(request, "labeling/_queue_draws.html", {"queue": queue, "draws": draws, "may_copy": may_copy_rule(queue, request.user)})
    return answer if any(line.is_moving for line in draws) else trigger_client_event(answer, "drawn")


def _board(request: SignedInRequest, queue: Queue) -> dict[str, Any]:
    shown = [int(one) for one in request.GET.get("shown", "").split(",")[:100] if one.isascii() and one.isdecimal() and len(one) < 19]
    return {
        "queue": queue,
        "board": get_board(queue, scope=request.scope),
        "claims": get_claims(queue, request.user, scope=request.scope, shown=shown),
    }


def _sentences(assigned: Assigned, to: list[User]) -> list[str]:
    """What was done, and what was not and why."""
    said = []
    if assigned.given:
        names = {person.pk: str(person) for person in to}
        shares = ", ".join(f"{names[pk]} {n}" for pk, n in sorted(assigned.given.items(), key=lambda item: reading_key(names[item[0]])))
        said.append(ngettext("%(n)d place assigned: %(shares)s.", "%(n)d places assigned: %(shares)s.", assigned.n) % {"n": assigned.n, "shares": shares})
    elif assigned.returned:
        said.append(
            ngettext("%(n)d place can be taken by anybody again.", "%(n)d places can be taken by anybody again.", assigned.returned) % {"n": assigned.returned}
        )
    else:
        said.append(_("Nothing was assigned."))
    if assigned.busy:
        said.append(
            ngettext("%(n)d place was left: somebody is at it right now.", "%(n)d places were left: somebody is at them right now.", assigned.busy)
            % {"n": assigned.busy}
        )
    if assigned.unfit:
        said.append(
            ngettext("%(n)d place was left: none of these people can take it.", "%(n)d places were left: none of these people can take them.", assigned.unfit)
            % {"n": assigned.unfit}
        )
    if assigned.full:
        said.append(
            ngettext("%(n)d place was left: everybody has as many as you said.", "%(n)d places were left: everybody has as many as you said.", assigned.full)
            % {"n": assigned.full}
        )
    if assigned.is_cut:
        said.append(_("More are left than one go takes. Assign again for the rest."))
    return said
