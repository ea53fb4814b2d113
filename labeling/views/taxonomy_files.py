"""The issue categories as a file: handed out, and brought in after what it changes was shown."""

import base64
from typing import Any

from django.contrib import admin, messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from labeling.access import requires
from labeling.exports.taxonomy import Unreadable, read_file, write_csv, write_json
from labeling.forms.categories import TaxonomyConfirmForm, TaxonomyFileForm
from labeling.operations.taxonomy import NotPossible
from labeling.operations.taxonomy_files import import_taxonomy
from labeling.queries.taxonomy_plan import Plan, get_plan, get_rows
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.saved_views import SeeOther


@require_safe
@requires(Permission.ADMINISTER)
def taxonomy_csv(request: SignedInRequest) -> HttpResponse:
    return _file(write_csv(get_rows()), "text/csv; charset=utf-8", "issue-categories.csv")


@require_safe
@requires(Permission.ADMINISTER)
def taxonomy_json(request: SignedInRequest) -> HttpResponse:
    return _file(write_json(get_rows()), "application/json", "issue-categories.json")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def taxonomy_import(request: SignedInRequest) -> HttpResponse:
    """The first POST brings the file and shows its plan, the second one sends both back; nothing is kept in between."""
    if request.method != "POST":
        return _ask(request, TaxonomyFileForm())
    if "content" in request.POST:
        return _confirm(request)
    form = TaxonomyFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _ask(request, form, status=422)
    content = form.cleaned_data["file"]
    try:
        plan = get_plan(*read_file(content))
    except Unreadable as problem:
        form.add_error("file", str(problem))
        return _ask(request, form, status=422)
    return _show(request, content, plan)


def _confirm(request: SignedInRequest) -> HttpResponse:
    form = TaxonomyConfirmForm(request.POST)
    if not form.is_valid():
        return _ask(request, TaxonomyFileForm(), status=422, why_not=_("What was sent cannot be read. Choose the file again."))
    content = form.cleaned_data["content"]
    try:
        plan = get_plan(*read_file(content))
    except Unreadable as problem:
        return _ask(request, TaxonomyFileForm(), status=422, why_not=str(problem))
    if plan.digest != form.cleaned_data["shown"]:
        return _show(request, content, plan, status=409, why_not=_("The categories changed after this was shown. This is what the file changes now."))
    try:
        import_taxonomy(plan=plan, by=request.user)
    except NotPossible as refusal:
        return _show(request, content, get_plan(*read_file(content)), status=409, why_not=refusal.why)
    messages.success(
        request,
        _("Categories: %(made)s made, %(changed)s changed. Rows left out: %(refused)s")
        % {"made": len(plan.new), "changed": len(plan.changed), "refused": len(plan.refused)},
    )
    return SeeOther(reverse("admin:labeling_issuecategory_changelist"))


def _show(request: SignedInRequest, content: bytes, plan: Plan, *, status: int = 200, why_not: str = "") -> HttpResponse:
    form = TaxonomyConfirmForm(initial={"content": base64.b64encode(content).decode(), "shown": plan.digest})
    context = _context(request, _("What the file changes"), plan=plan, form=form, why_not=why_not)
    return render(request, "admin/labeling/taxonomy_plan.html", context, status=status)


def _ask(request: SignedInRequest, form: TaxonomyFileForm, *, status: int = 200, why_not: str = "") -> HttpResponse:
    return render(request, "admin/labeling/taxonomy_import.html", _context(request, _("Import issue categories"), form=form, why_not=why_not), status=status)


def _file(text: str, kind: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _context(request: SignedInRequest, title: str, **more: Any) -> dict[str, Any]:
    return {**admin.site.each_context(request), "title": title, **more}
