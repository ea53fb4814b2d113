"""The designer of queues: a rule, a draw, who works it, and what all of that comes to before it is made."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from labeling.access import requires
from labeling.filters import ReviewFilter
from labeling.filters.draw_words import name_groups
from labeling.filters.queue_rules import NotARule, read_rule
from labeling.filters.words import get_chips
from labeling.forms.queues import PERCENT, SESSIONS, DesignForm
from labeling.models.queue import MOST_IN_QUEUE, DrawKind
from labeling.operations.queues import create_queue, get_made
from labeling.queries.queue_preview import Asked, get_preview
from labeling.queries.saved_views import get_view, get_views
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.saved_views import SeeOther
from sessions_app.models import Session
from sessions_app.queries.budget import OverBudget, within

MOST_GROUPS_SHOWN = 12
EMPTY_MS = 2_000
# What the numbers of a preview depend on.
NEEDED = ("draw_kind", "amount", "unit", "strata", "labels_wanted", "more_percent", "more_labels", "repeats")
NO_FILTER = gettext_lazy("This rule cannot be read. Choose it anew on the list of sessions.")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.MANAGE_QUEUES)
def queue_create(request: SignedInRequest) -> HttpResponse:
    """The designer. A change of its fields asks for the preview alone; without script a button does."""
    if request.method != "POST":
        return _offer(request)
    form = DesignForm(request.POST, person=request.user)
    try:
        filtered = _filter(request, read_rule(request.POST.get("query", "").replace("\0", "")))
    except NotARule as refusal:
        return _refuse(request, str(refusal), status=422)
    if request.htmx:
        return render(request, "labeling/_queue_preview.html", _preview(request, form, filtered))
    if "create" not in request.POST:
        return _design(request, form, filtered, preview=_preview(request, form, filtered))
    made = get_made(by=request.user, client_key=request.POST.get("client_key", ""))
    if made:
        return SeeOther(reverse("labeling:queue_detail", args=[made.slug]))
    if form.is_valid() and (problem := _why_not_draw(form, filtered)):
        form.add_error(None, problem)
    if not form.is_valid():
        return _design(request, form, filtered, preview=_preview(request, form, filtered), status=422)
    queue = create_queue(design=form.design, by=request.user, client_key=form.cleaned_data["client_key"])
    messages.info(request, _("Queue made"))
    return SeeOther(reverse("labeling:queue_detail", args=[queue.slug]))


def _filter(request: SignedInRequest, rule: str) -> ReviewFilter:
    """Raises NotARule."""
    filtered = ReviewFilter(QueryDict(rule), queryset=Session.objects.visible_to(request.scope).filter(erased_at=None), request=request)
    if not filtered.form.is_valid():
        raise NotARule(NO_FILTER)
    return filtered


def _offer(request: SignedInRequest) -> HttpResponse:
    view = get_view(request.GET.get("view", ""), request.user)
    try:
        filtered = _filter(request, read_rule(view.query if view else request.GET.urlencode()))
    except NotARule as refusal:
        return _refuse(request, str(refusal), status=400)
    form = DesignForm.first(person=request.user, query=filtered.data.urlencode())
    if view:
        form.initial["name"] = view.name
    return _design(request, form, filtered)


def _refuse(request: SignedInRequest, why: str, *, status: int) -> HttpResponse:
    context = {"section": "queues", "refusal": why, "is_asked": True, "views": get_views(request.user)}
    return render(request, "labeling/_queue_preview.html" if request.htmx else "labeling/queue_create.html", context, status=status)


def _design(request: SignedInRequest, form: DesignForm, filtered: ReviewFilter, *, preview: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    context = {"section": "queues", "form": form, "views": get_views(request.user), "query": filtered.data.urlencode()} | _rule(filtered) | (preview or {})
    return render(request, "labeling/queue_create.html", context, status=status)


def _rule(filtered: ReviewFilter) -> dict[str, Any]:
    return {"chips": get_chips(filtered), "narrowed_to": filtered.narrowed_to, "leaves_out_tests": "test" not in filtered.active}


def _preview(request: SignedInRequest, form: DesignForm, filtered: ReviewFilter) -> dict[str, Any]:
    form.is_valid()
    unread = [str(error) for name in NEEDED for error in form.errors.get(name, ())]
    context: dict[str, Any] = {"query": filtered.data.urlencode(), "is_asked": True, "unread": unread, "repeats": form.cleaned_data.get("repeats", "")}
    given = form.cleaned_data
    if unread or given["draw_kind"] == DrawKind.ADDED:
        return context
    is_sample = given["draw_kind"] == DrawKind.RANDOM
    asked = Asked(
        kind=given["draw_kind"],
        size=int(given["amount"]) if is_sample and given["unit"] == SESSIONS else None,
        percent=given["amount"] if is_sample and given["unit"] == PERCENT else None,
        strata=given["strata"] if is_sample else (),
        labels_wanted=given["labels_wanted"],
        more_percent=given["more_percent"] or 0,
        more_labels=given["more_labels"],
    )
    preview = get_preview(
        filtered.qs,
        lambda most: filtered.find(Q(), key=None, order=filtered.order, backward=False, limit=most),
        asked,
        agents=filtered.active.get("agent", ()),
        viewer=request.user,
        scope=request.scope,
    )
    groups = [group.as_json for group in sorted(preview.groups, key=lambda group: -group.frame)[:MOST_GROUPS_SHOWN]]
    named = name_groups(groups, strata=asked.strata, viewer=request.user, scope=request.scope) if asked.strata else []
    return context | {"preview": preview, "is_sample": is_sample, "groups": named, "more_groups": len(preview.groups) - len(groups)}


def _why_not_draw(form: DesignForm, filtered: ReviewFilter) -> str:
    """What the preview says as well, for who made the queue before it came. A queue that repeats may begin empty."""
    kind = form.cleaned_data["draw_kind"]
    if kind == DrawKind.ADDED:
        return ""
    try:
        with within(EMPTY_MS):
            if not form.cleaned_data["repeats"] and not filtered.find(Q(), key=None, order=filtered.order, backward=False, limit=1):
                return _("No session qualifies, so there is nothing to draw. Change the rule, or let the queue add new ones.")
            if kind == DrawKind.ALL and filtered.qs.order_by()[: MOST_IN_QUEUE + 1].count() > MOST_IN_QUEUE:
                return _("More than 100,000 sessions qualify, and a queue holds no more. Narrow the rule, or draw a random sample.")
    except OverBudget:
        return ""
    return ""
