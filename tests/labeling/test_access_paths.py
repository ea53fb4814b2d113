"""Which way PostgreSQL takes to a page, for every filter, over 200,000 rows of very unequal kinds.

An indexed filter reads about a page of rows, however many there are. A narrowing one reads at most what lies in the last
31 days.
"""

import json

import pytest
from django.db import connection
from django.http import QueryDict

from labeling.filters import ReviewFilter, Viewpoint
from sessions_app.models import Session
from sessions_app.paging import PAGE_SIZE, get_page
from sessions_app.scope import EVERYTHING
from tests.factories import AgentFactory, AssignmentFactory, DrawFactory, IssueCategoryFactory, PromptFactory, QueueFactory, RaterFactory, SessionFactory

pytestmark = pytest.mark.django_db

ROWS = 200_000
# Spread over 200 days, so that 31 days are 31,000 of them.
FILL = """
INSERT INTO sessions_app_session (data_source_id, external_id, timestamp, seen_agent_id, seen_prompt_id, channel, channel_manager_service, channel_manager_sid,
    agent_timezone, conversation_id, source, duration, is_test, is_outbound, is_legacy, language, ended_by, transcript_state, turns, tool_errors, tool_names,
    longest_silence_ms, reply_p95_ms, label_code, labeled_at, label_raters, label_agreeing, label_is_settled, label_new_since, auto_code, extra,
    was_reviewed, blind_code, sample_code, sample_weight, pairs, agreeing_pairs)
SELECT %(source)s, 'x' || n, now() - n * interval '86.4 seconds',
    CASE WHEN n %% 1000 = 7 AND n > 150000 THEN %(rare)s WHEN n %% 10 < 6 THEN %(big)s ELSE %(middle)s END, %(prompt)s,
    CASE WHEN n %% 2000 = 3 THEN 'sms' WHEN n %% 10 = 1 THEN 'chat' ELSE 'voice' END, 'hedy', 'CA' || md5(n::text), 'America/Chicago',
    'conversation-' || n / 2, '+1202555' || lpad((n %% 50000)::text, 5, '0'), (n * 7919) %% 900, n %% 33 = 0, n %% 9 = 0, n %% 50 = 0,
    CASE WHEN n %% 12 = 0 THEN 'es' ELSE 'en' END, CASE WHEN n %% 25 = 4 THEN 'transfer' ELSE 'caller' END, 'held', 12,
    CASE WHEN n %% 40 = 9 THEN 1 ELSE 0 END, CASE WHEN n %% 500 = 2 THEN ARRAY['lookup_refill'] ELSE '{}'::text[] END,
    CASE WHEN n %% 30 = 5 THEN 7000 ELSE 1000 END, CASE WHEN n %% 28 = 6 THEN 5000 ELSE 900 END,
    label, CASE WHEN label IS NOT NULL THEN now() - n * interval '86.4 seconds' + interval '5 hours' END,
    CASE WHEN label IS NULL THEN 0 ELSE 1 END, 0, false, false,
    CASE WHEN n %% 101 = 0 THEN NULL WHEN n %% 20 < 14 THEN 'GOOD' WHEN n %% 20 < 18 THEN 'OK' WHEN n %% 20 = 18 THEN 'BAD' ELSE 'N/A' END, '{}',
    label IS NOT NULL AND n %% 200 <> 0, CASE WHEN n %% 30 = 0 AND label <> 'DISPUTED' THEN label END,
    CASE WHEN n %% 70 = 0 AND label <> 'DISPUTED' THEN label END, CASE WHEN n %% 70 = 0 AND label <> 'DISPUTED' THEN 1 END,
    CASE WHEN n %% 600 = 0 THEN 1 ELSE 0 END, CASE WHEN n %% 600 = 0 AND n %% 4200 <> 0 THEN 1 ELSE 0 END
FROM (SELECT n, CASE WHEN n %% 10 <> 0 THEN NULL WHEN n %% 100 < 70 THEN 'GOOD' WHEN n %% 100 < 90 THEN 'OK' WHEN n %% 5000 = 90 THEN 'DISPUTED'
    WHEN n %% 500 = 90 THEN 'N/A' ELSE 'BAD' END AS label FROM generate_series(1, %(rows)s) AS n) AS numbered
"""

# Over the whole time, as a sample is.
PLACES = """
INSERT INTO labeling_assignment (queue_id, draw_id, session_id, timestamp, slot, position, reason, state, lease_version)
SELECT %s, %s, id, timestamp, 1, id, 'drawn', 'open', 0 FROM sessions_app_session WHERE id %% %s = 0
"""

INDEXED = {
    "": 200,
    "since=7d": 200,
    "since=today": 2_500,
    "start=2020-01-01": 200,
    "agent={big}": 200,
    "agent={middle}": 200,
    "agent={rare}": 300,
    "agent={big}&agent={rare}": 400,
    "not_agent={big}": 400,
    "channel=voice": 200,
    "channel=sms": 200,
    "channel=chat&channel=sms": 300,
    "label=GOOD": 600,
    "label=BAD": 600,
    "label=N/A": 600,
    "label=DISPUTED": 600,
    "label=BAD&label=OK": 1_200,
    "label=none": 600,
    "not_label=none": 2_000,
    "auto=BAD": 700,
    "auto=none": 700,
    "not_auto=GOOD": 2_000,
    "differs=yes": 1_500,
    "signal=any": 200,
    "signal=tool_error": 500,
    "signal=silence&signal=slow": 500,
    "signal=voicemail": 26_000,
    "silence=6": 500,
    "conversation=conversation-77777": 10,
    "caller={one}": 100,
    "id={one}": 10,
    "incident=any": 10,
    "queue={queue}": 700,
    "queue={queue}&place=left": 700,
    "queue={queue}&language=es": 700,
    "queue={queue}&label=BAD&label=OK": 700,
    "queue={large}": 1_100,
    "queue={large}&place=left": 1_100,
    "queue={large}&since=7d": 1_100,
    "queue=none": 200,
    "not_queue={queue}": 200,
    "not_queue=none": 2_000,
    "sort=started": 200,
    "sort=-labeled": 200,
    "sort=labeled&label=BAD": 3_000,
    "agent={big}&label=none": 1_000,
    "agent={big}&label=BAD": 6_000,
    "auto=BAD&label=none": 300,
    "channel=voice&since=7d": 200,
    "agent={middle}&signal=any": 1_000,
}
NARROWING = [
    "prompt={prompt}",
    "service=hedy",
    "service=nobody",
    "direction=out",
    "language=fr",
    "not_language=en",
    "tool=lookup_refill",
    "tool=unheard_of",
    "length_from=14:59",
    "legacy=yes",
    "recording=yes",
    "repeat=2",
    "called_back=2",
    "reviewed=yes",
    "reviewed=no",
    "blind=BAD",
    "blind=BAD&auto=GOOD",
    "not_blind=GOOD",
    "blind=none",
    "sample=BAD",
    "sample=none",
    "agreement=any",
    "agreement=differ",
    "agreement=opposed",
    "agreement=any&rater={rater}",
    "gave=BAD",
    "gave=BAD&rater={rater}",
    "auto_issue={issue}",
    "named={issue}",
    "named={issue}&named_match=alone",
    "silence=1",
    "signal=hung_up",
    "not_signal=any",
    "issue={issue}",
    "issue=none",
    "rater={rater}",
    "comment=yes",
    "labeled_to=2020-01-01",
    "sort=-length",
]


@pytest.fixture
def many(admin):
    """This will fill the table, and name the rows that filters are about."""
    one = SessionFactory(source="+12025550077")
    agents = {name: AgentFactory(data_source=one.data_source).pk for name in ("big", "middle", "rare")}
    prompt = PromptFactory(data_source=one.data_source)
    with connection.cursor() as cursor:
        cursor.execute(FILL, {**agents, "source": one.data_source_id, "prompt": prompt.pk, "rows": ROWS})
        queues = {"queue": AssignmentFactory(session=one).queue, "large": QueueFactory()}
        for queue, every in ((queues["queue"], 666), (queues["large"], 20)):
            draw = DrawFactory(queue=queue)
            cursor.execute(PLACES, [queue.pk, draw.pk, every])
        cursor.execute("ANALYZE sessions_app_session, labeling_assignment")
    return {
        **agents,
        **{name: queue.slug for name, queue in queues.items()},
        "one": one.pk,
        "prompt": prompt.pk,
        "issue": IssueCategoryFactory().pk,
        "rater": RaterFactory().pk,
    }


def plans_of(query, person):
    """This will run a page's statements, and return the plan of each as it was carried out."""
    filtered = ReviewFilter(QueryDict(query), queryset=Session.objects.visible_to(EVERYTHING), request=Viewpoint(person, EVERYTHING))
    assert filtered.form.is_valid(), filtered.form.errors
    plans = []

    def explain(execute, statement, params, many, context):
        if "sessions_app_session" in statement and statement.startswith(("SELECT", "(SELECT")):
            with connection.cursor() as cursor:
                cursor.cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + statement, params)
                plans.append(json.loads(json.dumps(cursor.cursor.fetchone()[0]))[0]["Plan"])
        return execute(statement, params, many, context)

    with connection.execute_wrapper(explain):
        get_page(filtered.find, Session.objects.in_bulk, order=filtered.order)
    return filtered, plans


def scans(plan):
    """This will list every scan of the session table: its kind and how many rows it went through."""
    if plan.get("Relation Name") == "sessions_app_session" or plan["Node Type"] in ("Bitmap Index Scan",):
        loops = plan["Actual Loops"]
        yield plan["Node Type"], round((plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)) * loops)
    for below in plan.get("Plans", []):
        yield from scans(below)


# Emptying the table afterwards also takes back PostgreSQL's estimate of its size, which a rollback does not.
@pytest.mark.django_db(transaction=True)
def test_every_filter_takes_the_way_it_is_meant_to(many, admin):
    wrong = []
    for template, most in [*INDEXED.items(), *((query, 40_000) for query in NARROWING)]:
        query = template.format(**many)

        filtered, plans = plans_of(query, admin)

        read = [scan for plan in plans for scan in scans(plan)]
        rows = sum(n for _, n in read)
        if any(kind == "Seq Scan" for kind, _ in read) or rows > most + 2 * PAGE_SIZE:
            wrong.append((query, rows, most, [kind for kind, _ in read]))
        if (template in NARROWING) != (filtered.narrowed_to is not None):
            wrong.append((query, "narrowed", filtered.narrowed_to))
    assert not wrong, "\n".join(map(str, wrong))


def test_the_list_above_names_every_filter():
    """A filter that joins later has to say which class it is of."""
    named = {part.split("=")[0].removeprefix("not_") for query in [*INDEXED, *NARROWING] for part in query.split("&") if part}

    assert {name.removeprefix("not_") for name in ReviewFilter.base_filters} - named == {"end", "length_to", "labeled_from", "issue_match", "test", "q"}


def test_session_has_at_most_ten_indexes(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename = %s", [Session._meta.db_table])

        assert cursor.fetchone()[0] <= 10
