"""A label: one judgment of one session by one rater. A fact: inserted, never altered."""

from django.db import models
from django.db.models.functions import Now, Upper

from labeling.codes import Basis, Code, LabelType, TargetKind, Via
from labeling.models.facts import insert_only


class LabelQuerySet(models.QuerySet["Label"]):
    def standing(self) -> "LabelQuerySet":
        """This will leave out labels that were withdrawn."""
        return self.filter(withdrawal=None)

    def newest_first(self) -> "LabelQuerySet":
        return self.order_by("-made_at", "-pk")


class Label(models.Model):
    """`made_at` is the claimed time (the source's for a synced label), `recorded_at` the database's clock."""

    session = models.ForeignKey("sessions_app.Session", on_delete=models.PROTECT, related_name="labels", db_index=False)
    rater = models.ForeignKey("labeling.Rater", on_delete=models.PROTECT, related_name="labels", db_index=False)
    type = models.CharField(max_length=12, choices=LabelType)
    code = models.CharField(max_length=4, choices=Code)
    comment = models.TextField(blank=True)
    client_key = models.CharField(max_length=100)
    request_hash = models.CharField(max_length=64)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    reason = models.TextField(blank=True)
    made_at = models.DateTimeField(db_default=Now())
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    via = models.CharField(max_length=6, choices=Via)
    api_key = models.ForeignKey("labeling.ApiKey", on_delete=models.PROTECT, null=True, blank=True, db_index=False)
    claimed_email = models.CharField(max_length=254, blank=True)
    guide_version = models.PositiveIntegerField(null=True, blank=True)
    # A plain id: assignments come and go with their queues, a label stays.
    assignment = models.BigIntegerField(null=True, blank=True)
    basis = models.CharField(max_length=8, choices=Basis, default=Basis.CHOSEN)
    selection_probability = models.FloatField(null=True, blank=True)
    independent = models.BooleanField(default=False)
    saw_auto = models.BooleanField(default=False)
    saw_others = models.BooleanField(default=False)
    is_settlement = models.BooleanField(default=False)
    started_at = models.DateTimeField(null=True, blank=True)
    active_ms = models.PositiveIntegerField(null=True, blank=True)

    objects = LabelQuerySet.as_manager()

    class Meta:
        triggers = insert_only("label")
        constraints = [
            models.UniqueConstraint(fields=["session", "rater", "client_key"], name="label_client_key_unique"),
            models.CheckConstraint(condition=models.Q(type__in=LabelType.values), name="label_type_known"),
            models.CheckConstraint(condition=models.Q(code__in=Code.values), name="label_code_known"),
            models.CheckConstraint(condition=models.Q(via__in=Via.values), name="label_via_known"),
            models.CheckConstraint(condition=models.Q(basis__in=Basis.values), name="label_basis_known"),
            models.CheckConstraint(
                condition=models.Q(selection_probability=None) | models.Q(selection_probability__gt=0, selection_probability__lte=1),
                name="label_probability_is_one",
            ),
            models.CheckConstraint(condition=models.Q(is_settlement=False) | models.Q(type=LabelType.HUMAN), name="label_settlement_is_human"),
        ]
        indexes = [
            models.Index(fields=["session", "-made_at", "-id"], name="label_session_newest"),
            models.Index(fields=["rater", "-made_at", "-id"], name="label_rater_newest"),
            # For the API: the list of all of them, of those that settle, and the one that a program made with a key of its own.
            models.Index(fields=["-made_at", "-id"], name="label_newest"),
            models.Index(fields=["api_key", "client_key"], name="label_api_client_key", condition=models.Q(api_key__isnull=False)),
            models.Index(fields=["-made_at", "-id"], name="label_settling", condition=models.Q(is_settlement=True)),
        ]

    def __str__(self) -> str:
        return f"{self.code} on session {self.session_id}"


class LabelIssue(models.Model):
    """A reason of a label: the text as it came, and the category it meant then. Null waits in the inbox."""

    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="issues", db_index=False)
    session = models.ForeignKey("sessions_app.Session", on_delete=models.PROTECT, related_name="+", db_index=False)
    raw = models.CharField(max_length=500)
    category = models.ForeignKey("labeling.IssueCategory", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # What offered it, such as "signal:silence"; empty where the rater thought of it unaided.
    suggested_by = models.CharField(max_length=50, blank=True)

    class Meta:
        triggers = insert_only("label_issue")
        constraints = [models.UniqueConstraint(fields=["label", "raw"], name="label_issue_once_per_label")]
        indexes = [
            models.Index(fields=["session"], name="label_issue_session"),
            # The inbox: how many labels say a string that meant nothing then, and which.
            models.Index(Upper("raw"), "session", name="label_issue_unmapped", condition=models.Q(category=None)),
        ]

    def __str__(self) -> str:
        return self.raw


class Evidence(models.Model):
    """What an issue points at. No quoted text: the transcript is the only place that holds words."""

    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="evidence", db_index=False)
    label_issue = models.ForeignKey(LabelIssue, on_delete=models.PROTECT, related_name="evidence")
    session = models.ForeignKey("sessions_app.Session", on_delete=models.PROTECT, related_name="+", db_index=False)
    transcript_revision = models.PositiveIntegerField()
    target_kind = models.CharField(max_length=6, choices=TargetKind)
    target_uid = models.CharField(max_length=200, blank=True)
    from_ms = models.IntegerField(null=True, blank=True)
    until_ms = models.IntegerField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "evidence"
        triggers = insert_only("evidence")
        constraints = [
            models.CheckConstraint(condition=models.Q(target_kind__in=TargetKind.values), name="evidence_target_kind_known"),
            models.CheckConstraint(condition=models.Q(until_ms=None) | models.Q(until_ms__gte=models.F("from_ms")), name="evidence_until_after_from"),
            models.CheckConstraint(condition=~models.Q(target_uid="") | models.Q(target_kind=TargetKind.MOMENT), name="evidence_names_its_target"),
        ]
        indexes = [models.Index(fields=["label"], name="evidence_label")]

    def __str__(self) -> str:
        return f"{self.target_kind} {self.target_uid}"
