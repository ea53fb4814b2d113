"""Share links: making, listing and revoking them beside a session, and what one shows to somebody without an account."""

from datetime import timedelta

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.access import requires
from labeling.forms.privacy import ShareLinkForm
from labeling.models import ShareLink
from labeling.operations.share_links import MayNotShare, hash_of, make_share_link, note_opening, revoke_share_link
from labeling.policies import why_not_share_session
from labeling.queries.share_links import find_open_link, get_redacted_session, get_share_lines
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.saved_views import SeeOther
from labeling.views.showing import find_session
from sessions_app.models import Session
from sessions_app.queries.database_clock import database_now


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.MANAGE_QUEUES)
def share_link_list(request: SignedInRequest, session_pk: int) -> HttpResponse:
    """The answer to the form shows the address, once. Sent again, the form gives the same link."""
    session = find_session(request, session_pk)
    if request.method != "POST":
        return _list(request, session, ShareLinkForm())
    form = ShareLinkForm(request.POST)
    if not form.is_valid():
        return _list(request, session, form, status=422)
    typed = form.cleaned_data
    try:
        link, token = make_share_link(
            session=session, by=request.user, purpose=typed["purpose"], lasts=timedelta(hours=typed["hours"]), client_key=typed["client_key"], at=database_now()
        )
    except MayNotShare as refusal:
        form.add_error(None, str(refusal))
        return _list(request, session, form, status=422)
    made = request.build_absolute_uri(reverse("labeling:shared_session", args=[token])) if link.revoked_at is None else ""
    return _list(request, session, ShareLinkForm(), made=made)


@require_POST
@requires(Permission.MANAGE_QUEUES)
def share_link_revocation(request: SignedInRequest, session_pk: int, pk: int) -> HttpResponse:
    """Whoever may make links for a session may end each of them."""
    session = find_session(request, session_pk)
    revoke_share_link(link=get_object_or_404(ShareLink, pk=pk, session=session), by=request.user, at=database_now())
    messages.info(request, _("Link revoked"))
    return SeeOther(reverse("labeling:share_link_list", args=[session.pk]))


@login_not_required
@require_safe
def shared_session(request: HttpRequest, token: str) -> HttpResponse:
    """Unknown, expired, revoked and ended look the same."""
    if (limited := ratelimit.consume_or_429(request, action="share_link", limit_get=True)) is not None:
        return _private(limited)
    link = find_open_link(hash_of(token), at=database_now())
    redacted = get_redacted_session(link) if link else None
    if link is None or redacted is None:
        return _private(render(request, "404.html", status=404))
    if request.method == "GET":
        note_opening(link=link, address=get_adapter().get_client_ip(request) or None)
    return _private(render(request, "labeling/shared_session.html", {"redacted": redacted}))


def _private(answer: HttpResponse) -> HttpResponse:
    """In no index, in no cache, and in no Referer: the address is the secret."""
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer["Referrer-Policy"] = "no-referrer"
    answer["Cache-Control"] = "no-store"
    return answer


def _list(request: SignedInRequest, session: Session, form: ShareLinkForm, *, made: str = "", status: int = 200) -> HttpResponse:
    context = {
        "section": "sessions",
        "session": session,
        "form": form,
        "made": made,
        "why_not": why_not_share_session(request.user, session),
        "lines": get_share_lines(session, viewer=request.user, at=database_now()),
    }
    return render(request, "labeling/share_link_list.html", context, status=status)
