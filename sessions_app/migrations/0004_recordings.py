"""Recordings of sessions."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sessions_app", "0003_browse_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="Recording",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveSmallIntegerField(default=1)),
                ("reference", models.TextField()),
                ("starts_ms", models.IntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "Not fetched yet"), ("held", "Held"), ("failed", "Could not be fetched"), ("gone", "Gone at its source")],
                        default="pending",
                        max_length=7,
                    ),
                ),
                ("file", models.CharField(blank=True, max_length=43)),
                ("media_type", models.CharField(blank=True, max_length=40)),
                ("size", models.PositiveBigIntegerField(blank=True, null=True)),
                ("duration_ms", models.PositiveIntegerField(blank=True, null=True)),
                ("agent_spans", models.JSONField(blank=True, default=list)),
                ("caller_spans", models.JSONField(blank=True, default=list)),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                ("held_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "session",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="recordings", to="sessions_app.session"),
                ),
            ],
            options={
                "indexes": [models.Index(condition=models.Q(("state", "held")), fields=["held_at"], name="recording_held")],
                "constraints": [
                    models.UniqueConstraint(fields=("session", "place"), name="recording_place_once"),
                    models.CheckConstraint(condition=models.Q(("state__in", ["pending", "held", "failed", "gone"])), name="recording_state_known"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "held"), _negated=True), models.Q(models.Q(("file", ""), _negated=True), ("size__gt", 0)), _connector="OR"
                        ),
                        name="recording_held_has_a_file",
                    ),
                ],
            },
        ),
    ]
