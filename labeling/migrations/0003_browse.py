"""Saved views, searches, exports, and the words of comments to search in."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0002_cache_table"),
        ("sessions_app", "0003_browse_indexes"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="hidden_columns",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("name", models.CharField(max_length=60)),
                ("query", models.TextField(blank=True)),
                ("is_shared", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("changed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("changed_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("owner", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="saved_views", to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddField(
            model_name="user",
            name="default_view",
            field=models.ForeignKey(
                blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="labeling.savedview"
            ),
        ),
        migrations.CreateModel(
            name="Search",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=22, unique=True)),
                ("text", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("used_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("created_by", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "verbose_name_plural": "searches",
            },
        ),
        migrations.CreateModel(
            name="SessionComments",
            fields=[
                (
                    "session",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name="comments", serialize=False, to="sessions_app.session"
                    ),
                ),
                ("hour", models.IntegerField()),
                ("search", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                "verbose_name_plural": "session comments",
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["search"], gin_pending_list_limit=128, name="session_comments_search")],
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=43, unique=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("format", models.CharField(choices=[("csv", "CSV"), ("jsonl", "JSON lines"), ("xlsx", "Excel (XLSX)")], max_length=5)),
                ("columns", django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None)),
                ("query", models.TextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("running", "Being made"), ("ready", "Ready"), ("failed", "Failed"), ("expired", "Expired")],
                        default="waiting",
                        max_length=7,
                    ),
                ),
                ("rows", models.PositiveIntegerField(default=0)),
                ("expected_rows", models.PositiveIntegerField(blank=True, null=True)),
                ("size", models.PositiveBigIntegerField(blank=True, null=True)),
                ("problem", models.CharField(blank=True, max_length=200)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("created_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="exports", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "indexes": [models.Index(fields=["created_by", "-created_at"], name="export_of_person")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("format__in", ["csv", "jsonl", "xlsx"])), name="export_format_known"),
                    models.CheckConstraint(condition=models.Q(("state__in", ["waiting", "running", "ready", "failed", "expired"])), name="export_state_known"),
                    models.CheckConstraint(
                        condition=models.Q(models.Q(("state", "ready"), _negated=True), ("expires_at__isnull", False), _connector="OR"),
                        name="export_ready_expires",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="saved_view_name_not_empty"),
        ),
        migrations.AddConstraint(
            model_name="savedview",
            constraint=models.CheckConstraint(condition=models.Q(("slug", ""), _negated=True), name="saved_view_slug_not_empty"),
        ),
        migrations.AddIndex(
            model_name="search",
            index=models.Index(fields=["used_at"], name="search_used_at"),
        ),
        migrations.AddConstraint(
            model_name="search",
            constraint=models.UniqueConstraint(fields=("created_by", "text"), name="search_once_per_person"),
        ),
    ]
