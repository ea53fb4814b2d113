"""Changing the issue categories: each change with a preview of what refers to it, then done at once and written down."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.access import requires
from labeling.forms.categories import MergeForm, PartsForm, RenameForm, SplitForm
from labeling.models import CategoryChange, IssueCategory
from labeling.operations.taxonomy import (
    NotPossible,
    merge_category,
    rename_category,
    restore_category,
    retire_category,
    retry_change,
    split_category,
    unmerge_category,
)
from labeling.queries.taxonomy import (
    get_references,
    get_running,
    merge_warnings,
    why_not_merge,
    why_not_restore,
    why_not_retire,
    why_not_unmerge,
)
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.saved_views import SeeOther

STAYS = gettext_lazy("Labels keep their words; none is rewritten.")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def category_rename(request: SignedInRequest, pk: int) -> HttpResponse:
    category = _category(pk)
    form = RenameForm(request.POST if request.method == "POST" else None, category=category)
    said = [
        _("“%(category)s” stays one of its other names: labels, imports and integrations that say it still mean this category.") % {"category": category},
        _("Filters, saved views and exports show the new name at once: they hold the category, not its name."),
        str(STAYS),
    ]
    if request.method == "POST" and form.is_valid():
        try:
            change = rename_category(category=category, name=form.cleaned_data["name"], by=request.user)
        except NotPossible as refusal:
            form.add_error("name", refusal.why)
        else:
            return _done(request, category, [change] if change else [], _("Category renamed"))
    return _ask(request, category, _("Rename"), said, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def category_merge(request: SignedInRequest, pk: int) -> HttpResponse:
    """The target is part of the address, so that the preview is about both; the POST names it again."""
    category = _category(pk)
    given = request.POST if request.method == "POST" else request.GET if "into" in request.GET else None
    if request.method == "POST" and str(category.merged_into_id) == request.POST.get("into"):
        # The same form a second time.
        return _done(request, category, list(category.changes.order_by("-pk")[:1]), _("Category merged"))
    form = MergeForm(given, category=category)
    into = form.cleaned_data["into"] if form.is_valid() else None
    why_not = why_not_merge(category, into) if into else ("" if not category.merged_into_id else why_not_merge(category, category.merged_into or category))
    if request.method == "POST" and into and not why_not:
        try:
            change = merge_category(category=category, into=into, by=request.user)
        except NotPossible as refusal:
            why_not = refusal.why
        else:
            return _done(request, category, [change] if change else [], _("Category merged"))
    said = [
        str(STAYS),
        _("Filters, saved views and links that name the merged category show the sessions of both at once."),
        _("A job that shows its progress gives its sessions the other category; lists and summaries are right while it runs."),
        _("To take it back, take the category out of the merge. Fixed chips that moved stay where they are then."),
        *(merge_warnings(category, into) if into else []),
    ]
    return _ask(request, category, _("Merge"), said, form=form, why_not=why_not, target=into)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def category_unmerge(request: SignedInRequest, pk: int) -> HttpResponse:
    category = _category(pk)
    said = [
        _("What says “%(category)s” or one of its other names counts as this category again, also labels given since the merge.") % {"category": category},
        *([_("Labels that say “%(other)s” stay with that one.") % {"other": category.merged_into}] if category.merged_into else []),
        _("Fixed chips that were moved or dropped do not come back by themselves."),
    ]
    return _plain(request, category, _("Take out of the merge"), said, why_not_unmerge(category), unmerge_category, _("Category taken out of the merge"))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def category_retire(request: SignedInRequest, pk: int) -> HttpResponse:
    category = _category(pk)
    said = [
        _("It is not offered for new labels any more. Labels that name it keep it, and it can be filtered by as before."),
        _("Strings from the API, a sync or an import that say it still mean it."),
        _("Its fixed chips leave their keys empty, and come back when it is made active again."),
    ]
    return _plain(request, category, _("Retire"), said, why_not_retire(category), retire_category, _("Category retired"))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def category_restore(request: SignedInRequest, pk: int) -> HttpResponse:
    category = _category(pk)
    said = [_("It is offered for new labels again, on the channels it applies to."), _("Its fixed chips have their keys again.")]
    return _plain(request, category, _("Make active"), said, why_not_restore(category), restore_category, _("Category made active again"))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def category_split(request: SignedInRequest, pk: int) -> HttpResponse:
    """First the names, then what goes where: the second form comes as the answer to the first."""
    category = _category(pk)
    aliases = list(category.aliases.order_by("text", "pk"))
    why_not = _("A merged category is split after it was taken out of the merge.") if category.merged_into_id else ""
    said = [
        _("Old labels stay with “%(category)s”: nobody can know which of the new ones they meant. Retire it to have new labels name the new ones.")
        % {"category": category},
        _("Labels that say one of its other names follow where that name goes."),
        _("The new categories begin without a definition: write one for each, or reviewers will go on guessing."),
    ]
    parts = PartsForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not parts.is_valid() or why_not:
        return _ask(request, category, _("Split"), said, form=parts, why_not=why_not)
    names = parts.cleaned_data["names"]
    is_second = "confirmed" in request.POST
    form = SplitForm(request.POST if is_second else None, names=names, aliases=aliases)
    if is_second and form.is_valid():
        try:
            changes = split_category(category=category, names=names, moved=form.moved, retire=form.cleaned_data["retire"], by=request.user)
        except NotPossible as refusal:
            form.add_error(None, refusal.why)
        else:
            return _done(request, category, changes, _("Category split"))
    return _ask(request, category, _("Split"), [_("New: %(join)s.") % {"join": ", ".join(names)}, *said], form=form, is_second=True)


@require_safe
@requires(Permission.ADMINISTER)
def category_change_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    change = get_object_or_404(CategoryChange.objects.select_related("category", "other", "changed_by"), pk=pk)
    template = "admin/labeling/_category_change.html" if request.htmx else "admin/labeling/category_change_detail.html"
    return render(request, template, _context(request, _("Change of the issue categories"), change=change))


@require_POST
@requires(Permission.ADMINISTER)
def category_change_retry(request: SignedInRequest, pk: int) -> HttpResponse:
    """Asked twice goes on once."""
    change = get_object_or_404(CategoryChange, pk=pk)
    if not retry_change(change=change):
        messages.info(request, _("This change has not failed, so there is nothing to take up again."))
    return SeeOther(reverse("labeling:category_change_detail", args=[change.pk]))


def _category(pk: int) -> IssueCategory:
    return get_object_or_404(IssueCategory.objects.select_related("merged_into"), pk=pk)


def _plain(request: SignedInRequest, category: IssueCategory, title: str, said: list[str], why_not: str, change: Any, done: str) -> HttpResponse:
    """A change that asks for nothing but a yes."""
    if request.method == "POST":
        try:
            made = change(category=category, by=request.user)
        except NotPossible as refusal:
            why_not = refusal.why
        else:
            return _done(request, category, [made] if made else [], done)
    return _ask(request, category, title, said, form=None, why_not=why_not)


def _ask(
    request: SignedInRequest, category: IssueCategory, title: str, said: Sequence[str], *, form: Form | None, why_not: str = "", **more: Any
) -> HttpResponse:
    context = {
        "category": category,
        "said": said,
        "form": form,
        "why_not": why_not,
        "references": get_references(category),
        "running": get_running(category).first(),
        "action": title,
        **more,
    }
    is_wrong = request.method == "POST" and (why_not or (form is not None and form.is_bound and not form.is_valid()))
    return render(request, "admin/labeling/category_action.html", _context(request, f"{title}: {category}", **context), status=422 if is_wrong else 200)


def _done(request: SignedInRequest, category: IssueCategory, changes: Sequence[CategoryChange], words: str) -> HttpResponse:
    messages.info(request, words)
    running = next((change for change in changes if change.state == "running"), None)
    if running:
        return SeeOther(reverse("labeling:category_change_detail", args=[running.pk]))
    return SeeOther(reverse("admin:labeling_issuecategory_change", args=[category.pk]))


def _context(request: SignedInRequest, title: str, **more: Any) -> dict[str, Any]:
    return {**admin.site.each_context(request), "title": title, **more}
