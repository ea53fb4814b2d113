"""An API key: a program's sign-in. Only its hash is kept."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from labeling.models.history import keeps_history


class KeyScope(models.TextChoices):
    SESSIONS_READ = "sessions:read", _("Read sessions")
    SESSIONS_WRITE = "sessions:write", _("Ingest sessions")
    LABELS_READ = "labels:read", _("Read labels")
    LABELS_WRITE = "labels:write", _("Create labels as the key's owner")
    LABELS_WRITE_AS_ANY = "labels:write_as_any", _("Create labels as others")
    PII_READ = "pii:read", _("See phone numbers and names")


@keeps_history("ApiKeyHistory", "user", "name", "prefix", "scopes", "expires_at", "rate_per_minute", "revoked_at", "revoked_by")
class ApiKey(models.Model):
    """`prefix` finds the row, `secret_hash` proves the key. Keys are revoked, never deleted: labels refer to them."""

    user = models.ForeignKey("labeling.User", on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=8, unique=True)
    secret_hash = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=30, choices=KeyScope), default=list)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    expires_at = models.DateTimeField()
    rate_per_minute = models.PositiveIntegerField(default=600, db_default=600)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = "API key"
        constraints = [
            models.CheckConstraint(condition=models.Q(rate_per_minute__gte=1, rate_per_minute__lte=60_000), name="api_key_rate_fits"),
            models.CheckConstraint(condition=models.Q(scopes__contained_by=KeyScope.values), name="api_key_scopes_known"),
            models.CheckConstraint(condition=models.Q(revoked_by=None) | models.Q(revoked_at__isnull=False), name="api_key_revoked_by_needs_at"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"


class KeyMinute(models.Model):
    """How often a key was used in one minute of the database's clock. Cleared after a while."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+", db_index=False)
    # Minutes since 1970.
    minute = models.PositiveIntegerField()
    used = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["api_key", "minute"], name="key_minute_once")]

    def __str__(self) -> str:
        return f"Key {self.api_key_id}: {self.used}"
