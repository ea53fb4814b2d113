"""Finds the labels that say a string of the inbox, without stopping those who label."""

import django.db.models.functions.text
from django.db import migrations, models

from config.indexes import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("labeling", "0007_govern_checks"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="labelissue",
            index=models.Index(
                django.db.models.functions.text.Upper("raw"), models.F("session"), condition=models.Q(("category", None)), name="label_issue_unmapped"
            ),
        ),
    ]
