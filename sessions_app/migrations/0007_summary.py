"""What the summary counts by, and a list can filter by."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sessions_app", "0006_agent_name"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="agreeing_pairs",
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="session",
            name="blind_code",
            field=models.CharField(blank=True, max_length=4, null=True),
        ),
        migrations.AddField(
            model_name="session",
            name="pairs",
            field=models.SmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="session",
            name="was_reviewed",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
