"""Looks at the rows that were there before the rules."""

import django.contrib.postgres.operations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0021_queues"),
    ]

    operations = [
        django.contrib.postgres.operations.ValidateConstraint(
            model_name="event",
            name="event_kind_known",
        ),
        django.contrib.postgres.operations.ValidateConstraint(
            model_name="exposure",
            name="exposure_judgment_known",
        ),
    ]
