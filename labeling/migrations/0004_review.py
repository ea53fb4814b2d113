"""Drafts, runs, presence, incidents, second opinions, bulk actions, fixed issues, and how a person listens."""

import django.contrib.postgres.fields
import django.contrib.postgres.operations
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0003_browse"),
        ("sessions_app", "0004_recordings"),
    ]

    operations = [
        migrations.CreateModel(
            name="Draft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("session", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sessions_app.session")),
                ("user", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="drafts", to=settings.AUTH_USER_MODEL)),
                ("revision", models.PositiveIntegerField(default=0)),
                ("tab", models.CharField(blank=True, max_length=100)),
                ("sequence", models.PositiveIntegerField(default=0)),
                ("version", models.BigIntegerField(blank=True, null=True)),
                ("code", models.CharField(blank=True, max_length=4)),
                ("issues", models.JSONField(blank=True, default=list)),
                ("comment", models.TextField(blank=True)),
                ("reason", models.TextField(blank=True)),
                ("is_open", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("saved_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("is_open", True)), fields=["user", "-saved_at"], name="draft_open_of_person"),
                    models.Index(fields=["saved_at"], name="draft_saved_at"),
                ],
                "constraints": [models.UniqueConstraint(fields=("user", "session"), name="draft_once_per_person")],
            },
        ),
        migrations.CreateModel(
            name="Run",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("owner", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="runs", to=settings.AUTH_USER_MODEL)),
                ("name", models.CharField(max_length=200)),
                ("query", models.TextField(blank=True)),
                ("sessions", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ("is_cut", models.BooleanField(default=False)),
                ("at_session", models.BigIntegerField(blank=True, null=True)),
                ("started_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("used_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                "indexes": [models.Index(fields=["owner", "-used_at"], name="run_of_person")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("sessions__len__gte", 1), ("sessions__len__lte", 1000)), name="run_is_of_one_to_a_thousand")
                ],
            },
        ),
        migrations.CreateModel(
            name="Skip",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("run", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="skips", to="labeling.run")),
                ("session", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sessions_app.session")),
                ("kind", models.CharField(choices=[("later", "Later"), ("not_mine", "Not mine"), ("cannot", "Cannot judge")], default="later", max_length=8)),
                ("skipped_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("run", "session"), name="skip_once_per_run"),
                    models.CheckConstraint(condition=models.Q(("kind__in", ["later", "not_mine", "cannot"])), name="skip_kind_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Presence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("session", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sessions_app.session")),
                ("user", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("since", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("seen_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "verbose_name_plural": "presences",
                "indexes": [models.Index(fields=["seen_at"], name="presence_seen_at")],
                "constraints": [models.UniqueConstraint(fields=("session", "user"), name="presence_once_per_person")],
            },
        ),
        migrations.CreateModel(
            name="Incident",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("session", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sessions_app.session")),
                ("raised_by", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("raised_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("client_key", models.CharField(max_length=100)),
                ("line", models.CharField(max_length=300)),
                ("target_uid", models.CharField(blank=True, max_length=200)),
                ("at_ms", models.IntegerField(blank=True, null=True)),
                (
                    "category",
                    models.ForeignKey(
                        blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.issuecategory"
                    ),
                ),
                (
                    "acknowledged_by",
                    models.ForeignKey(
                        blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("acknowledged_at", models.DateTimeField(blank=True, null=True)),
                ("note", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "indexes": [models.Index(condition=models.Q(("acknowledged_at", None)), fields=["raised_at"], name="incident_open")],
                "constraints": [
                    models.UniqueConstraint(fields=("raised_by", "session", "client_key"), name="incident_client_key_unique"),
                    models.CheckConstraint(condition=models.Q(("line", ""), _negated=True), name="incident_says_what_happened"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("acknowledged_at", None), ("acknowledged_by", None)),
                            models.Q(("acknowledged_at__isnull", False), ("acknowledged_by__isnull", False), models.Q(("note", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="incident_acknowledged_with_a_note",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SecondOpinion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("session", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sessions_app.session")),
                ("asked_by", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("asked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("asked_of", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("note", models.CharField(blank=True, max_length=500)),
                ("client_key", models.CharField(max_length=100)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("label", models.BigIntegerField(blank=True, null=True)),
            ],
            options={
                "indexes": [models.Index(condition=models.Q(("closed_at", None)), fields=["asked_of", "asked_at"], name="second_opinion_waiting")],
                "constraints": [
                    models.UniqueConstraint(fields=("asked_by", "session", "client_key"), name="second_opinion_client_key_unique"),
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at", None)), fields=("session", "asked_by", "asked_of"), name="second_opinion_open_once"
                    ),
                    models.CheckConstraint(condition=models.Q(("asked_by", models.F("asked_of")), _negated=True), name="second_opinion_of_another"),
                ],
            },
        ),
        migrations.CreateModel(
            name="BulkAction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=43, unique=True)),
                ("created_by", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("client_key", models.CharField(max_length=100)),
                ("reason", models.CharField(max_length=500)),
                ("query", models.TextField(blank=True)),
                ("sessions", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("finished", "Finished"),
                            ("undoing", "Being undone"),
                            ("undone", "Undone"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("handled", models.PositiveIntegerField(default=0)),
                ("marked", models.PositiveIntegerField(default=0)),
                ("already_labeled", models.PositiveIntegerField(default=0)),
                ("in_sample", models.PositiveIntegerField(default=0)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["created_by", "-created_at"], name="bulk_action_of_person")],
                "constraints": [
                    models.UniqueConstraint(fields=("created_by", "client_key"), name="bulk_action_client_key_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "running", "finished", "undoing", "undone", "failed"])), name="bulk_action_state_known"
                    ),
                    models.CheckConstraint(condition=models.Q(("sessions__len__gte", 1), ("sessions__len__lte", 10000)), name="bulk_action_size"),
                    models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="bulk_action_has_a_reason"),
                ],
            },
        ),
        migrations.CreateModel(
            name="FixedIssue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "place",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "1 (key 5)"), (2, "2 (key 6)"), (3, "3 (key 7)"), (4, "4 (key 8)"), (5, "5 (key 9)"), (6, "6 (key 0)")]
                    ),
                ),
                ("category", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="fixed_places", to="labeling.issuecategory")),
                (
                    "channel",
                    models.CharField(
                        blank=True,
                        choices=[("voice", "Voice"), ("chat", "Chat"), ("sms", "SMS"), ("other", "Other")],
                        help_text="Empty means every channel.",
                        max_length=5,
                    ),
                ),
                (
                    "agent",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty means every agent.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="sessions_app.agent",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("agent", "channel", "place"), name="fixed_issue_place_once", nulls_distinct=False),
                    models.UniqueConstraint(fields=("agent", "channel", "category"), name="fixed_issue_category_once", nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(("place__gte", 1), ("place__lte", 6)), name="fixed_issue_place_known"),
                    models.CheckConstraint(condition=models.Q(("channel__in", ["", "voice", "chat", "sms", "other"])), name="fixed_issue_channel_known"),
                ],
            },
        ),
        migrations.AddField(
            model_name="user",
            name="playback_speed",
            field=models.PositiveSmallIntegerField(db_default=100, default=100),
        ),
        migrations.AddField(
            model_name="user",
            name="skips_silence",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="user",
            name="follows_audio",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name="user",
            name="takes_incidents",
            field=models.BooleanField(
                db_default=False, default=False, help_text="Is told at once, here and by mail, when something critical happens in a session they may see."
            ),
        ),
        migrations.AddField(
            model_name="issuecategory",
            name="suggested_by_signal",
            field=models.CharField(
                blank=True,
                choices=[("silence", "A long silence"), ("slow_reply", "A slow reply"), ("tool_error", "A tool error")],
                db_default="",
                default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="issuecategory",
            name="comment_templates",
            field=models.TextField(blank=True, db_default="", default="", help_text="Sentences a reviewer can put into the comment, one a line."),
        ),
        migrations.AlterField(
            model_name="event",
            name="kind",
            field=models.CharField(
                choices=[
                    ("transcript_read", "Transcript read"),
                    ("recording_heard", "Recording heard"),
                    ("unmasked", "Unmasked"),
                    ("exported", "Exported"),
                    ("signed_in", "Signed in"),
                    ("role_changed", "Role changed"),
                    ("right_changed", "Right changed"),
                    ("key_created", "API key created"),
                    ("key_revoked", "API key revoked"),
                    ("settled", "Settled"),
                    ("erased", "Erased"),
                    ("bulk_labeled", "Labeled in bulk"),
                    ("bulk_undone", "Bulk action undone"),
                    ("incident_raised", "Incident raised"),
                    ("incident_closed", "Incident acknowledged"),
                ],
                max_length=20,
            ),
        ),
        migrations.RemoveConstraint(
            model_name="event",
            name="event_kind_known",
        ),
        django.contrib.postgres.operations.AddConstraintNotValid(
            model_name="event",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "transcript_read",
                            "recording_heard",
                            "unmasked",
                            "exported",
                            "signed_in",
                            "role_changed",
                            "right_changed",
                            "key_created",
                            "key_revoked",
                            "settled",
                            "erased",
                            "bulk_labeled",
                            "bulk_undone",
                            "incident_raised",
                            "incident_closed",
                        ],
                    )
                ),
                name="event_kind_known",
            ),
        ),
        django.contrib.postgres.operations.AddConstraintNotValid(
            model_name="user",
            constraint=models.CheckConstraint(condition=models.Q(("playback_speed__gte", 75), ("playback_speed__lte", 200)), name="user_playback_speed_fits"),
        ),
    ]
