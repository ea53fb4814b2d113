"""Lists agents by name, without stopping those who write them."""

from django.db import migrations, models

from config.indexes import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("sessions_app", "0005_erased")]

    operations = [
        AddIndexConcurrently(model_name="agent", index=models.Index(fields=["name", "id"], name="agent_name")),
    ]
