"""The announcement of the one sign-in that goes around the identity provider."""

import logging
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from labeling.models import User
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from labeling.roles import Role

logger = logging.getLogger(__name__)


def announce_break_glass(*, person: User, address: str | None) -> None:
    """This will record the sign-in and write to all admins. A mail server that is away must not keep out the one who is to mend things."""
    record_event(kind=EventKind.BREAK_GLASS_USED, by=person, subject_kind="user", subject=person.pk, address=address)
    logger.warning("The break-glass account was used.")
    to = list(User.objects.filter(role=Role.ADMIN, is_active=True).order_by("pk").values_list("email", flat=True))
    subject = render_to_string("labeling/email/break_glass_subject.txt").strip()
    try:
        EmailMessage(subject, render_to_string("labeling/email/break_glass.txt"), settings.DEFAULT_FROM_EMAIL, bcc=to).send()
    except (SMTPException, OSError):
        logger.error("The mail about it could not be sent.")
