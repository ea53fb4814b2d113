"""Second factors: secrets encrypted where they are kept, a code good once, and no way out for whom they are required of."""

import struct
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa.adapter import DefaultMFAAdapter, get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, LoginWebAuthnForm, ReauthenticateWebAuthnForm
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.cache import cache
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from labeling.models import User
from labeling.queries.sign_ins import SECOND_FACTORS, needs_second_factor

# As long as a code could still be taken, with the tolerance on both sides.
USED_FOR_SECONDS = 30 * (2 * settings.MFA_TOTP_TOLERANCE + 2)


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]
    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        return _("Passkey %(number)d") % {"number": Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1}

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """The last one stays with whoever is required to have one."""
        if authenticator.type not in SECOND_FACTORS or not needs_second_factor(authenticator.user):
            return True
        return bool(Authenticator.objects.filter(user_id=authenticator.user_id, type__in=SECOND_FACTORS).exclude(pk=authenticator.pk).exists())


class CodeForm(AuthenticateForm):  # type: ignore[misc]
    def clean_code(self) -> str:
        return _once(self.user, super().clean_code())


class CodeAgainForm(ReauthenticateForm):  # type: ignore[misc]
    def clean_code(self) -> str:
        return _once(self.user, super().clean_code())


class FirstCodeForm(ActivateTOTPForm):  # type: ignore[misc]
    def clean_code(self) -> str:
        return _once(self.user, super().clean_code())


class PasskeyForm(AuthenticateWebAuthnForm):  # type: ignore[misc]
    def clean_credential(self) -> Authenticator:
        with told_as_a_mistake():
            return super().clean_credential()


class PasskeyAgainForm(ReauthenticateWebAuthnForm):  # type: ignore[misc]
    def clean_credential(self) -> Authenticator:
        with told_as_a_mistake():
            return super().clean_credential()


class PasskeySignInForm(LoginWebAuthnForm):  # type: ignore[misc]
    def clean_credential(self) -> Authenticator:
        with told_as_a_mistake():
            return super().clean_credential()


class NewPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    def clean(self) -> dict[str, Any]:
        with told_as_a_mistake():
            cleaned: dict[str, Any] = super().clean()
            return cleaned


@contextmanager
def told_as_a_mistake() -> Iterator[None]:
    """What no browser sends breaks in the library in many ways, and would be a 500."""
    try:
        yield
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, AssertionError, NotImplementedError, struct.error):
        raise get_adapter().validation_error("incorrect_code") from None


def _once(person: User, code: Any) -> str:
    """allauth forgets a used code after half a minute, while with the tolerance it could be taken for longer; and never notes the first."""
    # In the form in which it is compared: the same one with a dash or a space in it is not another.
    bare = normalize_user_code(str(code))
    if not cache.add(f"second-factor-code:{person.pk}:{bare}", 1, timeout=USED_FOR_SECONDS):
        raise get_adapter().validation_error("incorrect_code")
    return str(code)


def _cipher() -> MultiFernet:
    """A copy of the database alone makes no codes. With another SECRET_KEY, put the former one into SECRET_KEY_FALLBACKS."""
    return MultiFernet([_fernet(key) for key in (settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS))])


def _fernet(secret: str) -> Fernet:
    return Fernet(urlsafe_b64encode(salted_hmac("labeling.second_factors", "key", secret=secret, algorithm="sha256").digest()))
