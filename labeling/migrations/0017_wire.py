import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.operations
import django.db.models.deletion
import django.db.models.functions.datetime
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import labeling.models.vendor_labels


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0016_fill_squares"),
        ("sessions_app", "0008_wire"),
    ]

    operations = [
        migrations.CreateModel(
            name="FileImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=43, unique=True)),
                ("kind", models.CharField(choices=[("sessions", "Sessions"), ("labels", "Labels")], max_length=8)),
                ("format", models.CharField(choices=[("csv", "CSV"), ("jsonl", "JSON lines")], max_length=5)),
                ("mode", models.CharField(choices=[("atomic", "All rows or none"), ("good", "Take the good rows")], default="atomic", max_length=6)),
                ("file", models.CharField(blank=True, max_length=43)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("mapping", models.JSONField(blank=True, default=dict)),
                ("columns", models.JSONField(blank=True, default=list)),
                ("shape", models.JSONField(blank=True, default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "Uploaded"),
                            ("checking", "Being looked through"),
                            ("checked", "Looked through"),
                            ("running", "Being taken in"),
                            ("finished", "Finished"),
                            ("failed", "Failed"),
                            ("canceled", "Canceled"),
                        ],
                        default="uploaded",
                        max_length=8,
                    ),
                ),
                ("position", models.PositiveBigIntegerField(default=0)),
                ("rows", models.PositiveIntegerField(default=0)),
                ("created", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("unchanged", models.PositiveIntegerField(default=0)),
                ("refused", models.PositiveIntegerField(default=0)),
                ("first_refused", models.JSONField(blank=True, default=list)),
                ("refused_size", models.PositiveBigIntegerField(default=0)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("created_by", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                (
                    "data_source",
                    models.ForeignKey(
                        blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sessions_app.source"
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
            },
        ),
        migrations.CreateModel(
            name="LabelUpstream",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("upstream_id", models.BigIntegerField()),
                ("is_pushed", models.BooleanField(default=False)),
                ("linked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("seen_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("data_source", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sessions_app.source")),
                ("label", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="upstream", to="labeling.label")),
            ],
        ),
        migrations.CreateModel(
            name="Push",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sent", "Sent"),
                            ("adopted", "Was there already"),
                            ("dry", "Would be sent"),
                            ("dropped", "Not sent"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("data_source", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sessions_app.source")),
                ("label", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.label")),
                ("session", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sessions_app.session")),
            ],
            options={
                "verbose_name_plural": "pushes",
            },
        ),
        migrations.CreateModel(
            name="VendorLabels",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("takes_summary_ratings", models.BooleanField(default=True)),
                ("summary_codes", models.JSONField(blank=True, default=labeling.models.vendor_labels.usual_codes)),
                ("pushes", models.BooleanField(default=False)),
                ("push_after_minutes", models.PositiveIntegerField(default=15)),
                ("pushes_bulk", models.BooleanField(default=False)),
                ("pushes_every_label", models.BooleanField(default=False)),
                ("is_dry_run", models.BooleanField(default=False)),
                ("pushes_since", models.DateTimeField(blank=True, null=True)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("problem_at", models.DateTimeField(blank=True, null=True)),
                ("resumes_at", models.DateTimeField(blank=True, null=True)),
                ("data_source", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sessions_app.source")),
            ],
            options={
                "verbose_name": "vendor labels",
                "verbose_name_plural": "vendor labels",
            },
        ),
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                ("url", models.CharField(max_length=500)),
                ("sealed_secret", models.TextField()),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("label.created", "Label created"),
                                ("label.changed", "Label changed"),
                                ("label.withdrawn", "Label withdrawn"),
                                ("label.settled", "Session settled"),
                            ],
                            max_length=20,
                        ),
                        default=list,
                        size=None,
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
                (
                    "off_reason",
                    models.CharField(blank=True, choices=[("gone", "It answered 410 Gone"), ("failing", "It failed for three days")], max_length=7),
                ),
                ("failing_since", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WebhookEvent",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("label.created", "Label created"),
                            ("label.changed", "Label changed"),
                            ("label.withdrawn", "Label withdrawn"),
                            ("label.settled", "Session settled"),
                            ("webhook.test", "Test"),
                        ],
                        max_length=20,
                    ),
                ),
                ("session", models.BigIntegerField(blank=True, null=True)),
                ("label", models.BigIntegerField(blank=True, null=True)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(choices=[("waiting", "Waiting"), ("delivered", "Delivered"), ("failed", "Given up")], default="waiting", max_length=9),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("due_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("webhook", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="deliveries", to="labeling.webhook")),
                ("event", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="deliveries", to="labeling.webhookevent")),
            ],
            options={
                "verbose_name_plural": "webhook deliveries",
            },
        ),
        migrations.CreateModel(
            name="WebhookAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("status", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("ms", models.PositiveIntegerField(default=0)),
                ("problem", models.CharField(blank=True, max_length=200)),
                ("delivery", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="labeling.webhookdelivery")),
            ],
        ),
        migrations.CreateModel(
            name="WebhookHistory",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("pgh_context", pghistory.utils.JSONField(null=True)),
                ("name", models.CharField(max_length=100)),
                ("url", models.CharField(max_length=500)),
                (
                    "kinds",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("label.created", "Label created"),
                                ("label.changed", "Label changed"),
                                ("label.withdrawn", "Label withdrawn"),
                                ("label.settled", "Session settled"),
                            ],
                            max_length=20,
                        ),
                        default=list,
                        size=None,
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="name_url_kinds_is_active_events",
                        to="labeling.webhook",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.RemoveConstraint(
            model_name="event",
            name="event_kind_known",
        ),
        migrations.AddField(
            model_name="draft",
            name="others",
            field=models.JSONField(blank=True, db_default=models.Value([], output_field=models.JSONField()), default=list),
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
                ],
                max_length=20,
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
                        ],
                    )
                ),
                name="event_kind_known",
            ),
        ),
        migrations.AddIndex(
            model_name="webhookevent",
            index=models.Index(fields=["-at", "-id"], name="webhook_event_newest"),
        ),
        migrations.AddConstraint(
            model_name="webhookevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind", "webhook.test"),
                    models.Q(
                        ("kind__in", ["label.created", "label.changed", "label.withdrawn", "label.settled"]),
                        ("label__isnull", False),
                        ("session__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="webhook_event_kind_known",
            ),
        ),
        migrations.AddIndex(
            model_name="fileimport",
            index=models.Index(fields=["created_by", "-id"], name="file_import_of_person"),
        ),
        migrations.AddConstraint(
            model_name="fileimport",
            constraint=models.CheckConstraint(condition=models.Q(("kind__in", ["sessions", "labels"])), name="file_import_kind_known"),
        ),
        migrations.AddConstraint(
            model_name="fileimport",
            constraint=models.CheckConstraint(condition=models.Q(("format__in", ["csv", "jsonl"])), name="file_import_format_known"),
        ),
        migrations.AddConstraint(
            model_name="fileimport",
            constraint=models.CheckConstraint(condition=models.Q(("mode__in", ["atomic", "good"])), name="file_import_mode_known"),
        ),
        migrations.AddConstraint(
            model_name="fileimport",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["uploaded", "checking", "checked", "running", "finished", "failed", "canceled"])),
                name="file_import_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="labelupstream",
            constraint=models.UniqueConstraint(fields=("data_source", "upstream_id"), name="label_upstream_once"),
        ),
        migrations.AddIndex(
            model_name="push",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["due_at", "id"], name="push_due"),
        ),
        migrations.AddIndex(
            model_name="push",
            index=models.Index(fields=["state", "-id"], name="push_by_state"),
        ),
        migrations.AddConstraint(
            model_name="push",
            constraint=models.UniqueConstraint(fields=("label", "data_source"), name="push_once"),
        ),
        migrations.AddConstraint(
            model_name="push",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "sent", "adopted", "dry", "dropped", "failed"])), name="push_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="vendorlabels",
            constraint=models.CheckConstraint(
                condition=models.Q(("pushes", False), ("pushes_since__isnull", False), _connector="OR"), name="vendor_labels_push_since"
            ),
        ),
        migrations.AddConstraint(
            model_name="vendorlabels",
            constraint=models.CheckConstraint(condition=models.Q(("push_after_minutes__lte", 10080)), name="vendor_labels_wait_fits"),
        ),
        migrations.AddConstraint(
            model_name="webhook",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kinds__contained_by", ["label.created", "label.changed", "label.withdrawn", "label.settled"]), models.Q(("kinds", []), _negated=True)
                ),
                name="webhook_kinds_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="webhook",
            constraint=models.CheckConstraint(condition=models.Q(("sealed_secret", ""), _negated=True), name="webhook_has_a_secret"),
        ),
        migrations.AddConstraint(
            model_name="webhook",
            constraint=models.CheckConstraint(
                condition=models.Q(("off_reason", ""), ("off_reason__in", ["gone", "failing"]), _connector="OR"), name="webhook_off_reason_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="webhook",
            constraint=models.UniqueConstraint(fields=("name",), name="webhook_name_unique"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="webhook",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "labeling_webhookhistory" ("is_active", "kinds", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "url") VALUES (NEW."is_active", NEW."kinds", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'insert\', NEW."id", NEW."url"); RETURN NULL;',
                    hash="8a3c60cd456c6be8690889b7fe2a67b9c9fab9b5",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_7b676",
                    table="labeling_webhook",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="webhook",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."kinds" IS DISTINCT FROM (NEW."kinds") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."url" IS DISTINCT FROM (NEW."url"))',
                    func='INSERT INTO "labeling_webhookhistory" ("is_active", "kinds", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "url") VALUES (NEW."is_active", NEW."kinds", NEW."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'update\', NEW."id", NEW."url"); RETURN NULL;',
                    hash="1ada8843028c0e240ad9d11b444a60199703dd37",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_5b235",
                    table="labeling_webhook",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="webhook",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "labeling_webhookhistory" ("is_active", "kinds", "name", "pgh_context", "pgh_created_at", "pgh_label", "pgh_obj_id", "url") VALUES (OLD."is_active", OLD."kinds", OLD."name", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, NOW(), \'delete\', OLD."id", OLD."url"); RETURN NULL;',
                    hash="3c0a493182705438c864ebea053da8a6c097d9c1",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_52f57",
                    table="labeling_webhook",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(condition=models.Q(("attempts__lt", 4), ("state", "waiting")), fields=["webhook", "id"], name="webhook_delivery_line"),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(condition=models.Q(("attempts__gte", 4), ("state", "waiting")), fields=["webhook", "due_at"], name="webhook_delivery_aside"),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(condition=models.Q(("state", "failed")), fields=["webhook", "-id"], name="webhook_delivery_failed"),
        ),
        migrations.AddIndex(
            model_name="webhookdelivery",
            index=models.Index(fields=["webhook", "-id"], name="webhook_delivery_newest"),
        ),
        migrations.AddConstraint(
            model_name="webhookdelivery",
            constraint=models.CheckConstraint(condition=models.Q(("state__in", ["waiting", "delivered", "failed"])), name="webhook_delivery_state_known"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="webhookhistory",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="5ae6a830e15c5b0e07ad36239caa21a66ae604fd",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_e33c8",
                    table="labeling_webhookhistory",
                    when="BEFORE",
                ),
            ),
        ),
    ]
