"""The only writer of labels from a page."""

from django.contrib import messages
from django.db.models.functions import Now
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect, push_url

from labeling.access import requires
from labeling.clock import show
from labeling.forms.labels import LabelForm, new_client_key
from labeling.models import CurrentLabel, Label
from labeling.operations.claims import QueueNotActive
from labeling.operations.drafts import keep_typed
from labeling.operations.filling import PlaceTaken
from labeling.operations.judging import judge, undo
from labeling.operations.label_rows import Provenance
from labeling.operations.labels import AlreadyLabeled, KeyReused, NotStanding
from labeling.operations.raters import AddressTaken
from labeling.policies import why_not_withdraw
from labeling.queries.guide import known_version
from labeling.queries.label_offer import get_names
from labeling.queries.one_session import get_draft, get_own_label
from labeling.queries.runs import get_stops, next_in_run
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.showing import Showing, find_session, find_showing
from labeling.views.working import show_next
from sessions_app.models import Session

# Who has given so many labels needs to be told no more how that is done.
LEARNED = 3


@require_POST
@requires(Permission.LABEL)
def label_create(request: SignedInRequest, session_pk: int) -> HttpResponse:
    showing = find_showing(request, find_session(request, session_pk), request.POST)
    showing.data = request.POST
    own = _current(request, showing)
    draft = get_draft(showing.session, request.user)
    # The page is worked out only where it is shown again.
    form = LabelForm(request.POST, offered=lambda: get_names(showing.session), own=own, draft=draft)
    if form.is_valid():
        form.require()
    # Where another label stands by now, the conflict comes first.
    if form.is_valid() and own and own.pk == form.cleaned_data["version"] and "in_conflict" not in request.POST:
        form.require_reason()
    if not form.is_valid():
        return _asked_again(showing, form)
    typed = form.typed
    try:
        submitted = judge(
            session_id=showing.session.pk,
            by=request.user,
            typed=typed,
            client_key=form.cleaned_data["client_key"],
            provenance=Provenance(active_ms=form.cleaned_data["active_ms"], guide_version=known_version(form.cleaned_data["guide_version"])),
            draft_revision=form.cleaned_data["draft_revision"],
            queue=None if "anyway" in request.POST else showing.queue,
        )
    except (QueueNotActive, PlaceTaken) as refusal:
        return _refused(request, showing, form, refusal)
    except AlreadyLabeled as conflict:
        return _conflict(request, showing, conflict.saved)
    except KeyReused:
        # The answer to an earlier send was lost, and the form was changed before it was sent again.
        return _conflict(request, showing, _current(request, showing), earlier_try=True)
    except AddressTaken:
        form.add_error(None, _("Another person's labels stand under your address. Ask an admin."))
        return _asked_again(showing, form)
    if not submitted.is_new and not CurrentLabel.objects.filter(label=submitted.label).exists():
        return _conflict(request, showing, _current(request, showing))
    if request.user.steps_closed_at is None and Label.objects.filter(rater=submitted.label.rater_id)[:LEARNED].count() == LEARNED:
        request.user.choose(steps_closed_at=Now())
    return _saved(request, showing, submitted.label)


@require_POST
@requires(Permission.LABEL)
def withdrawal_create(request: SignedInRequest, session_pk: int, label_pk: int) -> HttpResponse:
    session = find_session(request, session_pk)
    label = get_object_or_404(Label.objects.select_related("rater"), pk=label_pk, session=session)
    if why_not_withdraw(request.user, label):
        raise Http404
    showing = find_showing(request, session, request.POST)
    try:
        undo(label=label, by=request.user)
    except NotStanding:
        return showing.panel_only(status=409, not_standing=True)
    session.refresh_from_db()
    if not request.htmx:
        messages.info(request, _("Label withdrawn"))
        return redirect(showing.address)
    if request.POST.get("at") == str(session.pk):
        return showing.panel_only(withdrawn=label)
    return push_url(showing.whole(withdrawn=label), showing.address)


def _saved(request: SignedInRequest, showing: Showing, label: Label) -> HttpResponse:
    """On with the run or the queue, or the same session with what was saved."""
    session, run = showing.session, showing.run
    if showing.queue and request.POST.get("then") == "next":
        return show_next(request, showing.queue, saved_label=label, saved_on=_name(request, session))
    if run and request.POST.get("then") == "next":
        stops = get_stops(run, request.user, request.scope)
        following = next_in_run(run, session.pk, request.user, request.scope, stops=stops)
        if following is None:
            address = reverse("labeling:run_detail", args=[run.pk])
            return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
        after = Showing(request, find_session(request, following), run=run, stops=stops)
        if not request.htmx:
            return redirect(after.address)
        return push_url(after.whole(saved_label=label, saved_on=_name(request, session), moved=True), after.address)
    if not request.htmx:
        return redirect(f"{showing.address}?saved={label.pk}")
    session.refresh_from_db()
    saved = Showing(request, session, run=run, queue=showing.queue)
    return saved.panel_only(saved_label=label, saved_on=_name(request, session))


def _asked_again(showing: Showing, form: LabelForm) -> HttpResponse:
    showing.panel.form = form
    return showing.panel_only(status=422)


def _name(request: SignedInRequest, session: Session) -> str:
    """What the toast calls a session that is no longer on the page."""
    return f"{session.agent_name or _('No agent')}, {show(session.timestamp, agent_zone=session.agent_timezone, viewer=request.user).clock}"


def _current(request: SignedInRequest, showing: Showing) -> Label | None:
    return get_own_label(showing.session, request.user)


def _conflict(request: SignedInRequest, showing: Showing, saved: Label | None, *, earlier_try: bool = False) -> HttpResponse:
    """Both versions, side by side; sending this form again, knowingly, starts from the saved one."""
    data: QueryDict = request.POST.copy()
    data["version"] = str(saved.pk) if saved else ""
    data["client_key"] = new_client_key()
    showing.session.refresh_from_db()
    again = Showing(request, showing.session, run=showing.run, queue=showing.queue, data=data)
    form: LabelForm = again.panel.form
    form.is_valid()
    return again.panel_only(status=409, conflict=True, conflict_saved=saved, earlier_try=earlier_try)


def _refused(request: SignedInRequest, showing: Showing, form: LabelForm, refusal: QueueNotActive | PlaceTaken) -> HttpResponse:
    """The queue has no place for this label any more. What was typed is kept, here and as the draft, and may still become a label without one."""
    data: QueryDict = request.POST.copy()
    draft = keep_typed(session_id=showing.session.pk, by=request.user, typed=form.typed, tab=form.cleaned_data["client_key"])
    data["client_key"] = new_client_key()
    data["draft_revision"] = str(draft.revision)
    again = Showing(request, showing.session, queue=showing.queue, data=data)
    again.panel.form.is_valid()
    return again.panel_only(status=409, refusal=refusal, is_queue_over=isinstance(refusal, QueueNotActive))
