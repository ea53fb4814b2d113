"""A queue: which sessions, how many labels each, by whom. Its draws say how the sessions came to it."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from labeling.models.user import User
from labeling.roles import Permission, Role

MOST_LABELS = 10
MOST_IN_QUEUE = 100_000


class DrawKind(models.TextChoices):
    ALL = "all", _("All that qualify")
    RANDOM = "random", _("Random sample")
    ADDED = "added", _("Added by hand")


class Stratum(models.TextChoices):
    """What a sample may be drawn from in proportion."""

    AGENT = "agent", _("Agent")
    PROMPT = "prompt", _("Prompt version")
    CHANNEL = "channel", _("Channel")
    DAY = "day", _("Day")


class Repeats(models.TextChoices):
    NEVER = "", _("Once")
    NIGHTLY = "night", _("Every night")
    WEEKLY = "week", _("Every week")


class QueueOrder(models.TextChoices):
    DRAWN = "drawn", _("As drawn")
    NEWEST = "newest", _("Newest first")
    OLDEST = "oldest", _("Oldest first")
    PRIORITY = "priority", _("Most likely problem first")


class Reason(models.TextChoices):
    """Why a session is in a queue, and comes early in it. What a machine said or people disagree about is a judgment, and hidden like one."""

    AUTO_LOW = "auto_low", _("Low auto-rating")
    TOOL_ERROR = "tool_error", _("Tool error")
    SILENCE = "silence", _("Long silence")
    REPEAT_CALLER = "repeat", _("Repeat caller")
    DIFFERS = "differs", _("Auto-rating differs from a label")
    DRAWN = "drawn", _("Drawn at random")
    RULE = "rule", _("Matches the rule")
    ADDED = "added", _("Added by hand")
    DISAGREEMENT = "disagree", _("Two people disagree")


PRIORITIES = (Reason.AUTO_LOW, Reason.TOOL_ERROR, Reason.SILENCE, Reason.REPEAT_CALLER, Reason.DIFFERS)


class OpenTo(models.TextChoices):
    REVIEWERS = "reviewers", _("All reviewers")
    EVERYBODY = "everybody", _("Everybody who labels")
    CHOSEN = "chosen", _("The people chosen")


class QueueState(models.TextChoices):
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    CLOSED = "closed", _("Closed")
    DELETED = "deleted", _("Deleted")


class QueueQuerySet(models.QuerySet["Queue"]):
    def standing(self) -> "QueueQuerySet":
        """This will leave out the deleted ones."""
        return self.exclude(state=QueueState.DELETED)

    def wanting(self) -> "QueueQuerySet":
        """This will keep those that still want labels; a paused one does, only not now."""
        return self.filter(state__in=(QueueState.ACTIVE, QueueState.PAUSED))

    def open_to(self, person: User) -> "QueueQuerySet":
        """This will keep those whose places a person can take, whatever their role, as far as they may label at all."""
        return self.open_to_one(person.pk, is_reviewer=person.role == Role.REVIEWER) if person.may(Permission.LABEL) else self.none()

    def open_to_one(self, person: Any, *, is_reviewer: bool) -> "QueueQuerySet":
        """This will do the same for an id of somebody who may label."""
        chosen = Q(Exists(Queue.workers.through.objects.filter(queue=OuterRef("pk"), user=person)))
        everybody = [OpenTo.EVERYBODY, OpenTo.REVIEWERS] if is_reviewer else [OpenTo.EVERYBODY]
        return self.filter(Q(open_to__in=everybody) | Q(open_to=OpenTo.CHOSEN) & chosen)


class Queue(models.Model):
    """The slug never changes. `query` is the rule: the part of an address of the list after the question mark."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=60)
    query = models.TextField(blank=True)
    draw_kind = models.CharField(max_length=6, choices=DrawKind)
    seed = models.BigIntegerField(null=True, blank=True)
    strata = ArrayField(models.CharField(max_length=7, choices=Stratum), default=list, blank=True)
    # Of a random sample one of the two.
    size = models.PositiveIntegerField(null=True, blank=True)
    percent = models.FloatField(null=True, blank=True)
    repeats = models.CharField(max_length=5, choices=Repeats, blank=True, default=Repeats.NEVER)
    next_draw_at = models.DateTimeField(null=True, blank=True)
    labels_wanted = models.PositiveSmallIntegerField(default=1)
    # So many percent of the sessions, drawn by the seed, get more labels.
    more_percent = models.PositiveSmallIntegerField(default=0)
    more_labels = models.PositiveSmallIntegerField(null=True, blank=True)
    is_independent = models.BooleanField(default=True)
    # One more reviewer where those who were wanted disagree.
    asks_another = models.BooleanField(default=False)
    order = models.CharField(max_length=8, choices=QueueOrder, default=QueueOrder.DRAWN)
    reasons = ArrayField(models.CharField(max_length=10, choices=Reason), default=list, blank=True)
    open_to = models.CharField(max_length=9, choices=OpenTo, default=OpenTo.REVIEWERS)
    workers = models.ManyToManyField("labeling.User", blank=True, related_name="+")
    # Each person only gets sessions in the languages that are named for them.
    by_language = models.BooleanField(default=False)
    due_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=7, choices=QueueState, default=QueueState.ACTIVE)
    created_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = QueueQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name="") & ~Q(slug=""), name="queue_is_named"),
            models.CheckConstraint(condition=Q(draw_kind__in=DrawKind.values), name="queue_draw_kind_known"),
            models.CheckConstraint(condition=Q(repeats__in=Repeats.values), name="queue_repeats_known"),
            models.CheckConstraint(condition=Q(order__in=QueueOrder.values), name="queue_order_known"),
            models.CheckConstraint(condition=Q(open_to__in=OpenTo.values), name="queue_open_to_known"),
            models.CheckConstraint(condition=Q(state__in=QueueState.values), name="queue_state_known"),
            models.CheckConstraint(condition=Q(labels_wanted__gte=1, labels_wanted__lte=MOST_LABELS), name="queue_labels_wanted_fit"),
            models.CheckConstraint(
                condition=Q(more_percent=0, more_labels=None)
                | Q(more_percent__gte=1, more_percent__lte=100, more_labels__gt=models.F("labels_wanted"), more_labels__lte=MOST_LABELS),
                name="queue_more_labels_fit",
            ),
            models.CheckConstraint(
                condition=(~Q(draw_kind=DrawKind.RANDOM) & Q(seed=None, size=None, percent=None))
                | (
                    Q(draw_kind=DrawKind.RANDOM, seed__isnull=False, order=QueueOrder.DRAWN)
                    & (Q(size__gte=1, size__lte=MOST_IN_QUEUE, percent=None) | Q(size=None, percent__gt=0, percent__lte=100))
                ),
                name="queue_sample_is_complete",
            ),
        ]
        indexes = [models.Index(fields=["next_draw_at"], name="queue_next_draw", condition=Q(next_draw_at__isnull=False))]

    def __str__(self) -> str:
        return self.name

    @property
    def is_sample(self) -> bool:
        return self.draw_kind == DrawKind.RANDOM


class DrawState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    FINISHED = "finished", _("Finished")
    FAILED = "failed", _("Failed")


class Draw(models.Model):
    """One filling of a queue, with what it was drawn by at that time."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="draws", db_index=False)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=6, choices=DrawKind)
    query = models.TextField(blank=True)
    seed = models.BigIntegerField(null=True, blank=True)
    # What the groups are of, in the order of their words.
    strata = ArrayField(models.CharField(max_length=7, choices=Stratum), default=list, blank=True)
    state = models.CharField(max_length=8, choices=DrawState, default=DrawState.WAITING)
    # How many sessions qualified, and were drawn; the same by group, as [{"group": […], "frame": n, "drawn": k}].
    frame = models.PositiveIntegerField(null=True, blank=True)
    drawn = models.PositiveIntegerField(default=0)
    groups = models.JSONField(default=list, blank=True)
    # A later draw begins with what was taken in after an earlier one.
    ingested_after = models.DateTimeField(null=True, blank=True)
    ingested_until = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    asked_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["queue", "number"], name="draw_number_once"),
            models.CheckConstraint(condition=Q(kind__in=DrawKind.values), name="draw_kind_known"),
            models.CheckConstraint(condition=Q(state__in=DrawState.values), name="draw_state_known"),
        ]

    def __str__(self) -> str:
        return f"Draw {self.number} of queue {self.queue_id}"
