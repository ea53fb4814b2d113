"""An exposure: when a judgment was first shown to somebody. A label's independence is worked out from it."""

from django.db import models
from django.db.models.functions import Now

from labeling.codes import Judgment


class Exposure(models.Model):
    session = models.ForeignKey("sessions_app.Session", on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey("labeling.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    judgment = models.CharField(max_length=7, choices=Judgment)
    first_shown_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "user", "judgment"], name="exposure_first_only"),
            models.CheckConstraint(condition=models.Q(judgment__in=Judgment.values), name="exposure_judgment_known"),
        ]

    def __str__(self) -> str:
        return f"{self.judgment} of session {self.session_id} shown to user {self.user_id}"
