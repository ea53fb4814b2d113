"""Counting by whatever a summary groups by: the deltas say the same as the sessions."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from labeling.demo.seeding import seed_demo
from labeling.models import VerdictDay, VerdictDelta
from labeling.operations.label_rows import Provenance
from labeling.operations.labels import submit_label, withdraw_label
from labeling.queries.scopes import get_scope
from labeling.queries.summary.frame import Frame
from labeling.queries.summary.period import days_between, last_weeks
from labeling.queries.summary.tallies import count_sessions, count_sessions_by_day, count_verdicts, get_tallies, get_tally
from labeling.queries.summary.tally import Tally
from labeling.statistics import Share
from sessions_app.models import Session, SessionDay, SessionDelta
from sessions_app.operations import count_days, fold_deltas
from tests.factories import AgentFactory, RaterFactory, SessionFactory
from tests.kept import made_once
from tests.labeling.counted import come

pytestmark = pytest.mark.django_db

KEYS = ("agent", "prompt", "channel", "language", "direction", "step")
JUDGED = ("code", "auto_code", "blind_code", "was_reviewed", "pairs", "agreeing_pairs")


def four_hundred_sessions():
    seed_demo(sessions=400, seed=3, with_accounts=False)


@pytest.fixture
def frame(manager):
    made_once(four_hundred_sessions)
    return Frame(viewer=manager, scope=get_scope(manager), period=last_weeks(12))


def own(frame, monkeypatch):
    """The same counts as somebody gets who is counted for from the sessions themselves."""
    with monkeypatch.context() as patch:
        patch.setattr(Frame, "is_gated", True)
        return count_verdicts(frame, *KEYS, *JUDGED)


def test_deltas_and_sessions_say_the_same(frame, monkeypatch):
    counted = count_verdicts(frame, *KEYS, *JUDGED)

    assert sum(counted.values()) > 100
    by_sessions = own(frame, monkeypatch)
    judged = {key: n for key, n in by_sessions.items() if key[6] or key[7]}
    assert counted == judged


def test_each_grouping_adds_up_to_the_sessions_of_the_period(frame):
    n = frame.sessions().count()

    assert n > 300
    assert {name: sum(count_sessions(frame, name).values()) for name in KEYS} == dict.fromkeys(KEYS, n)
    assert count_sessions(frame) == {(): n}


def test_folding_changes_no_count_and_leaves_one_row_a_key(frame):
    # Something to fold, whatever the hour at which the demo was made: a label that came and went.
    given = submit_label(session_id=frame.sessions().filter(label_code=None, auto_code=None).first().pk, rater=RaterFactory(), code="OK", client_key="k")
    withdraw_label(label=given.label, by=frame.viewer)
    before = count_verdicts(frame, *KEYS, *JUDGED), count_sessions(frame, *KEYS)
    for model in (SessionDelta, VerdictDelta):
        rows = model.objects.count()
        assert rows - fold_deltas(model) == model.objects.count() < rows
        assert fold_deltas(model) == 0

    assert (count_verdicts(frame, *KEYS, *JUDGED), count_sessions(frame, *KEYS)) == before


def everything(frame):
    return count_verdicts(frame, *KEYS, *JUDGED), count_sessions(frame, *KEYS), count_sessions_by_day(frame, "agent", days_before=3)


def count_all_days():
    for model in (SessionDelta, VerdictDelta):
        count_days(model)


def test_days_and_what_came_since_say_the_same_as_the_deltas(frame, monkeypatch):
    frames = [frame, frame.as_far_before, replace(frame, channels=("voice",))]
    before = [everything(one) for one in frames]
    count_all_days()

    assert [everything(one) for one in frames] == before
    assert SessionDay.objects.filter(bucket__lt=frame.period.end).count() < SessionDelta.objects.filter(bucket__lt=frame.period.end).count()
    given = submit_label(session_id=frame.sessions().filter(label_code=None).first().pk, rater=RaterFactory(), code="BAD", client_key="k")
    come(timestamp=timezone.now() - timedelta(days=3))
    for _ in range(2):
        counted = count_verdicts(frame, *KEYS, *JUDGED)
        assert counted == {key: n for key, n in own(frame, monkeypatch).items() if key[6] or key[7]}
        assert count_sessions(frame) == {(): frame.sessions().count()}
        count_all_days()
    withdraw_label(label=given.label, by=frame.viewer)
    assert count_verdicts(frame, *KEYS, *JUDGED) == before[0][0]


def test_at_night_the_days_are_counted_anew(frame):
    count_all_days()
    rows, before = VerdictDay.objects.count(), everything(frame)
    given = submit_label(session_id=frame.sessions().filter(label_code=None).first().pk, rater=RaterFactory(), code="OK", client_key="k")
    count_all_days()
    withdraw_label(label=given.label, by=frame.viewer)
    count_all_days()
    assert VerdictDay.objects.count() > rows
    VerdictDay.objects.order_by("pk").first().delete()
    fold_deltas(VerdictDelta)

    assert VerdictDay.objects.count() == rows
    assert everything(frame) == before


@pytest.mark.parametrize("zone", ["America/Havana", "Asia/Kathmandu", "America/Santiago"])
def test_days_are_those_of_the_workspace(manager, settings, zone):
    """In Havana an hour after midnight comes twice in autumn, in Santiago there is no midnight on a day in spring."""
    agent = AgentFactory()
    moments = [datetime(2026, month, day, hour, 20, tzinfo=UTC) for month, day in ((11, 1), (11, 2), (9, 5), (9, 6)) for hour in range(24)]
    for moment in moments:
        come(seen_agent=agent, timestamp=moment)
    settings.REPORTING_TIME_ZONE = zone
    frame = Frame(viewer=manager, scope=get_scope(manager), period=days_between(date(2026, 9, 6), date(2026, 11, 1), now=datetime(2026, 11, 10, tzinfo=UTC)))
    by_deltas = count_sessions_by_day(frame, days_before=1)
    local = Counter((moment.astimezone(ZoneInfo(zone)).date() - frame.period.first).days for moment in moments)
    count_all_days()

    assert by_deltas == {(day,): n for day, n in local.items() if -1 <= day < frame.period.days}
    assert count_sessions_by_day(frame, days_before=1) == by_deltas


def test_days_of_another_zone_are_not_read_and_counted_anew(manager, settings):
    come(timestamp=datetime(2026, 11, 3, 2, tzinfo=UTC))
    count_all_days()
    settings.REPORTING_TIME_ZONE = "America/Chicago"
    frame = Frame(viewer=manager, scope=get_scope(manager), period=days_between(date(2026, 11, 2), date(2026, 11, 2)))

    for _ in range(2):
        assert count_sessions(frame) == {(): 1}
        count_all_days()
    assert SessionDay.objects.get().bucket == datetime(2026, 11, 2, 6, tzinfo=UTC)


def test_a_tally_has_rates_of_the_rated(frame):
    [tally] = get_tallies(frame).values()

    labeled = Session.objects.exclude(label_code=None).filter(timestamp__gte=timezone.now() - timedelta(days=200)).exclude(is_test=True)
    assert tally.labeled == labeled.filter(timestamp__gte=frame.period.start).count() > 0
    assert tally.rated == tally.good + tally.ok + tally.bad < tally.labeled


def drawn(frame, code, probability):
    provenance = Provenance(basis="random", selection_probability=probability)
    session = SessionFactory(timestamp=timezone.now() - timedelta(days=3))
    return submit_label(session_id=session.pk, rater=RaterFactory(), code=code, client_key="drawn", provenance=provenance).label


@pytest.fixture
def random_frame(manager):
    return Frame(viewer=manager, scope=get_scope(manager), period=last_weeks(4), basis="random")


@pytest.mark.parametrize("is_gated", [False, True])
def test_what_was_drawn_with_different_probabilities_is_weighed(random_frame, monkeypatch, is_gated):
    for code, probability, n in (("BAD", 1.0, 6), ("GOOD", 1.0, 6), ("BAD", 0.1, 2), ("GOOD", 0.1, 10), ("N/A", 0.01, 3)):
        for _ in range(n):
            drawn(random_frame, code, probability)
    monkeypatch.setattr(Frame, "is_gated", is_gated)

    tally = get_tally(random_frame)

    share = tally.share("BAD")
    assert (share.part, share.whole, tally.labeled) == (8, 24, 27)
    assert share.rate == pytest.approx((6 + 2 * 10) / (12 + 12 * 10))
    assert share.weights.effective == pytest.approx((12 + 120) ** 2 / (12 + 12 * 100))
    # Days add up to the same as the whole.
    assert Tally.together(get_tallies(random_frame, "step", "agent").values()).share("BAD") == share


def test_one_probability_for_all_is_no_weight(random_frame):
    for code in ["BAD"] * 3 + ["GOOD"] * 9:
        drawn(random_frame, code, 0.3)

    assert get_tally(random_frame).share("BAD") == Share(3, 12)


def test_a_weight_goes_with_its_label(random_frame, admin):
    kept, gone = drawn(random_frame, "BAD", 0.5), drawn(random_frame, "BAD", 0.001)
    for _ in range(12):
        drawn(random_frame, "GOOD", 0.5)
    withdraw_label(label=gone, by=admin)

    assert get_tally(random_frame).share("BAD") == Share(1, 13)
    count_days(VerdictDelta)
    assert get_tally(random_frame).share("BAD") == Share(1, 13)
    fold_deltas(VerdictDelta)
    assert get_tally(random_frame).share("BAD") == Share(1, 13)
    assert kept.selection_probability == 0.5
