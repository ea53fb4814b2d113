"""A transcript: everything that was said and done in one session."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
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
    # The words, and the hour of the session since 1970 that stands among them. See search_words and docs/decisions/0008.
    search = SearchVectorField(null=True, editable=False)
    hour = models.IntegerField(null=True, editable=False)
    stored_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(revision__gte=1), name="transcript_revision_positive")]
        # New rows wait in a list that every search reads through: kept short, for the price of a slower import. See docs/decisions/0008.
        indexes = [GinIndex(fields=["search"], name="transcript_search", gin_pending_list_limit=128)]

    def __str__(self) -> str:
        return f"Transcript of session {self.session_id}"
