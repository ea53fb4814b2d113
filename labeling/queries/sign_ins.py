"""Where a person is signed in, and with what they prove who they are."""

import re
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session as StoredSignIn
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from labeling.models import User

SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# The first that fits: a browser names those it descends from too.
BROWSERS = (("Edge", r"Edg[AiO]?\w*/"), ("Opera", r"OPR/"), ("Firefox", r"Firefox/|FxiOS/"), ("Chrome", r"Chrome/|CriOS/"), ("Safari", r"Safari/"))
SYSTEMS = (("iPhone", r"iPhone"), ("iPad", r"iPad"), ("Android", r"Android"), ("Windows", r"Windows"), ("macOS", r"Mac OS X"), ("Linux", r"Linux"))
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class SignIn:
    pk: int
    browser: str
    address: str
    since: datetime
    last_seen: datetime
    is_this: bool


def get_sign_ins(person: User, *, this: str | None = None) -> list[SignIn]:
    """This will return a person's open sign-ins, the latest used first, and mark the one whose key is `this`."""
    alive = StoredSignIn.objects.filter(session_key=OuterRef("session_key"), expire_date__gt=Now())
    rows = UserSession.objects.filter(Exists(alive), user_id=person.pk).order_by("-last_seen_at", "-pk")[:MOST_SHOWN]
    return [
        SignIn(
            pk=row.pk,
            browser=browser_of(row.user_agent),
            address=row.ip,
            since=row.created_at,
            last_seen=row.last_seen_at,
            is_this=row.session_key == this,
        )
        for row in rows
    ]


def browser_of(user_agent: str) -> str:
    """This will name the browser and the system as people call them."""
    browser = next((name for name, mark in BROWSERS if re.search(mark, user_agent)), _("Another program"))
    system = next((name for name, mark in SYSTEMS if re.search(mark, user_agent)), "")
    return f"{browser} on {system}" if system else browser


def has_second_factor(person: User) -> bool:
    return bool(Authenticator.objects.filter(user_id=person.pk, type__in=SECOND_FACTORS).exists())


def needs_second_factor(person: User) -> bool:
    """Whether this installation asks a second factor of their role."""
    return person.role in settings.MFA_REQUIRED_FOR


def get_last_break_glass() -> datetime | None:
    """This will say when the account for the day the identity provider is away signed in last. Read from its row: the audit may be long."""
    if not settings.SSO_ONLY or not settings.BREAK_GLASS_EMAIL:
        return None
    return User.objects.filter(email=settings.BREAK_GLASS_EMAIL).values_list("last_login", flat=True).first()


def get_factors(person: User) -> list[Authenticator]:
    """This will return a person's authenticator app, passkeys and recovery codes."""
    return list(Authenticator.objects.filter(user_id=person.pk).order_by("type", "pk"))


def get_identity(person: User) -> str:
    """This will return who the person is for the identity provider of this installation, "" for nobody."""
    return SocialAccount.objects.filter(user_id=person.pk, provider=settings.OIDC_ISSUER).values_list("uid", flat=True).first() or ""
