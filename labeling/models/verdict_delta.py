"""Verdict deltas: append-only counts of what labels add up to, under the same keys as the session deltas."""

from django.db import models

from labeling.codes import Basis
from sessions_app.models import SessionKey, Total
from sessions_app.models.session_delta import Bucketed

BASES = [("", "All labeled"), (Basis.RANDOM.value, Basis.RANDOM.label)]


class VerdictTotal(Total):
    basis = models.CharField(max_length=8, choices=BASES, blank=True)
    code = models.CharField(max_length=8, blank=True)
    auto_code = models.CharField(max_length=4, blank=True)

    def __str__(self) -> str:
        return f"{self.n} {self.code or self.auto_code}"


class Judged(models.Model):
    """Basis "random" counts a session by the first independent label of its draw; "" counts its session label.

    What an auto-rating and agreement are measured by stands with basis "" only.
    """

    basis = models.CharField(max_length=8, choices=BASES, blank=True)
    code = models.CharField(max_length=8, blank=True)
    auto_code = models.CharField(max_length=4, blank=True)
    was_reviewed = models.BooleanField(default=False, db_default=False)
    blind_code = models.CharField(max_length=4, blank=True, default="", db_default="")
    pairs = models.SmallIntegerField(default=0, db_default=0)
    agreeing_pairs = models.SmallIntegerField(default=0, db_default=0)
    # How many sessions these stand for, and the squares of that: one over the probability of each one's draw.
    weight = models.FloatField()
    squares = models.FloatField(default=0, db_default=0)

    class Meta:
        abstract = True


class VerdictDay(Judged, Bucketed):
    """What deltas add up to, by day. Where one draw took the place of another, a row may add weight and no session."""

    n = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["basis", "bucket"], name="verdict_day_bucket")]

    def __str__(self) -> str:
        return f"{self.n:+d} {self.code or self.auto_code} on {self.bucket:%Y-%m-%d %H:%M}"


class VerdictDelta(Judged, SessionKey):
    totals = VerdictTotal
    days = VerdictDay

    n = models.SmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["bucket"], name="verdict_delta_bucket")]
        constraints = [models.CheckConstraint(condition=~models.Q(n=0), name="verdict_delta_not_zero")]

    def __str__(self) -> str:
        return f"{self.n:+d} {self.code or self.auto_code} at {self.bucket:%Y-%m-%d %H:%M}"
