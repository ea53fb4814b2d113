"""The inbox of strings that no category is known by: what they probably mean, and what is done with them."""

from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.access import requires
from labeling.forms.categories import MapForm, NewCategoryForm
from labeling.models import CategoryChange, IncomingIssue
from labeling.models.category_change import ChangeState
from labeling.operations.inbox import ignore_issue, make_category, map_issue, unmap_issue, wait_again
from labeling.operations.taxonomy import NotPossible
from labeling.queries.inbox import count_waiting, get_inbox, get_lines
from labeling.queries.issues import one_spaced
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.saved_views import SeeOther

SHOWN = {"waiting": gettext_lazy("Waiting"), "ignored": gettext_lazy("Ignored"), "mapped": gettext_lazy("Mapped")}


@require_safe
@requires(Permission.ADMINISTER)
def inbox_list(request: SignedInRequest) -> HttpResponse:
    show = request.GET.get("show", "waiting")
    after = request.GET.get("after", "")
    if show not in SHOWN or (after and not (after.isascii() and after.isdecimal() and len(after) < 19)):
        raise Http404
    page = get_inbox(show=show, after=int(after or 0), scope=request.scope)
    return render(request, "admin/labeling/inbox_list.html", _context(request, _("Inbox of unmapped issues"), page=page, show=show, shown=SHOWN))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def inbox_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """A POST maps the string to a category, now and for good."""
    incoming = _incoming(pk)
    if request.method != "POST":
        return _detail(request, incoming)
    form = MapForm(request.POST)
    if not form.is_valid():
        return _detail(request, incoming, mapping=form, status=422)
    try:
        change = map_issue(incoming=incoming, category=form.cleaned_data["category"], by=request.user)
    except NotPossible as refusal:
        form.add_error("category", refusal.why)
        return _detail(request, incoming, mapping=form, status=422)
    return _done(request, _("Mapped to %(n)s") % {"n": form.cleaned_data["category"]}, change)


@require_POST
@requires(Permission.ADMINISTER)
def inbox_category(request: SignedInRequest, pk: int) -> HttpResponse:
    """A new category out of a string."""
    incoming = _incoming(pk)
    form = NewCategoryForm(request.POST)
    if not form.is_valid():
        return _detail(request, incoming, making=form, status=422)
    try:
        change = make_category(incoming=incoming, **form.cleaned_data, by=request.user)
    except NotPossible as refusal:
        form.add_error("name", refusal.why)
        return _detail(request, incoming, making=form, status=422)
    return _done(request, _("Category made"), change)


@require_POST
@requires(Permission.ADMINISTER)
def inbox_ignore(request: SignedInRequest, pk: int) -> HttpResponse:
    ignore_issue(incoming=_incoming(pk), by=request.user)
    return _done(request, _("Ignored"), None)


@require_POST
@requires(Permission.ADMINISTER)
def inbox_return(request: SignedInRequest, pk: int) -> HttpResponse:
    """Back into the inbox: what was ignored, and what was mapped."""
    incoming = _incoming(pk)
    wait_again(incoming=incoming, by=request.user)
    change = unmap_issue(incoming=incoming, by=request.user)
    return _done(request, _("Back in the inbox"), change)


def _incoming(pk: int) -> IncomingIssue:
    return get_object_or_404(IncomingIssue.objects.select_related("ignored_by"), pk=pk)


def _detail(
    request: SignedInRequest, incoming: IncomingIssue, *, mapping: MapForm | None = None, making: NewCategoryForm | None = None, status: int = 200
) -> HttpResponse:
    line = get_lines([incoming], scope=request.scope)[0]
    guess = line.guess.category if line.guess else None
    context = {"line": line, "mapping": mapping or MapForm(guess=guess), "making": making or NewCategoryForm(name=one_spaced(incoming.text))}
    return render(request, "admin/labeling/inbox_detail.html", _context(request, _("Unmapped issue"), **context), status=status)


def _done(request: SignedInRequest, words: str, change: CategoryChange | None) -> HttpResponse:
    """Back to the inbox, where the next one waits; how far the sessions are is told by the list of changes."""
    is_following = change and change.state == ChangeState.RUNNING
    messages.success(request, _("%(words)s. The sessions follow in the background.") % {"words": words} if is_following else words)
    return SeeOther(reverse("labeling:inbox_list"))


def _context(request: SignedInRequest, title: str, **more: Any) -> dict[str, Any]:
    return {**admin.site.each_context(request), "title": title, "waiting": count_waiting(), **more}
