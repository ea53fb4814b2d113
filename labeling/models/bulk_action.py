"""A bulk action: sessions marked N/A together, in the background, with one undo."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

MOST_IN_BULK = 10_000


class BulkState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    FINISHED = "finished", _("Finished")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")
    FAILED = "failed", _("Failed")


class BulkAction(models.Model):
    """`sessions` are exactly those that matched when it was confirmed; what was left out then is counted by reason."""

    token = models.CharField(max_length=43, unique=True)
    created_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    client_key = models.CharField(max_length=100)
    reason = models.CharField(max_length=500)
    # The list it was made from, to go back to.
    query = models.TextField(blank=True)
    sessions = ArrayField(models.BigIntegerField())
    state = models.CharField(max_length=8, choices=BulkState, default=BulkState.WAITING)
    # How far the job has come in `sessions`.
    handled = models.PositiveIntegerField(default=0)
    marked = models.PositiveIntegerField(default=0)
    # Left out because a person had labeled them, or because they are in a random sample that is not finished.
    already_labeled = models.PositiveIntegerField(default=0)
    in_sample = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["created_by", "client_key"], name="bulk_action_client_key_unique"),
            models.CheckConstraint(condition=models.Q(state__in=BulkState.values), name="bulk_action_state_known"),
            models.CheckConstraint(condition=models.Q(sessions__len__gte=1, sessions__len__lte=MOST_IN_BULK), name="bulk_action_size"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="bulk_action_has_a_reason"),
        ]
        indexes = [models.Index(fields=["created_by", "-created_at"], name="bulk_action_of_person")]

    def __str__(self) -> str:
        return f"Bulk action {self.pk} ({self.state})"
