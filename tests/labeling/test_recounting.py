"""The nightly check of what deltas add up to: whatever was lost or doubled is made up for, and whoever looks after it is told."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from labeling.demo.seeding import seed_demo
from labeling.models import NightlyCheck, VerdictDelta
from labeling.operations.deltas import recount_verdicts
from labeling.operations.derived import repair_derived
from labeling.operations.label_rows import Provenance
from labeling.operations.labels import submit_label
from labeling.queries.health import get_health
from labeling.queries.scopes import get_scope
from labeling.queries.summary.frame import Frame
from labeling.queries.summary.period import last_weeks
from labeling.queries.summary.tallies import count_sessions, count_verdicts, get_tally
from labeling.tasks import recount_nightly
from sessions_app.models import Session, SessionDelta
from sessions_app.operations import count_days, fold_deltas, recount_sessions
from tests.factories import RaterFactory
from tests.kept import made_once
from tests.labeling.counted import come
from tests.labeling.recomputation import check_everything_derived, check_session_deltas

pytestmark = pytest.mark.django_db

KEYS = ("agent", "prompt", "channel", "language", "direction", "step")
JUDGED = ("code", "auto_code", "blind_code", "was_reviewed", "pairs", "agreeing_pairs")


def some_sessions():
    seed_demo(sessions=150, seed=5, with_accounts=False)


@pytest.fixture
def frame(manager):
    made_once(some_sessions)
    return Frame(viewer=manager, scope=get_scope(manager), period=last_weeks(12), basis="random")


def everything(frame):
    both = count_verdicts(frame.of_all_labels, *KEYS, *JUDGED), count_sessions(frame, *KEYS)
    tally = get_tally(frame)
    return (*both, {code: tally.n(code) for code in ("GOOD", "OK", "BAD", "N/A")}, tally.share("BAD").rate)


def past_the_application(sql, *values):
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.rowcount


def test_there_is_nothing_to_put_right_where_all_is_well(frame):
    assert (recount_sessions(), recount_verdicts()) == (0, 0)
    for model in (SessionDelta, VerdictDelta):
        fold_deltas(model)

    assert (recount_sessions(), recount_verdicts()) == (0, 0)


@pytest.mark.parametrize("days_first", [False, True])
def test_what_was_lost_or_doubled_is_made_up_for(frame, days_first):
    before = everything(frame)
    for model in (SessionDelta, VerdictDelta):
        if days_first:
            count_days(model)
        rows = list(model.objects.order_by("pk"))
        model.objects.filter(pk__in=[row.pk for row in rows[::7]]).delete()
        model.objects.bulk_create([model(**{**{name: value for name, value in vars(row).items() if name not in ("_state", "id")}}) for row in rows[3::11]])
        fold_deltas(model)
    assert everything(frame) != before

    assert recount_sessions() > 10
    assert recount_verdicts() > 10
    assert everything(frame) == before
    assert (recount_sessions(), recount_verdicts()) == (0, 0)
    check_session_deltas()
    check_everything_derived()


def test_a_session_that_deltas_never_heard_of_is_counted_and_one_that_is_not_there_is_not(frame):
    before = everything(frame)
    row = SessionDelta.objects.order_by("pk").first()
    SessionDelta.objects.create(
        **{name: value for name, value in vars(row).items() if name not in ("_state", "id", "bucket")}, bucket=row.bucket.replace(year=1999)
    )
    [session] = come(timestamp=timezone.now() - timedelta(days=2))
    SessionDelta.objects.filter(agent=session.seen_agent).delete()

    assert recount_sessions() == 2
    assert sum(count_sessions(frame).values()) == sum(before[1].values()) + 1
    assert recount_sessions() == 0
    check_session_deltas()


def test_a_column_that_was_changed_past_the_application_is_counted_right_once_the_labels_were_looked_at(frame, manager):
    """To put the column right moves the count away from a key under which it never was."""
    before = everything(frame)
    session = frame.sessions().filter(label_code="GOOD").first()
    past_the_application("UPDATE sessions_app_session SET label_code = 'BAD' WHERE id = %s", session.pk)
    assert repair_derived() == 1
    assert Session.objects.get(pk=session.pk).label_code == "GOOD"
    assert everything(frame) != before

    assert recount_verdicts() == 2
    assert everything(frame) == before


def test_a_weight_alone_is_put_right(frame):
    provenance = Provenance(basis="random", selection_probability=0.2)
    for code in ("BAD", *["GOOD"] * 11):
        [session] = come(timestamp=timezone.now() - timedelta(days=2))
        submit_label(session_id=session.pk, rater=RaterFactory(), code=code, client_key="drawn", provenance=provenance)
    before = everything(frame)
    assert past_the_application("UPDATE labeling_verdictdelta SET weight = weight * 3 WHERE basis = 'random' AND code = 'BAD' AND weight > 4.9") == 1
    assert everything(frame) != before

    assert recount_verdicts() == 1
    assert everything(frame) == before


def test_more_than_a_row_holds_take_several(frame):
    row = SessionDelta.objects.order_by("pk").first()
    past_the_application("UPDATE sessions_app_sessiondelta SET n = 32767 WHERE id = %s", row.pk)
    more = {name: value for name, value in vars(row).items() if name not in ("_state", "id", "n")}
    SessionDelta.objects.bulk_create([SessionDelta(**more, n=32767) for _ in range(2)])

    assert recount_sessions() == 1
    check_session_deltas()


def test_that_it_was_so_is_said_for_a_week(frame, caplog):
    recount_nightly(0)
    assert "checked" in figure().value
    assert not figure().bad
    VerdictDelta.objects.filter(pk=VerdictDelta.objects.order_by("pk").first().pk).delete()

    assert recount_nightly(0) == 1
    assert "Counts of the summary, 1" in caplog.text
    recount_nightly(0)
    assert "put right 1 on" in figure().value
    assert figure().bad
    NightlyCheck.objects.update(repaired_at=timezone.now() - timedelta(days=8))
    assert not figure().bad
    NightlyCheck.objects.update(ended_at=timezone.now() - timedelta(days=3))
    assert figure().bad


def figure():
    return next(figure for name, figures in get_health().groups for figure in figures if figure.name == "Counts of the summary")
