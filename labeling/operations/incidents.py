"""The writes of incidents: raising one tells people at once, acknowledging it takes a note."""

from collections.abc import Sequence
from dataclasses import dataclass
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse
from procrastinate.contrib.django import app
from psycopg.errors import UniqueViolation

from labeling.clock import show
from labeling.codes import Judgment
from labeling.models import Exposure, Incident, IssueCategory, User
from labeling.models.event import EventKind
from labeling.operations.erasing_words import kept_words
from labeling.operations.events import record_event
from labeling.queries.colleagues import get_incident_takers
from sessions_app.models import Session


@dataclass(slots=True)
class KeyOfAnother(Exception):
    """The same client key came with another line: the answer to an earlier send was lost."""

    incident: Incident


@dataclass(slots=True)
class AlreadyAcknowledged(Exception):
    """Somebody else was first."""

    incident: Incident


class MailServerAway(Exception):
    """A mail could not be handed over; trying again may help."""


def raise_incident(
    *,
    session: Session,
    by: User,
    line: str,
    client_key: str,
    base: str,
    target_uid: str = "",
    at_ms: int | None = None,
    category: IssueCategory | None = None,
) -> Incident:
    """This will record that something happened that somebody has to know now, and tell those whom an admin named.

    The same key again gives the first answer and tells nobody twice. `base` is the address of this site, for links in
    mail. Raises KeyOfAnother.
    """
    try:
        with transaction.atomic():
            # Locked, so that an erasure is either seen here, or sees this.
            line = kept_words(session=Session.objects.select_for_update(no_key=True).get(pk=session.pk), words=line)
            incident = Incident.objects.create(
                session=session, raised_by=by, client_key=client_key, line=line, target_uid=target_uid, at_ms=at_ms, category=category
            )
            record_event(kind=EventKind.INCIDENT_RAISED, by=by, session=session.pk, subject_kind="incident", subject=incident.pk)
            # By name: a task is above an operation. One a person, so that a retry writes to nobody twice.
            task = app.configure_task("labeling.tasks.mail_incident")
            for person in get_incident_takers(session, raised_by=by):
                task.defer(incident=incident.pk, person=person.pk, base=base)
            return incident
    except IntegrityError as problem:
        if not isinstance(problem.__cause__, UniqueViolation):
            raise
    earlier = Incident.objects.get(session=session, raised_by=by, client_key=client_key)
    if earlier.line != line:
        raise KeyOfAnother(earlier)
    return earlier


@transaction.atomic
def acknowledge_incident(*, incident: Incident, by: User, note: str) -> Incident:
    """This will close an incident with a note. The first one wins; doing the same again changes nothing. Raises AlreadyAcknowledged."""
    row = Incident.objects.select_for_update(of=("self",)).select_related("acknowledged_by", "session").get(pk=incident.pk)
    if row.acknowledged_at:
        if row.acknowledged_by_id == by.pk and row.note == note:
            return row
        raise AlreadyAcknowledged(row)
    note = kept_words(session=row.session, words=note)
    Incident.objects.filter(pk=row.pk).update(acknowledged_by=by, acknowledged_at=Now(), note=note)
    record_event(kind=EventKind.INCIDENT_ACKNOWLEDGED, by=by, session=row.session_id, subject_kind="incident", subject=row.pk)
    row.refresh_from_db()
    return row


def write_to_taker(*, incident_pk: int, person_pk: int, base: str) -> bool:
    """This will send the mail about an incident to one person, without a word of the session or of what was said about it.

    Nothing is sent once it is acknowledged, or where the person is not to be told any more. Raises MailServerAway.
    """
    incident = Incident.objects.select_related("session", "raised_by").filter(pk=incident_pk, acknowledged_at=None).first()
    if incident is None:
        return False
    person = next((taker for taker in get_incident_takers(incident.session, raised_by=incident.raised_by) if taker.pk == person_pk), None)
    if person is None:
        return False
    address = reverse("labeling:session_detail", args=[incident.session_id]).removeprefix("/")
    words = {"by": incident.raised_by, "raised": show(incident.raised_at, agent_zone=person.time_zone, viewer=person), "link": f"{base}{address}"}
    subject = render_to_string("labeling/email/incident_subject.txt", words).strip()
    try:
        EmailMessage(subject, render_to_string("labeling/email/incident.txt", words), settings.DEFAULT_FROM_EMAIL, [person.email]).send()
    except (SMTPException, OSError):
        # Without its cause, which may spell out an address: a log is not for that.
        raise MailServerAway from None
    return True


def note_told(*, sessions: Sequence[Session], by: User) -> None:
    """This will record that a person was shown what a colleague thinks of these sessions."""
    if sessions:
        Exposure.objects.bulk_create([Exposure(session=session, user=by, judgment=Judgment.OTHERS) for session in sessions], ignore_conflicts=True)
