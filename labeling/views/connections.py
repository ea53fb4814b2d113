"""How a connection to the vendor fares: lag, counts, what went wrong, and what was rejected."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labeling.access import requires
from labeling.operations.connections import ask_for_retry, ask_for_sync
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from sessions_app.models import Connection, RejectedRecord
from sessions_app.queries.connections import get_rejected, get_statuses

LARGEST_ID = 2**63 - 1


class RecordForm(forms.Form):
    """Which rejected record; none is all of them."""

    record = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)


@require_safe
@requires(Permission.ADMINISTER)
def connection_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    row = _connection(pk)
    [status] = get_statuses([row])
    return _page(request, "admin/connection_detail.html", str(row.data_source), status=status, rejected=get_rejected(row))


@require_POST
@requires(Permission.ADMINISTER)
def sync_create(request: SignedInRequest, pk: int) -> HttpResponse:
    row = _connection(pk)
    if not row.is_active:
        messages.warning(request, _("This connection is switched off."))
    elif ask_for_sync(connection_pk=row.pk):
        messages.success(request, _("The worker begins to sync"))
    else:
        messages.info(request, _("A sync waits for the worker already."))
    return _back(row)


@require_POST
@requires(Permission.ADMINISTER)
def rejected_retry_create(request: SignedInRequest, pk: int) -> HttpResponse:
    row = _connection(pk)
    form = RecordForm(request.POST)
    if not form.is_valid():
        return _page(request, "admin/connection_detail.html", str(row.data_source), code=422, status=get_statuses([row])[0], rejected=get_rejected(row))
    only = form.cleaned_data["record"]
    if only is not None:
        get_object_or_404(RejectedRecord, pk=only, data_source=row.data_source_id)
    ask_for_retry(connection=row, only=only, by=request.user)
    messages.success(request, _("The worker tries it again") if only else _("The worker tries them again"))
    return _back(row)


def _connection(pk: int) -> Connection:
    return get_object_or_404(Connection.objects.select_related("data_source"), pk=pk)


def _back(row: Connection) -> HttpResponse:
    return HttpResponseRedirect(reverse("labeling:connection_detail", args=[row.pk]), status=303)


def _page(request: SignedInRequest, template: str, title: str, *, code: int = 200, **context: Any) -> HttpResponse:
    return render(request, template, {**admin.site.each_context(request), "title": title, "opts": Connection._meta, **context}, status=code)
