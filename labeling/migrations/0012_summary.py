"""What a summary counts by besides codes, and the targets of managers."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0011_audit_indexes"),
        ("sessions_app", "0007_summary"),
    ]

    operations = [
        migrations.AddField(
            model_name="verdictdelta",
            name="agreeing_pairs",
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="verdictdelta",
            name="blind_code",
            field=models.CharField(blank=True, db_default="", default="", max_length=4),
        ),
        migrations.AddField(
            model_name="verdictdelta",
            name="pairs",
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="verdictdelta",
            name="was_reviewed",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name="Target",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("bad_percent", models.DecimalField(decimal_places=1, max_digits=4)),
                ("set_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                (
                    "agent",
                    models.ForeignKey(
                        blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sessions_app.agent"
                    ),
                ),
                ("set_by", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("agent",), name="target_once_an_agent", nulls_distinct=False),
                    models.CheckConstraint(condition=models.Q(("bad_percent__gt", 0), ("bad_percent__lt", 100)), name="target_is_a_percentage"),
                ],
            },
        ),
    ]
