"""The audit: a page to ask it, and the same as a file."""

import csv
import json
from collections.abc import Iterator
from io import StringIO
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from labeling.access import requires
from labeling.exports.cells import guarded
from labeling.forms.audit import AuditForm
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from labeling.queries.audit import COLUMNS, AuditFilter, BadKey, get_audit_page, get_events_in_batches, is_too_long_to_export
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from sessions_app.queries.database_clock import database_now

FORMATS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson; charset=utf-8"}
EXPORTED = (*COLUMNS, "person")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def audit_list(request: SignedInRequest) -> HttpResponse:
    """What is asked for comes by POST, and stands in the address as numbers: an address of a person is in nobody's log."""
    form = AuditForm(request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        return _shown(request, {"form": form}, status=422)
    if request.method == "POST":
        return HttpResponseRedirect(_address("labeling:audit_list", form.in_address), status=303)
    try:
        page = get_audit_page(form.wanted, after=request.GET.get("after", ""))
    except BadKey:
        return HttpResponseRedirect(_address("labeling:audit_list", form.in_address))
    context: dict[str, Any] = {
        "form": AuditForm(initial=form.as_typed),
        "page": page,
        "is_filtered": bool(form.in_address),
        "is_first": "after" not in request.GET,
    }
    context["first"] = _address("labeling:audit_list", form.in_address)
    context["next"] = _address("labeling:audit_list", {**form.in_address, "after": page.after}) if page.after else ""
    context["export"] = _address("labeling:audit_export", form.in_address)
    return _shown(request, context)


@require_POST
@requires(Permission.ADMINISTER)
def audit_export(request: SignedInRequest) -> HttpResponseBase:
    """A file of what the filter in the address finds, newest first. That it was made is an event itself."""
    form, wanted = AuditForm(request.GET), request.POST.get("format", "")
    if wanted not in FORMATS:
        form.is_valid()
        form.add_error(None, _("Choose CSV or JSON lines."))
    if not form.is_valid():
        return _shown(request, {"form": form}, status=422)
    if is_too_long_to_export(form.wanted):
        form.add_error(None, _("These are more than a million events. Choose a shorter span."))
        return _shown(request, {"form": form}, status=422)
    now = database_now()
    record_event(kind=EventKind.EXPORTED, by=request.user, subject_kind="audit", after=wanted)
    lines = _csv(form.wanted, now) if wanted == "csv" else _json_lines(form.wanted, now)
    response = StreamingHttpResponse(lines, content_type=FORMATS[wanted])
    response["Content-Disposition"] = f'attachment; filename="audit-{now:%Y-%m-%d-%H%M%S}.{wanted}"'
    return response


def _shown(request: SignedInRequest, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return render(request, "admin/audit_list.html", {**admin.site.each_context(request), "title": _("Audit"), **context}, status=status)


def _address(name: str, query: dict[str, str]) -> str:
    return f"{reverse(name)}?{urlencode(query)}" if query else reverse(name)


def _csv(wanted: AuditFilter, before: Any) -> Iterator[str]:
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(EXPORTED)
    for batch in get_events_in_batches(wanted, before=before):
        for row in batch:
            row["at"] = row["at"].isoformat()
            writer.writerow(guarded("" if row[name] is None else str(row[name]) for name in EXPORTED))
        yield text.getvalue()
        text.seek(0)
        text.truncate()
    yield text.getvalue()


def _json_lines(wanted: AuditFilter, before: Any) -> Iterator[str]:
    for batch in get_events_in_batches(wanted, before=before):
        yield "".join(f"{json.dumps(row | {'at': row['at'].isoformat()})}\n" for row in batch)
