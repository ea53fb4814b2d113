"""A rater: whoever made a label, person or machine. An author synced from a source needs no account."""

from django.db import models
from django.db.models.functions import Lower, Now

from labeling.codes import RaterKind
from labeling.models.names import initials_of


class Rater(models.Model):
    kind = models.CharField(max_length=7, choices=RaterKind)
    email = models.CharField(max_length=254)
    name = models.CharField(max_length=150, blank=True)
    user = models.OneToOneField("labeling.User", on_delete=models.PROTECT, null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "email"], name="rater_email_unique"),
            models.CheckConstraint(condition=models.Q(email=Lower("email")) & ~models.Q(email=""), name="rater_email_lower"),
            models.CheckConstraint(condition=models.Q(user=None) | models.Q(kind=RaterKind.PERSON), name="rater_machine_has_no_user"),
            models.CheckConstraint(condition=models.Q(kind__in=RaterKind.values), name="rater_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        return initials_of(self.name, self.email)
