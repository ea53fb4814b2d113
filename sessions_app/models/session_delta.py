"""Session deltas: append-only counts of sessions, so that a summary never scans them; and what they add up to."""

from typing import ClassVar

from django.db import models

from sessions_app.codes import Channel


class Counted(models.Model):
    """What a summary may group and filter by, beside time."""

    agent = models.ForeignKey("sessions_app.Agent", on_delete=models.PROTECT, db_index=False)
    prompt = models.ForeignKey("sessions_app.Prompt", on_delete=models.PROTECT, null=True, db_index=False)
    channel = models.CharField(max_length=5, choices=Channel)
    language = models.CharField(max_length=8, blank=True)
    direction = models.CharField(max_length=3, blank=True)
    is_test = models.BooleanField()

    class Meta:
        abstract = True


class Bucketed(Counted):
    """Counts of one stretch of time, which begins at `bucket`."""

    bucket = models.DateTimeField()

    class Meta:
        abstract = True


class Total(Counted):
    """What the deltas up to the id `until` add up to, of all time. Folding writes it anew; younger deltas stand beside it."""

    n = models.BigIntegerField()
    until = models.BigIntegerField()

    class Meta:
        abstract = True


class SessionKey(Bucketed):
    """Both families of deltas carry these columns. Buckets are quarter hours, so that the days of any time zone can be cut from them."""

    totals: ClassVar[type[Total]]
    days: ClassVar[type[Bucketed]]

    class Meta:
        abstract = True


class DayMark(models.Model):
    """Up to which delta the days of a family are added up, and in which time zone they begin."""

    family = models.CharField(max_length=63, primary_key=True)
    zone = models.CharField(max_length=63)
    until = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.family} up to {self.until} in {self.zone}"


class SessionTotal(Total):
    def __str__(self) -> str:
        return f"{self.n} sessions"


class SessionDay(Bucketed):
    """What deltas add up to, by day: several rows of one key until the night, when they are counted anew."""

    n = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["bucket"], name="session_day_bucket")]

    def __str__(self) -> str:
        return f"{self.n:+d} on {self.bucket:%Y-%m-%d %H:%M}"


class SessionDelta(SessionKey):
    """Plus one for a session that came, minus one for the key it had before a change."""

    totals = SessionTotal
    days = SessionDay

    n = models.SmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["bucket"], name="session_delta_bucket")]
        constraints = [models.CheckConstraint(condition=~models.Q(n=0), name="session_delta_not_zero")]

    def __str__(self) -> str:
        return f"{self.n:+d} at {self.bucket:%Y-%m-%d %H:%M}"
