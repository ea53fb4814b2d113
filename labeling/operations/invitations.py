"""The writes of invitations: a link, good once, with which a person makes their password."""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Collection
from datetime import timedelta
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.utils.crypto import salted_hmac

from labeling.models import Invitation, User
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from labeling.operations.people import RIGHTS, OwnRights, void_invitations
from labeling.operations.sign_ins import end_sign_ins
from labeling.queries.sign_ins import get_identity
from sessions_app.models import Agent

logger = logging.getLogger(__name__)

VALID_FOR = timedelta(days=7)
SEED_BYTES = 32
# The backends that send nothing; what they are given lands in a log or nowhere.
SILENT = ("django.core.mail.backends.console.EmailBackend", "django.core.mail.backends.dummy.EmailBackend")


class InvitationOver(Exception):
    """Used, expired, voided or never made: nobody is told which."""


class NotActive(Exception):
    """A deactivated person is activated first."""


class SignsInElsewhere(Exception):
    """Whom the identity provider signs in has no password."""


@transaction.atomic
def invite_person(*, person: User, agents: Collection[Agent], by: User) -> str:
    """This will make the account that an unsaved user describes, without a password, and return the seed of its link."""
    person.set_unusable_password()
    person.save()
    person.agents.set(agents)
    record_event(kind=EventKind.ROLE_CHANGED, by=by, subject_kind="user", subject=person.pk, after=person.role)
    usual = User()
    for name in RIGHTS:
        if getattr(person, name) != getattr(usual, name):
            after = str(getattr(person, name)).lower()
            record_event(kind=EventKind.RIGHT_CHANGED, by=by, subject_kind=f"user {name}", subject=person.pk, after=after)
    for agent in sorted(agents, key=lambda agent: agent.pk):
        record_event(kind=EventKind.RIGHT_CHANGED, by=by, subject_kind="user agents", subject=person.pk, after=f"agent {agent.pk}")
    return renew_invitation(person=person, by=by)


@transaction.atomic
def renew_invitation(*, person: User, by: User) -> str:
    """This will void the links before and return the seed of a new one; see `token_of`. Raises OwnRights, NotActive and SignsInElsewhere."""
    if by.pk == person.pk:
        raise OwnRights
    if not User.objects.select_for_update(no_key=True).get(pk=person.pk).is_active:
        raise NotActive
    if get_identity(person):
        raise SignsInElsewhere
    void_invitations(person=person)
    seed = secrets.token_urlsafe(SEED_BYTES)
    row = Invitation.objects.create(user=person, token_hash=_hash(token_of(seed)), invited_by=by, expires_at=Now() + VALID_FOR)
    record_event(kind=EventKind.INVITED, by=by, subject_kind="user", subject=person.pk, after=f"invitation {row.pk}")
    return seed


def token_of(seed: str) -> str:
    """This will return what stands in the link. The seed alone, as a sign-in keeps it until it is shown, opens nothing."""
    return salted_hmac("labeling.invitation", seed, algorithm="sha256").hexdigest()


def find_invitation(token: str) -> Invitation:
    """This will return an invitation that can be accepted now. Raises InvitationOver."""
    row = Invitation.objects.select_related("user").filter(token_hash=_hash(token), expires_at__gt=Now(), accepted_at=None, voided_at=None).first()
    if row is None or not hmac.compare_digest(row.token_hash, _hash(token)) or not row.user.is_active:
        raise InvitationOver
    return row


@transaction.atomic
def accept_invitation(*, token: str, password: str) -> User:
    """This will give the person their password and end whatever was signed in before. Second factors stay. Raises InvitationOver."""
    invitation = find_invitation(token)
    person = User.objects.select_for_update(no_key=True).get(pk=invitation.user_id)
    # Who waited for the row above looks again.
    if not person.is_active or not Invitation.objects.filter(pk=invitation.pk, accepted_at=None, voided_at=None).update(accepted_at=Now()):
        raise InvitationOver
    person.set_password(password)
    person.save(update_fields=["password"])
    record_event(kind=EventKind.INVITATION_ACCEPTED, by=person, subject_kind="user", subject=person.pk, after=f"invitation {invitation.pk}")
    end_sign_ins(person=person, by=person)
    return person


def is_mail_sent() -> bool:
    """Whether a mail leaves the machine. One that is printed instead would put the link into a log."""
    return settings.EMAIL_BACKEND not in SILENT


def write_invitation(*, person: User, link: str) -> bool:
    """This will send the link, and say whether the mail server took it."""
    words = {"person": person, "link": link, "days": VALID_FOR.days}
    subject = render_to_string("labeling/email/invitation_subject.txt", words).strip()
    try:
        EmailMessage(subject, render_to_string("labeling/email/invitation.txt", words), settings.DEFAULT_FROM_EMAIL, [person.email]).send()
    except (SMTPException, OSError):
        # Without its cause, which may spell out an address: a log is not for that.
        logger.error("An invitation could not be sent.")
        return False
    return True


def _hash(token: str) -> str:
    # 256 bits nobody can guess need no slow hash.
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
