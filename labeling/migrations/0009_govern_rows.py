"""What an installation begins with: the keys that identify callers, everything kept for good, and an inbox of what labels said so far."""

from django.db import migrations

MASKED = ("phone", "dob", "mrn", "ssn", "member_id", "address", "email", "name")
CLASSES = ("transcript", "recording", "label", "event")


class Migration(migrations.Migration):
    dependencies = [("labeling", "0008_unmapped_issues")]

    operations = [
        migrations.RunSQL(
            [("INSERT INTO labeling_maskedkey (name) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING", (list(MASKED),))],
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            [("INSERT INTO labeling_retentionrule (data_class) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING", (list(CLASSES),))],
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            "INSERT INTO labeling_incomingissue (text) SELECT min(raw) FROM labeling_labelissue WHERE category_id IS NULL "
            "AND upper(raw) NOT IN (SELECT upper(text) FROM labeling_issuealias) AND upper(raw) NOT IN (SELECT upper(name) FROM labeling_issuecategory) "
            "GROUP BY upper(raw) ON CONFLICT DO NOTHING",
            migrations.RunSQL.noop,
        ),
    ]
