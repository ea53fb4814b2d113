"""An incoming issue: a string from the API, a sync or an import that no category was known by."""

from django.db import models
from django.db.models.functions import Now, Upper

from labeling.codes import LONGEST_ISSUE


class IncomingIssue(models.Model):
    """Waits in the inbox until it is mapped (an alias with its words exists then) or ignored. Labels keep their words either way."""

    text = models.CharField(max_length=LONGEST_ISSUE)
    first_seen_at = models.DateTimeField(db_default=Now(), editable=False)
    ignored_at = models.DateTimeField(null=True, blank=True)
    ignored_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(Upper("text"), name="incoming_issue_text_unique"),
            models.CheckConstraint(condition=models.Q(ignored_by=None) | models.Q(ignored_at__isnull=False), name="incoming_issue_ignored_by_needs_at"),
        ]

    def __str__(self) -> str:
        return self.text
