import django.contrib.postgres.fields
import django.contrib.postgres.operations
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0020_totals"),
        ("sessions_app", "0009_totals"),
    ]

    operations = [
        migrations.CreateModel(
            name="Queue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("name", models.CharField(max_length=60)),
                ("query", models.TextField(blank=True)),
                ("draw_kind", models.CharField(choices=[("all", "All that qualify"), ("random", "Random sample"), ("added", "Added by hand")], max_length=6)),
                ("seed", models.BigIntegerField(blank=True, null=True)),
                (
                    "strata",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[("agent", "Agent"), ("prompt", "Prompt version"), ("channel", "Channel"), ("day", "Day")], max_length=7
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("size", models.PositiveIntegerField(blank=True, null=True)),
                ("percent", models.FloatField(blank=True, null=True)),
                ("repeats", models.CharField(blank=True, choices=[("", "Once"), ("night", "Every night"), ("week", "Every week")], default="", max_length=5)),
                ("next_draw_at", models.DateTimeField(blank=True, null=True)),
                ("labels_wanted", models.PositiveSmallIntegerField(default=1)),
                ("more_percent", models.PositiveSmallIntegerField(default=0)),
                ("more_labels", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("is_independent", models.BooleanField(default=True)),
                ("asks_another", models.BooleanField(default=False)),
                (
                    "order",
                    models.CharField(
                        choices=[("drawn", "As drawn"), ("newest", "Newest first"), ("oldest", "Oldest first"), ("priority", "Most likely problem first")],
                        default="drawn",
                        max_length=8,
                    ),
                ),
                (
                    "reasons",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("auto_low", "Low auto-rating"),
                                ("tool_error", "Tool error"),
                                ("silence", "Long silence"),
                                ("repeat", "Repeat caller"),
                                ("differs", "Auto-rating differs from a label"),
                                ("drawn", "Drawn at random"),
                                ("rule", "Matches the rule"),
                                ("added", "Added by hand"),
                                ("disagree", "Two people disagree"),
                            ],
                            max_length=10,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "open_to",
                    models.CharField(
                        choices=[("reviewers", "All reviewers"), ("everybody", "Everybody who labels"), ("chosen", "The people chosen")],
                        default="reviewers",
                        max_length=9,
                    ),
                ),
                ("by_language", models.BooleanField(default=False)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("active", "Active"), ("paused", "Paused"), ("closed", "Closed"), ("deleted", "Deleted")], default="active", max_length=7
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("changed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("created_by", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("workers", models.ManyToManyField(blank=True, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "indexes": [models.Index(condition=models.Q(("next_draw_at__isnull", False)), fields=["next_draw_at"], name="queue_next_draw")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(models.Q(("name", ""), _negated=True), models.Q(("slug", ""), _negated=True)), name="queue_is_named"
                    ),
                    models.CheckConstraint(condition=models.Q(("draw_kind__in", ["all", "random", "added"])), name="queue_draw_kind_known"),
                    models.CheckConstraint(condition=models.Q(("repeats__in", ["", "night", "week"])), name="queue_repeats_known"),
                    models.CheckConstraint(condition=models.Q(("order__in", ["drawn", "newest", "oldest", "priority"])), name="queue_order_known"),
                    models.CheckConstraint(condition=models.Q(("open_to__in", ["reviewers", "everybody", "chosen"])), name="queue_open_to_known"),
                    models.CheckConstraint(condition=models.Q(("state__in", ["active", "paused", "closed", "deleted"])), name="queue_state_known"),
                    models.CheckConstraint(condition=models.Q(("labels_wanted__gte", 1), ("labels_wanted__lte", 10)), name="queue_labels_wanted_fit"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("more_labels", None), ("more_percent", 0)),
                            models.Q(
                                ("more_labels__gt", models.F("labels_wanted")), ("more_labels__lte", 10), ("more_percent__gte", 1), ("more_percent__lte", 100)
                            ),
                            _connector="OR",
                        ),
                        name="queue_more_labels_fit",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(models.Q(("draw_kind", "random"), _negated=True), ("percent", None), ("seed", None), ("size", None)),
                            models.Q(
                                ("draw_kind", "random"),
                                ("order", "drawn"),
                                ("seed__isnull", False),
                                models.Q(
                                    models.Q(("percent", None), ("size__gte", 1), ("size__lte", 100000)),
                                    models.Q(("percent__gt", 0), ("percent__lte", 100), ("size", None)),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="queue_sample_is_complete",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Draw",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("kind", models.CharField(choices=[("all", "All that qualify"), ("random", "Random sample"), ("added", "Added by hand")], max_length=6)),
                ("query", models.TextField(blank=True)),
                ("seed", models.BigIntegerField(blank=True, null=True)),
                (
                    "strata",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[("agent", "Agent"), ("prompt", "Prompt version"), ("channel", "Channel"), ("day", "Day")], max_length=7
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("running", "Running"), ("finished", "Finished"), ("failed", "Failed")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("frame", models.PositiveIntegerField(blank=True, null=True)),
                ("drawn", models.PositiveIntegerField(default=0)),
                ("groups", models.JSONField(blank=True, default=list)),
                ("ingested_after", models.DateTimeField(blank=True, null=True)),
                ("ingested_until", models.DateTimeField(blank=True, null=True)),
                ("asked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("problem", models.CharField(blank=True, max_length=300)),
                (
                    "asked_by",
                    models.ForeignKey(
                        blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("queue", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="draws", to="labeling.queue")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("queue", "number"), name="draw_number_once"),
                    models.CheckConstraint(condition=models.Q(("kind__in", ["all", "random", "added"])), name="draw_kind_known"),
                    models.CheckConstraint(condition=models.Q(("state__in", ["waiting", "running", "finished", "failed"])), name="draw_state_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("timestamp", models.DateTimeField()),
                ("slot", models.PositiveSmallIntegerField()),
                ("position", models.BigIntegerField()),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("auto_low", "Low auto-rating"),
                            ("tool_error", "Tool error"),
                            ("silence", "Long silence"),
                            ("repeat", "Repeat caller"),
                            ("differs", "Auto-rating differs from a label"),
                            ("drawn", "Drawn at random"),
                            ("rule", "Matches the rule"),
                            ("added", "Added by hand"),
                            ("disagree", "Two people disagree"),
                        ],
                        max_length=10,
                    ),
                ),
                ("probability", models.FloatField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(choices=[("open", "Open"), ("claimed", "Claimed"), ("done", "Done"), ("void", "Void")], default="open", max_length=7),
                ),
                ("claimed_at", models.DateTimeField(blank=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("lease_version", models.PositiveIntegerField(default=0)),
                ("label", models.BigIntegerField(blank=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "assigned_to",
                    models.ForeignKey(
                        blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("session", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sessions_app.session")),
                ("draw", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.draw")),
                ("queue", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="assignments", to="labeling.queue")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("assigned_to", None), ("state__in", ("open", "claimed"))),
                        fields=["queue", "position", "slot", "id"],
                        name="assignment_next",
                    ),
                    models.Index(fields=["session", "queue"], name="assignment_session"),
                    models.Index(
                        condition=models.Q(("state", "void"), _negated=True),
                        fields=["queue", "-timestamp", "-session"],
                        include=("state",),
                        name="assignment_newest",
                    ),
                    models.Index(
                        condition=models.Q(("person__isnull", False)),
                        fields=["person", "queue", "-claimed_at"],
                        include=("state",),
                        name="assignment_person",
                    ),
                    models.Index(condition=models.Q(("state", "claimed")), fields=["person", "queue"], name="assignment_held"),
                    models.Index(
                        condition=models.Q(("assigned_to__isnull", False), ("state__in", ("open", "claimed"))),
                        fields=["assigned_to", "queue"],
                        name="assignment_assigned",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "void"), _negated=True), fields=("queue", "session", "slot"), name="assignment_slot_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("claimed", "done"))), fields=("queue", "session", "person"), name="assignment_once_per_person"
                    ),
                    models.CheckConstraint(condition=models.Q(("state__in", ["open", "claimed", "done", "void"])), name="assignment_state_known"),
                    models.CheckConstraint(
                        condition=models.Q(("reason__in", ["auto_low", "tool_error", "silence", "repeat", "differs", "drawn", "rule", "added", "disagree"])),
                        name="assignment_reason_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("probability", None), models.Q(("probability__gt", 0), ("probability__lte", 1)), _connector="OR"),
                        name="assignment_probability_is_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lease_until", None), ("person", None), ("state__in", ("open", "void"))),
                            models.Q(("lease_until__isnull", False), ("person__isnull", False), ("state", "claimed")),
                            models.Q(("done_at__isnull", False), ("label__isnull", False), ("person__isnull", False), ("state", "done")),
                            _connector="OR",
                        ),
                        name="assignment_state_is_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Pass",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("later", "Later"), ("not_mine", "Not mine"), ("cannot", "Cannot judge")], default="later", max_length=8)),
                ("until", models.DateTimeField(blank=True, null=True)),
                ("passed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("person", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("session", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sessions_app.session")),
                ("queue", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="passes", to="labeling.queue")),
            ],
            options={
                "verbose_name_plural": "passes",
                "constraints": [
                    models.UniqueConstraint(fields=("queue", "session", "person"), name="pass_once"),
                    models.CheckConstraint(condition=models.Q(("kind__in", ["later", "not_mine", "cannot"])), name="pass_kind_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Dispute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opened_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("settlement", models.BigIntegerField(blank=True, null=True)),
                ("session", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sessions_app.session")),
            ],
            options={
                "indexes": [
                    models.Index(fields=["session", "-opened_at"], name="dispute_session"),
                    models.Index(condition=models.Q(("closed_at", None)), fields=["opened_at"], name="dispute_open"),
                ],
                "constraints": [models.UniqueConstraint(condition=models.Q(("closed_at", None)), fields=("session",), name="dispute_open_once")],
            },
        ),
        migrations.CreateModel(
            name="DisputeParty",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                ("dispute", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="parties", to="labeling.dispute")),
                ("user", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name_plural": "dispute parties",
                "indexes": [models.Index(condition=models.Q(("seen_at", None)), fields=["user"], name="dispute_party_waiting")],
                "constraints": [models.UniqueConstraint(fields=("dispute", "user"), name="dispute_party_once")],
            },
        ),
        migrations.RemoveConstraint(
            model_name="event",
            name="event_kind_known",
        ),
        migrations.RemoveConstraint(
            model_name="exposure",
            name="exposure_judgment_known",
        ),
        migrations.AddField(
            model_name="user",
            name="languages",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=8),
                blank=True,
                db_default=[],
                default=list,
                size=None,
                help_text="In which they judge, as sessions name them, such as en,es. Of a queue that goes by language nobody without any is handed a session.",
            ),
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
                    ("labeled", "Labeled"),
                    ("withdrawn", "Label withdrawn"),
                    ("category_changed", "Issue category changed"),
                    ("guide_published", "Guide published"),
                    ("invited", "Invited"),
                    ("invitation_accepted", "Invitation accepted"),
                    ("password_changed", "Password changed"),
                    ("sign_in_refused", "Sign-in refused"),
                    ("sign_ins_ended", "Signed out elsewhere"),
                    ("factor_changed", "Second factor changed"),
                    ("break_glass_used", "Break-glass account used"),
                    ("shared", "Share link made"),
                    ("share_opened", "Share link opened"),
                    ("share_revoked", "Share link revoked"),
                    ("retention_run", "Retention run"),
                    ("hold_placed", "Legal hold placed"),
                    ("hold_lifted", "Legal hold lifted"),
                    ("setting_changed", "Setting changed"),
                    ("job_retried", "Job retried"),
                    ("connection_changed", "Vendor connection changed"),
                    ("webhook_changed", "Webhook changed"),
                    ("ingested", "Sessions taken in"),
                    ("imported", "File imported"),
                    ("queue_changed", "Queue changed"),
                    ("assigned", "Sessions assigned"),
                    ("revealed", "Judgments revealed"),
                    ("number_sought", "Number looked for"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="exposure",
            name="judgment",
            field=models.CharField(
                choices=[("auto", "Auto-rating"), ("others", "Others' labels"), ("summary", "AI summary"), ("reveal", "Revealed on request")], max_length=7
            ),
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
                            "labeled",
                            "withdrawn",
                            "category_changed",
                            "guide_published",
                            "invited",
                            "invitation_accepted",
                            "password_changed",
                            "sign_in_refused",
                            "sign_ins_ended",
                            "factor_changed",
                            "break_glass_used",
                            "shared",
                            "share_opened",
                            "share_revoked",
                            "retention_run",
                            "hold_placed",
                            "hold_lifted",
                            "setting_changed",
                            "job_retried",
                            "connection_changed",
                            "webhook_changed",
                            "ingested",
                            "imported",
                            "queue_changed",
                            "assigned",
                            "revealed",
                            "number_sought",
                        ],
                    )
                ),
                name="event_kind_known",
            ),
        ),
        django.contrib.postgres.operations.AddConstraintNotValid(
            model_name="exposure",
            constraint=models.CheckConstraint(condition=models.Q(("judgment__in", ["auto", "others", "summary", "reveal"])), name="exposure_judgment_known"),
        ),
        # A scope that opened nothing.
        migrations.RemoveConstraint(model_name="apikey", name="api_key_scopes_known"),
        migrations.AlterField(
            model_name="apikey",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("sessions:read", "Read sessions"),
                        ("sessions:write", "Ingest sessions"),
                        ("labels:read", "Read labels"),
                        ("labels:write", "Create labels as the key's owner"),
                        ("labels:write_as_any", "Create labels as others"),
                        ("pii:read", "See phone numbers and names"),
                    ],
                    max_length=30,
                ),
                default=list,
                size=None,
            ),
        ),
        migrations.AlterField(
            model_name="apikeyhistory",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("sessions:read", "Read sessions"),
                        ("sessions:write", "Ingest sessions"),
                        ("labels:read", "Read labels"),
                        ("labels:write", "Create labels as the key's owner"),
                        ("labels:write_as_any", "Create labels as others"),
                        ("pii:read", "See phone numbers and names"),
                    ],
                    max_length=30,
                ),
                default=list,
                size=None,
            ),
        ),
        django.contrib.postgres.operations.AddConstraintNotValid(
            model_name="apikey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("scopes__contained_by", ["sessions:read", "sessions:write", "labels:read", "labels:write", "labels:write_as_any", "pii:read"])
                ),
                name="api_key_scopes_known",
            ),
        ),
    ]
