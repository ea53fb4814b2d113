"""A second opinion: a reviewer asks a colleague to judge the same session, with a note."""

from django.db import models
from django.db.models.functions import Now

LONGEST_NOTE = 500


class SecondOpinion(models.Model):
    """Open until the colleague labels the session, or declines."""

    session = models.ForeignKey("sessions_app.Session", on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    asked_at = models.DateTimeField(db_default=Now(), editable=False)
    asked_of = models.ForeignKey("labeling.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    note = models.CharField(max_length=LONGEST_NOTE, blank=True)
    client_key = models.CharField(max_length=100)
    closed_at = models.DateTimeField(null=True, blank=True)
    # The colleague's label, by plain id; none where they declined.
    label = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["asked_by", "session", "client_key"], name="second_opinion_client_key_unique"),
            models.UniqueConstraint(fields=["session", "asked_by", "asked_of"], name="second_opinion_open_once", condition=models.Q(closed_at=None)),
            models.CheckConstraint(condition=~models.Q(asked_by=models.F("asked_of")), name="second_opinion_of_another"),
        ]
        indexes = [models.Index(fields=["asked_of", "asked_at"], name="second_opinion_waiting", condition=models.Q(closed_at=None))]

    def __str__(self) -> str:
        return f"Second opinion on session {self.session_id}"
