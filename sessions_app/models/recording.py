"""A recording: what a source keeps of how a session sounded, and the copy we fetched when somebody wanted to hear it."""

from django.db import models
from django.db.models.functions import Now

from sessions_app.codes import RecordingState


class Recording(models.Model):
    """`reference` is how the source names it and never leaves the server; `file` is our copy, which goes when it expires."""

    session = models.ForeignKey("sessions_app.Session", on_delete=models.PROTECT, related_name="recordings", db_index=False)
    place = models.PositiveSmallIntegerField(default=1)
    reference = models.TextField()
    # Where it begins on the session's own clock; a second recording starts later than the first.
    starts_ms = models.IntegerField(default=0)
    state = models.CharField(max_length=7, choices=RecordingState, default=RecordingState.PENDING)
    file = models.CharField(max_length=43, blank=True)
    media_type = models.CharField(max_length=40, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    # The stretches in which each side is heard, measured from the recording: [from, until] in milliseconds of the session.
    agent_spans = models.JSONField(default=list, blank=True)
    caller_spans = models.JSONField(default=list, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    held_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "place"], name="recording_place_once"),
            models.CheckConstraint(condition=models.Q(state__in=RecordingState.values), name="recording_state_known"),
            models.CheckConstraint(
                condition=~models.Q(state=RecordingState.HELD) | (~models.Q(file="") & models.Q(size__gt=0)), name="recording_held_has_a_file"
            ),
        ]
        indexes = [models.Index(fields=["held_at"], name="recording_held", condition=models.Q(state=RecordingState.HELD))]

    def __str__(self) -> str:
        return f"Recording {self.place} of session {self.session_id}"
