"""Columns that filters and search read."""

import django.contrib.postgres.fields
import django.contrib.postgres.search
from django.contrib.postgres.operations import BtreeGinExtension, TrigramExtension
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0001_sessions")]

    operations = [
        TrigramExtension(),
        BtreeGinExtension(),
        migrations.AddField(
            "session", "tool_names", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), blank=True, null=True, size=None)
        ),
        migrations.AddField("transcript", "hour", models.IntegerField(editable=False, null=True)),
        migrations.AddField("transcript", "search", django.contrib.postgres.search.SearchVectorField(editable=False, null=True)),
    ]
