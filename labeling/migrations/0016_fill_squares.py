"""Fills in what 0015 added: a row that is not folded yet has one weight, and those that are were drawn with one probability."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("labeling", "0015_squares")]

    operations = [migrations.RunSQL("UPDATE labeling_verdictdelta SET squares = weight * weight / n WHERE squares = 0", migrations.RunSQL.noop)]
