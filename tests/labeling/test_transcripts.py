"""Reading: a transcript by itself, one payload, a whole conversation, and what came before a session."""

from datetime import timedelta

import pytest

from labeling.models import Event, Exposure
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from tests.factories import NOON, RaterFactory, SessionFactory, TranscriptFactory, UnmaskingFactory, UserFactory

pytestmark = pytest.mark.django_db

FRAGMENT = {"HX-Request": "true"}
LARGE = {"rows": [{"phone": "+12025550142", "password": "hunter2", "line": f"number {n}"} for n in range(40)]}


def talk(agent, hours=0, tools=(), **session):
    fields = {"seen_agent": agent, "timestamp": NOON + timedelta(hours=hours), "transcript_state": "held", "turns": 3, **session}
    return TranscriptFactory(tools=list(tools), **{f"session__{name}": value for name, value in fields.items()}).session


def tool(**more):
    return {"uid": "x1", "timestamp": "2026-03-02T12:00:09Z", "tool_name": "find_patient", **more}


def readings():
    return list(Event.objects.filter(kind="transcript_read").order_by("pk").values_list("session", flat=True))


def test_transcript_detail_is_a_page_and_a_reading(as_person, reviewer, agent):
    session = talk(agent)

    answer = as_person(reviewer).get(f"/sessions/{session.pk}/transcript/")

    assert b"<html" in answer.content
    assert b"I need to move my visit." in answer.content
    assert "HX-Request" in answer["Vary"]
    assert readings() == [session.pk]


def test_transcript_detail_as_a_fragment_is_the_lines_alone(as_person, reviewer, agent):
    session = talk(agent)

    answer = as_person(reviewer).get(f"/sessions/{session.pk}/transcript/", headers=FRAGMENT)

    text = answer.content.decode()
    assert text.lstrip().startswith('<ol class="turns" id="turns"')
    assert 'data-kind="turn" data-uid="t2" data-at="' in text
    assert "The caller moved a visit." not in text
    assert readings() == [session.pk]


def test_no_header_reads_a_transcript_behind_the_back_of_the_audit(as_person, reviewer, agent):
    session = talk(agent)

    as_person(reviewer).get(f"/sessions/{session.pk}/transcript/", headers=FRAGMENT | {"X-Prefetch": "1", "Sec-Purpose": "prefetch", "X-Background": "1"})

    assert readings() == [session.pk]
    assert not Exposure.objects.exists()


def test_a_transcript_shows_no_judgment(as_person, reviewer, agent):
    session = talk(agent)
    submit_label(session_id=session.pk, rater=RaterFactory(name="Somebody Else"), code="BAD", client_key="another-key", comment="Dreadful")
    client = as_person(reviewer)

    for address in ("transcript", "conversation"):
        assert b"Dreadful" not in client.get(f"/sessions/{session.pk}/{address}/").content

    assert not Exposure.objects.exists()


@pytest.mark.parametrize("state", ["none", "pending", "failed", "erased"])
def test_a_transcript_that_is_not_there_says_why(as_person, reviewer, agent, state):
    session = SessionFactory(seen_agent=agent, transcript_state=state)
    client = as_person(reviewer)

    for headers in ({}, FRAGMENT):
        answer = client.get(f"/sessions/{session.pk}/transcript/", headers=headers)
        assert answer.context["reading"].transcript_words in answer.content.decode()
    assert readings() == []


def test_what_is_out_of_scope_is_not_found(as_person, narrow_reviewer, other_agent):
    foreign = talk(other_agent, tools=[tool(tool_result=LARGE)])
    client = as_person(narrow_reviewer)

    for address in ("transcript/", "conversation/", "tools/1/result/"):
        assert client.get(f"/sessions/{foreign.pk}/{address}").status_code == 404
    assert readings() == []


@pytest.mark.parametrize("address", ["transcript/", "conversation/", "tools/1/result/"])
def test_reading_changes_nothing(as_person, reviewer, agent, address):
    session = talk(agent, tools=[tool(tool_result=LARGE)])

    assert as_person(reviewer).post(f"/sessions/{session.pk}/{address}").status_code == 405


def test_the_line_that_an_address_names_is_marked_without_a_script(as_person, reviewer, agent):
    session = talk(agent)
    client = as_person(reviewer)

    text = client.get(f"/sessions/{session.pk}/?turn=2").content.decode()
    other = client.get(f"/sessions/{session.pk}/?turn=999").content.decode()

    assert text.count("aria-current") == other.count("aria-current") + 1
    line = next(line for line in text.splitlines() if 'id="turn-2"' in line)
    assert 'tabindex="0" aria-current="true" autofocus' in line


@pytest.mark.parametrize("turn", ["", "0", "-1", "x", "1" * 5000, "\0", "<b>", "١"])
def test_an_address_that_names_no_line_is_no_mistake(as_person, reviewer, agent, turn):
    session = talk(agent)

    assert as_person(reviewer).get(f"/sessions/{session.pk}/", {"turn": turn}).status_code == 200


def test_a_large_payload_is_a_link_and_then_comes_masked(as_person, reviewer, agent):
    session = talk(agent, tools=[tool(tool_request={"token": "abc"}, tool_result=LARGE)])
    client = as_person(reviewer)
    address = f"/sessions/{session.pk}/tools/1/result/"

    page = client.get(f"/sessions/{session.pk}/").content.decode()
    fragment = client.get(address, headers=FRAGMENT).content.decode()
    whole = client.get(address).content.decode()

    assert f'href="{address}"' in page
    assert "number 39" not in page
    assert "{&quot;token&quot;: &quot;•••&quot;}" in page
    assert fragment.lstrip().startswith('<div class="payload" id="tool-1-result-payload"')
    assert "<html" in whole
    for text in (fragment, whole):
        assert "number 39" in text
        assert "hunter2" not in text
        assert "2025550142" not in text
    assert readings() == [session.pk] * 3


def test_who_unmasked_reads_numbers_and_still_no_passwords(as_person, agent):
    session = talk(agent, tools=[tool(tool_result=LARGE)])
    person = UserFactory(may_unmask=True)
    UnmaskingFactory(session=session, user=person)

    text = as_person(person).get(f"/sessions/{session.pk}/tools/1/result/").content.decode()

    assert "+12025550142" in text
    assert "hunter2" not in text


@pytest.mark.parametrize(
    "address", ["tools/2/result/", "tools/0/result/", "tools/1/request/", "tools/1/uid/", f"tools/{'9' * 40}/result/", "tools/1/tool_result/"]
)
def test_a_payload_that_is_not_there_is_not_found(as_person, reviewer, agent, address):
    session = talk(agent, tools=[tool(tool_result=LARGE)])

    assert as_person(reviewer).get(f"/sessions/{session.pk}/{address}").status_code == 404


def test_a_conversation_is_read_whole_the_earliest_first(as_person, narrow_reviewer, agent, other_agent):
    later, earlier = talk(agent, 5, conversation_id="c1"), talk(agent, 1, conversation_id="c1")
    unread = SessionFactory(seen_agent=agent, timestamp=NOON + timedelta(hours=7), conversation_id="c1")
    talk(other_agent, 2, conversation_id="c1")
    talk(agent, 3, conversation_id="c2")

    answer = as_person(narrow_reviewer).get(f"/sessions/{later.pk}/conversation/")

    assert [reading.session for reading in answer.context["conversation"].readings] == [earlier, later, unread]
    text = answer.content.decode()
    assert text.index(f'id="s{earlier.pk}-turn-2"') < text.index(f'id="s{later.pk}-turn-2"')
    assert "This session has no transcript." in text
    assert readings() == [earlier.pk, later.pk]


def test_a_session_by_itself_is_a_conversation_of_one(as_person, reviewer, agent):
    session = talk(agent, conversation_id=None)

    answer = as_person(reviewer).get(f"/sessions/{session.pk}/conversation/")

    assert [reading.session for reading in answer.context["conversation"].readings] == [session]


def test_of_a_long_conversation_twenty_are_shown_and_it_says_so(as_person, reviewer, agent):
    rows = [talk(agent, hours, conversation_id="c1") for hours in range(21)]

    answer = as_person(reviewer).get(f"/sessions/{rows[0].pk}/conversation/")

    assert [reading.session for reading in answer.context["conversation"].readings] == rows[:20]
    assert b"These are the first 20." in answer.content


def test_a_conversation_asks_the_same_few_questions_however_long(as_person, reviewer, agent, django_assert_max_num_queries):
    rows = [talk(agent, hours, conversation_id="c1") for hours in range(12)]
    client = as_person(reviewer)
    client.get(f"/sessions/{rows[0].pk}/conversation/")

    # One insert for each session that was read.
    with django_assert_max_num_queries(8 + 3 * len(rows)):
        client.get(f"/sessions/{rows[0].pk}/conversation/")


def test_the_page_of_a_session_names_what_came_before(as_person, reviewer, agent):
    first = talk(agent, 0, conversation_id="c1", ended_by="caller")
    other = talk(agent, 1, conversation_id="c2")
    own = talk(agent, 2, conversation_id="c1")
    submit_label(session_id=first.pk, rater=RaterFactory(), code="BAD", client_key="another-key")

    answer = as_person(reviewer).get(f"/sessions/{own.pk}/")

    around = answer.context["page"].around
    assert [(one.pk, one.label_code, one.ended) for one in around.conversation.lines] == [(first.pk, "BAD", "by the caller")]
    assert [one.pk for one in around.caller.lines] == [other.pk]
    text = answer.content.decode()
    assert "2 of 2 sessions" in text
    for query in (around.conversation.query, around.caller.query):
        assert f'href="/sessions/?{query.replace("&", "&amp;")}"' in text


def test_the_link_to_all_of_them_lists_as_many(as_person, reviewer, agent):
    own = [talk(agent, hours, conversation_id="c1", is_test=hours == 1) for hours in range(3)][-1]
    talk(agent, 5, conversation_id="c2")
    client = as_person(reviewer)
    around = client.get(f"/sessions/{own.pk}/").context["page"].around

    for earlier in (around.conversation, around.caller):
        rows = client.get(f"/sessions/?{earlier.query}").content.count(b"rowlink")
        assert str(rows) == earlier.count_words


@pytest.mark.parametrize("name", ["sms:+12025550142", "2025550142", "thread of ana@example.com"])
def test_a_conversation_named_after_its_caller_stands_in_no_address(as_person, reviewer, agent, name):
    talk(agent, 0, conversation_id=name)
    own = talk(agent, 1, conversation_id=name)

    answer = as_person(reviewer).get(f"/sessions/{own.pk}/")

    assert answer.context["page"].around.conversation.query == ""
    assert b"conversation=" not in answer.content
    assert b"2025550142" not in answer.content


def test_where_review_is_independent_earlier_labels_are_hidden_until_ones_own(as_person, settings, reviewer, agent):
    settings.INDEPENDENT_REVIEW = True
    judged, unjudged, own = (talk(agent, hours, conversation_id="c1") for hours in range(3))
    for session in (judged, unjudged):
        submit_label(session_id=session.pk, rater=RaterFactory(), code="BAD", client_key="another-key")
    submit_label(session_id=judged.pk, rater=rater_of(user=reviewer), code="BAD", client_key="own-key-here")

    lines = as_person(reviewer).get(f"/sessions/{own.pk}/").context["page"].around.conversation.lines

    assert [(one.pk, one.label_code) for one in lines] == [(unjudged.pk, None), (judged.pk, "BAD")]


def test_the_summary_stands_above_the_transcript_only_where_judgments_are_open(as_person, settings, reviewer, agent):
    session = talk(agent)
    client = as_person(reviewer)

    shown = client.get(f"/sessions/{session.pk}/").content.decode()
    settings.INDEPENDENT_REVIEW = True
    hidden = client.get(f"/sessions/{session.pk}/").content.decode()

    assert '<details class="judgment summary"' in shown
    assert "The caller moved a visit." not in hidden
    assert "AI summary</summary>" not in hidden


def test_a_long_transcript_asks_no_more_than_a_short_one(as_person, reviewer, agent, django_assert_num_queries):
    turns = [{"uid": f"t{n}", "timestamp": (NOON + timedelta(seconds=3 * n)).isoformat(), "source": "user", "text": "Yes."} for n in range(300)]
    long = TranscriptFactory(
        session__seen_agent=agent, session__transcript_state="held", turns=turns, tools=[tool() | {"uid": f"x{n}"} for n in range(60)]
    ).session
    client = as_person(reviewer)
    client.get(f"/sessions/{long.pk}/transcript/", headers=FRAGMENT)

    with django_assert_num_queries(7):
        answer = client.get(f"/sessions/{long.pk}/transcript/", headers=FRAGMENT)

    assert answer.content.count(b'data-kind="turn"') == 300
    assert answer.content.count(b'data-kind="tool"') == 60
