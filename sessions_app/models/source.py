"""A source: where sessions come from."""

from django.db import models
from django.db.models.functions import Now

from sessions_app.codes import SourceKind


class Source(models.Model):
    """One connection, ingest client or kind of file. Its records are recognized again by (source, external id)."""

    name = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=10, choices=SourceKind)
    # The primary vendor connection's sessions keep the vendor's ids on our wire.
    is_primary = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_primary"], condition=models.Q(is_primary=True), name="source_one_primary"),
            models.CheckConstraint(condition=models.Q(is_primary=False) | models.Q(kind=SourceKind.VENDOR), name="source_primary_is_vendor"),
            models.CheckConstraint(condition=models.Q(kind__in=SourceKind.values), name="source_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name
