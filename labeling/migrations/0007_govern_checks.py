"""Looks at the rows that were there before the rules."""

import django.contrib.postgres.operations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0006_govern"),
    ]

    operations = [
        django.contrib.postgres.operations.ValidateConstraint(
            model_name="apikey",
            name="api_key_rate_fits",
        ),
        django.contrib.postgres.operations.ValidateConstraint(
            model_name="event",
            name="event_kind_known",
        ),
    ]
