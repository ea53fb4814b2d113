"""Labels, changes, withdrawals, bulk actions, syncs and folds at random, by many at once and with connections cut: at every probe the deltas
add up to exactly what a plain GROUP BY of the sessions says."""

import contextlib
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from threading import Event

import pytest
from django.db import DatabaseError, InterfaceError, connection

from labeling.codes import Basis, Via
from labeling.models import CurrentLabel, Label, VerdictDelta
from labeling.operations.deltas import recount_verdicts
from labeling.operations.label_rows import LabelGiven, Provenance
from labeling.operations.labels import NotStanding, record_labels, submit_label, withdraw_label
from sessions_app.models import Session, SessionDelta
from sessions_app.operations import count_days, fold_deltas, recount_sessions, upsert_sessions
from tests.factories import NOON, RaterFactory, SourceFactory, UserFactory
from tests.labeling.recomputation import check_everything_derived, check_session_deltas
from tests.repetitions import is_long

pytestmark = pytest.mark.django_db(transaction=True)

THREADS, OPERATIONS = (16, 10_000) if is_long() else (4, 240)
SESSIONS, RATERS = 40, 6
# Keys, written apart from the code under test. One statement, so one snapshot.
KEYS = "bucket, agent_id, prompt_id, channel, language, direction, is_test"
OF_SESSION = """
    date_bin('15 minutes', timestamp, '2000-01-01 00:00+00') AS bucket, seen_agent_id AS agent_id, seen_prompt_id AS prompt_id, channel,
    language,
    CASE is_outbound WHEN true THEN 'out' WHEN false THEN 'in' ELSE '' END AS direction, coalesce(is_test, false) AS is_test
"""
DIFFERENT_SESSIONS = f"""
    SELECT {KEYS}, sum(n) FROM (
        SELECT {KEYS}, n FROM sessions_app_sessiondelta UNION ALL SELECT {OF_SESSION}, -1 FROM sessions_app_session
    ) AS one GROUP BY {KEYS} HAVING sum(n) <> 0
"""
JUDGED = "basis, code, auto_code, was_reviewed, blind_code, pairs, agreeing_pairs"
DIFFERENT_VERDICTS = f"""
    SELECT {KEYS}, {JUDGED}, sum(n), sum(weight), sum(squares) FROM (
        SELECT {KEYS}, {JUDGED}, n, weight, squares FROM labeling_verdictdelta
        UNION ALL
        SELECT {OF_SESSION}, '', coalesce(label_code, ''), coalesce(auto_code, ''), was_reviewed, coalesce(blind_code, ''), pairs, agreeing_pairs, -1, -1, -1
        FROM sessions_app_session WHERE label_code IS NOT NULL OR auto_code IS NOT NULL
        UNION ALL
        SELECT {OF_SESSION}, 'random', sample_code, coalesce(auto_code, ''), false, '', 0, 0, -1, -sample_weight, -sample_weight * sample_weight
        FROM sessions_app_session WHERE sample_code IS NOT NULL
    ) AS one GROUP BY {KEYS}, {JUDGED} HAVING sum(n) <> 0 OR abs(sum(weight)) > 1e-6 OR abs(sum(squares)) > 1e-6
"""
# Of all time: what was added up, and what has come since.
OF_ALL_TIME = "agent_id, prompt_id, channel, language, direction, is_test"
DIFFERENT_TOTALS = f"""
    SELECT {OF_ALL_TIME}, sum(n) FROM (
        SELECT {OF_ALL_TIME}, n FROM sessions_app_sessiontotal
        UNION ALL
        SELECT {OF_ALL_TIME}, n FROM sessions_app_sessiondelta WHERE id > (SELECT coalesce(max(until), 0) FROM sessions_app_sessiontotal)
        UNION ALL
        SELECT {OF_ALL_TIME}, -1 FROM (SELECT {OF_SESSION} FROM sessions_app_session) AS said
    ) AS one GROUP BY {OF_ALL_TIME} HAVING sum(n) <> 0
"""
DIFFERENT_VERDICT_TOTALS = f"""
    SELECT {OF_ALL_TIME}, basis, code, auto_code, sum(n) FROM (
        SELECT {OF_ALL_TIME}, basis, code, auto_code, n FROM labeling_verdicttotal
        UNION ALL
        SELECT {OF_ALL_TIME}, basis, code, auto_code, n FROM labeling_verdictdelta WHERE id > (SELECT coalesce(max(until), 0) FROM labeling_verdicttotal)
        UNION ALL
        SELECT {OF_ALL_TIME}, basis, code, auto_code, -n FROM labeling_verdictdelta
    ) AS one GROUP BY {OF_ALL_TIME}, basis, code, auto_code HAVING sum(n) <> 0
"""
# By day: what was added up, and what has come since. The hour at which one begins is of no importance here, so all are of one zone.
OF_DAY = "date_trunc('day', bucket, 'UTC') AS day, " + OF_ALL_TIME
DIFFERENT_DAYS = f"""
    SELECT day, {OF_ALL_TIME}, sum(n) FROM (
        SELECT {OF_DAY}, n FROM sessions_app_sessionday
        UNION ALL
        SELECT {OF_DAY}, n FROM sessions_app_sessiondelta
        WHERE id > coalesce((SELECT until FROM sessions_app_daymark WHERE family = 'sessions_app_sessiondelta'), 0)
        UNION ALL
        SELECT {OF_DAY}, -1 FROM (SELECT {OF_SESSION} FROM sessions_app_session) AS said
    ) AS one GROUP BY day, {OF_ALL_TIME} HAVING sum(n) <> 0
"""
DIFFERENT_VERDICT_DAYS = f"""
    SELECT day, {OF_ALL_TIME}, {JUDGED}, sum(n), sum(weight), sum(squares) FROM (
        SELECT {OF_DAY}, {JUDGED}, n, weight, squares FROM labeling_verdictday
        UNION ALL
        SELECT {OF_DAY}, {JUDGED}, n, weight, squares FROM labeling_verdictdelta
        WHERE id > coalesce((SELECT until FROM sessions_app_daymark WHERE family = 'labeling_verdictdelta'), 0)
        UNION ALL
        SELECT {OF_DAY}, {JUDGED}, -n, -weight, -squares FROM labeling_verdictdelta
    ) AS one GROUP BY day, {OF_ALL_TIME}, {JUDGED} HAVING sum(n) <> 0 OR abs(sum(weight)) > 1e-6 OR abs(sum(squares)) > 1e-6
"""
DIFFERENT = (DIFFERENT_SESSIONS, DIFFERENT_VERDICTS, DIFFERENT_TOTALS, DIFFERENT_VERDICT_TOTALS, DIFFERENT_DAYS, DIFFERENT_VERDICT_DAYS)


def differences():
    with connection.cursor() as cursor:
        found = []
        for statement in DIFFERENT:
            cursor.execute(statement)
            found += cursor.fetchall()
    return found


def record(place, rng):
    return {
        "session_id": f"S-{place}",
        "timestamp": (NOON - timedelta(hours=rng.randint(0, 6))).isoformat(),
        "agent_id": str(rng.randint(1, 2)),
        "agent_name": "Northlake Scheduling",
        "channel_manager_type": rng.choice(["voice_sip_v1", "web_chat_v1"]),
        "is_test": rng.random() < 0.1,
    }


class Work:
    """What one thread does, each operation by itself; a cut connection costs one operation, whose outcome nobody knows."""

    def __init__(self):
        self.source, self.people = SourceFactory(is_primary=False), UserFactory.create_batch(RATERS)
        self.raters = RaterFactory.create_batch(RATERS)
        upsert_sessions(data_source=self.source, records=[record(place, random.Random(place)) for place in range(SESSIONS)])
        self.sessions, self.keys = list(Session.objects.values_list("pk", flat=True)), count()
        self.put_right = []

    def provenance(self, rng):
        if rng.random() < 0.4:
            return Provenance(basis=Basis.RANDOM, selection_probability=rng.choice([0.1, 0.5, 1.0]))
        return Provenance()

    def submit(self, rng):
        kind = "auto-rating" if rng.random() < 0.2 else "human-rating"
        code, key = rng.choice(["GOOD", "OK", "BAD", "N/A"]), f"key-{next(self.keys)}"
        how = self.provenance(rng) if kind == "human-rating" else Provenance(via=Via.SYNC)
        submit_label(session_id=rng.choice(self.sessions), rater=rng.choice(self.raters), code=code, client_key=key, type=kind, provenance=how)

    def withdraw(self, rng):
        current = CurrentLabel.objects.filter(session=rng.choice(self.sessions)).select_related("label").order_by("?").first()
        if current:
            with contextlib.suppress(NotStanding):
                withdraw_label(label=current.label, by=self.people[0])

    def bulk(self, rng):
        key, rater = f"bulk-{next(self.keys)}", rng.choice(self.raters)
        how = Provenance(via=Via.BULK)
        record_labels(labels=[LabelGiven(pk, rater, "N/A", key, provenance=how) for pk in rng.sample(self.sessions, 5)])

    def sync(self, rng):
        upsert_sessions(data_source=self.source, records=[record(place, rng) for place in rng.sample(range(SESSIONS), 3)])

    def fold(self, rng):
        fold_deltas(rng.choice([SessionDelta, VerdictDelta]))

    def days(self, rng):
        count_days(rng.choice([SessionDelta, VerdictDelta]))

    def check(self, rng):
        self.put_right.append(rng.choice([recount_sessions, recount_verdicts])())

    def some(self, seed, n):
        rng, cut = random.Random(seed), 0
        for _ in range(n):
            [operation] = rng.choices([self.submit, self.withdraw, self.bulk, self.sync, self.fold, self.days, self.check], [50, 15, 10, 15, 4, 3, 3])
            try:
                operation(rng)
            except (DatabaseError, InterfaceError):
                cut += 1
                connection.close()
        connection.close()
        return cut


def cut_connections(ended, own):
    """This will end the work of somebody at random, again and again."""
    cuts, rng = 0, random.Random(1)
    while not ended.wait(0.05):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> ALL (%s)", [own()]
            )
            if working := [pid for (pid,) in cursor.fetchall()]:
                cursor.execute("SELECT pg_terminate_backend(%s)", [rng.choice(working)])
                cuts += 1
    connection.close()
    return cuts


def backend():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def test_deltas_and_sessions_are_never_apart():
    work, ended, safe = Work(), Event(), [backend()]

    def probe():
        safe.append(backend())
        apart, probes = [], 0
        while not ended.is_set():
            apart += differences()
            probes += 1
        connection.close()
        return apart, probes

    def cutter():
        safe.append(backend())
        return cut_connections(ended, lambda: safe)

    with ThreadPoolExecutor(THREADS + 2) as pool:
        probing, cutting = pool.submit(probe), pool.submit(cutter)
        working = [pool.submit(work.some, seed, OPERATIONS // THREADS) for seed in range(THREADS)]
        try:
            lost = [one.result() for one in working]
        finally:
            ended.set()
        (apart, probes), cuts = probing.result(), cutting.result()

    assert apart == []
    # The nightly check, whenever it looks, finds nothing.
    assert set(work.put_right) == {0}
    assert probes > 3
    assert cuts > 3
    assert sum(lost) > 0
    assert Label.objects.count() > OPERATIONS / 4
    assert VerdictDelta.objects.filter(basis="random").exists()
    assert differences() == []
    check_session_deltas()
    check_everything_derived()
