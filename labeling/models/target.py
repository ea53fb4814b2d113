"""The BAD rate that managers want to stay below."""

from django.db import models
from django.db.models.functions import Now


class Target(models.Model):
    """One for the workspace, and one for each agent that has its own."""

    agent = models.ForeignKey("sessions_app.Agent", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    bad_percent = models.DecimalField(max_digits=4, decimal_places=1)
    set_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    set_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent"], name="target_once_an_agent", nulls_distinct=False),
            models.CheckConstraint(condition=models.Q(bad_percent__gt=0, bad_percent__lt=100), name="target_is_a_percentage"),
        ]

    def __str__(self) -> str:
        return f"{self.bad_percent}%"
