"""Looks at the rows that were there before the rules, and takes away the scope of a key that opened nothing."""

import django.contrib.postgres.operations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0021_queues"),
    ]

    operations = [
        migrations.RunSQL("UPDATE labeling_apikey SET scopes = array_remove(scopes, 'export') WHERE 'export' = ANY (scopes)", migrations.RunSQL.noop),
        django.contrib.postgres.operations.ValidateConstraint(
            model_name="apikey",
            name="api_key_scopes_known",
        ),
        django.contrib.postgres.operations.ValidateConstraint(
            model_name="event",
            name="event_kind_known",
        ),
        django.contrib.postgres.operations.ValidateConstraint(
            model_name="exposure",
            name="exposure_judgment_known",
        ),
    ]
