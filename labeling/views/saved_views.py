"""Saved views: keeping one, changing it, and choosing the one to begin with."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.filters import ReviewFilter
from labeling.filters.words import Chip, get_chips
from labeling.forms.saved_views import SavedViewForm
from labeling.models import SavedView
from labeling.operations.saved_views import ChangedMeanwhile, MayNotEdit, TooManyViews, change_view, choose_default, delete_view, save_view
from labeling.policies import why_not_edit_view
from labeling.queries.saved_views import canonical_query, get_default_view, get_view, get_views
from labeling.requests import SignedInRequest
from sessions_app.models import Session


class SeeOther(HttpResponseRedirect):
    """Back and reload after a POST ask for the page, and never post again."""

    status_code = 303


@require_http_methods(["GET", "HEAD", "POST"])
def saved_view_list(request: SignedInRequest) -> HttpResponse:
    if request.method != "POST":
        return _list(request)
    form = SavedViewForm(request.POST, person=request.user, known_keys=ReviewFilter.keys())
    if not form.is_valid():
        return _list(request, form, status=422)
    try:
        view = save_view(**form.kept, by=request.user)
    except TooManyViews:
        form.add_error(None, _("You keep 50 views, and that is the most. Delete one first."))
        return _list(request, form, status=422)
    messages.info(request, _("View saved"))
    return SeeOther(reverse("labeling:saved_view_sessions", args=[view.slug]))


@require_http_methods(["GET", "HEAD", "POST"])
def saved_view_detail(request: SignedInRequest, slug: str) -> HttpResponse:
    """A filter in the address, as the list has it, is offered in place of the view's own."""
    view = _view(request, slug)
    if request.method != "POST":
        return _detail(request, view, _form(request, view, query=canonical_query(request.GET, ReviewFilter.keys()) or view.query))
    if why_not_edit_view(request.user, view):
        return _detail(request, view, _form(request, view), status=403)
    sent = _given(request, view)
    form = SavedViewForm(sent, person=request.user, known_keys=ReviewFilter.keys())
    if not form.is_valid():
        return _detail(request, view, form, status=422)
    try:
        view = change_view(view=view, **form.kept, version=form.cleaned_data["version"], by=request.user)
    except ChangedMeanwhile:
        view = _view(request, slug)
        form.add_error(None, _("Somebody changed this view after you opened it. Save again to put yours in its place."))
        sent["version"] = view.version
        return _detail(request, view, form, status=409)
    except (MayNotEdit, SavedView.DoesNotExist):
        raise Http404 from None
    messages.info(request, _("View changed"))
    return SeeOther(reverse("labeling:saved_view_sessions", args=[view.slug]))


@require_http_methods(["GET", "HEAD", "POST"])
def view_deletion_create(request: SignedInRequest, slug: str) -> HttpResponse:
    """A GET asks first."""
    view = _view(request, slug)
    if why_not_edit_view(request.user, view):
        return _detail(request, view, _form(request, view), status=403)
    if request.method != "POST":
        return render(request, "labeling/saved_view_deletion.html", {"section": "sessions", "view": view})
    try:
        delete_view(view=view, by=request.user)
    except (MayNotEdit, SavedView.DoesNotExist):
        raise Http404 from None
    messages.info(request, _("View deleted"))
    return SeeOther(reverse("labeling:saved_view_list"))


@require_POST
def view_default_create(request: SignedInRequest, slug: str) -> HttpResponse:
    try:
        choose_default(view=_view(request, slug), by=request.user)
    except SavedView.DoesNotExist:
        raise Http404 from None
    messages.info(request, _("Sessions opens with this view"))
    return SeeOther(reverse("labeling:saved_view_list"))


@require_POST
def view_default_withdrawal(request: SignedInRequest, slug: str) -> HttpResponse:
    """Withdrawing a view that is not the default any more leaves the default alone."""
    if request.user.default_view_id == _view(request, slug).pk:
        choose_default(view=None, by=request.user)
    messages.info(request, _("Sessions opens with all sessions"))
    return SeeOther(reverse("labeling:saved_view_list"))


@require_safe
def default_sessions(request: SignedInRequest) -> HttpResponse:
    """Where Sessions leads somebody who chose a view to begin with."""
    view = get_default_view(request.user)
    return redirect("labeling:saved_view_sessions", view.slug) if view else redirect("labeling:session_list")


def _view(request: SignedInRequest, slug: str) -> SavedView:
    view = get_view(slug, request.user)
    if view is None:
        raise Http404
    return view


def _form(request: SignedInRequest, view: SavedView, *, query: str | None = None) -> SavedViewForm:
    shown = {"name": view.name, "is_shared": view.is_shared, "query": view.query if query is None else query, "version": view.version}
    return SavedViewForm(person=request.user, known_keys=ReviewFilter.keys(), initial=shown)


def _given(request: SignedInRequest, view: SavedView) -> QueryDict:
    """The page sends all, an unchecked box as nothing; the list sends a filter, and what it does not send stays."""
    sent = request.POST.copy()
    if "name" not in sent:
        sent["name"], sent["is_shared"] = view.name, "on" if view.is_shared else ""
    return sent


def _list(request: SignedInRequest, form: SavedViewForm | None = None, *, status: int = 200) -> HttpResponse:
    context = {"section": "sessions", "views": get_views(request.user), "form": form}
    return render(request, "labeling/saved_view_list.html", context, status=status)


def _detail(request: SignedInRequest, view: SavedView, form: SavedViewForm, *, status: int = 200) -> HttpResponse:
    query = form.cleaned_data.get("query", view.query) if form.is_bound else form.initial["query"]
    context = {
        "section": "sessions",
        "view": view,
        "form": form,
        "why_not": why_not_edit_view(request.user, view),
        "chips": _chips(request, query),
        "is_replaced": canonical_query(QueryDict(query), ReviewFilter.keys()) != canonical_query(QueryDict(view.query), ReviewFilter.keys()),
    }
    return render(request, "labeling/saved_view_detail.html", context, status=status)


def _chips(request: SignedInRequest, query: str) -> list[Chip] | None:
    """The filter in words, or None where it cannot be read: choices change."""
    filtered = ReviewFilter(QueryDict(query), queryset=Session.objects.visible_to(request.scope), request=request)
    return get_chips(filtered) if filtered.form.is_valid() else None
