"""An event: the audit of who read, revealed, exported and governed. Append-only, plain ids, no text, no numbers of callers."""

from django.db import models
from django.db.models.functions import Now

from labeling.models.facts import insert_only


class EventKind(models.TextChoices):
    TRANSCRIPT_READ = "transcript_read", "Transcript read"
    RECORDING_HEARD = "recording_heard", "Recording heard"
    UNMASKED = "unmasked", "Unmasked"
    EXPORTED = "exported", "Exported"
    SIGNED_IN = "signed_in", "Signed in"
    ROLE_CHANGED = "role_changed", "Role changed"
    RIGHT_CHANGED = "right_changed", "Right changed"
    KEY_CREATED = "key_created", "API key created"
    KEY_REVOKED = "key_revoked", "API key revoked"
    SETTLED = "settled", "Settled"
    ERASED = "erased", "Erased"
    BULK_LABELED = "bulk_labeled", "Labeled in bulk"
    BULK_UNDONE = "bulk_undone", "Bulk action undone"
    INCIDENT_RAISED = "incident_raised", "Incident raised"
    INCIDENT_ACKNOWLEDGED = "incident_closed", "Incident acknowledged"


class Event(models.Model):
    """Plain ids instead of foreign keys: an event outlives what it speaks of."""

    at = models.DateTimeField(db_default=Now(), editable=False)
    kind = models.CharField(max_length=20, choices=EventKind)
    user = models.BigIntegerField(null=True, blank=True)
    api_key = models.BigIntegerField(null=True, blank=True)
    session = models.BigIntegerField(null=True, blank=True)
    subject_kind = models.CharField(max_length=30, blank=True)
    subject = models.BigIntegerField(null=True, blank=True)
    before = models.CharField(max_length=30, blank=True)
    after = models.CharField(max_length=30, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)

    class Meta:
        triggers = insert_only("event")
        constraints = [models.CheckConstraint(condition=models.Q(kind__in=EventKind.values), name="event_kind_known")]
        indexes = [
            models.Index(fields=["-at", "-id"], name="event_newest"),
            models.Index(fields=["session", "-at", "-id"], name="event_session"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M}"
