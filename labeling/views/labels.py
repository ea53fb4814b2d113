"""The only writer of labels from a page."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from labeling.access import requires
from labeling.forms import LabelForm, new_client_key
from labeling.models import CurrentLabel, Label
from labeling.operations.labels import AlreadyLabeled, IssueGiven, KeyReused, NotStanding, submit_label, withdraw_label
from labeling.operations.raters import rater_of
from labeling.operations.reading import note_reading
from labeling.policies import why_not_withdraw
from labeling.queries.session_lines import with_lines
from labeling.queries.session_page import get_session_page
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from sessions_app.models import Session


@require_POST
@requires(Permission.LABEL)
def label_create(request: SignedInRequest, session_pk: int) -> HttpResponse:
    session = _session(request, session_pk)
    own = CurrentLabel.objects.filter(session=session, rater__user=request.user, type="human-rating").select_related("label").first()
    form = LabelForm(request.POST, channel=session.channel, own=own.label if own else None)
    if not form.is_valid():
        return _panel(request, session, form, status=422)
    try:
        submitted = submit_label(
            session_id=session.pk,
            rater=rater_of(user=request.user),
            code=form.cleaned_data["code"],
            issues=[IssueGiven(raw=raw) for raw in form.cleaned_data["issues"]],
            comment=form.cleaned_data["comments"],
            reason=form.cleaned_data["reason"],
            client_key=form.cleaned_data["client_key"],
            starting_from=form.cleaned_data["version"],
        )
    except AlreadyLabeled as conflict:
        return _conflict(request, session, form, conflict.saved)
    except KeyReused:
        form.add_error(None, "This form was sent before with other content. Reload the page; what you typed is below.")
        return _panel(request, session, form, status=422)
    if request.htmx:
        saved = LabelForm(channel=session.channel, own=submitted.label)
        return _panel(request, session, saved, saved_label=submitted.label)
    return redirect(f"{reverse('labeling:session_detail', args=[session.pk])}?saved={submitted.label.pk}")


@require_POST
@requires(Permission.LABEL)
def withdrawal_create(request: SignedInRequest, session_pk: int, label_pk: int) -> HttpResponse:
    session = _session(request, session_pk)
    label = get_object_or_404(Label.objects.select_related("rater"), pk=label_pk, session=session)
    if why_not_withdraw(request.user, label):
        raise Http404
    try:
        withdraw_label(label=label, by=request.user)
    except NotStanding:
        own = get_session_page(session, viewer=request.user).own
        return _panel(request, session, LabelForm(channel=session.channel, own=own), status=409, not_standing=True)
    if request.htmx:
        page = get_session_page(session, viewer=request.user)
        return _panel(request, session, LabelForm(channel=session.channel, own=page.own), withdrawn=label)
    messages.info(request, _("Label withdrawn"))
    return redirect("labeling:session_detail", session.pk)


def _session(request: SignedInRequest, pk: int) -> Session:
    return get_object_or_404(with_lines(Session.objects.visible_to(request.scope)), pk=pk)


def _panel(request: SignedInRequest, session: Session, form: LabelForm, *, status: int = 200, **more: object) -> HttpResponse:
    session.refresh_from_db()
    page = get_session_page(session, viewer=request.user)
    # Submitting can open the judgments: from now on this person has seen them.
    note_reading(session=session, by=request.user, judgments=page.judgments_shown, has_transcript=False)
    context = {"section": "sessions", "page": page, "form": form, **more}
    template = "labeling/_label_panel.html" if request.htmx else "labeling/session_detail.html"
    return render(request, template, context, status=status)


def _conflict(request: SignedInRequest, session: Session, form: LabelForm, saved: Label | None) -> HttpResponse:
    """Both versions, side by side; sending this form again, knowingly, starts from the saved one."""
    data = request.POST.copy()
    data["version"] = str(saved.pk) if saved else ""
    data["client_key"] = new_client_key()
    form.data = data
    return _panel(request, session, form, status=409, conflict=True, conflict_saved=saved)
