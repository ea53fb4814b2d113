"""An invitation: a link, good once, with which a person who was given an account makes their password."""

from django.db import models
from django.db.models.functions import Now


class Invitation(models.Model):
    """Only the hash of the link's secret is kept. A new one voids those before it."""

    user = models.ForeignKey("labeling.User", on_delete=models.PROTECT, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    invited_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Invitation {self.pk}"
