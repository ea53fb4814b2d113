"""Second opinions: asking a colleague with a note, and declining."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from labeling.access import requires
from labeling.forms.labels import new_client_key
from labeling.forms.second_opinions import SecondOpinionForm
from labeling.models import SecondOpinion
from labeling.operations.second_opinions import AlreadyAsked, CannotBeAsked, ask_second_opinion, decline_second_opinion
from labeling.policies import may_see_judgments
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.saved_views import SeeOther
from sessions_app.models import Session


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.LABEL)
def second_opinion_create(request: SignedInRequest, session_pk: int) -> HttpResponse:
    """The sheet asks for its form when it opens: who can be asked need not be on every page of a session."""
    session = get_object_or_404(Session.objects.visible_to(request.scope), pk=session_pk)
    if request.method != "POST":
        return _form(request, session, SecondOpinionForm(session=session, asker=request.user))
    form = SecondOpinionForm(request.POST, session=session, asker=request.user)
    if not form.is_valid():
        return _form(request, session, form, status=422)
    of = form.cleaned_data["asked_of"]
    try:
        ask_second_opinion(
            session=session,
            by=request.user,
            of=of,
            note=form.cleaned_data["note"],
            client_key=form.cleaned_data["client_key"],
            may_repeat=may_see_judgments(request.user, session),
        )
    except CannotBeAsked:
        form.add_error("asked_of", _("This colleague may not label this session."))
        return _form(request, session, form, status=422)
    except AlreadyAsked as earlier:
        return _form(request, session, _again(request, session, earlier.opinion), status=409)
    asked = _("%(who)s was asked for a second opinion.") % {"who": of}
    if request.htmx:
        answer = _form(request, session, SecondOpinionForm(session=session, asker=request.user), asked=asked)
        return trigger_client_event(answer, "sheet-done")
    messages.info(request, asked)
    return SeeOther(reverse("labeling:session_detail", args=[session.pk]))


@require_POST
@requires(Permission.LABEL)
def refusal_create(request: SignedInRequest, pk: int) -> HttpResponse:
    """Declining twice, or what is closed by a label, says the same: it does not wait any more."""
    visible = SecondOpinion.objects.filter(session__in=Session.objects.visible_to(request.scope))
    opinion = get_object_or_404(visible, pk=pk, asked_of=request.user)
    decline_second_opinion(opinion=opinion)
    messages.info(request, _("Second opinion declined"))
    is_from_session = request.POST.get("from") == "session"
    return SeeOther(reverse("labeling:session_detail", args=[opinion.session_id]) if is_from_session else reverse("labeling:review_home"))


def _again(request: SignedInRequest, session: Session, earlier: SecondOpinion) -> SecondOpinionForm:
    """What was typed, with a key of its own: under the old one somebody else could never be asked. No word on whether there is an answer."""
    data: QueryDict = request.POST.copy()
    data["client_key"] = new_client_key()
    form = SecondOpinionForm(data, session=session, asker=request.user)
    form.add_error(None, _("You have asked %(who)s already.") % {"who": earlier.asked_of})
    return form


def _form(request: SignedInRequest, session: Session, form: SecondOpinionForm, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {"section": "sessions", "session": session, "form": form, **more}
    template = "labeling/_second_opinion_form.html" if request.htmx else "labeling/second_opinion_create.html"
    return render(request, template, context, status=status)
