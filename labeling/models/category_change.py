"""A category change: what was done to the issue categories, by whom, and how far the sessions have followed."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ChangeKind(models.TextChoices):
    RENAME = "rename", _("Renamed")
    MERGE = "merge", _("Merged")
    UNMERGE = "unmerge", _("Taken out of a merge")
    SPLIT = "split", _("Split")
    RETIRE = "retire", _("Retired")
    RESTORE = "restore", _("Made active again")
    MAP = "map", _("Mapped")
    UNMAP = "unmap", _("Mapping taken back")
    IGNORE = "ignore", _("Ignored")
    RETURN = "return", _("Not ignored any more")
    IMPORT = "import", _("Brought in from a file")


class ChangeState(models.TextChoices):
    RUNNING = "running", _("Running")
    FINISHED = "finished", _("Finished")
    FAILED = "failed", _("Failed")


class CategoryChange(models.Model):
    """Holds at once for everything new; a job then rewrites what is derived from old labels, `handled` of `total` sessions so far."""

    kind = models.CharField(max_length=8, choices=ChangeKind)
    category = models.ForeignKey("labeling.IssueCategory", on_delete=models.PROTECT, null=True, blank=True, related_name="changes")
    # The category merged into, or the one that a string was mapped to before.
    other = models.ForeignKey("labeling.IssueCategory", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    # The former name, or the string that was mapped.
    text = models.CharField(max_length=500, blank=True)
    changed_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)
    state = models.CharField(max_length=8, choices=ChangeState, default=ChangeState.FINISHED)
    total = models.PositiveIntegerField(default=0)
    handled = models.PositiveIntegerField(default=0)
    # The last session that was rewritten, so that a job that was cut off goes on there.
    last_session = models.BigIntegerField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=ChangeKind.values), name="category_change_kind_known"),
            models.CheckConstraint(condition=models.Q(state__in=ChangeState.values), name="category_change_state_known"),
        ]
        indexes = [models.Index(fields=["-changed_at", "-id"], name="category_change_newest")]

    def __str__(self) -> str:
        return _("%(kind)s at %(at)s") % {"kind": self.get_kind_display(), "at": f"{self.changed_at:%Y-%m-%d %H:%M}"}
