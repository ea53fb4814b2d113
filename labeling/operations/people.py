"""The writes of people: their role, rights and agents, and the end of their access. There is always an admin left."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models.functions import Now

from labeling.models import ApiKey, Invitation, User
from labeling.models.event import EventKind
from labeling.operations.api_keys import revoke_api_key
from labeling.operations.claims import release_claims
from labeling.operations.events import record_event
from labeling.operations.sign_ins import end_sign_ins
from labeling.roles import Role
from sessions_app.models import Agent

# What a change of is written down for the audit, beside the role and the agents.
RIGHTS = ("is_active", "all_agents", "may_unmask", "may_read_transcripts", "may_hear_recordings")
# Who is told of incidents is written down too, but is no right: anybody may name themselves.
AUDITED = (*RIGHTS, "takes_incidents")
CHANGEABLE = ("name", "role", "languages", *AUDITED)


class LastAdmin(Exception):
    """Without this one nobody could administer any more."""


class OwnRights(Exception):
    """Nobody raises, lowers or locks out themselves."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What the end of somebody's access ended."""

    sign_ins: int = 0
    keys: int = 0
    was_active: bool = True


@transaction.atomic
def change_person(*, person: User, by: User | None, changes: Mapping[str, Any], agents: Collection[Agent] | None = None) -> User:
    """This will change what an admin decides about a person, each change an event with what was before.

    Only what is named changes: a person may be saving their own choices right now. Raises OwnRights and LastAdmin.
    """
    row = lock_person(person.pk, gives_up_admin=changes.get("role", Role.ADMIN) != Role.ADMIN or not changes.get("is_active", True))
    changed = {name: value for name, value in changes.items() if name in CHANGEABLE and getattr(row, name) != value}
    if by is not None and by.pk == row.pk and (set(changed) & {"role", *RIGHTS} or agents is not None):
        raise OwnRights
    former = {name: getattr(row, name) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(update_fields=list(changed))
    if "role" in changed:
        record_event(kind=EventKind.ROLE_CHANGED, by=by, subject_kind="user", subject=row.pk, before=former["role"], after=row.role)
    for name in AUDITED:
        if name in changed:
            before, after = str(former[name]).lower(), str(changed[name]).lower()
            record_event(kind=EventKind.RIGHT_CHANGED, by=by, subject_kind=f"user {name}", subject=row.pk, before=before, after=after)
    if agents is not None:
        _change_agents(person=row, by=by, agents=agents)
    if changed.get("is_active") is False:
        _end_access(person=row, by=by)
    return row


@transaction.atomic
def deactivate_person(*, person: User, by: User | None) -> Ended:
    """This will end a person's access: their sign-ins, keys and open invitations. Their labels, drafts and runs stay, their claims go to others.

    The password stays too, for the day an admin activates them again; ended keys and sign-ins do not come back.
    Doing it again ends what is left. Raises OwnRights and LastAdmin.
    """
    row = lock_person(person.pk, gives_up_admin=True)
    if by is not None and by.pk == row.pk:
        raise OwnRights
    was_active = row.is_active
    if was_active:
        row.is_active = False
        row.save(update_fields=["is_active"])
        record_event(kind=EventKind.RIGHT_CHANGED, by=by, subject_kind="user is_active", subject=row.pk, before="true", after="false")
    ended = _end_access(person=row, by=by)
    return Ended(sign_ins=ended.sign_ins, keys=ended.keys, was_active=was_active)


@transaction.atomic
def remove_second_factors(*, person: User, by: User) -> int:
    """This will take away a person's authenticator app, passkeys and recovery codes, and end their sign-ins. Raises OwnRights."""
    if by.pk == person.pk:
        raise OwnRights
    kinds = list(Authenticator.objects.select_for_update().filter(user=person).order_by("pk").values_list("type", flat=True))
    Authenticator.objects.filter(user=person).delete()
    for kind in kinds:
        record_event(kind=EventKind.SECOND_FACTOR_CHANGED, by=by, subject_kind=f"user {kind}", subject=person.pk, before="set", after="removed")
    if kinds:
        end_sign_ins(person=person, by=by)
    return len(kinds)


def void_invitations(*, person: User) -> None:
    """This will end the links that are still out."""
    Invitation.objects.filter(user=person, accepted_at=None, voided_at=None).update(voided_at=Now())


def lock_person(pk: int, *, gives_up_admin: bool) -> User:
    """This will return the row for this transaction alone. Raises LastAdmin.

    Who might stop being an admin waits for all admins, in one order, so that two of them cannot lower each other.
    """
    if gives_up_admin:
        admins = list(User.objects.select_for_update(no_key=True).filter(role=Role.ADMIN, is_active=True).order_by("pk").values_list("pk", flat=True))
        if admins == [pk]:
            raise LastAdmin
    return User.objects.select_for_update(no_key=True).get(pk=pk)


def _change_agents(*, person: User, by: User | None, agents: Collection[Agent]) -> None:
    wanted, listed = {agent.pk for agent in agents}, set(person.agents.values_list("pk", flat=True))
    person.agents.set(wanted)
    for pk in sorted(listed - wanted):
        record_event(kind=EventKind.RIGHT_CHANGED, by=by, subject_kind="user agents", subject=person.pk, before=f"agent {pk}")
    for pk in sorted(wanted - listed):
        record_event(kind=EventKind.RIGHT_CHANGED, by=by, subject_kind="user agents", subject=person.pk, after=f"agent {pk}")


def _end_access(*, person: User, by: User | None) -> Ended:
    keys = list(ApiKey.objects.filter(user=person, revoked_at=None).order_by("pk"))
    for key in keys:
        revoke_api_key(key=key, by=by)
    void_invitations(person=person)
    release_claims(person=person)
    return Ended(sign_ins=end_sign_ins(person=person, by=by), keys=len(keys))
