"""A draft: what a person typed about a session and has not submitted. Kept on the server, for that person only."""

from django.db import models
from django.db.models.functions import Now


class Draft(models.Model):
    """One a person and session. `revision` counts accepted saves, so that an older one never wins; `tab` and `sequence` say which came last."""

    session = models.ForeignKey("sessions_app.Session", on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey("labeling.User", on_delete=models.PROTECT, related_name="drafts", db_index=False)
    revision = models.PositiveIntegerField(default=0)
    # The client key of the form that wrote last: the same key submits, and a save that comes after its submit is void.
    tab = models.CharField(max_length=100, blank=True)
    sequence = models.PositiveIntegerField(default=0)
    # The label it started from, by plain id.
    version = models.BigIntegerField(null=True, blank=True)
    code = models.CharField(max_length=4, blank=True)
    issues = models.JSONField(default=list, blank=True)
    comment = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    # What pages sent while they were being left, after another tab had written: their person decides when the session is opened again.
    others = models.JSONField(default=list, db_default=models.Value([], output_field=models.JSONField()), blank=True)
    is_open = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    saved_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "session"], name="draft_once_per_person")]
        indexes = [
            models.Index(fields=["user", "-saved_at"], name="draft_open_of_person", condition=models.Q(is_open=True)),
            models.Index(fields=["saved_at"], name="draft_saved_at"),
        ]

    def __str__(self) -> str:
        return f"Draft of user {self.user_id} on session {self.session_id}"
