"""A dispute: a session whose people disagree, until one label settles it or they do not disagree any more."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Dispute(models.Model):
    """`settlement` is the label that settled it, by plain id; none where it went away by itself."""

    session = models.ForeignKey("sessions_app.Session", on_delete=models.PROTECT, related_name="+", db_index=False)
    opened_at = models.DateTimeField(db_default=Now(), editable=False)
    closed_at = models.DateTimeField(null=True, blank=True)
    settlement = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session"], name="dispute_open_once", condition=Q(closed_at=None))]
        indexes = [
            models.Index(fields=["session", "-opened_at"], name="dispute_session"),
            models.Index(fields=["opened_at"], name="dispute_open", condition=Q(closed_at=None)),
        ]

    def __str__(self) -> str:
        return f"Dispute about session {self.session_id}"


class DisputeParty(models.Model):
    """Whose label is one of those that disagree. `seen_at` is when they last looked; empty again when it is settled."""

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="parties", db_index=False)
    user = models.ForeignKey("labeling.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "dispute parties"
        constraints = [models.UniqueConstraint(fields=["dispute", "user"], name="dispute_party_once")]
        indexes = [models.Index(fields=["user"], name="dispute_party_waiting", condition=Q(seen_at=None))]

    def __str__(self) -> str:
        return f"User {self.user_id} in dispute {self.dispute_id}"
