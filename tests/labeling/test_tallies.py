"""Counting by whatever a summary groups by: the deltas say the same as the sessions."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.demo.seeding import seed_demo
from labeling.models import VerdictDelta
from labeling.queries.scopes import get_scope
from labeling.queries.summary.frame import Frame
from labeling.queries.summary.period import last_weeks
from labeling.queries.summary.tallies import count_sessions, count_verdicts, get_tallies
from sessions_app.models import Session, SessionDelta
from sessions_app.operations import fold_deltas

pytestmark = pytest.mark.django_db

KEYS = ("agent", "prompt", "channel", "language", "direction", "step")
JUDGED = ("code", "auto_code", "blind_code", "was_reviewed", "pairs", "agreeing_pairs")


@pytest.fixture
def frame(manager):
    seed_demo(sessions=400, seed=3, with_accounts=False)
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
    before = count_verdicts(frame, *KEYS, *JUDGED), count_sessions(frame, *KEYS)
    for model in (SessionDelta, VerdictDelta):
        rows = model.objects.count()
        assert rows - fold_deltas(model) == model.objects.count() < rows
        assert fold_deltas(model) == 0

    assert (count_verdicts(frame, *KEYS, *JUDGED), count_sessions(frame, *KEYS)) == before


def test_a_tally_has_rates_of_the_rated(frame):
    [tally] = get_tallies(frame).values()

    labeled = Session.objects.exclude(label_code=None).filter(timestamp__gte=timezone.now() - timedelta(days=200)).exclude(is_test=True)
    assert tally.labeled == labeled.filter(timestamp__gte=frame.period.start).count() > 0
    assert tally.rated == tally.good + tally.ok + tally.bad < tally.labeled
