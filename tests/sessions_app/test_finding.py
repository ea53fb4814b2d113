"""Finding sessions by ids, numbers and names, and by what was said in them."""

from datetime import timedelta

import pytest
from django.db.models import Value

from labeling.models import SessionComments
from labeling.operations.labels import submit_label, withdraw_label
from sessions_app.models import Session
from sessions_app.queries.finding import find_sessions
from sessions_app.queries.finding_terms import said_query
from sessions_app.queries.finding_windows import read_windows, windows
from sessions_app.queries.finding_words import Reach, Way, Window, candidates, condition
from sessions_app.queries.search_text import read_search
from sessions_app.scope import EVERYTHING, Scope
from sessions_app.search_words import hour_of
from tests.factories import NOON, RaterFactory, SessionFactory, UserFactory
from tests.sessions_app.talks import talk

pytestmark = pytest.mark.django_db

ALL = Reach(see_judgments=True, may_unmask=True, comments=SessionComments)
LITTLE = Reach(comments=SessionComments)


def found(typed, reach=ALL, sessions=None):
    """The ids that each way of reading gives; all ways have to agree."""
    asked = read_search(typed)
    rows = Session.objects.all() if sessions is None else sessions
    moments = list(Session.objects.order_by("timestamp").values_list("timestamp", flat=True))
    first, last = hour_of(moments[0]), hour_of(moments[-1])
    ways = [None, Window(first, last), Window(first - 30, last + 30), Window(first, last, Way.BY_ROW)]
    if asked.terms:
        ways.append(Window(first, last, Way.BY_ID, tuple(candidates(asked, reach=reach, limit=100))))
    answers = [set(rows.filter(condition(asked, way, reach=reach)).values_list("pk", flat=True)) for way in ways]
    assert all(answer == answers[0] for answer in answers), dict(zip(ways, answers, strict=True))

    def find(within, limit):
        return list(rows.filter(within).newest_first().values_list("pk", flat=True)[:limit])

    assert set(read_windows(find, windows(asked, reach=reach), asked=asked, reach=reach, limit=100).ids) == answers[0]
    return answers[0]


def commented(session, comment, rater=None):
    return submit_label(session_id=session.pk, rater=rater or RaterFactory(), code="BAD", comment=comment, client_key=f"key-{comment}").label


@pytest.mark.parametrize(
    ("typed", "is_found"),
    [
        ("refills", True),
        ("refilling", True),
        ("REFILL", True),
        ("can refill", True),
        ("refill tomorrow", False),
        ('"the refill"', True),
        ('"refill the"', False),
        ('"refills"', False),
        ('"thursday refill"', False),
        ("cita", True),
        ("citas", True),
        ("cancelarlas", True),
        ("mañana", True),
        ("find_patient", True),
        ("collins", True),
        ("timeout", True),
        ("moved", True),
        ("moving", True),
        ('"was moved"', True),
        ('"thursday the"', False),
        ("2025550177", True),
        ("(202) 555-0177", True),
        ("0177 refill", False),
        ("jo@example.com", True),
        ("example refill", False),
        ("refill -thursday", False),
        ("refill -tomorrow", True),
        ('refill -"the refill"', False),
        ('refill -"refill the"', True),
        ("-moved refill", False),
        ("ªªª -tomorrow", False),
        ("refill ²²²", True),
        ("the", True),
        ("x" * 200, False),
    ],
)
def test_words_of_every_kind(typed, is_found):
    session = talk(
        "The refill, can you move it to Thursday?",
        "Call 202-555-0177 or jo@example.com.",
        ("es-US", "Quiero cancelar mi cita de mañana."),
        tools=[{"tool_name": "find_patient", "tool_request": '{"branch": "Collins"}', "tool_error": "504 timeout"}],
        summary="The visit was moved.",
    )
    talk("Nothing of that kind here.")

    assert found(typed) == ({session.pk} if is_found else set())


def test_who_may_not_see_judgments_finds_nothing_by_the_summary_or_comments():
    session = talk("Hello there.", summary="The visit was moved.")
    commented(session, "The agent was rude.")

    assert found("moved") == found("rude") == {session.pk}
    assert found("moved", LITTLE) == found("rude", LITTLE) == set()
    assert found('"was moved"', LITTLE) == set()
    assert found("hello", LITTLE) == {session.pk}


@pytest.mark.parametrize("address", ["josé@wombatcorp.com", "münchenfoo@bär-badgerco.de", "john..quokka@acme.com", "-okapi-@acme.com"])
def test_an_address_that_was_said_is_found_whole_and_by_no_part(address):
    session = talk("Hello there.", f"It is {address}.")
    talk("Hello there.", "It is jo@example.com.")

    assert found(f'"{address}"', LITTLE) == found(f'"it is {address.upper()}"', LITTLE) == {session.pk}
    for part in ("josé", "wombatcorp.com", "münchenfoo", "badgerco.de", "quokka", "okapi", "acme.com"):
        assert found(part) == set()


@pytest.mark.parametrize("summary", ["call_moved", "m²moved", "a½moved"])
def test_a_word_beside_an_odd_sign_is_found_by_those_who_may_read_the_summary(summary):
    session = talk("Hello there.", summary=summary)

    assert found("moved") == found(summary) == {session.pk}
    assert found("moved", LITTLE) == found(summary, LITTLE) == set()
    assert found("hello -moved", LITTLE) == {session.pk}


def test_who_may_not_see_judgments_learns_nothing_by_leaving_out_either():
    session = talk("Hello there.", summary="The visit was moved.")
    commented(session, "The agent was rude.")

    assert found("hello -moved", LITTLE) == found("hello -rude", LITTLE) == {session.pk}
    assert found("hello -moved") == found("hello -rude") == set()


def test_comments_in_both_languages_and_with_stems():
    session = talk("Hello there.")
    commented(session, "Interrupted twice; no ofreció citas.")

    assert found("interrupting") == found("cita") == found('"interrupted twice"') == {session.pk}


def test_comments_with_a_word_that_is_left_out():
    rude = talk("Hello there.")
    commented(rude, "Slow and rude.")
    slow = talk("Goodbye.")
    commented(slow, "Slow.")

    assert found("slow -rude") == found("slow -hello") == {slow.pk}


def test_comments_of_labels_that_no_longer_stand_are_not_found():
    session = talk("Hello there.")
    rater = RaterFactory()
    commented(session, "Interrupted twice.", rater)
    assert found("interrupted") == {session.pk}

    changed = submit_label(session_id=session.pk, rater=rater, code="GOOD", comment="Fine after all.", client_key="second-key").label

    assert found("interrupted") == set()
    assert found("fine") == {session.pk}

    withdraw_label(label=changed, by=UserFactory())
    assert found("fine") == set()
    assert found("interrupted") == {session.pk}


@pytest.mark.parametrize("typed", ["+12025550142", "12025550142", "(202) 555-0142", "2025550142", "202.555.0142", "from:2025550142", "from:(202) 555-0142"])
@pytest.mark.parametrize("reach", [ALL, LITTLE])
def test_a_whole_number_is_found_by_anybody_however_it_is_written(typed, reach):
    session = talk("Hello there.", source="+12025550142")
    talk("Hello there.", source="+12025550143")

    assert found(typed, reach) == {session.pk}


@pytest.mark.parametrize("typed", ["0142", "555 0142", "555-0142", "(202) 555", "from:0142", "from:555-0142", "2025550142 0"])
def test_a_part_of_a_number_is_found_by_those_who_may_see_it(typed):
    session = talk("Hello there.", source="+12025550142")
    talk("Hello there.", source="+13125560191")

    assert found(typed, LITTLE) == set()
    assert found(typed) == (set() if typed == "2025550142 0" else {session.pk})


def test_addresses_and_names_are_found_whole():
    mail = talk("Hello there.", source="jo.smith@example.com")
    named = talk("Hello there.", source="Jo Smith")

    assert found("jo.smith@example.com", LITTLE) == found('from:"jo.smith@example.com"', LITTLE) == {mail.pk}
    assert found("Jo Smith", LITTLE) == found('from:"Jo Smith"', LITTLE) == {named.pk}
    assert found("from:smith", LITTLE) == set()
    assert found("from:smith") == {mail.pk, named.pk}


@pytest.mark.parametrize("sign", ["%", "_", "\\", "%%%%", "from:%%%", "from:___", "from:\\\\\\"])
def test_signs_of_patterns_are_no_patterns(sign):
    talk("Hello there.", source="Jo Smith")

    assert found(f"hello {sign}" if sign.startswith("from") else f"jo {sign} smith nobody") == set()


def test_the_other_operators():
    session = SessionFactory(target="+13125550100", channel_manager_sid="CA123", conversation_id="conversation 7")
    SessionFactory()

    assert found("to:3125550100", LITTLE) == found("to:0100") == found("sid:CA123") == found('conversation:"conversation 7"') == {session.pk}
    assert found(f"id:{session.pk}") == found(f"id:{session.external_id}") == {session.pk}
    assert found("to:0100", LITTLE) == found("sid:CA12") == found("id:99999999999999999999999") == set()


def test_an_operator_narrows_what_words_find():
    session = talk("Hello there.", source="+12025550142")
    talk("Hello there.", source="+12025550143")

    assert found("hello from:0142") == found("from:0142 -goodbye") == {session.pk}
    assert found("from:0142 -hello") == set()


def test_a_conversation_and_a_sid_are_found_as_they_are_typed():
    session = talk("Hello there.", conversation_id="c-77", channel_manager_sid="CA9 f")

    assert found("c-77", LITTLE) == found("CA9 f", LITTLE) == {session.pk}


def test_a_number_is_looked_for_everywhere():
    said, called = talk("Your code is 48121.", source="web-1"), talk("Hello there.", source="+12025548121")

    assert found("48121") == {said.pk, called.pk}
    assert found("48121 -hello") == {said.pk}


def test_find_sessions_by_an_id_first():
    session, other = SessionFactory(external_id="48121"), SessionFactory(external_id="x", channel_manager_sid="CA1", conversation_id="c1")
    third = SessionFactory(conversation_id="c1", timestamp=other.timestamp - timedelta(days=1))

    assert (
        find_sessions(" 48121 ", scope=EVERYTHING)
        == find_sessions(f"{session.pk}", scope=EVERYTHING)
        == find_sessions("id:48121", scope=EVERYTHING)
        == [session]
    )
    assert find_sessions("CA1", scope=EVERYTHING) == find_sessions('sid:"CA1"', scope=EVERYTHING) == [other]
    assert find_sessions("c1", scope=EVERYTHING) == find_sessions("Conversation: c1", scope=EVERYTHING) == [other, third]
    assert find_sessions("sid:c1", scope=EVERYTHING) == find_sessions("id:", scope=EVERYTHING) == []
    assert find_sessions("48121", scope=Scope(agents=frozenset({other.seen_agent_id}))) == []


@pytest.mark.parametrize("typed", ["", " ", "\0", "\ud800", "9" * 300, "٤٨", "-1", "1e3", "%", "id:", 'id:""'])
def test_find_sessions_takes_anything(typed):
    SessionFactory()

    assert find_sessions(typed, scope=EVERYTHING) == []


def test_a_window_holds_no_session_of_another_hour():
    session = talk("Hello there.", timestamp=NOON)
    talk("Hello there.", timestamp=NOON + timedelta(hours=1))
    talk("Hello there.", timestamp=NOON - timedelta(hours=1))
    asked, hour = read_search("hello"), hour_of(NOON)

    for way in (Way.BY_TIME, Way.BY_ROW):
        assert list(Session.objects.filter(condition(asked, Window(hour, hour, way), reach=ALL))) == [session]


def test_a_phrase_read_loosely_is_its_words():
    session = talk("Hello there.")
    asked, hour = read_search('"there hello"'), hour_of(session.timestamp)

    assert not Session.objects.filter(condition(asked, Window(hour, hour), reach=ALL))
    assert list(Session.objects.filter(condition(asked, Window(hour, hour), reach=ALL, is_loose=True))) == [session]


def test_what_was_typed_is_a_value_of_the_statement():
    query = said_query(read_search("refill'); DROP TABLE x; --"), with_summary=True)

    statement, typed = query.as_sql(None, None)
    assert "DROP" not in statement
    assert any("DROP" in value for value in typed)
    assert list(Session.objects.annotate(q=Value(1)).filter(condition(read_search("refill'); DROP TABLE x; --"), None, reach=ALL))) == []
