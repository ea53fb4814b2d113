"""The writes of identities: who at the identity provider is which account, and what their groups give them."""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from labeling.models import User
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from labeling.operations.people import LastAdmin, OwnRights, change_person, deactivate_person, void_invitations
from labeling.operations.sign_ins import end_sign_ins
from labeling.roles import Role
from sessions_app.models import Agent

# From the least to the most.
RANKS = [Role.REVIEWER, Role.MANAGER, Role.ADMIN]


class IdentityTaken(Exception):
    """The identifier belongs to another account, or the account has another identifier."""


class AddressTaken(Exception):
    """An account with this address is there already, and nobody linked it."""


class NoAccess(Exception):
    """No group of theirs gives them access."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a group gives: a role, and the agents by name, none named meaning all."""

    role: str
    agents: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody as the identity provider vouches for them."""

    issuer: str
    subject: str
    email: str
    name: str
    groups: frozenset[str]


def sign_in_identity(*, identity: Identity, grants: dict[str, Grant]) -> User:
    """This will return the account of an identity, with the role and agents that its groups give at this moment.

    Matched by issuer and subject and by nothing else. An account is made only where a group gives access; who has none
    any more is deactivated with their keys. Raises NoAccess and AddressTaken.
    """
    account: Any = SocialAccount.objects.select_related("user").filter(provider=identity.issuer, uid=identity.subject).first()
    grant = combined(grants[group] for group in sorted(identity.groups & grants.keys()))
    if account is None:
        if grant is None:
            record_event(kind=EventKind.SIGN_IN_REFUSED, by=None, after="no group")
            raise NoAccess
        return _make_account(identity, grant)
    person: User = account.user
    if grant is None:
        # An empty answer of the provider must not leave nobody to mend it; this sign-in is refused all the same.
        with suppress(LastAdmin):
            deactivate_person(person=person, by=None)
        record_event(kind=EventKind.SIGN_IN_REFUSED, by=None, subject_kind="user", subject=person.pk, after="no group")
        raise NoAccess
    if not person.is_active:
        # Groups give a role, not an account back: who was deactivated stays so until an admin says otherwise.
        return person
    try:
        return _apply(person, grant, name=identity.name)
    except LastAdmin:
        # The last admin stays one; the page of people says so to whoever looks.
        return person


@transaction.atomic
def link_identity(*, person: User, issuer: str, subject: str, by: User) -> None:
    """This will let an identity, and from now on nothing else, sign in as this account. Raises OwnRights and IdentityTaken."""
    if by.pk == person.pk:
        raise OwnRights
    row = User.objects.select_for_update(no_key=True).get(pk=person.pk)
    here = SocialAccount.objects.filter(user=person, provider=issuer).first()
    if here is not None and here.uid == subject:
        return
    if here is not None or SocialAccount.objects.filter(provider=issuer, uid=subject).exists():
        raise IdentityTaken
    SocialAccount.objects.create(user=person, provider=issuer, uid=subject, extra_data={})
    record_event(kind=EventKind.RIGHT_CHANGED, by=by, subject_kind="user identity", subject=person.pk, after="linked")
    # Their groups say who still has access, and a password would not ask them.
    row.set_unusable_password()
    row.save(update_fields=["password"])
    # Nor would a link that is still out, with which they could make a new one.
    void_invitations(person=row)
    end_sign_ins(person=row, by=by)


@transaction.atomic
def unlink_identity(*, person: User, issuer: str, by: User) -> None:
    """This will take the identity away from the account. Raises OwnRights."""
    if by.pk == person.pk:
        raise OwnRights
    removed, _ = SocialAccount.objects.filter(user=person, provider=issuer).delete()
    if removed:
        record_event(kind=EventKind.RIGHT_CHANGED, by=by, subject_kind="user identity", subject=person.pk, before="linked")


def combined(grants: Iterable[Grant]) -> Grant | None:
    """This will be the highest role, with the agents of those groups alone that give it: a lower role's reach is not raised."""
    given = list(grants)
    if not given:
        return None
    role = max((grant.role for grant in given), key=lambda name: RANKS.index(Role(name)))
    agents = [grant.agents for grant in given if grant.role == role]
    return Grant(role, frozenset() if not all(agents) else frozenset[str]().union(*agents))


def _make_account(identity: Identity, grant: Grant) -> User:
    email = identity.email.strip().lower()
    # The one account that goes around the provider is not for the provider to make.
    if not email or email == settings.BREAK_GLASS_EMAIL or User.objects.filter(email=email).exists():
        record_event(kind=EventKind.SIGN_IN_REFUSED, by=None, after="address taken")
        raise AddressTaken
    person = User(email=email, name=identity.name[:150], role=Role.REVIEWER)
    person.set_unusable_password()
    try:
        person.full_clean(exclude=["password"])
        with transaction.atomic():
            person.save()
            SocialAccount.objects.create(user=person, provider=identity.issuer, uid=identity.subject, extra_data={})
            record_event(kind=EventKind.RIGHT_CHANGED, by=None, subject_kind="user identity", subject=person.pk, after="made")
            return _apply(person, grant, name=identity.name)
    except (IntegrityError, ValidationError) as problem:
        # Two first sign-ins at once, or an address that is none.
        record_event(kind=EventKind.SIGN_IN_REFUSED, by=None, after="address taken")
        raise AddressTaken from problem


def _apply(person: User, grant: Grant, *, name: str) -> User:
    changes: dict[str, Any] = {"role": grant.role, "all_agents": not grant.agents}
    if name and not person.name:
        changes["name"] = name[:150]
    return change_person(person=person, by=None, changes=changes, agents=_agents_named(grant.agents))


def _agents_named(names: Collection[str]) -> list[Agent]:
    return list(Agent.objects.filter(name__in=names).order_by("pk")) if names else []
