"""A run: one reviewer's frozen order of sessions, and what they put off in it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

MOST_IN_RUN = 1_000


class Run(models.Model):
    """The order is frozen when the run starts; what matches later is offered, never inserted."""

    owner = models.ForeignKey("labeling.User", on_delete=models.PROTECT, related_name="runs")
    name = models.CharField(max_length=200)
    # The address the run came from, to find what is new since.
    query = models.TextField(blank=True)
    sessions = ArrayField(models.BigIntegerField())
    # More matched than a run holds.
    is_cut = models.BooleanField(default=False)
    # The session last shown.
    at_session = models.BigIntegerField(null=True, blank=True)
    started_at = models.DateTimeField(db_default=Now(), editable=False)
    used_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(sessions__len__gte=1, sessions__len__lte=MOST_IN_RUN), name="run_is_of_one_to_a_thousand")]
        indexes = [models.Index(fields=["owner", "-used_at"], name="run_of_person")]

    def __str__(self) -> str:
        return f"Run {self.pk}"


class SkipKind(models.TextChoices):
    LATER = "later", _("Later")
    NOT_MINE = "not_mine", _("Not mine")
    CANNOT_JUDGE = "cannot", _("Cannot judge")


class Skip(models.Model):
    """A session put off in a run. Stored, so that skipping never loops."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="skips", db_index=False)
    session = models.ForeignKey("sessions_app.Session", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=SkipKind, default=SkipKind.LATER)
    skipped_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "session"], name="skip_once_per_run"),
            models.CheckConstraint(condition=models.Q(kind__in=SkipKind.values), name="skip_kind_known"),
        ]

    def __str__(self) -> str:
        return f"Session {self.session_id} skipped in run {self.run_id}"
