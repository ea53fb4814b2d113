"""Who else has a session open: beats, visits, and that nobody outside one's reach is told of."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from labeling import tasks
from labeling.models import Presence
from labeling.operations.presence import note_presence
from labeling.queries.presence import get_others_here
from sessions_app.models import Session
from sessions_app.scope import EVERYTHING
from tests.factories import PresenceFactory, SessionFactory, UserFactory
from tests.labeling.test_races import together

pytestmark = pytest.mark.django_db
BACKGROUND = {"HX-Request": "true", "X-Background": "1"}


@pytest.fixture
def session(agent):
    return SessionFactory(seen_agent=agent)


@pytest.fixture
def dana():
    return UserFactory(name="Dana Reyes", email="dana@example.com")


def beat(client, session):
    return client.post(f"/sessions/{session.pk}/presence/", headers=BACKGROUND)


def since(minutes, seconds=0):
    return timezone.now() - timedelta(minutes=minutes, seconds=seconds)


def words(answer):
    return answer.content.decode().partition(">")[2].partition("</span>")[0].strip()


def test_a_colleague_is_here_for_two_minutes(as_person, reviewer, dana, session):
    PresenceFactory(session=session, user=dana, since=since(2, 10), seen_at=since(0, 20))

    answer = beat(as_person(reviewer), session)

    assert (answer.status_code, words(answer)) == (200, "Dana is here, 2 min")
    assert Presence.objects.get(user=reviewer).session == session


def test_who_has_just_come_is_here(as_person, reviewer, dana, session):
    PresenceFactory(session=session, user=dana)

    assert words(beat(as_person(reviewer), session)) == "Dana is here"


def test_nobody_else_is_an_empty_fragment(as_person, reviewer, session):
    assert words(beat(as_person(reviewer), session)) == ""


def test_several_are_named_and_the_rest_counted(as_person, reviewer, session):
    for number in range(5):
        PresenceFactory(session=session, user=UserFactory(name=f"P{number} Last"), since=since(9 - number))

    assert words(beat(as_person(reviewer), session)) == "Here now: P0 (9 min), P1 (8 min), P2 (7 min), and 2 more"


def test_who_stopped_beating_left_or_is_elsewhere_is_not_here(reviewer, dana, session):
    PresenceFactory(session=session, user=dana, since=since(9), seen_at=since(2, 40))
    PresenceFactory(session=session, user=UserFactory(is_active=False))
    PresenceFactory(session=SessionFactory(), user=UserFactory())

    assert get_others_here(session.pk, viewer=reviewer).here == []


@pytest.mark.parametrize(("pause", "is_same"), [(4, True), (6, False)])
def test_a_visit_goes_on_while_beats_come_less_than_five_minutes_apart(dana, session, pause, is_same):
    begun = since(30)
    PresenceFactory(session=session, user=dana, since=begun, seen_at=since(pause))

    note_presence(session_id=session.pk, by=dana, scope=EVERYTHING)

    row = Presence.objects.get()
    assert (row.since == begun) is is_same
    assert timezone.now() - row.seen_at < timedelta(seconds=30)


@pytest.mark.django_db(transaction=True)
def test_twenty_first_beats_at_once_are_one_row(dana, session):
    together(20, lambda n: note_presence(session_id=session.pk, by=dana, scope=EVERYTHING))

    assert Presence.objects.count() == 1


def test_a_session_out_of_reach_tells_nothing(as_person, narrow_reviewer, dana, other_agent):
    hidden = SessionFactory(seen_agent=other_agent)
    PresenceFactory(session=hidden, user=dana)

    assert beat(as_person(narrow_reviewer), hidden).status_code == 404
    assert Presence.objects.count() == 1


@pytest.mark.parametrize("pk", [0, 10**9, 2**63, 10**40])
def test_no_such_session(as_person, reviewer, pk):
    with_no_one = as_person(reviewer).post(f"/sessions/{pk}/presence/", headers=BACKGROUND)

    assert with_no_one.status_code == 404
    with pytest.raises(Session.DoesNotExist):
        note_presence(session_id=10**9, by=reviewer, scope=EVERYTHING)


def test_a_get_tells_nothing(as_person, reviewer, session):
    assert as_person(reviewer).get(f"/sessions/{session.pk}/presence/").status_code == 405
    assert not Presence.objects.exists()


def test_a_beat_does_not_keep_a_sign_in_alive(as_person, reviewer, session):
    client = as_person(reviewer)
    client.get("/settings/")
    kept = client.session
    kept["active_at"] -= 300
    kept.save()

    beat(client, session)

    assert client.session["active_at"] == kept["active_at"]


def test_a_beat_is_three_questions_beside_the_sign_in(as_person, reviewer, session, django_assert_num_queries):
    client = as_person(reviewer)
    beat(client, session)

    with django_assert_num_queries(5):
        beat(client, session)


def test_what_is_a_day_old_is_forgotten_at_night(session, dana, reviewer):
    PresenceFactory(session=session, user=dana, seen_at=since(60 * 25))
    PresenceFactory(session=session, user=reviewer, seen_at=Now())

    assert tasks.clear_presences_nightly(timestamp=0) == 1
    assert Presence.objects.get().user == reviewer
