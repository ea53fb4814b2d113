"""The words of comments, kept for search."""

from datetime import timedelta

import pytest
from django.db.models import Func

from labeling.models import SessionComments
from labeling.operations.derived import repair_derived
from labeling.operations.labels import submit_label, withdraw_label
from sessions_app.models import Session
from sessions_app.operations import upsert_sessions
from sessions_app.search_words import hour_of
from tests.factories import NOON, RaterFactory, SessionFactory, SourceFactory, UserFactory

pytestmark = pytest.mark.django_db


def words():
    array = Func("search", function="tsvector_to_array")
    return {
        pk: {word for word in found if not word.startswith("zqxj")} for pk, found in SessionComments.objects.annotate(words=array).values_list("pk", "words")
    }


def label(session, comment, *, rater=None, key="first-key", type="human-rating"):
    return submit_label(session_id=session.pk, rater=rater or RaterFactory(), code="BAD", comment=comment, client_key=key, type=type).label


def test_all_standing_comments_of_a_session_are_kept():
    session, other = SessionFactory(), SessionFactory()
    label(session, "Interrupted.")
    label(session, "Rude.", key="second-key")
    label(other, "")

    assert words().keys() == {session.pk}
    assert {"interrupted", "interrupt", "rude"} <= words()[session.pk]
    assert SessionComments.objects.get().hour == hour_of(session.timestamp)


def test_a_machine_has_no_comments():
    label(SessionFactory(), "Interrupted.", rater=RaterFactory(kind="machine"), type="auto-rating")

    assert words() == {}


def test_a_change_and_a_withdrawal_change_the_words():
    session, rater = SessionFactory(), RaterFactory()
    label(session, "Interrupted.", rater=rater)
    changed = label(session, "Rude.", rater=rater, key="second-key")
    assert "interrupt" not in words()[session.pk]

    first = withdraw_label(label=changed, by=UserFactory()).label.replaces
    assert "interrupt" in words()[session.pk]

    withdraw_label(label=first, by=UserFactory())
    assert words() == {}


def test_comments_follow_a_session_to_another_hour():
    source = SourceFactory()
    record = {"session_id": "a1", "timestamp": NOON.isoformat(), "agent_id": "7"}
    upsert_sessions(data_source=source, records=[record])
    label(Session.objects.get(), "Interrupted.")

    upsert_sessions(data_source=source, records=[record | {"timestamp": (NOON + timedelta(hours=30)).isoformat()}])

    assert SessionComments.objects.get().hour == hour_of(NOON) + 30
    assert repair_derived() == 0


def test_repair_derived_brings_them_back_and_takes_stray_ones_away():
    session, silent = SessionFactory(), SessionFactory()
    label(session, "Interrupted.")
    label(silent, "", key="other-key")
    before = words()
    SessionComments.objects.create(session=silent, hour=1, search="stray")
    SessionComments.objects.filter(pk=session.pk).delete()

    assert repair_derived() == 2
    assert words() == before
    assert repair_derived() == 0
