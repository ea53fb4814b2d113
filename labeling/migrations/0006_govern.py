"""Categories' changes and inbox, the guide, invitations, masking, shares, retention, erasure, and the history of reference data."""

import django.contrib.postgres.fields
import django.contrib.postgres.operations
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0005_review_checks"),
        ("sessions_app", "0005_erased"),
    ]

    operations = [
        migrations.CreateModel(
            name="UserAgents",
            fields=[],
            options={
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("labeling.user_agents",),
        ),
        migrations.CreateModel(
            name="ApiKeyHistory",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("name", models.CharField(max_length=100)),
                ("prefix", models.CharField(max_length=8)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("sessions:read", "Read sessions"),
                                ("sessions:write", "Ingest sessions"),
                                ("labels:read", "Read labels"),
                                ("labels:write", "Create labels as the key's owner"),
                                ("labels:write_as_any", "Create labels as others"),
                                ("export", "Export"),
                                ("pii:read", "See phone numbers and names"),
                            ],
                            max_length=30,
                        ),
                        default=list,
                        size=None,
                    ),
                ),
                ("expires_at", models.DateTimeField()),
                ("rate_per_minute", models.PositiveIntegerField(db_default=600, default=600)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="user_name_prefix_scopes_expires_at_rate_per_minute_revoked_at_revoked_by_events",
                        to="labeling.apikey",
                    ),
                ),
                (
                    "revoked_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="BackupCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("verified_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("taken_at", models.DateTimeField(help_text="When the backup itself was made.")),
                ("note", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "indexes": [models.Index(fields=["-verified_at"], name="backup_check_newest")],
            },
        ),
        migrations.CreateModel(
            name="FixedIssueHistory",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.BigIntegerField()),
                (
                    "place",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "1 (key 5)"), (2, "2 (key 6)"), (3, "3 (key 7)"), (4, "4 (key 8)"), (5, "5 (key 9)"), (6, "6 (key 0)")]
                    ),
                ),
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
                        db_constraint=False,
                        help_text="Empty means every agent.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="sessions_app.agent",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="labeling.issuecategory",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="events", to="labeling.fixedissue"),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="GuideExample",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(blank=True, choices=[("GOOD", "GOOD"), ("OK", "OK"), ("BAD", "BAD"), ("N/A", "N/A")], max_length=4)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("is_counter_example", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "category",
                    models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="examples", to="labeling.issuecategory"),
                ),
                ("session", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sessions_app.session")),
            ],
        ),
        migrations.CreateModel(
            name="GuideExampleHistory",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.BigIntegerField()),
                ("code", models.CharField(blank=True, choices=[("GOOD", "GOOD"), ("OK", "OK"), ("BAD", "BAD"), ("N/A", "N/A")], max_length=4)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("is_counter_example", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="labeling.issuecategory",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="events", to="labeling.guideexample"),
                ),
                (
                    "session",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", related_query_name="+", to="sessions_app.session"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="GuideVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(unique=True)),
                ("good", models.TextField()),
                ("ok", models.TextField()),
                ("bad", models.TextField()),
                ("not_applicable", models.TextField()),
                ("categories", models.JSONField(default=list)),
                ("what_changed", models.CharField(max_length=300)),
                ("published_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="IncomingIssue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.CharField(max_length=500)),
                ("first_seen_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("ignored_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ignored_by",
                    models.ForeignKey(
                        blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("invited_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("voided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "invited_by",
                    models.ForeignKey(
                        blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="invitations", to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name="IssueAliasHistory",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.BigIntegerField()),
                ("text", models.CharField(max_length=500)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "category",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="labeling.issuecategory",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="events", to="labeling.issuealias"),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="IssueCategoryHistory",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=100)),
                ("group", models.CharField(blank=True, max_length=60)),
                ("order", models.PositiveSmallIntegerField(default=100)),
                ("severity", models.CharField(choices=[("minor", "Minor"), ("major", "Major"), ("critical", "Critical")], default="minor", max_length=8)),
                ("origin", models.CharField(choices=[("vendor", "Named by the vendor"), ("ours", "Our own")], default="ours", max_length=6)),
                ("description", models.TextField(blank=True)),
                ("example", models.TextField(blank=True)),
                ("counter_example", models.TextField(blank=True)),
                (
                    "channels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(choices=[("voice", "Voice"), ("chat", "Chat"), ("sms", "SMS"), ("other", "Other")], max_length=5),
                        blank=True,
                        default=list,
                        help_text="Empty means every channel.",
                        size=None,
                    ),
                ),
                (
                    "suggested_by_signal",
                    models.CharField(
                        blank=True,
                        choices=[("silence", "A long silence"), ("slow_reply", "A slow reply"), ("tool_error", "A tool error")],
                        db_default="",
                        default="",
                        max_length=10,
                    ),
                ),
                (
                    "comment_templates",
                    models.TextField(blank=True, db_default="", default="", help_text="Sentences a reviewer can put into the comment, one a line."),
                ),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="labeling.issuecategory",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="events", to="labeling.issuecategory"),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="KeyMinute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("minute", models.PositiveIntegerField()),
                ("used", models.PositiveIntegerField(default=1)),
                ("api_key", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="labeling.apikey")),
            ],
        ),
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=200)),
                ("since", models.DateTimeField(blank=True, help_text="Empty: from the first session on.", null=True)),
                ("until", models.DateTimeField(blank=True, help_text="Empty: for all that comes.", null=True)),
                ("placed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("lifted_at", models.DateTimeField(blank=True, null=True)),
                ("agent", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sessions_app.agent")),
                (
                    "lifted_by",
                    models.ForeignKey(
                        blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("placed_by", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("session", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sessions_app.session")),
            ],
        ),
        migrations.CreateModel(
            name="MaskedKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(django.db.models.functions.text.Lower("name"), name="masked_key_name_unique"),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="masked_key_not_empty"),
                ],
            },
        ),
        migrations.CreateModel(
            name="MaskedKeyHistory",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=60)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "pgh_obj",
                    models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="events", to="labeling.maskedkey"),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RetentionRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "data_class",
                    models.CharField(
                        choices=[
                            ("transcript", "Transcripts"),
                            ("recording", "Recordings"),
                            ("label", "What labels say in words"),
                            ("event", "Events of the audit"),
                        ],
                        max_length=10,
                        unique=True,
                    ),
                ),
                ("days", models.PositiveIntegerField(blank=True, help_text="Empty keeps it for good.", null=True)),
                ("changed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "changed_by",
                    models.ForeignKey(
                        blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RetentionRuleHistory",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.BigIntegerField()),
                (
                    "data_class",
                    models.CharField(
                        choices=[
                            ("transcript", "Transcripts"),
                            ("recording", "Recordings"),
                            ("label", "What labels say in words"),
                            ("event", "Events of the audit"),
                        ],
                        max_length=10,
                    ),
                ),
                ("days", models.PositiveIntegerField(blank=True, help_text="Empty keeps it for good.", null=True)),
                ("changed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "changed_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name="events", to="labeling.retentionrule"),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RetentionRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_dry", models.BooleanField()),
                ("counts", models.JSONField()),
                ("run_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "run_by",
                    models.ForeignKey(
                        blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ShareLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("purpose", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("expires_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("opened", models.PositiveIntegerField(default=0)),
                ("created_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "revoked_by",
                    models.ForeignKey(
                        blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("session", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sessions_app.session")),
            ],
        ),
        migrations.CreateModel(
            name="Unmasking",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("call_back", "To call the person back"),
                            ("complaint", "To find a complaint"),
                            ("check", "To check what a tool did"),
                            ("safety", "Somebody's safety"),
                            ("other", "Another reason"),
                        ],
                        max_length=9,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("until", models.DateTimeField()),
                ("session", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sessions_app.session")),
                ("user", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name="UserAgentsHistory",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("id", models.BigIntegerField()),
                (
                    "agent",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="sessions_app.agent",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_tablespace="",
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="UserHistory",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("email", models.EmailField(max_length=254)),
                ("name", models.CharField(blank=True, max_length=150)),
                ("role", models.CharField(choices=[("reviewer", "Reviewer"), ("manager", "Manager"), ("admin", "Admin")], default="reviewer", max_length=10)),
                ("is_active", models.BooleanField(default=True)),
                ("all_agents", models.BooleanField(default=False)),
                ("may_unmask", models.BooleanField(default=False, help_text="May see phone numbers and names without a mask. Each reveal is logged.")),
                (
                    "may_read_transcripts",
                    models.BooleanField(
                        db_default=True, default=True, help_text="May read what was said. Names in free speech are not masked, so this is a right of its own."
                    ),
                ),
                ("may_hear_recordings", models.BooleanField(db_default=True, default=True, help_text="May hear recordings. A voice cannot be masked.")),
                (
                    "takes_incidents",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Is told at once, here and by mail, when something critical happens in a session they may see.",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="email_name_role_is_active_all_agents_may_unmask_may_read_transcripts_may_hear_recordings_takes_incidents_events",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CategoryChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("rename", "Renamed"),
                            ("merge", "Merged"),
                            ("unmerge", "Taken out of a merge"),
                            ("split", "Split"),
                            ("retire", "Retired"),
                            ("restore", "Made active again"),
                            ("map", "Mapped"),
                            ("unmap", "Mapping taken back"),
                            ("ignore", "Ignored"),
                            ("import", "Brought in from a file"),
                        ],
                        max_length=8,
                    ),
                ),
                ("text", models.CharField(blank=True, max_length=500)),
                ("changed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("state", models.CharField(choices=[("running", "Running"), ("finished", "Finished"), ("failed", "Failed")], default="finished", max_length=8)),
                ("total", models.PositiveIntegerField(default=0)),
                ("handled", models.PositiveIntegerField(default=0)),
                ("last_session", models.BigIntegerField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "category",
                    models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="labeling.issuecategory"),
                ),
                (
                    "changed_by",
                    models.ForeignKey(
                        blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.issuecategory"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["-changed_at", "-id"], name="category_change_newest")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["rename", "merge", "unmerge", "split", "retire", "restore", "map", "unmap", "ignore", "import"])),
                        name="category_change_kind_known",
                    ),
                    models.CheckConstraint(condition=models.Q(("state__in", ["running", "finished", "failed"])), name="category_change_state_known"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject_kind", models.CharField(choices=[("caller", "A phone number, address or name"), ("session", "One session")], max_length=7)),
                ("digest", models.CharField(max_length=64)),
                ("reference", models.CharField(blank=True, help_text="The number of the request at your side; never whom it is about.", max_length=100)),
                ("erased_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "state",
                    models.CharField(
                        choices=[("running", "Running"), ("finished", "Finished"), ("held", "Finished but for what a legal hold covers"), ("failed", "Failed")],
                        default="running",
                        max_length=8,
                    ),
                ),
                ("counts", models.JSONField(default=dict)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "erased_by",
                    models.ForeignKey(
                        blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["digest"], name="erasure_digest")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("subject_kind__in", ["caller", "session"])), name="erasure_subject_kind_known"),
                    models.CheckConstraint(condition=models.Q(("state__in", ["running", "finished", "held", "failed"])), name="erasure_state_known"),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="guideexample",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("category", None), ("code__in", ["GOOD", "OK", "BAD", "N/A"])),
                    models.Q(("category__isnull", False), ("code", "")),
                    _connector="OR",
                ),
                name="guide_example_of_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="guideversion",
            constraint=models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="guide_version_positive"),
        ),
        migrations.AddConstraint(
            model_name="incomingissue",
            constraint=models.UniqueConstraint(django.db.models.functions.text.Upper("text"), name="incoming_issue_text_unique"),
        ),
        migrations.AddConstraint(
            model_name="incomingissue",
            constraint=models.CheckConstraint(
                condition=models.Q(("ignored_by", None), ("ignored_at__isnull", False), _connector="OR"), name="incoming_issue_ignored_by_needs_at"
            ),
        ),
        migrations.AddConstraint(
            model_name="keyminute",
            constraint=models.UniqueConstraint(fields=("api_key", "minute"), name="key_minute_once"),
        ),
        migrations.AddConstraint(
            model_name="legalhold",
            constraint=models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="legal_hold_has_a_reason"),
        ),
        migrations.AddConstraint(
            model_name="legalhold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lifted_at", None), ("lifted_by", None)), models.Q(("lifted_at__isnull", False), ("lifted_by__isnull", False)), _connector="OR"
                ),
                name="legal_hold_lifted_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="retentionrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("data_class__in", ["transcript", "recording", "label", "event"])), name="retention_rule_class_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="retentionrule",
            constraint=models.CheckConstraint(condition=models.Q(("days", None), ("days__gte", 1), _connector="OR"), name="retention_rule_days_positive"),
        ),
        migrations.AddIndex(
            model_name="retentionrun",
            index=models.Index(fields=["-run_at"], name="retention_run_newest"),
        ),
        migrations.AddConstraint(
            model_name="sharelink",
            constraint=models.CheckConstraint(condition=models.Q(("purpose", ""), _negated=True), name="share_link_has_a_purpose"),
        ),
        migrations.AddConstraint(
            model_name="sharelink",
            constraint=models.CheckConstraint(
                condition=models.Q(("revoked_by", None), ("revoked_at__isnull", False), _connector="OR"), name="share_link_revoked_by_needs_at"
            ),
        ),
        migrations.AddIndex(
            model_name="unmasking",
            index=models.Index(fields=["user", "session", "-until"], name="unmasking_of_person"),
        ),
        migrations.AddConstraint(
            model_name="unmasking",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__in", ["call_back", "complaint", "check", "safety", "other"])), name="unmasking_reason_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="unmasking",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("reason", "other"), _negated=True), models.Q(("note", ""), _negated=True), _connector="OR"),
                name="unmasking_other_says_why",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="event",
            name="event_kind_known",
        ),
        migrations.AddField(
            model_name="apikey",
            name="rate_per_minute",
            field=models.PositiveIntegerField(db_default=600, default=600),
        ),
        migrations.AddField(
            model_name="user",
            name="guide_read",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="user",
            name="may_hear_recordings",
            field=models.BooleanField(db_default=True, default=True, help_text="May hear recordings. A voice cannot be masked."),
        ),
        migrations.AddField(
            model_name="user",
            name="may_read_transcripts",
            field=models.BooleanField(
                db_default=True, default=True, help_text="May read what was said. Names in free speech are not masked, so this is a right of its own."
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
                ],
                max_length=20,
            ),
        ),
        django.contrib.postgres.operations.AddConstraintNotValid(
            model_name="apikey",
            constraint=models.CheckConstraint(condition=models.Q(("rate_per_minute__gte", 1), ("rate_per_minute__lte", 60000)), name="api_key_rate_fits"),
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
                        ],
                    )
                ),
                name="event_kind_known",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="apikey",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "labeling_apikeyhistory" ("expires_at", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "rate_per_minute", "revoked_at", "revoked_by_id", "scopes", "user_id") VALUES (NEW."expires_at", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."prefix", NEW."rate_per_minute", NEW."revoked_at", NEW."revoked_by_id", NEW."scopes", NEW."user_id"); RETURN NULL;',
                    hash="6d9195bc3581fc734b3ba87940dd4960beffa4ae",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_ae119",
                    table="labeling_apikey",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="apikey",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."expires_at" IS DISTINCT FROM (NEW."expires_at") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."prefix" IS DISTINCT FROM (NEW."prefix") OR OLD."rate_per_minute" IS DISTINCT FROM (NEW."rate_per_minute") OR OLD."revoked_at" IS DISTINCT FROM (NEW."revoked_at") OR OLD."revoked_by_id" IS DISTINCT FROM (NEW."revoked_by_id") OR OLD."scopes" IS DISTINCT FROM (NEW."scopes") OR OLD."user_id" IS DISTINCT FROM (NEW."user_id"))',
                    func='INSERT INTO "labeling_apikeyhistory" ("expires_at", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "rate_per_minute", "revoked_at", "revoked_by_id", "scopes", "user_id") VALUES (NEW."expires_at", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."prefix", NEW."rate_per_minute", NEW."revoked_at", NEW."revoked_by_id", NEW."scopes", NEW."user_id"); RETURN NULL;',
                    hash="0fe1fb864a64f5b415031184387362f8e2eb69eb",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_14511",
                    table="labeling_apikey",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="apikey",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "labeling_apikeyhistory" ("expires_at", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "prefix", "rate_per_minute", "revoked_at", "revoked_by_id", "scopes", "user_id") VALUES (OLD."expires_at", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."prefix", OLD."rate_per_minute", OLD."revoked_at", OLD."revoked_by_id", OLD."scopes", OLD."user_id"); RETURN NULL;',
                    hash="2afbc71ce685a3f7e1e3cdeffbe9c77050378e7a",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_12cc5",
                    table="labeling_apikey",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="fixedissue",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "labeling_fixedissuehistory" ("agent_id", "category_id", "channel", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "place") VALUES (NEW."agent_id", NEW."category_id", NEW."channel", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."place"); RETURN NULL;',
                    hash="0e2ca3725d642ee406b95ae30deec9515d7862e3",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_fd0cc",
                    table="labeling_fixedissue",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="fixedissue",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "labeling_fixedissuehistory" ("agent_id", "category_id", "channel", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "place") VALUES (NEW."agent_id", NEW."category_id", NEW."channel", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."place"); RETURN NULL;',
                    hash="0a4f3a060aedf4b637d7ea6786b400695a0b533b",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_a1e72",
                    table="labeling_fixedissue",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="fixedissue",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "labeling_fixedissuehistory" ("agent_id", "category_id", "channel", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "place") VALUES (OLD."agent_id", OLD."category_id", OLD."channel", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."place"); RETURN NULL;',
                    hash="4e96a2a8b7a8994136ecba4f2e3ca5633f55f971",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_8668c",
                    table="labeling_fixedissue",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="issuealias",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "labeling_issuealiashistory" ("category_id", "created_at", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "text") VALUES (NEW."category_id", NEW."created_at", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."text"); RETURN NULL;',
                    hash="60c8d0a21ff128906945193a4f9c11a685ac608e",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_f6e6d",
                    table="labeling_issuealias",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="issuealias",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "labeling_issuealiashistory" ("category_id", "created_at", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "text") VALUES (NEW."category_id", NEW."created_at", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."text"); RETURN NULL;',
                    hash="ea481664ecb96d12fa61a0d0eabb186f6370c3e8",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_2c18c",
                    table="labeling_issuealias",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="issuealias",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "labeling_issuealiashistory" ("category_id", "created_at", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "text") VALUES (OLD."category_id", OLD."created_at", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."text"); RETURN NULL;',
                    hash="463d15f2dacbac7d0e7027f006734fcdac0a9843",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_9cc67",
                    table="labeling_issuealias",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="issuecategory",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "labeling_issuecategoryhistory" ("channels", "comment_templates", "counter_example", "created_at", "description", "example", "group", "id", "merged_into_id", "name", "order", "origin", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "retired_at", "severity", "suggested_by_signal") VALUES (NEW."channels", NEW."comment_templates", NEW."counter_example", NEW."created_at", NEW."description", NEW."example", NEW."group", NEW."id", NEW."merged_into_id", NEW."name", NEW."order", NEW."origin", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."retired_at", NEW."severity", NEW."suggested_by_signal"); RETURN NULL;',
                    hash="991041d50a5d483b2bb1aebd63b2451075a1991a",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_04fdb",
                    table="labeling_issuecategory",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="issuecategory",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "labeling_issuecategoryhistory" ("channels", "comment_templates", "counter_example", "created_at", "description", "example", "group", "id", "merged_into_id", "name", "order", "origin", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "retired_at", "severity", "suggested_by_signal") VALUES (NEW."channels", NEW."comment_templates", NEW."counter_example", NEW."created_at", NEW."description", NEW."example", NEW."group", NEW."id", NEW."merged_into_id", NEW."name", NEW."order", NEW."origin", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."retired_at", NEW."severity", NEW."suggested_by_signal"); RETURN NULL;',
                    hash="e24a27fbaa28cbdee0adfbdcccaf9dd5c76ca4b9",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_257cc",
                    table="labeling_issuecategory",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="issuecategory",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "labeling_issuecategoryhistory" ("channels", "comment_templates", "counter_example", "created_at", "description", "example", "group", "id", "merged_into_id", "name", "order", "origin", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "retired_at", "severity", "suggested_by_signal") VALUES (OLD."channels", OLD."comment_templates", OLD."counter_example", OLD."created_at", OLD."description", OLD."example", OLD."group", OLD."id", OLD."merged_into_id", OLD."name", OLD."order", OLD."origin", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."retired_at", OLD."severity", OLD."suggested_by_signal"); RETURN NULL;',
                    hash="64461a840e240d4b0b2e0c403ff38bec2ee065bc",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_597db",
                    table="labeling_issuecategory",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "labeling_userhistory" ("all_agents", "email", "is_active", "may_hear_recordings", "may_read_transcripts", "may_unmask", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "takes_incidents") VALUES (NEW."all_agents", NEW."email", NEW."is_active", NEW."may_hear_recordings", NEW."may_read_transcripts", NEW."may_unmask", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."role", NEW."takes_incidents"); RETURN NULL;',
                    hash="06b052bb4dbae3360372d737274841bd49852af3",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_cd034",
                    table="labeling_user",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."all_agents" IS DISTINCT FROM (NEW."all_agents") OR OLD."email" IS DISTINCT FROM (NEW."email") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."may_hear_recordings" IS DISTINCT FROM (NEW."may_hear_recordings") OR OLD."may_read_transcripts" IS DISTINCT FROM (NEW."may_read_transcripts") OR OLD."may_unmask" IS DISTINCT FROM (NEW."may_unmask") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."role" IS DISTINCT FROM (NEW."role") OR OLD."takes_incidents" IS DISTINCT FROM (NEW."takes_incidents"))',
                    func='INSERT INTO "labeling_userhistory" ("all_agents", "email", "is_active", "may_hear_recordings", "may_read_transcripts", "may_unmask", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "takes_incidents") VALUES (NEW."all_agents", NEW."email", NEW."is_active", NEW."may_hear_recordings", NEW."may_read_transcripts", NEW."may_unmask", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."role", NEW."takes_incidents"); RETURN NULL;',
                    hash="56b18b5ab10bcf99f582c973e9d0c9c7a6dc45ad",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_08710",
                    table="labeling_user",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="user",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "labeling_userhistory" ("all_agents", "email", "is_active", "may_hear_recordings", "may_read_transcripts", "may_unmask", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "takes_incidents") VALUES (OLD."all_agents", OLD."email", OLD."is_active", OLD."may_hear_recordings", OLD."may_read_transcripts", OLD."may_unmask", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."role", OLD."takes_incidents"); RETURN NULL;',
                    hash="4f80c33aa4cb0d20ca5b36e35625cdfaa83d769d",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_2fecd",
                    table="labeling_user",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="maskedkey",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "labeling_maskedkeyhistory" ("created_at", "id", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."created_at", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id"); RETURN NULL;',
                    hash="cf0d85a3531b29d33adf51dedc05f4c1e8a46af5",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_45ce5",
                    table="labeling_maskedkey",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="maskedkey",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "labeling_maskedkeyhistory" ("created_at", "id", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."created_at", NEW."id", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id"); RETURN NULL;',
                    hash="8e509e7b36674d48dbff977c0b508e48fac6a8ab",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_37778",
                    table="labeling_maskedkey",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="maskedkey",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "labeling_maskedkeyhistory" ("created_at", "id", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."created_at", OLD."id", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id"); RETURN NULL;',
                    hash="bd573737501ce849a340cf0b5b9b351c9e8ba50f",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_96cb5",
                    table="labeling_maskedkey",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="useragents",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "labeling_useragentshistory" ("agent_id", "id", "pgh_context", "pgh_created_at", "pgh_label", "user_id") VALUES (NEW."agent_id", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."user_id"); RETURN NULL;',
                    hash="c82b18da20891103f2b35f2bece0067ba417543d",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_5dab5",
                    table="labeling_user_agents",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="useragents",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "labeling_useragentshistory" ("agent_id", "id", "pgh_context", "pgh_created_at", "pgh_label", "user_id") VALUES (OLD."agent_id", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."user_id"); RETURN NULL;',
                    hash="58ecb033032ab50edd0551934aca3ad757facd9a",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_a2603",
                    table="labeling_user_agents",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="apikeyhistory",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="40c4e43deff18d29f761b5076593b1020c979167",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_1382e",
                    table="labeling_apikeyhistory",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="fixedissuehistory",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="e3dae77d26bda1d1dfc41fdfa6facf3f120718ef",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_18b7c",
                    table="labeling_fixedissuehistory",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="guideexample",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "labeling_guideexamplehistory" ("category_id", "code", "created_at", "id", "is_counter_example", "note", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "session_id") VALUES (NEW."category_id", NEW."code", NEW."created_at", NEW."id", NEW."is_counter_example", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."session_id"); RETURN NULL;',
                    hash="f2ed3ee8af4ccbdf5a42556cc7ed0d28c381359b",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_237f7",
                    table="labeling_guideexample",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="guideexample",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "labeling_guideexamplehistory" ("category_id", "code", "created_at", "id", "is_counter_example", "note", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "session_id") VALUES (NEW."category_id", NEW."code", NEW."created_at", NEW."id", NEW."is_counter_example", NEW."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."session_id"); RETURN NULL;',
                    hash="3aba7fbb10f613887f998b4ec893be9a51da26fa",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_f375d",
                    table="labeling_guideexample",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="guideexample",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "labeling_guideexamplehistory" ("category_id", "code", "created_at", "id", "is_counter_example", "note", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "session_id") VALUES (OLD."category_id", OLD."code", OLD."created_at", OLD."id", OLD."is_counter_example", OLD."note", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."session_id"); RETURN NULL;',
                    hash="4d9d939ef4cbb462c805630325841dd464987995",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_9dbba",
                    table="labeling_guideexample",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="guideexamplehistory",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="1c1e21e91da72d10be347c0f3e27b414382f4330",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_6004e",
                    table="labeling_guideexamplehistory",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="guideversion",
            trigger=pgtrigger.compiler.Trigger(
                name="guide_version_is_a_fact",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="f60abec032c055aab5ac6330789cf61b01f06e0e",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_guide_version_is_a_fact_6a3ee",
                    table="labeling_guideversion",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="guideversion",
            trigger=pgtrigger.compiler.Trigger(
                name="guide_version_is_kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'Cannot truncate %, its rows are facts', TG_TABLE_NAME;",
                    hash="df7aa8dbfd67feea99c1a7239c7afae533903e67",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_guide_version_is_kept_b7d1f",
                    table="labeling_guideversion",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="issuealiashistory",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b7c9d4b1612d5eb2a83882415d2e4d451fb22981",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_40f96",
                    table="labeling_issuealiashistory",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="issuecategoryhistory",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="1d291db317ad2a5a8193ea586b062e6bfda59f73",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_53270",
                    table="labeling_issuecategoryhistory",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="maskedkeyhistory",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="45024604a121e6eccedcd1f44e65b4d5203399df",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_0cf95",
                    table="labeling_maskedkeyhistory",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="retentionrule",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "labeling_retentionrulehistory" ("changed_at", "changed_by_id", "data_class", "days", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."changed_at", NEW."changed_by_id", NEW."data_class", NEW."days", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id"); RETURN NULL;',
                    hash="9ed59a5b507ade20a4a534e53ac417e30f2b994b",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_460bb",
                    table="labeling_retentionrule",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="retentionrule",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "labeling_retentionrulehistory" ("changed_at", "changed_by_id", "data_class", "days", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."changed_at", NEW."changed_by_id", NEW."data_class", NEW."days", NEW."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id"); RETURN NULL;',
                    hash="e6973a70ee4740a8c92cd0f5308ba70ac5562cdc",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_f2999",
                    table="labeling_retentionrule",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="retentionrule",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "labeling_retentionrulehistory" ("changed_at", "changed_by_id", "data_class", "days", "id", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."changed_at", OLD."changed_by_id", OLD."data_class", OLD."days", OLD."id", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id"); RETURN NULL;',
                    hash="64fb778e7d8de2b867ea0328c95d59bc649315bb",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_fc720",
                    table="labeling_retentionrule",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="retentionrulehistory",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="406cf9e7367f45e497a4a67fed13ec4d9a92cf82",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_1a158",
                    table="labeling_retentionrulehistory",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="retentionrun",
            trigger=pgtrigger.compiler.Trigger(
                name="retention_run_is_a_fact",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="71e48bd62f802f071dcc8e1a2ee64d7b0460e741",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_retention_run_is_a_fact_ad601",
                    table="labeling_retentionrun",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="retentionrun",
            trigger=pgtrigger.compiler.Trigger(
                name="retention_run_is_kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'Cannot truncate %, its rows are facts', TG_TABLE_NAME;",
                    hash="e74e79bea4446141493f21c87d3ebf92d89df7a2",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_retention_run_is_kept_094dc",
                    table="labeling_retentionrun",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="unmasking",
            trigger=pgtrigger.compiler.Trigger(
                name="unmasking_is_a_fact",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="9315025205975777ec5006e7f0d6d8a6d7a79189",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_unmasking_is_a_fact_76563",
                    table="labeling_unmasking",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="unmasking",
            trigger=pgtrigger.compiler.Trigger(
                name="unmasking_is_kept",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'Cannot truncate %, its rows are facts', TG_TABLE_NAME;",
                    hash="45bcb4daae85a1fc13326cce63f011cdf8b3e18f",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_unmasking_is_kept_d00ca",
                    table="labeling_unmasking",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="useragentshistory",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="aa5c1c312936e8d59d250b08d370d23bd4595511",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_5701d",
                    table="labeling_useragentshistory",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="userhistory",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="cbad4212332c6999d00332f5fa05607102d8b4c5",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_faa72",
                    table="labeling_userhistory",
                    when="BEFORE",
                ),
            ),
        ),
    ]
