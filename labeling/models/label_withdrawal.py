"""A withdrawal: the fact that a label no longer stands."""

from django.db import models
from django.db.models.functions import Now

from labeling.models.facts import insert_only


class LabelWithdrawal(models.Model):
    label = models.OneToOneField("labeling.Label", on_delete=models.PROTECT, related_name="withdrawal")
    session = models.ForeignKey("sessions_app.Session", on_delete=models.PROTECT, related_name="+", db_index=False)
    withdrawn_at = models.DateTimeField(db_default=Now(), editable=False)
    withdrawn_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.TextField(blank=True)

    class Meta:
        triggers = insert_only("label_withdrawal")

    def __str__(self) -> str:
        return f"Withdrawal of label {self.label_id}"
