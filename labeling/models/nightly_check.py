"""A nightly check: what is stored was worked out anew, and where it differed it was put right."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CheckKind(models.TextChoices):
    LABELS = "labels", _("What labels say")
    COUNTS = "counts", _("Counts of the summary")
    DISPUTES = "disputes", _("Open disputes")
    PLACES = "places", _("Places in queues")
    WORDS = "words", _("Words for the search")


class NightlyCheck(models.Model):
    """The last of its kind. `repaired` is what the last one put right that had anything to do."""

    kind = models.CharField(max_length=8, choices=CheckKind, primary_key=True)
    ended_at = models.DateTimeField()
    repaired = models.PositiveIntegerField(default=0)
    repaired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(kind__in=CheckKind.values), name="nightly_check_kind_known")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, checked {self.ended_at:%Y-%m-%d %H:%M}"
