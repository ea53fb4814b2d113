"""Fills in what 0013 added. A label that the version before gives meanwhile is mended by the nightly check."""

from django.db import migrations

FILL = """
UPDATE labeling_currentlabel AS held SET blind_code = said.code
FROM (
    SELECT DISTINCT ON (label.session_id, label.rater_id) label.session_id, label.rater_id, label.code
    FROM labeling_label AS label LEFT JOIN labeling_labelwithdrawal AS withdrawal ON withdrawal.label_id = label.id
    WHERE label.type = 'human-rating' AND label.independent AND NOT label.is_settlement AND withdrawal.id IS NULL
    ORDER BY label.session_id, label.rater_id, label.made_at, label.id
) AS said
WHERE held.session_id = said.session_id AND held.rater_id = said.rater_id AND held.type = 'human-rating'
"""


class Migration(migrations.Migration):
    dependencies = [("labeling", "0013_current_blind_code")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
