"""A file import: sessions or labels from a file that somebody uploaded, looked through first and then taken in, in the background."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ImportKind(models.TextChoices):
    SESSIONS = "sessions", _("Sessions")
    LABELS = "labels", _("Labels")


class ImportFormat(models.TextChoices):
    CSV = "csv", "CSV"
    JSONL = "jsonl", _("JSON lines")


class ImportMode(models.TextChoices):
    ATOMIC = "atomic", _("All rows or none")
    KEEP_GOOD = "good", _("Take the good rows")


class ImportState(models.TextChoices):
    UPLOADED = "uploaded", _("Uploaded")
    CHECKING = "checking", _("Being looked through")
    CHECKED = "checked", _("Looked through")
    RUNNING = "running", _("Being taken in")
    FINISHED = "finished", _("Finished")
    FAILED = "failed", _("Failed")
    CANCELED = "canceled", _("Canceled")


class FileImport(models.Model):
    """`file` is our own name of it in the private folder; it goes a day after the end, and so do the rows that were refused."""

    token = models.CharField(max_length=43, unique=True)
    kind = models.CharField(max_length=8, choices=ImportKind)
    format = models.CharField(max_length=5, choices=ImportFormat)
    mode = models.CharField(max_length=6, choices=ImportMode, default=ImportMode.ATOMIC)
    data_source = models.ForeignKey("sessions_app.Source", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    file = models.CharField(max_length=43, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    # Column of the file to field of the wire; a column without one is left out.
    mapping = models.JSONField(default=dict, blank=True)
    columns = models.JSONField(default=list, blank=True)
    # How the file is read: its delimiter, where its rows begin, and what it says of itself where it is an export of ours.
    shape = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=8, choices=ImportState, default=ImportState.UPLOADED)
    # How far the job has come in the file, in bytes and rows.
    position = models.PositiveBigIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    # The first rows that were refused, as [row, sentence]; the file with all of them lies beside the uploaded one.
    first_refused = models.JSONField(default=list, blank=True)
    # Of that file, what was written of it when `position` was.
    refused_size = models.PositiveBigIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "import"
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=ImportKind.values), name="file_import_kind_known"),
            models.CheckConstraint(condition=models.Q(format__in=ImportFormat.values), name="file_import_format_known"),
            models.CheckConstraint(condition=models.Q(mode__in=ImportMode.values), name="file_import_mode_known"),
            models.CheckConstraint(condition=models.Q(state__in=ImportState.values), name="file_import_state_known"),
        ]
        indexes = [models.Index(fields=["created_by", "-id"], name="file_import_of_person")]

    def __str__(self) -> str:
        return f"Import {self.pk} ({self.state})"
