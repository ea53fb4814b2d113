"""What each person said first without sight of any judgment, beside what they say now."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("labeling", "0012_summary")]

    operations = [
        migrations.AddField(model_name="currentlabel", name="blind_code", field=models.CharField(blank=True, db_default="", default="", max_length=4)),
    ]
