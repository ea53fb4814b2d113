"""Exports: choosing one, waiting for it, and having it."""

from typing import Any

from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from labeling.access import requires
from labeling.exports.about import filter_words
from labeling.exports.catalog import columns_named
from labeling.exports.forms import SETS, ExportForm
from labeling.exports.handing_out import Download, TooManyDownloads, open_file, why_not_download
from labeling.exports.making import AT_ONCE, CannotWrite, NotNow, count_for_request, make_now
from labeling.exports.writers import MOST_EXCEL_ROWS
from labeling.filters import ReviewFilter
from labeling.filters.words import query_of
from labeling.models import Export
from labeling.models.export import ExportFormat, ExportState
from labeling.operations.exports import UNFINISHED, TooManyUnfinished, record_download, request_export
from labeling.policies import why_not_read
from labeling.queries.exports import get_export_line
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from sessions_app.models import Session
from sessions_app.paging import count_up_to_limit
from sessions_app.queries.budget import Budget
from sessions_app.queries.database_clock import database_now

COUNT_MS = 800
MOST_LISTED = 50
CHUNK_BYTES = 65_536
CONTENT_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSONL: "application/x-ndjson; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.READ)
def export_create(request: SignedInRequest) -> HttpResponseBase:
    """The filter stands in the address, as on the list. Few sessions are answered with the file, many with a page to wait on."""
    filtered = _filter(request, request.GET)
    if not filtered.form.is_valid():
        return render(request, "labeling/export_create.html", {"section": "sessions", "filter": filtered}, status=400)
    if request.method != "POST":
        chosen = SETS.get(request.GET.get("columns", ""))
        return _form(request, filtered, ExportForm(initial=None if chosen is None else {"columns": chosen}, person=request.user))
    form = ExportForm(request.POST, person=request.user)
    if not form.is_valid():
        return _form(request, filtered, form, status=422)
    wanted = {"by": request.user, **form.cleaned_data, "query": query_of(filtered), "base": request.build_absolute_uri("/")}
    most = MOST_EXCEL_ROWS if form.cleaned_data["format"] == ExportFormat.XLSX else None
    n = count_for_request(filtered, (most or AT_ONCE) + 1)
    if n is not None and most is not None and n > most:
        form.add_error("format", _("These are more sessions than a sheet of Excel holds, 1,048,575. Choose CSV or JSON lines, or narrow the filter."))
        return _form(request, filtered, form, status=422)
    if form.cleaned_data["unmasked_for"]:
        return _unmasked(request, filtered, form, wanted, n)
    del wanted["unmasked_for"]
    if n is None or n >= AT_ONCE:
        return _request(request, filtered, form, wanted)
    try:
        return _download(make_now(filtered, **wanted), form.cleaned_data["format"])
    except NotNow:
        return _request(request, filtered, form, wanted)
    except CannotWrite as problem:
        form.add_error(None, _(str(problem)))
        return _form(request, filtered, form, status=503)


@require_safe
@requires(Permission.READ)
def export_list(request: SignedInRequest) -> HttpResponse:
    exports = Export.objects.filter(created_by=request.user).order_by("-pk")[:MOST_LISTED]
    at = database_now()
    lines = [get_export_line(export, viewer=request.user, at=at) for export in exports]
    return render(request, "labeling/export_list.html", {"section": "sessions", "lines": lines})


@require_safe
@requires(Permission.READ)
def export_detail(request: SignedInRequest, token: str) -> HttpResponse:
    return _detail(request, _export(request, token))


@require_safe
@requires(Permission.READ)
def export_file(request: SignedInRequest, token: str) -> HttpResponseBase:
    export = _export(request, token)
    try:
        file = open_file(export, by=request.user, scope=request.scope, at=database_now())
    except TooManyDownloads:
        answer = _detail(request, export, status=503, too_many=True)
        answer["Retry-After"] = "30"
        return answer
    if file is None:
        return _detail(request, export, status=409 if export.state in UNFINISHED else 410)
    if request.method == "GET":
        record_download(export=export)
    return _download(file, export.format)


def _filter(request: SignedInRequest, query: QueryDict) -> ReviewFilter:
    return ReviewFilter(query, queryset=Session.objects.visible_to(request.scope), request=request)


def _export(request: SignedInRequest, token: str) -> Export:
    export = Export.objects.select_related("created_by").filter(created_by=request.user, token=token).first()
    if export is None:
        raise Http404
    return export


def _form(request: SignedInRequest, filtered: ReviewFilter, form: ExportForm, *, status: int = 200) -> HttpResponse:
    counted = Budget(COUNT_MS).spend(lambda: count_up_to_limit(filtered.qs))
    count, is_more = counted or (None, False)
    context = {
        "section": "sessions",
        "filter": filtered,
        "form": form,
        "query": query_of(filtered),
        "words": filter_words(filtered),
        "count": count,
        "is_more": is_more,
        "why_not_read": why_not_read(request.user),
        "is_gated": bool(filtered.gate),
    }
    return render(request, "labeling/export_create.html", context, status=status)


def _unmasked(request: SignedInRequest, filtered: ReviewFilter, form: ExportForm, wanted: dict[str, Any], n: int | None) -> HttpResponseBase:
    """At once or not at all: no file without a mask waits on the server's disk."""
    if n is None or n >= AT_ONCE:
        form.add_error("is_unmasked", _("Without a mask a file holds fewer than 50,000 sessions. Narrow the filter, or export with the mask."))
        return _form(request, filtered, form, status=422)
    try:
        return _download(make_now(filtered, **wanted), form.cleaned_data["format"])
    except NotNow:
        form.add_error(None, _("The file could not be made at once, and without a mask it is not kept for later. Try again, or narrow the filter."))
    except CannotWrite as problem:
        form.add_error(None, _(str(problem)))
    return _form(request, filtered, form, status=503)


def _request(request: SignedInRequest, filtered: ReviewFilter, form: ExportForm, wanted: dict[str, Any]) -> HttpResponse:
    try:
        export = request_export(**wanted)
    except TooManyUnfinished:
        form.add_error(None, _("Three of your exports are still being made. Wait until one of them is done."))
        return _form(request, filtered, form, status=409)
    return redirect("labeling:export_detail", export.token)


def _detail(request: SignedInRequest, export: Export, *, status: int = 200, too_many: bool = False) -> HttpResponse:
    filtered = _filter(request, QueryDict(export.query))
    is_ready = export.state == ExportState.READY
    at = database_now()
    context = {
        "section": "sessions",
        "export": export,
        "line": get_export_line(export, viewer=request.user, at=at),
        "why_not": why_not_download(export, by=request.user, scope=request.scope, at=at) if is_ready else "",
        "words": filter_words(filtered) if filtered.form.is_valid() else [],
        "too_many": too_many,
        "titles": [column.title for column in columns_named(export.columns)],
    }
    return render(request, "labeling/_export_status.html" if request.htmx else "labeling/export_detail.html", context, status=status)


def _download(file: Download, format: str) -> FileResponse:
    """Named by us, and by the moment: a name made of anything else would end up in other people's folders."""
    name = f"sessions-{timezone.now():%Y-%m-%d-%H%M%S}.{format}"
    response = FileResponse(file, as_attachment=True, filename=name, content_type=CONTENT_TYPES[ExportFormat(format)])
    response.block_size = CHUNK_BYTES
    return response
