"""Labels and the vendor: what of a connection's ratings is taken, and what of ours is given back."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from labeling.codes import Code


def usual_codes() -> dict[str, str]:
    return {"good": Code.GOOD, "ok": Code.OK, "bad": Code.BAD}


class VendorLabels(models.Model):
    """One a connection. Nothing is pushed until an admin switched it on."""

    data_source = models.OneToOneField("sessions_app.Source", on_delete=models.PROTECT, related_name="+")
    # The vendor's summary carries a rating: which of its words is which code, in lower case. What is not listed is no rating.
    takes_summary_ratings = models.BooleanField(default=True)
    summary_codes = models.JSONField(default=usual_codes, blank=True)
    pushes = models.BooleanField(default=False)
    push_after_minutes = models.PositiveIntegerField(default=15)
    pushes_bulk = models.BooleanField(default=False)
    # All labels of people, or only what the session's labels add up to.
    pushes_every_label = models.BooleanField(default=False)
    is_dry_run = models.BooleanField(default=False)
    # Labels from then on are pushed; null until it is switched on.
    pushes_since = models.DateTimeField(null=True, blank=True)
    # Why nothing is sent, since when, and from when on it is tried again by itself; where that is empty, it waits for an admin.
    problem = models.CharField(max_length=300, blank=True)
    problem_at = models.DateTimeField(null=True, blank=True)
    resumes_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "vendor labels"
        verbose_name_plural = "vendor labels"
        constraints = [
            models.CheckConstraint(condition=models.Q(pushes=False) | models.Q(pushes_since__isnull=False), name="vendor_labels_push_since"),
            models.CheckConstraint(condition=models.Q(push_after_minutes__lte=10_080), name="vendor_labels_wait_fits"),
        ]

    def __str__(self) -> str:
        return _("Labels of source %(data_source_id)s") % {"data_source_id": self.data_source_id}


class LabelUpstream(models.Model):
    """A label of the vendor's that is one of ours: pulled from there, or pushed to there. Never a column of the label, which is a fact."""

    data_source = models.ForeignKey("sessions_app.Source", on_delete=models.PROTECT, related_name="+", db_index=False)
    upstream_id = models.BigIntegerField()
    label = models.ForeignKey("labeling.Label", on_delete=models.PROTECT, related_name="upstream")
    is_pushed = models.BooleanField(default=False)
    linked_at = models.DateTimeField(db_default=Now(), editable=False)
    # When it was last seen there; a label that is gone there keeps ours.
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["data_source", "upstream_id"], name="label_upstream_once")]

    def __str__(self) -> str:
        return f"Label {self.label_id} is {self.upstream_id} of source {self.data_source_id}"


class PushState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    SENT = "sent", _("Sent")
    ADOPTED = "adopted", _("Was there already")
    DRY = "dry", _("Would be sent")
    DROPPED = "dropped", _("Not sent")
    FAILED = "failed", _("Failed")


class Push(models.Model):
    """One label on its way to the vendor. It waits, so that an undo costs nothing."""

    data_source = models.ForeignKey("sessions_app.Source", on_delete=models.PROTECT, related_name="+", db_index=False)
    session = models.ForeignKey("sessions_app.Session", on_delete=models.PROTECT, related_name="+")
    label = models.ForeignKey("labeling.Label", on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=7, choices=PushState, default=PushState.WAITING)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "pushes"
        constraints = [
            models.UniqueConstraint(fields=["label", "data_source"], name="push_once"),
            models.CheckConstraint(condition=models.Q(state__in=PushState.values), name="push_state_known"),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="push_due", condition=models.Q(state=PushState.WAITING)),
            models.Index(fields=["state", "-id"], name="push_by_state"),
        ]

    def __str__(self) -> str:
        return f"Push of label {self.label_id} ({self.state})"
