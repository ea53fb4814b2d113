"""Issue categories: the reasons a label can give, and the other names they are known by."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now, Upper
from django.utils.translation import gettext_lazy as _

from labeling.codes import LONGEST_ISSUE, Severity
from labeling.models.history import keeps_history
from sessions_app.codes import Channel
from sessions_app.reading_order import ByName


class IssueCategoryQuerySet(models.QuerySet["IssueCategory"]):
    def active(self) -> "IssueCategoryQuerySet":
        return self.filter(retired_at=None, merged_into=None)

    def for_channel(self, channel: str) -> "IssueCategoryQuerySet":
        """This will keep what applies to a channel; a category without channels applies to all."""
        return self.filter(models.Q(channels=[]) | models.Q(channels__contains=[channel]))

    def in_order(self) -> "IssueCategoryQuerySet":
        return self.order_by("order", ByName("name"), "pk")


class Origin(models.TextChoices):
    VENDOR = "vendor", _("Named by the vendor")
    OURS = "ours", _("Our own")


class Signal(models.TextChoices):
    """What can be measured in a session and suggests a category."""

    SILENCE = "silence", _("A long silence")
    SLOW_REPLY = "slow_reply", _("A slow reply")
    TOOL_ERROR = "tool_error", _("A tool error")


@keeps_history("IssueCategoryHistory")
class IssueCategory(models.Model):
    """Retired, never deleted: old labels keep their words."""

    name = models.CharField(max_length=100)
    group = models.CharField(max_length=60, blank=True)
    order = models.PositiveSmallIntegerField(default=100)
    severity = models.CharField(max_length=8, choices=Severity, default=Severity.MINOR)
    origin = models.CharField(max_length=6, choices=Origin, default=Origin.OURS)
    description = models.TextField(blank=True)
    example = models.TextField(blank=True)
    counter_example = models.TextField(blank=True)
    channels = ArrayField(models.CharField(max_length=5, choices=Channel), default=list, blank=True, help_text=_("Empty means every channel."))
    # Shown as a suggestion where the signal is, never chosen by itself.
    suggested_by_signal = models.CharField(max_length=10, choices=Signal, blank=True, default="", db_default="")
    comment_templates = models.TextField(blank=True, default="", db_default="", help_text=_("Sentences a reviewer can put into the comment, one a line."))
    retired_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = IssueCategoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "issue categories"
        constraints = [
            models.UniqueConstraint(Upper("name"), name="issue_category_name_unique"),
            models.CheckConstraint(condition=~models.Q(name=""), name="issue_category_name_not_empty"),
            models.CheckConstraint(condition=models.Q(merged_into=None) | ~models.Q(merged_into=models.F("pk")), name="issue_category_not_into_itself"),
        ]

    def __str__(self) -> str:
        return self.name


@keeps_history("IssueAliasHistory")
class IssueAlias(models.Model):
    """A former name, or a string of a source that means this category."""

    text = models.CharField(max_length=LONGEST_ISSUE)
    category = models.ForeignKey(IssueCategory, on_delete=models.PROTECT, related_name="aliases")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name_plural = _("issue aliases")
        constraints = [models.UniqueConstraint(Upper("text"), name="issue_alias_text_unique")]

    def __str__(self) -> str:
        return self.text
