"""A person's access, for admins: the link they were invited with, their sign-ins, second factors and identity."""

from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.db.models.functions import Now
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from labeling.access import requires
from labeling.forms.people import SubjectForm
from labeling.models import ApiKey, Invitation, User
from labeling.operations.identities import IdentityTaken, link_identity, unlink_identity
from labeling.operations.invitations import VALID_FOR, NotActive, SignsInElsewhere, is_mail_sent, renew_invitation, token_of, write_invitation
from labeling.operations.people import OwnRights, remove_second_factors
from labeling.operations.sign_ins import end_sign_ins
from labeling.queries.sign_ins import get_factors, get_identity, get_sign_ins
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.saved_views import SeeOther
from sessions_app.queries.database_clock import database_now

SEED = "invitation_seed"


def keep_seed(request: HttpRequest, person: User, seed: str) -> None:
    """This will keep the link until the next page shows it, once."""
    request.session[SEED] = [person.pk, seed]


@require_safe
@requires(Permission.ADMINISTER)
def person_access(request: SignedInRequest, pk: int) -> HttpResponse:
    """The link is shown once; a reload does not show it again."""
    person = get_object_or_404(User, pk=pk)
    owner, seed = request.session.get(SEED, (None, ""))
    link, is_sent = "", False
    if owner == person.pk and request.method == "GET":
        del request.session[SEED]
        link = request.build_absolute_uri(reverse("invitation_detail", args=[token_of(seed)]))
        is_sent = is_mail_sent() and write_invitation(person=person, link=link)
    return _access(request, person, link=link, is_sent=is_sent)


@require_POST
@requires(Permission.ADMINISTER)
def invitation_create(request: SignedInRequest, pk: int) -> HttpResponse:
    """A new link; the ones before stop working."""
    person = get_object_or_404(User, pk=pk)
    if settings.SSO_ONLY:
        raise Http404
    try:
        keep_seed(request, person, renew_invitation(person=person, by=request.user))
    except OwnRights:
        messages.error(request, _("Your own password is changed in your settings."))
    except NotActive:
        messages.error(request, _("Activate this person first."))
    except SignsInElsewhere:
        messages.error(request, _("This person signs in through the identity provider. Unlink them first."))
    return _back(person)


@require_POST
@requires(Permission.ADMINISTER)
def person_sign_ins_deletion(request: SignedInRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    here = request.session.session_key if person.pk == request.user.pk else None
    ended = end_sign_ins(person=person, by=request.user, but=here)
    messages.success(request, ngettext("One sign-in ended", "%(count)d sign-ins ended", ended) % {"count": ended})
    return _back(person)


@require_POST
@requires(Permission.ADMINISTER)
def second_factors_deletion(request: SignedInRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    try:
        remove_second_factors(person=person, by=request.user)
    except OwnRights:
        messages.error(request, _("Another admin has to remove yours."))
    else:
        messages.success(request, _("Second factors removed"))
    return _back(person)


@require_POST
@requires(Permission.ADMINISTER)
def identity_create(request: SignedInRequest, pk: int) -> HttpResponse:
    """This will make the person at the identity provider and this account one, because an admin says so."""
    person = get_object_or_404(User, pk=pk)
    if not settings.OIDC_ISSUER:
        raise Http404
    form = SubjectForm(request.POST)
    if not form.is_valid():
        return _access(request, person, form=form, status=422)
    try:
        link_identity(person=person, issuer=settings.OIDC_ISSUER, subject=form.cleaned_data["subject"], by=request.user)
    except OwnRights:
        form.add_error(None, _("Another admin has to link your account."))
    except IdentityTaken:
        form.add_error("subject", _("This identifier belongs to another account, or this account has another identifier already."))
    if form.errors:
        return _access(request, person, form=form, status=422)
    messages.success(request, _("Linked"))
    return _back(person)


@require_POST
@requires(Permission.ADMINISTER)
def identity_deletion(request: SignedInRequest, pk: int) -> HttpResponse:
    person = get_object_or_404(User, pk=pk)
    try:
        unlink_identity(person=person, issuer=settings.OIDC_ISSUER, by=request.user)
    except OwnRights:
        messages.error(request, _("Another admin has to unlink your account."))
    return _back(person)


def _back(person: User) -> HttpResponse:
    return SeeOther(reverse("labeling:person_access", args=[person.pk]))


def _access(
    request: SignedInRequest, person: User, *, link: str = "", is_sent: bool = False, form: SubjectForm | None = None, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("Access"),
        "subtitle": str(person),
        "person": person,
        "is_self": person.pk == request.user.pk,
        "link": link,
        "is_sent": is_sent,
        "is_mail_sent": is_mail_sent(),
        "days": VALID_FOR.days,
        "invitation": Invitation.objects.filter(user=person).order_by("-pk").first(),
        "now": database_now(),
        "sign_ins": get_sign_ins(person),
        "keys": ApiKey.objects.filter(user=person, revoked_at=None, expires_at__gt=Now()).count(),
        "factors": get_factors(person),
        "has_provider": bool(settings.OIDC_ISSUER),
        "provider": settings.OIDC_NAME,
        "is_sso_only": settings.SSO_ONLY,
        "subject": get_identity(person),
        "form": form or SubjectForm(),
    }
    return render(request, "admin/labeling/user/access.html", context, status=status)
