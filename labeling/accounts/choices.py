"""What the pages of signing in have to know."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from labeling.accounts.adapter import is_by_provider
from labeling.models import User
from labeling.queries.sign_ins import has_second_factor, needs_second_factor


@dataclass(frozen=True, slots=True)
class SignInChoices:
    provider: str
    is_sso_only: bool
    has_break_glass: bool
    must_set_up: bool


def get_sign_in_choices(request: HttpRequest) -> SignInChoices:
    """This will say which ways in there are, and whether this person has to set up a second factor first."""
    return SignInChoices(
        provider=settings.OIDC_NAME if settings.OIDC_ISSUER else "",
        is_sso_only=settings.SSO_ONLY,
        has_break_glass=bool(settings.BREAK_GLASS_EMAIL),
        must_set_up=must_set_up(request),
    )


def must_set_up(request: HttpRequest) -> bool:
    """Whom the identity provider signed in proved themselves there."""
    person = request.user
    if not isinstance(person, User) or not person.is_active:
        return False
    return needs_second_factor(person) and not is_by_provider(request, person) and not has_second_factor(person)
