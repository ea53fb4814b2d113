"""What is typed into the label panel, kept as it is typed."""

from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from labeling.access import requires
from labeling.clock import show
from labeling.forms.labels import DiscardForm, LabelForm, TextChoiceForm
from labeling.operations.claims import renew_leases
from labeling.operations.drafts import DraftElsewhere, DraftIsVoid, choose_text, discard_draft, save_draft
from labeling.queries.guide import get_newest_number
from labeling.queries.one_session import get_revision
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.showing import find_session, find_showing

FORM = "application/x-www-form-urlencoded"


@require_http_methods(["PATCH"])
@requires(Permission.LABEL)
def draft_update(request: SignedInRequest, session_pk: int) -> HttpResponse:
    """Answers in JSON what the panel says of the draft; where another tab wrote, with both texts."""
    revision = get_revision(session_pk, scope=request.scope)
    if revision is None:
        raise Http404
    if request.content_type != FORM:
        return JsonResponse({"words": _("This cannot be read.")}, status=415)
    form = LabelForm(QueryDict(request.body, encoding="utf-8"))
    if not form.is_valid():
        return JsonResponse({"words": " ".join(str(error) for errors in form.errors.values() for error in errors)}, status=422)
    cleaned = form.cleaned_data
    try:
        draft = save_draft(
            session_id=session_pk,
            by=request.user,
            typed=form.typed,
            tab=cleaned["client_key"],
            sequence=cleaned["sequence"] or 0,
            revision=cleaned["draft_revision"] or 0,
            is_leaving=cleaned["leaving"],
        )
    except DraftIsVoid:
        return JsonResponse({"void": True})
    except DraftElsewhere as other:
        at = show(other.draft.saved_at, agent_zone=request.user.time_zone, viewer=request.user)
        context = {"draft": other.draft, "typed": form.typed, "at": at, "tab": cleaned["client_key"]}
        context |= {name: form.data.get(name, "") for name in ("run", "queue")}
        return render(request, "labeling/_draft_conflict.html", context, status=409)
    renew_leases(session_id=session_pk, by=request.user)
    at = show(draft.saved_at, agent_zone=request.user.time_zone, viewer=request.user)
    words = _("Draft saved %(at)s") % {"at": at.clock}
    has_new_guide = bool(cleaned["guide_version"]) and cleaned["guide_version"] < (get_newest_number() or 0)
    return JsonResponse({"revision": draft.revision, "words": words, "transcript": revision, "guide": has_new_guide})


@require_POST
@requires(Permission.LABEL)
def draft_discard(request: SignedInRequest, session_pk: int) -> HttpResponse:
    """Throws away what was typed, and shows the session as it was."""
    session = find_session(request, session_pk)
    form = DiscardForm(request.POST)
    discard_draft(session_id=session.pk, by=request.user, tab=form.cleaned_data["client_key"] if form.is_valid() else "")
    return redirect(find_showing(request, session, request.POST).address)


@require_POST
@requires(Permission.LABEL)
def text_choice_create(request: SignedInRequest, session_pk: int) -> HttpResponse:
    """Answers which of two texts stands, and shows the session with it."""
    session = find_session(request, session_pk)
    form = TextChoiceForm(request.POST)
    if form.is_valid():
        choose_text(session_id=session.pk, by=request.user, tab=form.cleaned_data["tab"], is_taken=form.cleaned_data["take"])
    return redirect(find_showing(request, session, request.POST).address)
