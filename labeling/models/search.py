"""A search: what somebody typed, kept here so that no address has to carry it."""

from django.db import models
from django.db.models.functions import Now


class Search(models.Model):
    """Typed text can hold a phone number or a name; the address carries the token. Cleared some time after its last use."""

    token = models.CharField(max_length=22, unique=True)
    text = models.CharField(max_length=200)
    created_by = models.ForeignKey("labeling.User", on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    used_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name_plural = "searches"
        constraints = [models.UniqueConstraint(fields=["created_by", "text"], name="search_once_per_person")]
        indexes = [models.Index(fields=["used_at"], name="search_used_at")]

    def __str__(self) -> str:
        return f"Search {self.token}"
