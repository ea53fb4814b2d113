"""When a session was erased."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sessions_app", "0004_recordings"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="erased_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
