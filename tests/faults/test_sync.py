"""A sync that is killed at any moment, again and again, while every eighth answer is bad: in the end everything is as if nothing had happened."""

import hashlib
import json
import random
import signal
import time
from datetime import timedelta

import pytest
from django.db import connection as database

from sessions_app.models import Connection, IngestRun
from tests.conftest import empty
from tests.factories import ConnectionFactory
from tests.faults.killing import Killable
from tests.faults.syncing_process import NOT_FINISHED
from tests.faults.test_deltas import differences
from tests.labeling.recomputation import check_everything_derived
from tests.repetitions import is_long
from tests.sessions_app.upstream.fake_vendor import FIRST, FakeVendor

pytestmark = pytest.mark.django_db(transaction=True)

SESSIONS, KILLS = (1_200, 20) if is_long() else (40, 4)
BAD_SHARE = 0.12
STATE = """
SELECT 'session', to_jsonb(s) - ARRAY['id', 'data_source_id', 'ingested_at', 'changed_at', 'seen_agent_id', 'seen_prompt_id', 'session_label_id']
    || jsonb_build_object('agent', a.key, 'prompt', p.key)
FROM sessions_app_session s JOIN sessions_app_agent a ON a.id = s.seen_agent_id LEFT JOIN sessions_app_prompt p ON p.id = s.seen_prompt_id
UNION ALL SELECT 'transcript', to_jsonb(t) - ARRAY['session_id', 'stored_at'] || jsonb_build_object('of', s.external_id)
FROM sessions_app_transcript t JOIN sessions_app_session s ON s.id = t.session_id
UNION ALL SELECT 'label', jsonb_build_object('of', s.external_id, 'rater', r.email, 'kind', r.kind, 'type', l.type, 'code', l.code, 'comment', l.comment,
    'at', l.made_at, 'via', l.via, 'upstream', (SELECT array_agg(u.upstream_id) FROM labeling_labelupstream u WHERE u.label_id = l.id),
    'current', EXISTS (SELECT FROM labeling_currentlabel c WHERE c.label_id = l.id), 'points', s.session_label_id = l.id,
    'issues', (SELECT array_agg(i.raw ORDER BY i.raw) FROM labeling_labelissue i WHERE i.label_id = l.id))
FROM labeling_label l JOIN sessions_app_session s ON s.id = l.session_id JOIN labeling_rater r ON r.id = l.rater_id
UNION ALL SELECT 'recording', jsonb_build_object('of', s.external_id, 'place', r.place, 'state', r.state)
FROM sessions_app_recording r JOIN sessions_app_session s ON s.id = r.session_id
UNION ALL SELECT 'rejected', jsonb_build_object('kind', kind, 'id', external_id, 'reason', reason, 'payload', payload) FROM sessions_app_rejectedrecord
UNION ALL SELECT 'counted', jsonb_build_object('bucket', bucket, 'agent', a.key, 'channel', channel, 'language', language, 'n', sum(n))
FROM sessions_app_sessiondelta d JOIN sessions_app_agent a ON a.id = d.agent_id GROUP BY bucket, a.key, channel, language HAVING sum(n) <> 0
UNION ALL SELECT 'judged', jsonb_build_object('bucket', bucket, 'agent', a.key, 'code', code, 'auto', auto_code, 'n', sum(n))
FROM labeling_verdictdelta d JOIN sessions_app_agent a ON a.id = d.agent_id GROUP BY bucket, a.key, code, auto_code HAVING sum(n) <> 0
"""


def state():
    with database.cursor() as cursor:
        cursor.execute(STATE)
        rows = sorted(f"{kind} {json.dumps(json.loads(row) if isinstance(row, str) else row, sort_keys=True)}" for kind, row in cursor.fetchall())
    return rows, hashlib.sha256("\n".join(rows).encode()).hexdigest()


def furnish(vendor):
    """Sessions, labels of people and of a machine, malformed records, and one whose transcript cannot be read."""
    vendor.fill(SESSIONS, step=timedelta(minutes=7))
    rng = random.Random(7)
    for number in range(1, SESSIONS // 2):
        of = rng.randint(1, SESSIONS)
        kind, author = rng.choice([("human-rating", "ana@vendor.example"), ("human-rating", "ben@vendor.example"), ("auto-rating", "judge")])
        issues = rng.choice([None, [], ["Silent treatment"], ["Wrong day", "Rude"]])
        code = rng.choice(["GOOD", "OK", "BAD", "N/A"])
        vendor.put_label(
            of, code=code, type=kind, user_email=author, comments=rng.choice([None, "Too slow."]), issue_categories=issues, at=FIRST + timedelta(minutes=number)
        )
    vendor.put_label(1, code="GREAT")
    vendor.put_label(10**6)
    vendor.put_record({"session_id": "5000000", "timestamp": "yesterday"}, at=FIRST + timedelta(hours=1), name="5000000")
    vendor.put_record("no record at all", at=FIRST + timedelta(hours=2))
    vendor.transcripts["9"] = {"session_id": "9", "transcription": [{"text": "When was this?"}], "actions": []}
    vendor.duplicate_share, vendor.shuffles = 0.05, True


def test_a_sync_that_is_killed_again_and_again_ends_as_one_that_was_not(settings):
    with FakeVendor() as vendor, Killable("syncing_process", allowed=vendor.allowed, seconds=0.4) as killable:
        settings.OUTBOUND_ALLOWED = frozenset({vendor.allowed})
        vendor.stall_seconds = 0.6
        furnish(vendor)
        began = FIRST - timedelta(days=3)
        began_at = time.monotonic()
        assert killable.work(ConnectionFactory(base_url=vendor.url, begins_at=began).pk) == 0
        took = time.monotonic() - began_at
        undisturbed, undisturbed_hash = state()
        empty()

        connection = ConnectionFactory(base_url=vendor.url, begins_at=began)
        vendor.bad_share = BAD_SHARE
        rng, endings = random.Random(11), []
        for _ in range(KILLS):
            endings.append(killable.work(connection.pk, killed_after=rng.uniform(0.05, 2 * took / KILLS)))
        while (ending := killable.work(connection.pk)) != 0:
            assert ending == NOT_FINISHED
            Connection.objects.update(is_active=True)

    disturbed, disturbed_hash = state()
    assert len(undisturbed) > 3 * SESSIONS
    assert set(undisturbed) ^ set(disturbed) == set()
    assert undisturbed_hash == disturbed_hash
    assert endings.count(-signal.SIGKILL) >= KILLS / 2
    assert any(one.bad for one in vendor.requests)
    assert IngestRun.objects.count() == 1
    assert differences() == []
    check_everything_derived()
