"""The words of a session's standing comments, to search in. Derived from labels, like everything beside them."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class SessionComments(models.Model):
    """A row for each session whose current human labels say something. `hour` as on Transcript."""

    session = models.OneToOneField("sessions_app.Session", on_delete=models.PROTECT, primary_key=True, related_name="comments")
    hour = models.IntegerField()
    search = SearchVectorField()

    class Meta:
        verbose_name_plural = "session comments"
        indexes = [GinIndex(fields=["search"], name="session_comments_search", gin_pending_list_limit=128)]

    def __str__(self) -> str:
        return f"Comments of session {self.session_id}"
