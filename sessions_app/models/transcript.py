"""A transcript: everything that was said and done in one session."""

from django.db import models
from django.db.models.functions import Now


class Transcript(models.Model):
    """Turns, tool calls and latency events as lists in the wire's fields; each turn and tool call carries a stable `uid`."""

    session = models.OneToOneField("sessions_app.Session", on_delete=models.PROTECT, primary_key=True)
    # Evidence names the revision it was given on, so that a later change of the transcript can be told.
    revision = models.PositiveIntegerField(default=1)
    content_hash = models.CharField(max_length=64)
    turns = models.JSONField(default=list)
    tools = models.JSONField(default=list)
    latencies = models.JSONField(default=list)
    summary = models.TextField(blank=True)
    summary_rating = models.TextField(blank=True)
    stored_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(revision__gte=1), name="transcript_revision_positive")]

    def __str__(self) -> str:
        return f"Transcript of session {self.session_id}"
