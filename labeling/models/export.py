"""An export: a file of the sessions that a filter matched, made in the background."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ExportFormat(models.TextChoices):
    CSV = "csv", "CSV"
    JSONL = "jsonl", _("JSON lines")
    XLSX = "xlsx", _("Excel (XLSX)")


class ExportState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("Expired")


class Export(models.Model):
    """Run with the rights its maker has at that moment. The file goes when the link expires; the row stays as the record of it."""

    token = models.CharField(max_length=43, unique=True)
    created_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, related_name="exports")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    format = models.CharField(max_length=5, choices=ExportFormat)
    columns = ArrayField(models.CharField(max_length=40))
    query = models.TextField(blank=True)
    state = models.CharField(max_length=7, choices=ExportState, default=ExportState.WAITING)
    rows = models.PositiveIntegerField(default=0)
    expected_rows = models.PositiveIntegerField(null=True, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True)
    problem = models.CharField(max_length=200, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(format__in=ExportFormat.values), name="export_format_known"),
            models.CheckConstraint(condition=models.Q(state__in=ExportState.values), name="export_state_known"),
            models.CheckConstraint(condition=~models.Q(state="ready") | models.Q(expires_at__isnull=False), name="export_ready_expires"),
        ]
        indexes = [models.Index(fields=["created_by", "-created_at"], name="export_of_person")]

    def __str__(self) -> str:
        return f"Export {self.pk} ({self.state})"
