"""An assignment: one place of a session in a queue, to be filled by one person's label."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from labeling.models.queue import Draw, Queue, Reason
from labeling.models.run import SkipKind


class PlaceState(models.TextChoices):
    OPEN = "open", _("Open")
    CLAIMED = "claimed", _("Claimed")
    DONE = "done", _("Done")
    VOID = "void", _("Void")


# What still wants a label. A claim whose lease is over is as good as open.
WANTED = (PlaceState.OPEN, PlaceState.CLAIMED)


class Assignment(models.Model):
    """`slot` counts the labels wanted on a session from 1; `position` is the place of the session in the queue's order.

    `timestamp` is the session's, so that a list reads a queue in its own order; it moves along with it.
    """

    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="assignments", db_index=False)
    draw = models.ForeignKey(Draw, on_delete=models.PROTECT, related_name="+", db_index=False)
    session = models.ForeignKey("sessions_app.Session", on_delete=models.PROTECT, related_name="+", db_index=False)
    timestamp = models.DateTimeField()
    slot = models.PositiveSmallIntegerField()
    position = models.BigIntegerField()
    reason = models.CharField(max_length=10, choices=Reason)
    probability = models.FloatField(null=True, blank=True)
    state = models.CharField(max_length=7, choices=PlaceState, default=PlaceState.OPEN)
    # Whom a manager gave it to. Nobody else is handed it.
    assigned_to = models.ForeignKey("labeling.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    # Who holds it or has filled it, and until when a claim holds. The version goes up with each claim.
    person = models.ForeignKey("labeling.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    claimed_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_version = models.PositiveIntegerField(default=0)
    # The person's label there, by plain id.
    label = models.BigIntegerField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["queue", "session", "slot"], name="assignment_slot_once", condition=~Q(state=PlaceState.VOID)),
            models.UniqueConstraint(
                fields=["queue", "session", "person"], name="assignment_once_per_person", condition=Q(state__in=(PlaceState.CLAIMED, PlaceState.DONE))
            ),
            models.CheckConstraint(condition=Q(state__in=PlaceState.values), name="assignment_state_known"),
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="assignment_reason_known"),
            models.CheckConstraint(condition=Q(probability=None) | Q(probability__gt=0, probability__lte=1), name="assignment_probability_is_one"),
            models.CheckConstraint(
                condition=Q(state__in=(PlaceState.OPEN, PlaceState.VOID), person=None, lease_until=None)
                | Q(state=PlaceState.CLAIMED, person__isnull=False, lease_until__isnull=False)
                | Q(state=PlaceState.DONE, person__isnull=False, label__isnull=False, done_at__isnull=False),
                name="assignment_state_is_whole",
            ),
        ]
        indexes = [
            # The whole order of a queue: where statistics do not know a new one yet, all its places would be sorted for each claim.
            models.Index(fields=["queue", "position", "slot", "id"], name="assignment_next", condition=Q(state__in=WANTED, assigned_to=None)),
            models.Index(fields=["session", "queue"], name="assignment_session"),
            models.Index(fields=["queue", "-timestamp", "-session"], name="assignment_newest", include=["state"], condition=~Q(state=PlaceState.VOID)),
            models.Index(fields=["person", "queue", "-claimed_at"], name="assignment_person", include=["state"], condition=Q(person__isnull=False)),
            models.Index(fields=["person", "queue"], name="assignment_held", condition=Q(state=PlaceState.CLAIMED)),
            models.Index(fields=["assigned_to", "queue"], name="assignment_assigned", condition=Q(assigned_to__isnull=False, state__in=WANTED)),
        ]

    def __str__(self) -> str:
        return f"Place {self.slot} of session {self.session_id} in queue {self.queue_id}"


class Pass(models.Model):
    """A person put a session of a queue off: for later, until a time, or for good. Somebody else may still be handed it."""

    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="passes", db_index=False)
    session = models.ForeignKey("sessions_app.Session", on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey("labeling.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=8, choices=SkipKind, default=SkipKind.LATER)
    until = models.DateTimeField(null=True, blank=True)
    passed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name_plural = "passes"
        constraints = [
            models.UniqueConstraint(fields=["queue", "session", "person"], name="pass_once"),
            models.CheckConstraint(condition=Q(kind__in=SkipKind.values), name="pass_kind_known"),
        ]

    def __str__(self) -> str:
        return f"Session {self.session_id} of queue {self.queue_id} put off"
