"""The only writer of labels from a page."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from labeling.access import requires
from labeling.codes import LabelType
from labeling.forms import LabelForm, new_client_key
from labeling.models import CurrentLabel, Label
from labeling.operations.labels import AlreadyLabeled, IssueGiven, KeyReused, NotStanding, submit_label, withdraw_label
from labeling.operations.raters import AddressTaken, rater_of
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
    form = LabelForm(request.POST, channel=session.channel, own=_current(request, session))
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
        # The answer to an earlier send was lost, and the form was changed before it was sent again.
        return _conflict(request, session, form, _current(request, session), earlier_try=True)
    except AddressTaken:
        form.add_error(None, _("Another person's labels stand under your address. Ask an admin."))
        return _panel(request, session, form, status=422)
    if not submitted.is_new and not CurrentLabel.objects.filter(label=submitted.label).exists():
        return _conflict(request, session, form, _current(request, session))
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


def _current(request: SignedInRequest, session: Session) -> Label | None:
    current = CurrentLabel.objects.filter(session=session, rater__user=request.user, type=LabelType.HUMAN).select_related("label").first()
    return current.label if current else None


def _session(request: SignedInRequest, pk: int) -> Session:
    return get_object_or_404(with_lines(Session.objects.visible_to(request.scope)), pk=pk)


def _panel(request: SignedInRequest, session: Session, form: LabelForm, *, status: int = 200, **more: object) -> HttpResponse:
    session.refresh_from_db()
    page = get_session_page(session, viewer=request.user)
    # Submitting can open the judgments: from now on this person has seen them.
    shows_transcript = page.timeline is not None and not request.htmx
    note_reading(session=session, by=request.user, judgments=page.judgments_shown, has_transcript=shows_transcript)
    context = {"section": "sessions", "page": page, "form": form, **more}
    template = "labeling/_label_panel.html" if request.htmx else "labeling/session_detail.html"
    return render(request, template, context, status=status)


def _conflict(request: SignedInRequest, session: Session, form: LabelForm, saved: Label | None, *, earlier_try: bool = False) -> HttpResponse:
    """Both versions, side by side; sending this form again, knowingly, starts from the saved one."""
    data = request.POST.copy()
    data["version"] = str(saved.pk) if saved else ""
    data["client_key"] = new_client_key()
    form.data = data
    return _panel(request, session, form, status=409, conflict=True, conflict_saved=saved, earlier_try=earlier_try)
