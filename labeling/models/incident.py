"""An incident: something in a session that somebody has to know now."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext as _

LONGEST_LINE = 300


class Incident(models.Model):
    """Raised once, and open until a person who was told acknowledges it with a note."""

    session = models.ForeignKey("sessions_app.Session", on_delete=models.PROTECT, related_name="+")
    raised_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    raised_at = models.DateTimeField(db_default=Now(), editable=False)
    client_key = models.CharField(max_length=100)
    line = models.CharField(max_length=LONGEST_LINE)
    target_uid = models.CharField(max_length=200, blank=True)
    at_ms = models.IntegerField(null=True, blank=True)
    # The critical category that opened it, if one did.
    category = models.ForeignKey("labeling.IssueCategory", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    acknowledged_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=LONGEST_LINE, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["raised_by", "session", "client_key"], name="incident_client_key_unique"),
            models.CheckConstraint(condition=~models.Q(line=""), name="incident_says_what_happened"),
            models.CheckConstraint(
                condition=models.Q(acknowledged_by=None, acknowledged_at=None)
                | (models.Q(acknowledged_by__isnull=False, acknowledged_at__isnull=False) & ~models.Q(note="")),
                name="incident_acknowledged_with_a_note",
            ),
        ]
        indexes = [models.Index(fields=["raised_at"], name="incident_open", condition=models.Q(acknowledged_at=None))]

    def __str__(self) -> str:
        return _("Incident %(pk)s of session %(session_id)s") % {"pk": self.pk, "session_id": self.session_id}
