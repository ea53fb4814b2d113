"""Incidents: telling somebody now, and acknowledging that one was told."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from django_htmx.http import trigger_client_event

from labeling.access import requires
from labeling.forms.incidents import AcknowledgmentForm, IncidentForm
from labeling.forms.labels import new_client_key
from labeling.models import Incident, User
from labeling.operations.incidents import AlreadyAcknowledged, KeyOfAnother, acknowledge_incident, note_told, raise_incident
from labeling.queries.colleagues import get_incident_takers
from labeling.queries.waiting import WaitingIncident, get_told_incident, tells_what_others_think
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.saved_views import SeeOther
from sessions_app.models import Session


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.READ)
def incident_create(request: SignedInRequest, session_pk: int) -> HttpResponse:
    """A GET asks what happened, for who has no script; the sheet on the page of the session asks the same."""
    session = get_object_or_404(Session.objects.visible_to(request.scope), pk=session_pk)
    if request.method != "POST":
        return _form(request, session, IncidentForm(channel=session.channel))
    form = IncidentForm(request.POST, channel=session.channel)
    if not form.is_valid():
        return _form(request, session, form, status=422)
    try:
        raise_incident(session=session, by=request.user, base=request.build_absolute_uri("/"), **_given(form))
    except KeyOfAnother as earlier:
        return _form(request, session, _with_new_key(request.POST, session), status=409, earlier=earlier.incident)
    raised = told_words(get_incident_takers(session, raised_by=request.user), is_over=True)
    if request.htmx:
        answer = _form(request, session, IncidentForm(channel=session.channel), raised=raised)
        return trigger_client_event(answer, "sheet-done")
    messages.info(request, raised)
    return SeeOther(reverse("labeling:session_detail", args=[session.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
def acknowledgment_create(request: SignedInRequest, pk: int) -> HttpResponse:
    """A GET shows what happened, and the note once there is one."""
    told = get_told_incident(pk, request.user, scope=request.scope)
    if told is None:
        raise Http404
    if tells_what_others_think([told], [], viewer=request.user):
        note_told(sessions=[told.incident.session], by=request.user)
    if request.method != "POST":
        return _acknowledgment(request, told, AcknowledgmentForm())
    form = AcknowledgmentForm(request.POST)
    if not form.is_valid():
        return _acknowledgment(request, told, form, status=422)
    try:
        acknowledge_incident(incident=told.incident, by=request.user, note=form.cleaned_data["note"])
    except AlreadyAcknowledged:
        told = get_told_incident(pk, request.user, scope=request.scope) or told
        return _acknowledgment(request, told, form, status=409)
    messages.info(request, _("Incident acknowledged"))
    is_from_session = request.POST.get("from") == "session"
    return SeeOther(reverse("labeling:session_detail", args=[told.incident.session_id]) if is_from_session else reverse("labeling:review_home"))


def told_words(takers: list[User], *, is_over: bool = False) -> str:
    """This will say who is told of an incident, before or after."""
    if not takers:
        return _("Nobody is named to take incidents, so admins will find it on their page.")
    first, others = str(takers[0]), len(takers) - 1
    if not others:
        return (_("%(first)s was told.") if is_over else _("%(first)s will be told now.")) % {"first": first}
    words = (
        ngettext("%(first)s and %(n)d other were told.", "%(first)s and %(n)d others were told.", others)
        if is_over
        else ngettext("%(first)s and %(n)d other will be told now.", "%(first)s and %(n)d others will be told now.", others)
    )
    return words % {"first": first, "n": others}


def incident_sheet(session: Session, person: User) -> dict[str, Any]:
    """This will be what `_incident.html` shows on the page of a session."""
    return {"incident_form": IncidentForm(channel=session.channel), "told": told_words(get_incident_takers(session, raised_by=person))}


def _given(form: IncidentForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("line", "client_key", "target_uid", "at_ms", "category")}


def _with_new_key(sent: QueryDict, session: Session) -> IncidentForm:
    data = sent.copy()
    data["client_key"] = new_client_key()
    return IncidentForm(data, channel=session.channel)


def _form(request: SignedInRequest, session: Session, form: IncidentForm, *, status: int = 200, earlier: Incident | None = None, **more: Any) -> HttpResponse:
    context = {"section": "sessions", "session": session, **incident_sheet(session, request.user), "incident_form": form, "earlier": earlier, **more}
    template = "labeling/_incident_form.html" if request.htmx else "labeling/incident_create.html"
    return render(request, template, context, status=status)


def _acknowledgment(request: SignedInRequest, told: WaitingIncident, form: AcknowledgmentForm, *, status: int = 200) -> HttpResponse:
    context = {"section": "review", "one": told, "form": form}
    return render(request, "labeling/incident_acknowledgment.html", context, status=status)
