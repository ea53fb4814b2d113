import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0019_api_labels"),
        ("sessions_app", "0009_totals"),
    ]

    operations = [
        migrations.CreateModel(
            name="VerdictTotal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.CharField(choices=[("voice", "Voice"), ("chat", "Chat"), ("sms", "SMS"), ("other", "Other")], max_length=5)),
                ("language", models.CharField(blank=True, max_length=8)),
                ("direction", models.CharField(blank=True, max_length=3)),
                ("is_test", models.BooleanField()),
                ("n", models.BigIntegerField()),
                ("until", models.BigIntegerField()),
                ("basis", models.CharField(blank=True, choices=[("", "All labeled"), ("random", "Random sample")], max_length=8)),
                ("code", models.CharField(blank=True, max_length=8)),
                ("auto_code", models.CharField(blank=True, max_length=4)),
                ("agent", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="sessions_app.agent")),
                ("prompt", models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, to="sessions_app.prompt")),
            ],
        ),
    ]
