"""Looks at the rows that were there before the rule."""

import django.contrib.postgres.operations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0027_returned_strings"),
    ]

    operations = [
        django.contrib.postgres.operations.ValidateConstraint(
            model_name="categorychange",
            name="category_change_kind_known",
        ),
    ]
