"""An erasure: everything that tells about one person was taken out, and will be again after a restore."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class SubjectKind(models.TextChoices):
    CALLER = "caller", _("A phone number, address or name")
    SESSION = "session", _("One session")


class ErasureState(models.TextChoices):
    RUNNING = "running", _("Running")
    FINISHED = "finished", _("Finished")
    HELD = "held", _("Finished but for what a legal hold covers")
    FAILED = "failed", _("Failed")


class Erasure(models.Model):
    """Whom it was is kept as a keyed digest only: enough to find them again, not to read them."""

    subject_kind = models.CharField(max_length=7, choices=SubjectKind)
    digest = models.CharField(max_length=64)
    reference = models.CharField(max_length=100, blank=True, help_text=_("The number of the request at your side; never whom it is about."))
    erased_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    erased_at = models.DateTimeField(db_default=Now(), editable=False)
    state = models.CharField(max_length=8, choices=ErasureState, default=ErasureState.RUNNING)
    # Sessions, transcripts, recordings, comments, drafts and so on: how many of each.
    counts = models.JSONField(default=dict)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(subject_kind__in=SubjectKind.values), name="erasure_subject_kind_known"),
            models.CheckConstraint(condition=models.Q(state__in=ErasureState.values), name="erasure_state_known"),
        ]
        indexes = [models.Index(fields=["digest"], name="erasure_digest")]

    def __str__(self) -> str:
        return _("Erasure %(pk)s") % {"pk": self.pk}
