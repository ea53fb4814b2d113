"""Looks at the rows that were there before the rule."""

import django.contrib.postgres.operations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0017_wire"),
    ]

    operations = [
        django.contrib.postgres.operations.ValidateConstraint(
            model_name="event",
            name="event_kind_known",
        ),
    ]
