"""An ingest run: one sync, import or batch that brought records, and what became of them."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class RunKind(models.TextChoices):
    BACKFILL = "backfill", _("First sync")
    SYNC = "sync", _("Sync")
    INGEST = "ingest", _("Ingest API")
    IMPORT = "import", _("Import")


class RunState(models.TextChoices):
    RUNNING = "running", _("Running")
    FINISHED = "finished", _("Finished")
    STOPPED = "stopped", _("Stopped")
    FAILED = "failed", _("Failed")


class IngestRun(models.Model):
    """`cursor` says where the next attempt goes on; it is written in the transaction of what was read."""

    data_source = models.ForeignKey("sessions_app.Source", on_delete=models.PROTECT, related_name="runs", db_index=False)
    kind = models.CharField(max_length=8, choices=RunKind)
    state = models.CharField(max_length=8, choices=RunState, default=RunState.RUNNING)
    started_at = models.DateTimeField(db_default=Now(), editable=False)
    heard_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True, blank=True)
    window_from = models.DateTimeField(null=True, blank=True)
    window_until = models.DateTimeField(null=True, blank=True)
    cursor = models.JSONField(default=dict, blank=True)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    transcripts = models.PositiveIntegerField(default=0)
    labels = models.PositiveIntegerField(default=0)
    requests = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=RunKind.values), name="ingest_run_kind_known"),
            models.CheckConstraint(condition=models.Q(state__in=RunState.values), name="ingest_run_state_known"),
        ]
        indexes = [models.Index(fields=["data_source", "-started_at", "-id"], name="ingest_run_newest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk} ({self.state})"
