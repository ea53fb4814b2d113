"""A fixed issue: a category on one of the six chips that the keys 5 to 9 and 0 toggle."""

from django.db import models
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy

from labeling.models.history import keeps_history
from sessions_app.codes import Channel

PLACES = 6


@keeps_history("FixedIssueHistory")
class FixedIssue(models.Model):
    """Ordered by an admin: for everybody, for a channel, or for an agent. The closest that exists counts as a whole."""

    place = models.PositiveSmallIntegerField(
        choices=[(place, format_lazy(gettext_lazy("{place} (key {key})"), place=place, key=(place + 4) % 10)) for place in range(1, PLACES + 1)]
    )
    category = models.ForeignKey("labeling.IssueCategory", on_delete=models.PROTECT, related_name="fixed_places")
    channel = models.CharField(max_length=5, choices=Channel, blank=True, help_text=gettext_lazy("Empty means every channel."))
    agent = models.ForeignKey(
        "sessions_app.Agent", on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text=gettext_lazy("Empty means every agent.")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "channel", "place"], name="fixed_issue_place_once", nulls_distinct=False),
            models.UniqueConstraint(fields=["agent", "channel", "category"], name="fixed_issue_category_once", nulls_distinct=False),
            models.CheckConstraint(condition=models.Q(place__gte=1, place__lte=PLACES), name="fixed_issue_place_known"),
            models.CheckConstraint(condition=models.Q(channel__in=["", *Channel.values]), name="fixed_issue_channel_known"),
        ]

    def __str__(self) -> str:
        return f"{self.place}: {self.category_id}"
