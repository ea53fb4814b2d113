"""What allauth's pages of second factors leave out."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import views
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from labeling.requests import SignedInRequest


def passkey_deletion(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """allauth asks whether an app may be removed, and forgets to ask of a passkey."""
    passkey = get_object_or_404(Authenticator, pk=pk, user=request.user, type=Authenticator.Type.WEBAUTHN)
    if not get_adapter().can_delete_authenticator(passkey):
        messages.error(request, _("Your role needs a second factor. Add another one first."))
        return redirect("mfa_list_webauthn")
    answer: HttpResponse = views.remove_webauthn(request, pk=pk)
    return answer
