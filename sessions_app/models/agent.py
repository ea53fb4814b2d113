"""Agents and prompt versions as they were seen on sessions."""

from django.db import models
from django.db.models.functions import Now


class Agent(models.Model):
    """One agent of one source. `key` is the source's id of it, else its name, else empty for "no agent"."""

    data_source = models.ForeignKey("sessions_app.Source", on_delete=models.PROTECT, db_index=False)
    key = models.TextField(blank=True)
    name = models.TextField(blank=True)
    type = models.TextField(blank=True)
    time_zone = models.TextField(blank=True)
    first_seen_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["data_source", "key"], name="agent_key_unique")]
        indexes = [models.Index(fields=["name", "id"], name="agent_name")]

    def __str__(self) -> str:
        return self.name or self.key or "No agent"


class Prompt(models.Model):
    """One version of one prompt. Legacy sessions carry a version that is a point in time, newer ones a number."""

    data_source = models.ForeignKey("sessions_app.Source", on_delete=models.PROTECT, db_index=False)
    key = models.TextField()
    name = models.TextField(blank=True)
    version = models.TextField(blank=True)
    version_number = models.IntegerField(null=True, blank=True)
    first_seen_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["data_source", "key"], name="prompt_key_unique")]

    def __str__(self) -> str:
        return f"{self.name} {self.version_label}".strip()

    @property
    def version_label(self) -> str:
        if self.version_number is not None:
            return f"v{self.version_number}"
        return self.version[:10]
