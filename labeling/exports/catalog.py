"""The columns an export can have, in the groups of its form."""

from collections.abc import Collection, Sequence

from django.utils.translation import gettext_lazy as _

from labeling.exports import values, words
from labeling.exports.columns import Column, Group, Kind, handle, plain

GROUPS: tuple[Group, ...] = (
    Group(
        _("Session"),
        (
            Column("session_id", _("Session ID"), values.ids("id"), kind=Kind.ID, is_usual=True),
            plain("timestamp", _("Started, UTC"), Kind.OWN, column="started_utc", is_usual=True),
            Column("local_time", _("Started, agent local time"), values.local_times, fields=("started_s", "agent_timezone"), is_usual=True),
            plain("agent_timezone", _("Time zone of the agent")),
            Column("direction", _("Direction"), values.directions, fields=("is_outbound",), is_usual=True),
            plain("channel", _("Channel"), Kind.OWN, is_usual=True),
            Column("source", _("From"), lambda batch: batch.masked("source"), fields=("source",), kind=Kind.TEXT, is_usual=True),
            Column("target", _("To"), lambda batch: batch.masked_target(), fields=("target", "is_outbound"), kind=Kind.TEXT),
            Column("duration", _("Length, seconds"), values.durations, fields=("duration",), is_usual=True),
            plain("language", _("Language")),
            Column("address", _("Address of its page"), values.addresses, is_usual=True),
        ),
    ),
    Group(
        _("Agent and prompt"),
        (
            plain("agent_name", _("Agent"), is_usual=True),
            plain("agent_id", _("Agent ID")),
            plain("agent_type", _("Type of agent")),
            plain("prompt_name", _("Prompt"), is_usual=True),
            Column("version", _("Prompt version"), values.versions, fields=("prompt_version", "prompt_version_number"), kind=Kind.TEXT, is_usual=True),
            plain("prompt_id", _("Prompt ID")),
            plain("prompt_version", _("Prompt version, as it came")),
            plain("prompt_version_number", _("Prompt version, number"), Kind.OWN),
            plain("experiment_id", _("Experiment ID")),
            plain("experiment_variant_id", _("Experiment variant ID")),
            plain("experiment_variant", _("Experiment variant")),
            plain("experiment_variant_is_control", _("Variant is the control"), Kind.FLAG),
        ),
    ),
    Group(
        _("Where it came from"),
        (
            plain("data_source", _("Source"), column="data_source__name"),
            Column("source_kind", _("Kind of the source"), values.source_kinds, fields=("data_source__kind", "data_source__is_primary")),
            handle("external_id", _("ID at the source")),
            handle("conversation_id", _("Conversation ID")),
            plain("channel_manager_type", _("Channel manager, type")),
            plain("channel_manager_service", _("Channel manager, service")),
            handle("channel_manager_sid", _("Channel manager, SID")),
            plain("is_test", _("Test session"), Kind.FLAG),
            plain("is_legacy", _("Legacy system"), Kind.FLAG),
            plain("is_outbound", _("Outbound"), Kind.FLAG),
            plain("override_timestamp", _("Override of the start")),
            Column("extra", _("What else came, only without a mask"), values.extras, fields=("extra",), kind=Kind.NESTED, words=words.extra_words),
            plain("erased_at", _("Erased, UTC"), Kind.OWN, column="erased_utc"),
        ),
    ),
    Group(
        _("What happened"),
        (
            Column("signals", _("Signals, in words"), values.signals, fields=values.SignalFacts._fields, is_usual=True),
            plain("ended_by", _("Ended by"), Kind.OWN),
            plain("user_terminated", _("Ended by the caller, as it came"), Kind.FLAG),
            plain("transfer_voicemail_detected", _("Voicemail detected on transfer"), Kind.FLAG),
            plain("transcript_state", _("State of the transcript"), Kind.OWN),
            plain("turns", _("Turns"), Kind.OWN),
            plain("tool_calls", _("Tool calls"), Kind.OWN),
            plain("tool_errors", _("Tool errors"), Kind.OWN),
            plain("tool_names", _("Tools"), Kind.NESTED, words=words.joined),
            plain("longest_silence_ms", _("Longest silence, ms"), Kind.OWN),
            plain("slow_replies", _("Slow replies"), Kind.OWN),
            plain("reply_p95_ms", _("Reply time p95, ms"), Kind.OWN),
        ),
    ),
    Group(
        _("Labels"),
        (
            plain("label", _("Session label"), Kind.OWN, column="label_code", is_judgment=True, is_usual=True),
            Column("label_note", _("How the session label came about"), values.label_notes, fields=values.LabelFacts._fields, is_judgment=True),
            plain("label_raters", _("Number of reviewers"), Kind.OWN, is_judgment=True),
            plain("labeled_at", _("Label date, UTC"), Kind.OWN, column="labeled_utc", is_judgment=True),
            Column("session_label_id", _("Session label ID"), values.ids("session_label_id"), fields=("session_label_id",), kind=Kind.ID, is_judgment=True),
            plain("sample_label", _("Label in the random sample"), Kind.OWN, column="sample_code", is_judgment=True),
            plain("sample_weight", _("Sessions it stands for in the sample"), Kind.OWN, is_judgment=True),
            plain("auto_rating", _("Auto-rating"), Kind.OWN, column="auto_code", is_judgment=True, is_usual=True),
            Column(
                "raters",
                _("Reviewers"),
                lambda batch: [[label["rater"] for label in batch.labels.get(pk, ())] for pk in batch.pks],
                asks="labels",
                kind=Kind.NESTED,
                is_judgment=True,
                words=words.joined,
            ),
            Column(
                "issues",
                _("Issue categories"),
                lambda batch: [batch.issues.get(pk, []) for pk in batch.pks],
                asks="issues",
                kind=Kind.NESTED,
                is_judgment=True,
                is_usual=True,
                words=words.joined,
            ),
        ),
    ),
    Group(
        _("Review"),
        (Column("queues", _("Queues"), lambda batch: [batch.queues.get(pk, []) for pk in batch.pks], asks="queues", kind=Kind.NESTED, words=words.joined),),
    ),
    Group(
        _("Word for word"),
        (
            Column(
                "labels",
                _("Labels: each reviewer's code, issues and comment"),
                lambda batch: [batch.labels.get(pk, []) for pk in batch.pks],
                asks="labels",
                kind=Kind.NESTED,
                is_judgment=True,
                words=words.label_words,
            ),
            Column(
                "other_labels",
                _("Auto-ratings, and labels that were replaced"),
                lambda batch: [batch.other_labels.get(pk, []) for pk in batch.pks],
                asks="other_labels",
                kind=Kind.NESTED,
                is_judgment=True,
                words=words.label_words,
            ),
            Column(
                "evidence",
                _("Evidence"),
                lambda batch: [batch.evidence.get(pk, []) for pk in batch.pks],
                asks="evidence",
                kind=Kind.NESTED,
                is_long=True,
                is_judgment=True,
                words=words.evidence_words,
            ),
            Column("comments", _("Comments"), values.comments, asks="labels", kind=Kind.NESTED, is_judgment=True, words=words.comment_words),
            Column(
                "transcript",
                _("Transcript: turns and tool calls"),
                lambda batch: [batch.transcripts.get(pk) for pk in batch.pks],
                fields=("started_utc",),
                asks="transcripts",
                kind=Kind.NESTED,
                is_long=True,
                words=words.transcript_words,
            ),
            Column(
                "latency",
                _("Latency: the stages of each reply"),
                lambda batch: [batch.latencies.get(pk) for pk in batch.pks],
                asks="latencies",
                kind=Kind.NESTED,
                is_long=True,
                words=words.latency_words,
            ),
            Column(
                "summary",
                _("AI summary"),
                lambda batch: [batch.summaries.get(pk, ("", ""))[0] for pk in batch.pks],
                asks="summaries",
                kind=Kind.TEXT,
                is_judgment=True,
            ),
            Column(
                "summary_rating",
                _("Rating within the AI summary"),
                lambda batch: [batch.summaries.get(pk, ("", ""))[1] for pk in batch.pks],
                asks="summaries",
                kind=Kind.TEXT,
                is_judgment=True,
            ),
        ),
    ),
)
COLUMNS: Sequence[Column] = [column for group in GROUPS for column in group.columns]
USUAL: Sequence[str] = [column.name for column in COLUMNS if column.is_usual]


def columns_named(names: Collection[str]) -> list[Column]:
    """This will return the columns with these names, in their usual order; a name that is none is left out."""
    return [column for column in COLUMNS if column.name in names]
