"""A saved view: a filter with a name, private or shared."""

from django.db import models
from django.db.models.functions import Now


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def open_to(self, person_pk: int) -> "SavedViewQuerySet":
        """This will keep a person's own views and the shared ones."""
        return self.filter(models.Q(owner=person_pk) | models.Q(is_shared=True))

    def in_order(self) -> "SavedViewQuerySet":
        """Shared views first, as they were made."""
        return self.order_by("-is_shared", "created_at", "pk")


class SavedView(models.Model):
    """The slug never changes, so that renaming breaks no link. `query` is the part of an address after the question mark."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=60)
    query = models.TextField(blank=True)
    owner = models.ForeignKey("labeling.User", on_delete=models.PROTECT, related_name="saved_views")
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)
    changed_by = models.ForeignKey("labeling.User", on_delete=models.PROTECT, related_name="+")

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="saved_view_name_not_empty"),
            models.CheckConstraint(condition=~models.Q(slug=""), name="saved_view_slug_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def version(self) -> str:
        """Another one after each change, so that a form can say which one it was made from."""
        return self.changed_at.isoformat()
