"""Session deltas: append-only counts of sessions, so that a summary never scans them."""

from django.db import models

from sessions_app.codes import Channel


class SessionKey(models.Model):
    """What a summary may group and filter by. Both families of deltas carry these columns."""

    # Quarter hours, so that the days of any time zone can be cut from them.
    bucket = models.DateTimeField()
    agent = models.ForeignKey("sessions_app.Agent", on_delete=models.PROTECT, db_index=False)
    prompt = models.ForeignKey("sessions_app.Prompt", on_delete=models.PROTECT, null=True, db_index=False)
    channel = models.CharField(max_length=5, choices=Channel)
    language = models.CharField(max_length=8, blank=True)
    direction = models.CharField(max_length=3, blank=True)
    is_test = models.BooleanField()

    class Meta:
        abstract = True


class SessionDelta(SessionKey):
    """Plus one for a session that came, minus one for the key it had before a change."""

    n = models.SmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["bucket"], name="session_delta_bucket")]
        constraints = [models.CheckConstraint(condition=~models.Q(n=0), name="session_delta_not_zero")]

    def __str__(self) -> str:
        return f"{self.n:+d} at {self.bucket:%Y-%m-%d %H:%M}"
