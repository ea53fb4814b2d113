"""Retention: how long each kind of data is kept, what is held in any case, and what was deleted when."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from labeling.models.facts import insert_only
from labeling.models.history import keeps_history


class DataClass(models.TextChoices):
    TRANSCRIPT = "transcript", _("Transcripts")
    RECORDING = "recording", _("Recordings")
    LABEL = "label", _("What labels say in words")
    EVENT = "event", _("Events of the audit")


@keeps_history("RetentionRuleHistory")
class RetentionRule(models.Model):
    """Without a number of days a kind is kept for good."""

    data_class = models.CharField(max_length=10, choices=DataClass, unique=True)
    days = models.PositiveIntegerField(null=True, blank=True, help_text=_("Empty keeps it for good."))
    changed_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(data_class__in=DataClass.values), name="retention_rule_class_known"),
            models.CheckConstraint(condition=models.Q(days=None) | models.Q(days__gte=1), name="retention_rule_days_positive"),
        ]

    def __str__(self) -> str:
        return self.get_data_class_display()


class LegalHold(models.Model):
    """What it covers is neither deleted by retention nor erased, until it is lifted: an agent, a span of time, one session, or all of them together."""

    reason = models.CharField(max_length=200)
    session = models.ForeignKey("sessions_app.Session", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    agent = models.ForeignKey("sessions_app.Agent", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    since = models.DateTimeField(null=True, blank=True, help_text=_("Empty: from the first session on."))
    until = models.DateTimeField(null=True, blank=True, help_text=_("Empty: for all that comes."))
    placed_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    placed_at = models.DateTimeField(db_default=Now(), editable=False)
    lifted_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="legal_hold_has_a_reason"),
            models.CheckConstraint(
                condition=models.Q(lifted_by=None, lifted_at=None) | models.Q(lifted_by__isnull=False, lifted_at__isnull=False),
                name="legal_hold_lifted_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return _("Legal hold %(pk)s") % {"pk": self.pk}


class RetentionRun(models.Model):
    """A fact: one counted run, by hand or at night; a dry run only counted. `counts` has for each kind: due, held, deleted."""

    is_dry = models.BooleanField()
    counts = models.JSONField()
    run_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    run_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        triggers = insert_only("retention_run")
        indexes = [models.Index(fields=["-run_at"], name="retention_run_newest")]

    def __str__(self) -> str:
        return _("Retention %(run_at)s") % {"run_at": f"{self.run_at:%Y-%m-%d %H:%M}"}
