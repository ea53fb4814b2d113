"""Presence: who has a session open right now."""

from django.db import models
from django.db.models.functions import Now


class Presence(models.Model):
    """Renewed while the page is visible; one that was not renewed for a while says nothing any more."""

    session = models.ForeignKey("sessions_app.Session", on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey("labeling.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "presences"
        constraints = [models.UniqueConstraint(fields=["session", "user"], name="presence_once_per_person")]
        indexes = [models.Index(fields=["seen_at"], name="presence_seen_at")]

    def __str__(self) -> str:
        return f"User {self.user_id} on session {self.session_id}"
