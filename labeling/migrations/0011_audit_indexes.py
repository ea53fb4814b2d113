"""Finds events by person, by key and by the kinds that are seldom, without stopping those who write them."""

from django.db import migrations, models

from config.indexes import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("labeling", "0010_first_guide")]

    operations = [
        AddIndexConcurrently(model_name="event", index=models.Index(fields=["user", "-at", "-id"], name="event_user")),
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(fields=["api_key", "-at", "-id"], name="event_key", condition=models.Q(api_key__isnull=False)),
        ),
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(
                fields=["kind", "-at", "-id"],
                name="event_rare_kind",
                condition=~models.Q(kind__in=["transcript_read", "recording_heard", "labeled"]),
            ),
        ),
    ]
