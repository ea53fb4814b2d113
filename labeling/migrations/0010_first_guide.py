"""What an installation's guide begins with: what the four codes mean, and the categories as they are."""

from django.db import migrations

GOOD = """The need was met and nothing went wrong that the caller noticed.

The agent understood what the person wanted, did it or gave the right information, and said so truthfully. What it said matches what its tools returned.

Still GOOD: one question that was needed to be sure. A request that the agent may not meet, where it said so plainly and handed over to the right place.

Judge what the person was given, not how elegant it was."""

OK = """The need was met with an avoidable flaw.

The person got what they came for, but had to wait, say something twice or correct the agent, and that need not have been. Name the flaw as an issue.

Rather GOOD: a flaw that nobody could notice and that changed nothing.

Rather BAD: a flaw that left the person with something untrue, even if all the rest went well."""

BAD = """The need was not met, or the information was wrong or unsafe.

Something the person asked for was not done, was done wrong, or was said to be done when it was not. Wrong times, names, doses, prices and promises are BAD, also when nobody notices. So is a hand-over that reaches nobody.

Name what went wrong as an issue, or write one sentence that lets a colleague find it. Point at the turn where it happened. If somebody may come to harm, tell someone now; a label alone reaches nobody in time."""

NOT_APPLICABLE = """Nothing to judge: silence, wrong number, test, voicemail.

The person said nothing that an agent could act on, or there was no person.

Rather another code: a short session in which somebody said what they need. Who asks for something, hears nothing and hangs up was not helped: that is BAD.

Where you cannot decide, ask for a second opinion instead of choosing N/A."""

FIRST_VERSION = """INSERT INTO labeling_guideversion (number, good, ok, bad, not_applicable, categories, what_changed)
SELECT 1, %s, %s, %s, %s, (
    SELECT coalesce(jsonb_agg(jsonb_build_object(
        'id', id, 'name', name, 'group', "group", 'severity', severity, 'description', description,
        'example', example, 'counter_example', counter_example, 'channels', to_jsonb(channels)
    ) ORDER BY "order", name, id), '[]') FROM labeling_issuecategory WHERE retired_at IS NULL AND merged_into_id IS NULL
), 'What the four codes mean.' WHERE NOT EXISTS (SELECT FROM labeling_guideversion)"""


class Migration(migrations.Migration):
    dependencies = [("labeling", "0009_govern_rows")]

    operations = [migrations.RunSQL([(FIRST_VERSION, (GOOD, OK, BAD, NOT_APPLICABLE))], migrations.RunSQL.noop)]
