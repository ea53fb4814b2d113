"""A rejected record: what a source sent and we could not take, kept with the reason so that it can be tried again."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class RecordKind(models.TextChoices):
    SESSION = "session", _("Session")
    TRANSCRIPT = "transcript", _("Transcript")
    LABEL = "label", _("Label")


class RejectedRecord(models.Model):
    """One a record and source, however often it comes; it goes when a later attempt takes it. The payload names callers, and is kept for a month."""

    data_source = models.ForeignKey("sessions_app.Source", on_delete=models.PROTECT, related_name="rejected", db_index=False)
    run = models.ForeignKey("sessions_app.IngestRun", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=RecordKind)
    # The source's id of it, else a hash of what came.
    external_id = models.CharField(max_length=500)
    payload = models.JSONField(default=dict, blank=True)
    reason = models.CharField(max_length=300)
    attempts = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField(db_default=Now(), editable=False)
    last_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["data_source", "kind", "external_id"], name="rejected_record_once"),
            models.CheckConstraint(condition=models.Q(kind__in=RecordKind.values), name="rejected_record_kind_known"),
        ]
        indexes = [models.Index(fields=["-last_at", "-id"], name="rejected_record_newest")]

    def __str__(self) -> str:
        return f"{self.kind} of source {self.data_source_id}: {self.reason}"
