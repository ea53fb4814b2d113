"""Working a queue: its page, the next session, one of its sessions, what is put off in it, and the claim that is held."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from labeling.access import requires
from labeling.clock import Shown, show
from labeling.filters.queue_words import rule_words
from labeling.forms.runs import SkipForm
from labeling.models import Queue
from labeling.models.queue import QueueState
from labeling.operations.claims import renew_leases
from labeling.operations.passes import NotHeld, pass_session, withdraw_later, withdraw_pass
from labeling.queries.last_label import get_last_label
from labeling.queries.queue_work import get_lease, get_left, get_own_place, get_passed, get_taker, get_tally, get_workable, has_places, is_in_queue
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.saved_views import SeeOther
from labeling.views.showing import Showing, find_session
from labeling.views.working import show_next


@require_safe
@requires(Permission.LABEL)
def queue_work(request: SignedInRequest, slug: str) -> HttpResponse:
    """How far a queue has come, the way into it, and where there is none for this person, why."""
    queue = _queue(request, slug)
    if queue.state == QueueState.DELETED:
        return render(request, "labeling/queue_work.html", {"section": "review", "queue": queue, "is_deleted": True}, status=410)
    left = get_left(queue, request.user, request.scope)
    last = get_last_label(request.user, scope=request.scope)
    context: dict[str, Any] = {
        "section": "review",
        "queue": queue,
        "tally": get_tally(queue, request.user, scope=request.scope),
        "left": left,
        "with_others_until": _shown(request, left.with_others_until),
        "later_until": _shown(request, left.later_until),
        "rule": rule_words(queue, viewer=request.user, scope=request.scope),
        "due": _shown(request, queue.due_at),
        "is_active": queue.state == QueueState.ACTIVE,
        "skip": get_passed(queue, _number(request.GET.get("passed", "")), request.user, request.scope),
        "last": last if last and is_in_queue(queue, last.session_id) else None,
    }
    return render(request, "labeling/queue_work.html", context)


@require_POST
@requires(Permission.LABEL)
def queue_next(request: SignedInRequest, slug: str) -> HttpResponse:
    """Claims, and shows what was claimed. With `put_off`, what the person skipped for later is theirs again."""
    queue = _queue(request, slug)
    if "put_off" in request.POST:
        withdraw_later(queue=queue, by=request.user)
    return show_next(request, queue)


@require_safe
@requires(Permission.LABEL)
def queue_session(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Claims nothing: who neither holds nor has filled a place of the session is told so."""
    queue = _queue(request, slug)
    session = find_session(request, pk)
    if not is_in_queue(queue, session.pk):
        raise Http404
    if get_own_place(queue, session.pk, request.user):
        passed = get_passed(queue, _number(request.GET.get("passed", "")), request.user, request.scope)
        return Showing(request, session, queue=queue).whole(skip=passed)
    context = {"section": "review", "queue": queue, "session": session, "taker": get_taker(queue, session.pk)}
    return render(request, "labeling/queue_session.html", context)


@require_POST
@requires(Permission.LABEL)
def pass_create(request: SignedInRequest, slug: str, session_pk: int) -> HttpResponse:
    """Later, unless said otherwise, and on with the queue. What is put off already is said otherwise, and nothing is claimed."""
    queue = _queue(request, slug)
    session = find_session(request, session_pk)
    form = SkipForm(request.POST)
    try:
        passed = pass_session(queue=queue, session_id=session.pk, by=request.user, kind=form.cleaned_data["kind"]) if form.is_valid() else None
    except NotHeld:
        raise Http404 from None
    if passed and passed.was_held:
        return show_next(request, queue, ending=f"?passed={session.pk}", skip=passed.row)
    if request.htmx:
        row = passed.row if passed else get_passed(queue, session.pk, request.user, request.scope)
        if row is None:
            return HttpResponse(status=422)
        return render(request, "labeling/_pass_toast.html", {"queue": queue, "skip": row}, status=200 if passed else 422)
    return SeeOther(f"{_address(queue)}?passed={session.pk}")


@require_POST
@requires(Permission.LABEL)
def pass_withdrawal(request: SignedInRequest, slug: str, session_pk: int) -> HttpResponseBase:
    """Back to the session that was put off, if it is still free."""
    queue = _queue(request, slug)
    session = find_session(request, session_pk)
    if not is_in_queue(queue, session.pk):
        raise Http404
    address = (
        reverse("labeling:queue_session", args=[queue.slug, session.pk])
        if withdraw_pass(queue=queue, session_id=session.pk, by=request.user, scope=request.scope)
        else _address(queue)
    )
    if address == _address(queue):
        messages.info(request, _("A colleague has taken that session since. It is not put off any more."))
    return HttpResponseClientRedirect(address) if request.htmx else SeeOther(address)


@require_POST
@requires(Permission.LABEL)
def lease_renew(request: SignedInRequest, slug: str, session_pk: int) -> HttpResponse:
    """The beat of an open page keeps the claim; it is answered with what its holder has to know."""
    queue = _queue(request, slug)
    session = find_session(request, session_pk)
    renew_leases(session_id=session.pk, by=request.user)
    if not request.htmx:
        return SeeOther(reverse("labeling:queue_session", args=[queue.slug, session.pk]))
    lease = get_lease(queue, session, request.user, get_own_place(queue, session.pk, request.user))
    return render(request, "labeling/_queue_lease.html", {"queue": queue, "session_pk": session.pk, "lease": lease})


def _queue(request: SignedInRequest, slug: str) -> Queue:
    """A queue the person may work, with anything in it for them to see. No other is hinted at. Raises Http404."""
    queue = get_workable(slug, request.user)
    if queue is None or not has_places(queue, request.scope):
        raise Http404
    return queue


def _address(queue: Queue) -> str:
    return reverse("labeling:queue_work", args=[queue.slug])


def _number(typed: str) -> int | None:
    return int(typed) if typed.isdecimal() and len(typed) < 19 else None


def _shown(request: SignedInRequest, moment: Any) -> Shown | None:
    return show(moment, agent_zone=request.user.time_zone, viewer=request.user) if moment else None
