"""A connection to the vendor: where its API is, how far it was read, and how that goes."""

from django.db import models
from django.db.models.functions import Now


class Connection(models.Model):
    """`sealed_key` is readable with this server's sealing key only. A change of `base_url` clears it: a key is for one host."""

    data_source = models.OneToOneField("sessions_app.Source", on_delete=models.PROTECT)
    base_url = models.CharField(max_length=500)
    sealed_key = models.TextField(blank=True)
    is_active = models.BooleanField(default=False)
    # Sessions from then on are taken; what lies before stays with the vendor.
    begins_at = models.DateTimeField()
    every_minutes = models.PositiveSmallIntegerField(default=15)
    # How far back each sync looks again for what changed late.
    overlap_hours = models.PositiveSmallIntegerField(default=48)
    takes_transcripts = models.BooleanField(default=True)
    takes_labels = models.BooleanField(default=True)
    # Everything from `begins_at` until then was read once. Written in the transaction of what was read.
    synced_until = models.DateTimeField(null=True, blank=True)
    caught_up_at = models.DateTimeField(null=True, blank=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = "vendor connection"
        constraints = [
            models.CheckConstraint(condition=models.Q(every_minutes__gte=1, every_minutes__lte=1_440), name="connection_schedule_fits"),
            models.CheckConstraint(condition=models.Q(overlap_hours__lte=2_160), name="connection_overlap_fits"),
        ]

    def __str__(self) -> str:
        return self.base_url
