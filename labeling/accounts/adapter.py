"""How sign-in behaves here: nobody signs up by themselves, each sign-in is an event, and a change of secrets ends the others."""

import logging
from smtplib import SMTPException
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from labeling.accounts.known_devices import known_device, remember_device
from labeling.models import User
from labeling.models.event import EventKind
from labeling.operations.break_glass import announce_break_glass
from labeling.operations.events import record_event
from labeling.operations.sign_ins import end_sign_ins
from labeling.queries.sign_ins import get_identity

logger = logging.getLogger(__name__)

# How allauth says that somebody proved themselves elsewhere.
BY_PROVIDER = "socialaccount"


class ClosedSignUp(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Where only the identity provider signs people in, a right password is as good as a wrong one, and counts like one."""
        if settings.SSO_ONLY and not is_break_glass(str(credentials.get("email", ""))):
            self.pre_authenticate(request, **credentials)
            # As long as for the one whose password is looked at: else the time would tell a stranger which address that is.
            make_password(str(credentials.get("password", "")))
            return None
        person: User | None = super().authenticate(request, **credentials)
        return person

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Whose tries are counted together: those at one address, but those from a browser its owner uses apart."""
        key: str = super()._get_login_attempts_cache_key(request, **credentials)
        device = known_device(request, str(credentials.get("email", "")))
        return f"{key}:{device}" if device else key

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        if goes_around_groups(request, user):
            return render(request, "account/identity_refused.html", {"reason": _("You sign in through the identity provider.")}, status=403)
        refusal: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return refusal

    def login(self, request: HttpRequest, user: User) -> None:
        """Whose address nobody can tell is refused before: after it they would be signed in, without a row that could end it, nor an event."""
        self.get_client_ip(request)
        # Between the password and the code minutes may pass, in which an admin ended it.
        if not user.is_active or goes_around_groups(request, user):
            raise PermissionDenied
        super().login(request, user)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        record_event(kind=EventKind.SIGNED_IN, by=user, address=self.get_client_ip(request))
        if settings.SSO_ONLY and is_break_glass(user.email):
            announce_break_glass(person=user, address=self.get_client_ip(request))
        response: HttpResponse = super().post_login(request, user, **kwargs)
        remember_device(request, response, user.email)
        return response

    def set_password(self, user: User, password: str) -> None:
        """A password that was found out must not go on being of use where somebody signed in with it."""
        super().set_password(user, password)
        record_event(kind=EventKind.PASSWORD_CHANGED, by=user, subject_kind="user", subject=user.pk)
        end_sign_ins(person=user, by=user, but=self._key_of(user))

    def send_notification_mail(self, template_prefix: str, user: User, *args: Any, **kwargs: Any) -> None:
        """This is where allauth tells of a change of a second factor; like a new password it ends the other sign-ins."""
        if template_prefix.startswith("mfa/email/"):
            after = template_prefix.removeprefix("mfa/email/")
            record_event(kind=EventKind.SECOND_FACTOR_CHANGED, by=user, subject_kind="user", subject=user.pk, after=after)
            end_sign_ins(person=user, by=user, but=self._key_of(user))
        super().send_notification_mail(template_prefix, user, *args, **kwargs)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is away must not tell a stranger, by an error, which addresses have an account."""
        try:
            super().send_mail(template_prefix, email, context)
        except (SMTPException, OSError):
            logger.exception("A mail could not be sent (%s).", template_prefix)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Without the name of the wire it came in by, which the database takes for no address."""
        address: str = super().get_client_ip(request)
        return address.partition("%")[0]

    def _key_of(self, person: User) -> str | None:
        """The sign-in from which the person does it themselves, if they are signed in."""
        request = self.request
        return request.session.session_key if request is not None and request.user.pk == person.pk else None

    def logout(self, request: HttpRequest) -> None:
        super().logout(request)
        request.signed_out = True  # type: ignore[attr-defined]

    def add_message(self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any) -> None:
        """Signing in and out speak for themselves; a toast about them would greet people a hundred times."""
        if message_template and message_template.endswith(("logged_in.txt", "logged_out.txt")):
            return
        super().add_message(request, level, message_template, *args, **kwargs)


def is_break_glass(email: str) -> bool:
    """Whether this is the one account for the day the identity provider is away."""
    return bool(settings.BREAK_GLASS_EMAIL) and email.strip().lower() == settings.BREAK_GLASS_EMAIL


def goes_around_groups(request: HttpRequest, person: User) -> bool:
    """Whether a password or a passkey signs in somebody of whom the groups at the identity provider say if they still have access."""
    return not is_break_glass(person.email) and not is_by_provider(request, person) and bool(settings.SSO_ONLY or get_identity(person))


def is_by_provider(request: HttpRequest, person: User) -> bool:
    """Whether this sign-in, or the one that is being made, came from the identity provider."""
    return any(record.get("method") == BY_PROVIDER for record in get_authentication_records(request, person))
