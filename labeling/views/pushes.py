"""The outbox of labels for the vendor, trying again, and the vendor's labels beside ours."""

import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.access import requires
from labeling.forms.pushes import LARGEST_ID, OutboxForm, PeriodForm
from labeling.models import VendorLabels
from labeling.models.vendor_labels import PushState
from labeling.operations.incidents import note_told
from labeling.operations.pushes import NotPushing, ask_for_pushes, resume_pushes, retry_pushes
from labeling.operations.vendor_calls import NotConnected, open_vendor
from labeling.queries.pushes import get_counts, get_fields, get_push_page, get_standing, get_upstream_ids, get_vendors, labels_in_scope, visible_pushes
from labeling.queries.reconciling import Kind, Reconciliation, TooManySessions, reconcile
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.upstream import TooMany, labels_between
from labeling.views.saved_views import SeeOther
from sessions_app.models import Session
from sessions_app.upstream.facts import Interrupted, UpstreamProblem

# What can be tried again from the outbox.
AGAIN = (PushState.FAILED, PushState.DRY)
# Somebody waits for the page; and clocks differ.
SECONDS, SKEW = 25.0, timedelta(days=1)
MOST_ASKED = 1_000


@require_safe
@requires(Permission.ADMINISTER)
def push_list(request: SignedInRequest) -> HttpResponse:
    form = OutboxForm(request.GET)
    if not form.is_valid():
        return HttpResponseRedirect(reverse("labeling:push_list"))
    wanted = form.cleaned_data
    vendor = _vendor(wanted["source"])
    if vendor is None:
        return _page(request, "admin/push_list.html", _("Labels to the vendor"))
    page = get_push_page(vendor, request.scope, state=wanted["state"], before=wanted["before"])
    address = {name: str(wanted[name]) for name in ("source", "state") if wanted[name]}
    return _page(
        request,
        "admin/push_list.html",
        _("Labels to the vendor"),
        vendor=vendor,
        vendors=list(get_vendors()),
        standing=get_standing(vendor),
        counts=get_counts(vendor),
        state=wanted["state"],
        can_retry=wanted["state"] == PushState.FAILED or (wanted["state"] == PushState.DRY and vendor.pushes and not vendor.is_dry_run),
        page=page,
        is_first=not wanted["before"],
        first=_address(address),
        next=_address({**address, "before": str(page.before)}) if page.before else "",
    )


@require_safe
@requires(Permission.ADMINISTER)
def push_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """What is sent, in full. It tells what somebody thinks of the session, and that is noted."""
    push = get_object_or_404(visible_pushes(request.scope).select_related("label__rater", "session", "data_source"), pk=pk)
    fields = get_fields(push, request.user)
    if fields:
        note_told(sessions=[push.session], by=request.user)
    return _page(request, "admin/push_detail.html", _("One label to the vendor"), push=push, fields=fields, upstream_ids=get_upstream_ids(push))


@require_POST
@requires(Permission.ADMINISTER)
def push_retry_create(request: SignedInRequest, pk: int) -> HttpResponse:
    push = get_object_or_404(visible_pushes(request.scope), pk=pk)
    vendor = get_object_or_404(VendorLabels, data_source=push.data_source_id)
    n = retry_pushes(vendor=vendor, by=request.user, push=push.pk)
    _say_retried(request, n)
    return SeeOther(_address({"source": str(push.data_source_id), "state": PushState.FAILED.value}))


@require_POST
@requires(Permission.ADMINISTER)
def push_retries_create(request: SignedInRequest) -> HttpResponse:
    """All that failed; or all that was only tried."""
    form = OutboxForm(request.POST)
    vendor = _vendor(form.cleaned_data["source"]) if form.is_valid() else None
    if vendor is None or form.cleaned_data["state"] not in AGAIN:
        messages.warning(request, _("Nothing was tried again."))
        return SeeOther(reverse("labeling:push_list"))
    _say_retried(request, retry_pushes(vendor=vendor, by=request.user, state=form.cleaned_data["state"]))
    return SeeOther(_address({"source": str(vendor.data_source_id), "state": PushState.WAITING.value}))


@require_POST
@requires(Permission.ADMINISTER)
def push_resumption_create(request: SignedInRequest) -> HttpResponse:
    form = OutboxForm(request.POST)
    vendor = _vendor(form.cleaned_data["source"]) if form.is_valid() else None
    if vendor is None:
        return SeeOther(reverse("labeling:push_list"))
    resume_pushes(vendor=vendor, by=request.user)
    messages.info(request, _("It is tried again within a minute"))
    return SeeOther(_address({"source": str(vendor.data_source_id)}))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def reconciliation_detail(request: SignedInRequest) -> HttpResponse:
    """The vendor is asked when days are given. A POST has chosen labels pushed, and comes back here."""
    if request.method == "POST":
        return _ask(request)
    form = PeriodForm(request.GET if "since" in request.GET else None, initial=PeriodForm.usual() | {"source": request.GET.get("source", "")[:19]})
    vendor = _vendor(_number(request.GET.get("source", "")))
    context: dict[str, Any] = {"form": form, "vendor": vendor}
    if vendor is None or not form.is_bound:
        return _page(request, "admin/reconciliation_detail.html", _("Reconcile labels"), **context)
    if not form.is_valid():
        return _page(request, "admin/reconciliation_detail.html", _("Reconcile labels"), status=422, **context)
    found, problem = _compare(request, vendor, form)
    if found:
        shown = {one.session for differences in found.listed.values() for one in differences}
        note_told(sessions=list(Session.objects.filter(pk__in=shown)), by=request.user)
        context |= {"groups": found.groups, "pushable": (Kind.MISSING, Kind.STALE)}
    context |= {"problem": problem, "since": form.cleaned_data["since"], "until": form.cleaned_data["until"]}
    return _page(request, "admin/reconciliation_detail.html", _("Reconcile labels"), **context)


def _compare(request: SignedInRequest, vendor: VendorLabels, form: PeriodForm) -> tuple[Reconciliation | None, str]:
    start, end, over = form.cleaned_data["start"], form.cleaned_data["end"], time.monotonic() + SECONDS
    try:
        with open_vendor(data_source=vendor.data_source_id, should_stop=lambda: time.monotonic() > over) as client:
            theirs = labels_between(client, start - SKEW, timezone.now() + SKEW)
        return reconcile(vendor, request.scope, theirs, start=start, end=end), ""
    except NotConnected as problem:
        return None, _(str(problem))
    except (TooMany, TooManySessions):
        return None, _("There are more labels since that day than one look takes in. Choose later or fewer days.")
    except Interrupted:
        return None, _("The vendor took too long. Choose later or fewer days.")
    except UpstreamProblem as problem:
        return None, str(problem)


def _ask(request: SignedInRequest) -> HttpResponse:
    vendor = _vendor(_number(request.POST.get("source", "")))
    if vendor is None:
        raise Http404
    chosen = [pk for pk in map(_number, request.POST.getlist("label")[:MOST_ASKED]) if pk]
    try:
        asked = ask_for_pushes(vendor=vendor, labels=labels_in_scope(chosen, request.scope), by=request.user)
    except NotPushing:
        messages.warning(request, _("Nothing is written to the vendor: pushing is switched off."))
        return SeeOther(reverse("labeling:reconciliation_detail"))
    if not asked.waiting:
        messages.warning(request, _("No label was chosen that the vendor lacks."))
    else:
        words = ngettext("%(n)s label is sent within a minute", "%(n)s labels are sent as fast as the vendor takes them", asked.waiting)
        messages.info(request, words % {"n": asked.waiting})
    return SeeOther(_address({"source": str(vendor.data_source_id), "state": PushState.WAITING.value}))


def _vendor(source: int | None) -> VendorLabels | None:
    """The one that the address names, else the primary one."""
    vendors = get_vendors()
    return vendors.filter(data_source=source).first() if source else vendors.first()


def _number(given: str) -> int | None:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 20 and int(given) <= LARGEST_ID else None


def _say_retried(request: SignedInRequest, n: int) -> None:
    if n:
        messages.info(request, ngettext("%(n)s label is tried again", "%(n)s labels are tried again", n) % {"n": n})
    else:
        messages.warning(request, _("Nothing was tried again."))


def _address(query: dict[str, str]) -> str:
    return f"{reverse('labeling:push_list')}?{urlencode(query)}" if query else reverse("labeling:push_list")


def _page(request: SignedInRequest, template: str, title: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, template, {**admin.site.each_context(request), "title": title, **context}, status=status)
