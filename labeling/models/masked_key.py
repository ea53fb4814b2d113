"""A masked key: a name in the arguments and results of tools whose value identifies a caller."""

from django.db import models
from django.db.models.functions import Lower, Now

from labeling.models.history import keeps_history


@keeps_history("MaskedKeyHistory")
class MaskedKey(models.Model):
    """Found in any case, with or without dashes and underscores, also as the last word of a longer name."""

    name = models.CharField(max_length=60)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), name="masked_key_name_unique"),
            models.CheckConstraint(condition=~models.Q(name=""), name="masked_key_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name
