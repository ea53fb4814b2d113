"""A session as an example in the guide."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from labeling.access import requires
from labeling.forms.guide import GuideExampleForm
from labeling.models import GuideExample
from labeling.operations.guide_examples import SessionErased, link_example, unlink_example
from labeling.queries.guide_examples import get_examples
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.saved_views import SeeOther
from sessions_app.models import Session


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.MANAGE_QUEUES)
def guide_example_list(request: SignedInRequest, session_pk: int) -> HttpResponse:
    """What the session is an example of; a POST adds one."""
    session = get_object_or_404(Session.objects.visible_to(request.scope), pk=session_pk)
    if request.method != "POST":
        return _page(request, session, GuideExampleForm())
    form = GuideExampleForm(request.POST)
    if not form.is_valid():
        return _page(request, session, form, status=422)
    try:
        link_example(session=session, by=request.user, **form.given)
    except SessionErased:
        form.add_error(None, _("This session was erased. There is nothing left that it could show."))
        return _page(request, session, form, status=422)
    messages.info(request, _("Example linked"))
    return SeeOther(reverse("labeling:guide_example_list", args=[session.pk]))


@require_POST
@requires(Permission.MANAGE_QUEUES)
def guide_example_deletion(request: SignedInRequest, session_pk: int, pk: int) -> HttpResponse:
    session = get_object_or_404(Session.objects.visible_to(request.scope), pk=session_pk)
    example = GuideExample.objects.filter(pk=pk, session=session).first()
    # One that is gone already is what was asked for.
    if example:
        unlink_example(example=example, by=request.user)
    messages.info(request, _("Example removed"))
    return SeeOther(reverse("labeling:guide_example_list", args=[session.pk]))


def _page(request: SignedInRequest, session: Session, form: GuideExampleForm, *, status: int = 200) -> HttpResponse:
    context = {"section": "sessions", "session": session, "form": form, "examples": get_examples(request.user, scope=request.scope, session=session)}
    return render(request, "labeling/guide_example_list.html", context, status=status)
