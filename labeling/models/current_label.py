"""What stands now: each rater's current label, and each session's issues. Derived, checked nightly."""

from django.db import models


class CurrentLabel(models.Model):
    """The greatest (made_at, id) of a rater's standing labels of one type, whatever order they arrived in."""

    session = models.ForeignKey("sessions_app.Session", on_delete=models.PROTECT, related_name="current_labels", db_index=False)
    rater = models.ForeignKey("labeling.Rater", on_delete=models.PROTECT, related_name="+")
    type = models.CharField(max_length=12)
    label = models.OneToOneField("labeling.Label", on_delete=models.PROTECT, related_name="current")
    # The code of the rater's first standing label that was given without sight of any judgment; empty where none was. Kept here because
    # "the first of each person" as a subquery of a subquery took minutes on tables whose statistics were old.
    blind_code = models.CharField(max_length=4, blank=True, default="", db_default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "rater", "type"], name="current_label_one_per_rater_and_type")]

    def __str__(self) -> str:
        return f"Current label of rater {self.rater_id} on session {self.session_id}"


class SessionIssue(models.Model):
    """A session has an issue once, however many labels name it."""

    session = models.ForeignKey("sessions_app.Session", on_delete=models.PROTECT, related_name="issues", db_index=False)
    category = models.ForeignKey("labeling.IssueCategory", on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "category"], name="session_issue_once")]
        indexes = [models.Index(fields=["category", "session"], name="session_issue_category")]

    def __str__(self) -> str:
        return f"Issue {self.category_id} on session {self.session_id}"
