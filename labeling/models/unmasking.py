"""An unmasking: somebody asked to see whom a session was with, and said why."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from labeling.models.facts import insert_only


class UnmaskReason(models.TextChoices):
    CALL_BACK = "call_back", _("To call the person back")
    COMPLAINT = "complaint", _("To find a complaint")
    CHECK = "check", _("To check what a tool did")
    SAFETY = "safety", _("Somebody's safety")
    OTHER = "other", _("Another reason")


class Unmasking(models.Model):
    """A fact. It shows one session to one person without a mask for a short time, as long as they keep the right to ask."""

    session = models.ForeignKey("sessions_app.Session", on_delete=models.PROTECT, related_name="+", db_index=False)
    user = models.ForeignKey("labeling.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=9, choices=UnmaskReason)
    note = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(db_default=Now(), editable=False)
    until = models.DateTimeField()

    class Meta:
        triggers = insert_only("unmasking")
        constraints = [
            models.CheckConstraint(condition=models.Q(reason__in=UnmaskReason.values), name="unmasking_reason_known"),
            models.CheckConstraint(condition=~models.Q(reason=UnmaskReason.OTHER) | ~models.Q(note=""), name="unmasking_other_says_why"),
        ]
        indexes = [models.Index(fields=["user", "session", "-until"], name="unmasking_of_person")]

    def __str__(self) -> str:
        return _("Unmasking %(pk)s of session %(session_id)s") % {"pk": self.pk, "session_id": self.session_id}
