"""The guide: what the codes and the issue categories mean, in versions."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from labeling.codes import Code
from labeling.models.facts import insert_only
from labeling.models.history import keeps_history


class GuideVersion(models.Model):
    """A fact: published once, never altered. Labels name the newest version there was when they were made."""

    number = models.PositiveIntegerField(unique=True)
    good = models.TextField()
    ok = models.TextField()
    bad = models.TextField()
    not_applicable = models.TextField()
    # Each active category as it read then: id, name, group, severity, description, example, counter_example, channels.
    categories = models.JSONField(default=list)
    what_changed = models.CharField(max_length=300)
    published_at = models.DateTimeField(db_default=Now(), editable=False)
    # Nobody published what a demo or a first start brought along.
    published_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        triggers = insert_only("guide_version")
        constraints = [models.CheckConstraint(condition=models.Q(number__gte=1), name="guide_version_positive")]

    def __str__(self) -> str:
        return _("Guide version %(number)s") % {"number": self.number}


@keeps_history("GuideExampleHistory")
class GuideExample(models.Model):
    """A session that shows what a code or a category means."""

    session = models.ForeignKey("sessions_app.Session", on_delete=models.PROTECT, related_name="+")
    code = models.CharField(max_length=4, choices=Code, blank=True)
    category = models.ForeignKey("labeling.IssueCategory", on_delete=models.PROTECT, null=True, blank=True, related_name="examples")
    note = models.CharField(max_length=300, blank=True)
    is_counter_example = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(category=None, code__in=Code.values) | models.Q(category__isnull=False, code=""), name="guide_example_of_one_thing"
            ),
        ]

    def __str__(self) -> str:
        return _("Example %(pk)s: session %(session_id)s") % {"pk": self.pk, "session_id": self.session_id}
