"""A backup check: a backup was restored somewhere and found whole."""

from django.db import models
from django.db.models.functions import Now


class BackupCheck(models.Model):
    """Written by the operator's own script when its trial restore has succeeded."""

    verified_at = models.DateTimeField(db_default=Now(), editable=False)
    taken_at = models.DateTimeField(help_text="When the backup itself was made.")
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-verified_at"], name="backup_check_newest")]

    def __str__(self) -> str:
        return f"Backup verified {self.verified_at:%Y-%m-%d %H:%M}"
