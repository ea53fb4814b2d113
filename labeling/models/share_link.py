"""A share link: one session, redacted, for somebody without an account, for a time."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext as _


class ShareLink(models.Model):
    """Only the hash of its secret is kept, so that it can be shown once."""

    session = models.ForeignKey("sessions_app.Session", on_delete=models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    # Whom it is for and why, in the words of who made it.
    purpose = models.CharField(max_length=200)
    created_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    revoked_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    opened = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(purpose=""), name="share_link_has_a_purpose"),
            models.CheckConstraint(condition=models.Q(revoked_by=None) | models.Q(revoked_at__isnull=False), name="share_link_revoked_by_needs_at"),
        ]

    def __str__(self) -> str:
        return _("Share link %(pk)s of session %(session_id)s") % {"pk": self.pk, "session_id": self.session_id}
