"""Erasing a person or a session: the form, what it would take, and the order. Nothing typed here gets into an address."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from labeling.access import requires
from labeling.forms.erasures import ErasureForm
from labeling.models import Erasure
from labeling.operations.erasure import NothingToErase, order_erasure, retry_erasure
from labeling.queries.erasure import Preview, Subject, caller, get_preview, one_session
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.saved_views import SeeOther
from sessions_app.models import Session


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def erasure_create(request: SignedInRequest) -> HttpResponse:
    """The first POST shows what would go, the second one, with the number typed, has it done."""
    if request.method != "POST":
        return _page(request, ErasureForm())
    form = ErasureForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    subject = _subject(form)
    preview = get_preview(subject)
    if form.cleaned_data["expected"] is None:
        return _page(request, form, preview=preview)
    problem = _why_not(form, preview)
    if problem:
        return _page(request, form, preview=preview, problem=problem, status=422)
    try:
        erasure = order_erasure(subject=subject, by=request.user, reference=form.cleaned_data["reference"], sessions=preview.sessions)
    except NothingToErase:
        return _page(request, form, preview=preview, problem=_("This names nobody."), status=422)
    if form.cleaned_data["mentions"]:
        for session in Session.objects.filter(pk__in=preview.mentions).select_related("data_source").order_by("pk"):
            order_erasure(subject=one_session(session), by=request.user, reference=form.cleaned_data["reference"], sessions=[session.pk])
    messages.info(request, _("The erasure was ordered. A worker carries it out."))
    return SeeOther(reverse("admin:labeling_erasure_change", args=[erasure.pk]))


@require_POST
@requires(Permission.ADMINISTER)
def erasure_retry_create(request: SignedInRequest, pk: int) -> HttpResponse:
    """Going on with one that is under way, or over, changes nothing."""
    erasure = get_object_or_404(Erasure, pk=pk)
    if retry_erasure(erasure=erasure):
        messages.info(request, _("A worker goes on with it."))
    return SeeOther(reverse("admin:labeling_erasure_change", args=[erasure.pk]))


def _subject(form: ErasureForm) -> Subject:
    pk = form.cleaned_data["session"]
    return one_session(Session.objects.select_related("data_source").get(pk=pk)) if pk else caller(form.cleaned_data["subject"])


def _why_not(form: ErasureForm, preview: Preview) -> str:
    expected = form.cleaned_data["expected"]
    # What is cut off by time is cut off elsewhere the next time.
    if preview.is_complete and expected != len(preview.sessions):
        return _("There are other sessions by now than were shown before. Look at the numbers again.")
    if " ".join(form.cleaned_data["confirmation"].lower().split()) != phrase(expected):
        return _("Type exactly: %(phrase)s") % {"phrase": phrase(len(preview.sessions))}
    return ""


def phrase(sessions: int) -> str:
    """This will be what has to be typed, so that nobody erases more than they read."""
    return f"erase {sessions}"


def _page(request: SignedInRequest, form: ErasureForm, *, preview: Preview | None = None, problem: str = "", status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Erase a person or a session"),
        "opts": Erasure._meta,
        "form": form,
        "preview": preview,
        "phrase": phrase(len(preview.sessions)) if preview else "",
        "problem": problem,
    }
    return render(request, "admin/erasure_create.html", context, status=status)
