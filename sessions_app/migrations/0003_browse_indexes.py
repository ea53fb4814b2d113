"""The ten indexes of session that the filters stand on. Built beside running work, so outside a transaction."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from config.indexes import AddIndexConcurrently

HAS_SIGNAL = Q(tool_errors__gt=0) | Q(longest_silence_ms__gte=5000) | Q(reply_p95_ms__gte=4000) | Q(ended_by__in=("transfer", "voicemail"))


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("sessions_app", "0002_browse_columns")]

    operations = [
        AddIndexConcurrently("session", models.Index(fields=["channel", "-timestamp", "-id"], name="session_channel_newest")),
        AddIndexConcurrently(
            "session",
            models.Index(
                Coalesce("label_code", Value("")),
                Coalesce("auto_code", Value("")),
                F("timestamp").desc(),
                F("id").desc(),
                name="session_verdict_newest",
            ),
        ),
        AddIndexConcurrently("session", models.Index(condition=HAS_SIGNAL, fields=["-timestamp", "-id"], name="session_signal_newest")),
        AddIndexConcurrently("session", models.Index(condition=Q(labeled_at__isnull=False), fields=["-labeled_at", "-id"], name="session_label_date")),
        AddIndexConcurrently("session", models.Index(fields=["source", "-timestamp", "-id"], name="session_caller_newest")),
        AddIndexConcurrently(
            "session", GinIndex("conversation_id", "channel_manager_sid", OpClass("source", "gin_trgm_ops"), name="session_handles", gin_pending_list_limit=128)
        ),
        AddIndexConcurrently("transcript", GinIndex(fields=["search"], name="transcript_search", gin_pending_list_limit=128)),
        RemoveIndexConcurrently("session", "session_label_newest"),
        RemoveIndexConcurrently("session", "session_auto_newest"),
        RemoveIndexConcurrently("session", "session_conversation"),
    ]
