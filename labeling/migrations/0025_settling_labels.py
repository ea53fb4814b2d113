"""Finds the labels that settle among all others, without stopping those who write them."""

from django.db import migrations, models

from config.indexes import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("labeling", "0024_nightly_checks")]

    operations = [
        AddIndexConcurrently(
            model_name="label",
            index=models.Index(fields=["-made_at", "-id"], name="label_settling", condition=models.Q(is_settlement=True)),
        ),
    ]
