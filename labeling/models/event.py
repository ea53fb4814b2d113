"""An event: the audit of who read, revealed, exported and governed. Append-only, plain ids, no text, no numbers of callers."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from labeling.models.facts import insert_only


class EventKind(models.TextChoices):
    TRANSCRIPT_READ = "transcript_read", _("Transcript read")
    RECORDING_HEARD = "recording_heard", _("Recording heard")
    UNMASKED = "unmasked", _("Unmasked")
    EXPORTED = "exported", _("Exported")
    SIGNED_IN = "signed_in", _("Signed in")
    ROLE_CHANGED = "role_changed", _("Role changed")
    RIGHT_CHANGED = "right_changed", _("Right changed")
    KEY_CREATED = "key_created", _("API key created")
    KEY_REVOKED = "key_revoked", _("API key revoked")
    SETTLED = "settled", _("Settled")
    ERASED = "erased", _("Erased")
    BULK_LABELED = "bulk_labeled", _("Labeled in bulk")
    BULK_UNDONE = "bulk_undone", _("Bulk action undone")
    INCIDENT_RAISED = "incident_raised", _("Incident raised")
    INCIDENT_ACKNOWLEDGED = "incident_closed", _("Incident acknowledged")
    LABELED = "labeled", _("Labeled")
    WITHDRAWN = "withdrawn", _("Label withdrawn")
    CATEGORY_CHANGED = "category_changed", _("Issue category changed")
    GUIDE_PUBLISHED = "guide_published", _("Guide published")
    INVITED = "invited", _("Invited")
    INVITATION_ACCEPTED = "invitation_accepted", _("Invitation accepted")
    PASSWORD_CHANGED = "password_changed", _("Password changed")
    SIGN_IN_REFUSED = "sign_in_refused", _("Sign-in refused")
    SIGN_INS_ENDED = "sign_ins_ended", _("Signed out elsewhere")
    SECOND_FACTOR_CHANGED = "factor_changed", _("Second factor changed")
    BREAK_GLASS_USED = "break_glass_used", _("Break-glass account used")
    SHARED = "shared", _("Share link made")
    SHARE_OPENED = "share_opened", _("Share link opened")
    SHARE_REVOKED = "share_revoked", _("Share link revoked")
    RETENTION_RUN = "retention_run", _("Retention run")
    HOLD_PLACED = "hold_placed", _("Legal hold placed")
    HOLD_LIFTED = "hold_lifted", _("Legal hold lifted")
    SETTING_CHANGED = "setting_changed", _("Setting changed")
    JOB_RETRIED = "job_retried", _("Job retried")
    CONNECTION_CHANGED = "connection_changed", _("Vendor connection changed")
    WEBHOOK_CHANGED = "webhook_changed", _("Webhook changed")
    INGESTED = "ingested", _("Sessions taken in")
    IMPORTED = "imported", _("File imported")
    QUEUE_CHANGED = "queue_changed", _("Queue changed")
    ASSIGNED = "assigned", _("Sessions assigned")
    REVEALED = "revealed", _("Judgments revealed")
    NUMBER_SOUGHT = "number_sought", _("Number looked for")


EVERYDAY = [EventKind.TRANSCRIPT_READ.value, EventKind.RECORDING_HEARD.value, EventKind.LABELED.value]


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
            # For the audit's filters: a person's events, a key's, and the kinds that are seldom among what everybody does all day.
            models.Index(fields=["user", "-at", "-id"], name="event_user"),
            models.Index(fields=["api_key", "-at", "-id"], name="event_key", condition=models.Q(api_key__isnull=False)),
            models.Index(fields=["kind", "-at", "-id"], name="event_rare_kind", condition=~models.Q(kind__in=EVERYDAY)),
        ]

    def __str__(self) -> str:
        return _("%(kind)s at %(at)s") % {"kind": self.get_kind_display(), "at": f"{self.at:%Y-%m-%d %H:%M}"}
