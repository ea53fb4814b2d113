"""Lists labels by time, newest first, and finds the label that a program made with a key of its own, without stopping those who write them."""

from django.db import migrations, models

from config.indexes import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("labeling", "0018_wire_checks")]

    operations = [
        AddIndexConcurrently(model_name="label", index=models.Index(fields=["-made_at", "-id"], name="label_newest")),
        AddIndexConcurrently(
            model_name="label",
            index=models.Index(fields=["api_key", "client_key"], name="label_api_client_key", condition=models.Q(api_key__isnull=False)),
        ),
    ]
