"""Settling: the sessions whose people disagree, and one of them with the labels side by side."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from labeling.access import requires
from labeling.codes import Judgment
from labeling.forms.labels import new_client_key
from labeling.forms.settlements import THIRD, SettlementForm
from labeling.operations.incidents import note_told
from labeling.operations.labels import KeyReused
from labeling.operations.raters import AddressTaken
from labeling.operations.reading import note_reading
from labeling.operations.settlements import ChangedSince, NothingToSettle, settle
from labeling.policies import may_see_judgments, why_not_label
from labeling.queries.disputes import BadKey, Settling, get_dispute_page, get_settling, next_dispute
from labeling.queries.guide import get_newest_number, known_version
from labeling.queries.label_offer import get_names
from labeling.queries.session_page import get_session_page
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.saved_views import SeeOther
from labeling.views.showing import find_session
from sessions_app.models import Session


@require_safe
@requires(Permission.MANAGE_QUEUES)
def dispute_list(request: SignedInRequest) -> HttpResponse:
    """Whoever reads it has read what others think of these sessions."""
    try:
        page = get_dispute_page(request.user, request.scope, after=request.GET.get("after", ""))
    except BadKey:
        return HttpResponseRedirect(reverse("labeling:dispute_list"))
    note_told(sessions=[line.session for line in page.lines], by=request.user)
    return render(request, "labeling/dispute_list.html", {"section": "review", "page": page, "is_first": "after" not in request.GET})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.MANAGE_QUEUES)
def settlement_create(request: SignedInRequest, session_pk: int) -> HttpResponse:
    """Of a session whose judgments are hidden from a manager it does not say whether anybody disagrees."""
    session = find_session(request, session_pk)
    if request.method == "POST" and why_not_label(request.user):
        raise PermissionDenied
    if not may_see_judgments(request.user, session):
        return render(request, "labeling/settlement_hidden.html", {"section": "review", "session": session}, status=403 if request.method == "POST" else 200)
    settling = get_settling(get_session_page(session, viewer=request.user), viewer=request.user)
    form = _form(request, settling)
    if request.method != "POST":
        return _shown(request, settling, form)
    if not form.is_valid():
        return _shown(request, settling, form, status=422)
    try:
        settle(
            session_id=session.pk,
            by=request.user,
            decision=form.decision,
            client_key=form.cleaned_data["client_key"],
            mark=form.cleaned_data["mark"],
            guide_version=known_version(form.cleaned_data["guide_version"]),
        )
    except (ChangedSince, NothingToSettle, KeyReused):
        return _changed_since(request, session)
    except AddressTaken:
        form.add_error(None, _("Another person's labels stand under your address. Ask an admin."))
        return _shown(request, settling, form, status=422)
    return _settled(request, settling, form.decision.code)


def _settled(request: SignedInRequest, settling: Settling, code: str) -> HttpResponse:
    """On with the next one: they are settled one after another."""
    messages.info(request, _("Settled as %(code)s") % {"code": code})
    following = next_dispute(request.user, request.scope, after=settling.dispute) if settling.dispute else None
    return SeeOther(reverse("labeling:settlement_create", args=[following]) if following else reverse("labeling:dispute_list"))


def _form(request: SignedInRequest, settling: Settling) -> SettlementForm:
    data = request.POST if request.method == "POST" else None
    offered = get_names(settling.page.session)
    return SettlementForm(data, codes=list(settling.codes), offered=offered, mark=settling.mark, guide=get_newest_number())


def _changed_since(request: SignedInRequest, session: Session) -> HttpResponse:
    """What stands now beside what was typed; sending it again, knowingly, settles what stands now."""
    session.refresh_from_db()
    settling = get_settling(get_session_page(find_session(request, session.pk), viewer=request.user), viewer=request.user)
    data = request.POST.copy()
    data["mark"], data["client_key"] = settling.mark, new_client_key()
    form = SettlementForm(data, codes=list(settling.codes), offered=get_names(session), mark=settling.mark, guide=get_newest_number())
    return _shown(request, settling, form, status=409, has_changed=True)


def _shown(request: SignedInRequest, settling: Settling, form: SettlementForm, *, status: int = 200, **more: Any) -> HttpResponse:
    page = settling.page
    shown = {*page.judgments_shown, Judgment.OTHERS.value}
    note_reading(session=page.session, by=request.user, judgments=sorted(shown), has_transcript=page.timeline is not None)
    context = {"section": "review", "settling": settling, "page": page, "form": form, "third": THIRD, "names": form.offered, **more}
    return render(request, "labeling/settlement_create.html", context, status=status)
