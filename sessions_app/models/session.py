"""A session: one conversation between a person and an agent, in the fields its source gave."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _

from sessions_app.codes import LAST_ID, Channel, EndedBy, TranscriptState, Verdict
from sessions_app.scope import Scope
from sessions_app.signals import LONG_SILENCE_MS, SLOW_REPLY_MS

# What the list calls a signal. The index of sessions with any of them carries these words, so a filter must use the same.
HAS_SIGNAL = Q(tool_errors__gt=0) | Q(longest_silence_ms__gte=LONG_SILENCE_MS) | Q(reply_p95_ms__gte=SLOW_REPLY_MS) | Q(ended_by__in=("transfer", "voicemail"))


class SessionQuerySet(models.QuerySet["Session"]):
    def visible_to(self, scope: Scope) -> "SessionQuerySet":
        """This will keep the sessions of the agents in scope. Every page, count and export starts here."""
        return self if scope.all_agents else self.filter(seen_agent__in=scope.agents)

    def newest_first(self) -> "SessionQuerySet":
        return self.order_by("-timestamp", "-id")

    def oldest_first(self) -> "SessionQuerySet":
        return self.order_by("timestamp", "id")

    def live(self) -> "SessionQuerySet":
        """This will leave out test sessions; a source that does not say counts as live."""
        return self.exclude(is_test=True)


class Session(models.Model):
    """The wire's fields under the wire's names, nullable where the wire is; then what we derived; then what labels add up to."""

    id = models.BigAutoField(primary_key=True)
    data_source = models.ForeignKey("sessions_app.Source", on_delete=models.PROTECT, db_index=False)
    external_id = models.TextField()

    timestamp = models.DateTimeField()
    conversation_id = models.TextField(null=True, blank=True)
    channel_manager_service = models.TextField(null=True, blank=True)
    channel_manager_type = models.TextField(null=True, blank=True)
    channel_manager_sid = models.TextField(null=True, blank=True)
    agent_id = models.TextField(null=True, blank=True)
    agent_name = models.TextField(null=True, blank=True)
    agent_type = models.TextField(null=True, blank=True)
    agent_timezone = models.TextField(null=True, blank=True)
    prompt_id = models.TextField(null=True, blank=True)
    prompt_name = models.TextField(null=True, blank=True)
    prompt_version = models.TextField(null=True, blank=True)
    prompt_version_number = models.IntegerField(null=True, blank=True)
    experiment_id = models.TextField(null=True, blank=True)
    experiment_variant_id = models.TextField(null=True, blank=True)
    experiment_variant = models.TextField(null=True, blank=True)
    experiment_variant_is_control = models.BooleanField(null=True, blank=True)
    duration = models.FloatField(null=True, blank=True)
    source = models.TextField(null=True, blank=True)
    target = models.TextField(null=True, blank=True)
    is_legacy = models.BooleanField(null=True, blank=True)
    is_test = models.BooleanField(null=True, blank=True)
    is_outbound = models.BooleanField(null=True, blank=True)
    user_terminated = models.BooleanField(null=True, blank=True)
    transfer_voicemail_detected = models.BooleanField(null=True, blank=True)
    override_timestamp = models.TextField(null=True, blank=True)
    extra = models.JSONField(default=dict, blank=True)
    # Whom it was with and what was said is gone for good; nothing that a source sends brings it back.
    erased_at = models.DateTimeField(null=True, blank=True)

    ingested_at = models.DateTimeField(db_default=Now(), editable=False)
    changed_at = models.DateTimeField(db_default=Now(), editable=False)
    # Not `agent`: its column would be agent_id, which is the wire's.
    seen_agent = models.ForeignKey("sessions_app.Agent", on_delete=models.PROTECT, db_index=False)
    seen_prompt = models.ForeignKey("sessions_app.Prompt", on_delete=models.PROTECT, null=True, db_index=False)
    channel = models.CharField(max_length=5, choices=Channel)
    language = models.CharField(max_length=8, blank=True)
    ended_by = models.CharField(max_length=9, choices=EndedBy, blank=True)
    transcript_state = models.CharField(max_length=7, choices=TranscriptState, default=TranscriptState.NONE)
    # Signals: NULL until a transcript is held, so that "no tool error" is never said of what nobody has seen.
    turns = models.PositiveIntegerField(null=True, blank=True)
    tool_calls = models.PositiveIntegerField(null=True, blank=True)
    tool_errors = models.PositiveIntegerField(null=True, blank=True)
    tool_names = ArrayField(models.TextField(), null=True, blank=True)
    longest_silence_ms = models.PositiveIntegerField(null=True, blank=True)
    slow_replies = models.PositiveIntegerField(null=True, blank=True)
    reply_p95_ms = models.PositiveIntegerField(null=True, blank=True)

    # What the labels add up to, copied here by point_at_label() so that a list reads one table.
    session_label_id = models.BigIntegerField(null=True, blank=True)
    label_code = models.CharField(max_length=8, choices=Verdict, null=True, blank=True)
    label_raters = models.PositiveSmallIntegerField(default=0)
    label_agreeing = models.PositiveSmallIntegerField(default=0)
    label_is_settled = models.BooleanField(default=False)
    label_new_since = models.BooleanField(default=False)
    labeled_at = models.DateTimeField(null=True, blank=True)
    auto_code = models.CharField(max_length=4, null=True, blank=True)
    # The first independent label of a random draw, and one over its probability: what an honest rate counts.
    sample_code = models.CharField(max_length=4, null=True, blank=True)
    sample_weight = models.FloatField(null=True, blank=True)
    # For the summary. Whether somebody judged it by itself, not in bulk; the first label given without sight of any judgment;
    # how many pairs of people labeled it without sight of the other's, and how many of the pairs chose the same code.
    was_reviewed = models.BooleanField(default=False, db_default=False)
    blind_code = models.CharField(max_length=4, null=True, blank=True)
    pairs = models.SmallIntegerField(default=0, db_default=0)
    agreeing_pairs = models.SmallIntegerField(default=0, db_default=0)

    objects = SessionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["data_source", "external_id"], name="session_external_id_unique"),
            models.CheckConstraint(condition=models.Q(id__gt=0, id__lte=LAST_ID), name="session_id_fits_a_double"),
            models.CheckConstraint(condition=models.Q(channel__in=Channel.values), name="session_channel_known"),
            models.CheckConstraint(condition=models.Q(transcript_state__in=TranscriptState.values), name="session_transcript_state_known"),
            models.CheckConstraint(condition=models.Q(ended_by__in=["", *EndedBy.values]), name="session_ended_by_known"),
            models.CheckConstraint(condition=models.Q(label_code=None) | models.Q(label_code__in=Verdict.values), name="session_label_code_known"),
            models.CheckConstraint(condition=models.Q(duration=None) | models.Q(duration__gte=0), name="session_duration_not_negative"),
            models.CheckConstraint(
                condition=models.Q(transcript_state__in=(TranscriptState.HELD, TranscriptState.ERASED)) | models.Q(turns=None),
                name="session_signals_need_a_transcript",
            ),
        ]
        # Ten indexes, no more: each costs every write. docs/scale.md says which filter stands on which.
        indexes = [
            models.Index(fields=["-timestamp", "-id"], name="session_newest"),
            models.Index(fields=["seen_agent", "-timestamp", "-id"], name="session_agent_newest"),
            models.Index(fields=["channel", "-timestamp", "-id"], name="session_channel_newest"),
            # Unlabeled and not rated are values here: an index serves "equals" in order, and "is null" it does not.
            models.Index(
                Coalesce("label_code", Value("")),
                Coalesce("auto_code", Value("")),
                models.F("timestamp").desc(),
                models.F("id").desc(),
                name="session_verdict_newest",
            ),
            models.Index(fields=["-timestamp", "-id"], name="session_signal_newest", condition=HAS_SIGNAL),
            models.Index(fields=["-labeled_at", "-id"], name="session_label_date", condition=Q(labeled_at__isnull=False)),
            models.Index(fields=["source", "-timestamp", "-id"], name="session_caller_newest"),
            GinIndex(
                "conversation_id",
                "channel_manager_sid",
                OpClass("source", "gin_trgm_ops"),
                name="session_handles",
                gin_pending_list_limit=128,
            ),
        ]

    def __str__(self) -> str:
        return _("Session %(pk)s") % {"pk": self.pk}

    @property
    def direction(self) -> str:
        """This will be "in", "out", or "" where the source does not say."""
        return "" if self.is_outbound is None else "out" if self.is_outbound else "in"
