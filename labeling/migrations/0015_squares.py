"""How sure a weighted rate is takes the squares of the weights beside their sum."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("labeling", "0014_blind_codes")]

    operations = [
        migrations.AddField(model_name="verdictdelta", name="squares", field=models.FloatField(db_default=0, default=0)),
    ]
