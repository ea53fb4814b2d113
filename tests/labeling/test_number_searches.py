"""Who sees numbers masked finds one that they know, and cannot try one after the other."""

import pytest

from labeling.models import Event
from labeling.models.event import EventKind
from labeling.operations.number_searches import MOST_AN_HOUR, asks_for_number
from tests.contract.conftest import key_of
from tests.factories import SessionFactory, TranscriptFactory

pytestmark = pytest.mark.django_db


def look(client, typed):
    return client.post("/sessions/find/", {"q": typed}, follow=False)["Location"]


def sought():
    return list(Event.objects.filter(kind=EventKind.NUMBER_SOUGHT).order_by("pk"))


@pytest.mark.parametrize("typed", ["+1 (202) 555-0142", "202 555 0142", "from:+12025550142", "5550142", "refill for 202-555-0142"])
def test_a_number_that_is_looked_for_is_an_event_without_the_number(as_person, reviewer, typed):
    assert look(as_person(reviewer), typed).startswith("/sessions/?q=")

    [event] = sought()
    assert (event.user, event.session, event.subject, event.before, event.after) == (reviewer.pk, None, None, "", "")


@pytest.mark.parametrize("typed", ["refill", "0142", "room 12, at 3:15", "wc_8f3a2c"])
def test_words_and_short_numbers_are_none(as_person, reviewer, typed):
    look(as_person(reviewer), typed)

    assert sought() == []


def test_after_thirty_numbers_the_next_one_is_refused_and_known_ones_are_not(as_person, reviewer, manager, agent):
    SessionFactory(seen_agent=agent, source="+12025550199")
    client = as_person(reviewer)
    for number in range(MOST_AN_HOUR):
        assert look(client, f"+1202555{number:04}").startswith("/sessions/?q=")

    assert look(client, "+12025550199") == "/sessions/"
    assert "many numbers" in client.get("/sessions/").content.decode()
    assert look(client, "+12025550000").startswith("/sessions/?q=")
    assert look(client, "refill").startswith("/sessions/?q=")
    assert len(sought()) == MOST_AN_HOUR
    assert look(as_person(manager), "+12025550199").startswith("/sessions/?q=")


def test_the_id_of_a_session_is_no_number_of_anybody(as_person, reviewer, agent):
    session = SessionFactory(seen_agent=agent)

    assert look(as_person(reviewer), str(session.pk)) == f"/sessions/{session.pk}/"
    assert sought() == []


def test_who_may_see_numbers_looks_for_as_many_as_they_like(as_person, admin):
    client = as_person(admin)
    for number in range(MOST_AN_HOUR + 1):
        look(client, f"+1202555{number:04}")

    assert sought() == []


@pytest.mark.parametrize("text", ["1" * 10_000, "1 " * 5_000, "\0" * 100, "٢٠٢٥٥٥٠١٤٢"])
def test_looking_for_digits_is_bounded(text):
    assert asks_for_number([text]) is ("\0" not in text)


@pytest.mark.parametrize("name", ["source", "target", "conversation_id", "channel_manager_sid"])
def test_a_list_that_is_asked_for_by_a_number_counts_too(client, admin, name):
    masked, open_ = key_of(admin, "sessions:read"), key_of(admin)

    def status(key, value):
        return client.get("/api/v1/sessions/", {"search_fields": name, "search_field_values": value}, headers={"Syllable-API-Key": key}).status_code

    for number in range(MOST_AN_HOUR):
        assert status(masked, f"+1202555{number:04}") == 200
    assert status(masked, "+12025550199") == 429
    assert status(masked, "hedy") == 200
    assert status(open_, "+12025550199") == 200
    assert {event.api_key for event in sought()} == {admin.api_keys.order_by("pk").first().pk}


def test_a_session_that_is_asked_for_by_its_sid_counts_too(client, admin):
    masked, open_ = key_of(admin, "sessions:read"), key_of(admin)
    TranscriptFactory(session=SessionFactory(channel_manager_sid="+12025550199", channel_manager_service="whatsapp"))

    def status(key, sid):
        return client.get(f"/api/v1/session_debug/sid/whatsapp/{sid}", headers={"Syllable-API-Key": key}).status_code

    for number in range(MOST_AN_HOUR):
        assert status(masked, f"+1202555{number:04}") == 404
    assert status(masked, "+12025550199") == 429
    assert status(masked, "CA-front") == 404
    assert status(open_, "+12025550199") == 200
    assert len(sought()) == MOST_AN_HOUR


def test_a_conversation_in_an_address_counts_too_and_is_found_only_where_it_was_counted(as_person, reviewer, admin, agent):
    session = SessionFactory(seen_agent=agent, conversation_id="+12025550142")
    client, address = as_person(reviewer), {"conversation": "+12025550142"}

    def finds(path="/sessions/", as_=client, **asked):
        return f"/sessions/{session.pk}/" in as_.get(path, address | asked).content.decode()

    def counts():
        return "page-total" in client.get("/sessions/counts/", address).content.decode()

    assert not counts()
    assert sought() == []
    assert finds()
    assert finds()
    assert counts()
    assert len(sought()) == 1
    for number in range(MOST_AN_HOUR - 1):
        client.get("/sessions/", {"conversation": f"+1202555{number:04}"})
    answer = client.get("/sessions/", {"conversation": "+12025550777"})
    assert (answer.status_code, answer["Location"]) == (302, "/sessions/")
    assert finds(as_=as_person(admin))
    assert len(sought()) == MOST_AN_HOUR


def test_a_conversation_that_is_no_number_is_found_as_before(as_person, reviewer, agent):
    session = SessionFactory(seen_agent=agent, conversation_id="wc_8f3a2c")

    assert f"/sessions/{session.pk}/" in as_person(reviewer).get("/sessions/", {"conversation": "wc_8f3a2c"}).content.decode()
    assert sought() == []
