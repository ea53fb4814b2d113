"""Lists agents by name, without stopping those who write them."""

import django.contrib.postgres.operations
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sessions_app", "0005_erased")]

    operations = [
        django.contrib.postgres.operations.AddIndexConcurrently(model_name="agent", index=models.Index(fields=["name", "id"], name="agent_name")),
    ]
