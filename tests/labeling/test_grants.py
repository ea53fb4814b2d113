"""Reading transcripts and hearing recordings are grants of their own: without them nothing of either is shown anywhere."""

import json

import pytest
from django.core import signing

from labeling.exports.catalog import COLUMNS
from labeling.models import Event, Label
from labeling.operations.incidents import raise_incident
from labeling.operations.labels import submit_label
from labeling.operations.searches import keep_search
from labeling.policies import why_not_label
from labeling.queries.colleagues import colleagues_for
from tests.factories import RaterFactory, RecordingFactory, SessionFactory, TranscriptFactory, UserFactory
from tests.labeling.exported import read_csv, read_jsonl
from tests.labeling.test_exports_files import write

pytestmark = pytest.mark.django_db

SAID = "The rash is on my left arm."
TOOL = {"uid": "c1", "timestamp": "2026-03-02T12:00:06Z", "tool_name": "book", "tool_request": '{"why": "rash"}', "tool_error": "no rash", "tool_result": "x"}
TURN = {"uid": "t1", "timestamp": "2026-03-02T12:00:00Z", "source": "user", "text": SAID, "lang": "en-US"}


@pytest.fixture
def session(agent):
    session = SessionFactory(seen_agent=agent, conversation_id="c-1", tool_names=["book"])
    TranscriptFactory(session=session, turns=[TURN], tools=[TOOL], summary="A rash was reported.")
    submit_label(session_id=session.pk, rater=RaterFactory(), code="BAD", comment="Impolite.", client_key="some-own-key")
    return session


@pytest.fixture
def unread():
    return UserFactory(may_read_transcripts=False, role="manager")


@pytest.fixture
def unheard():
    return UserFactory(may_hear_recordings=False)


@pytest.mark.parametrize("address", ["", "transcript/", "conversation/"])
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_without_the_grant_no_page_shows_what_was_said(as_person, unread, session, address, headers):
    answer = as_person(unread).get(f"/sessions/{session.pk}/{address}", headers=headers)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "does not cover reading transcripts" in page
    assert "rash" not in page
    assert not Event.objects.filter(kind="transcript_read").exists()


def test_no_payload_is_found(as_person, unread, session):
    client = as_person(unread)

    assert {client.get(f"/sessions/{session.pk}/tools/1/{name}/").status_code for name in ("request", "error", "result")} == {404}


@pytest.mark.parametrize("typed", ["rash", "hello -rash", '"left arm"', "book", "impolite"])
def test_no_word_finds_or_leaves_out_a_session(as_person, unread, session, typed):
    other = TranscriptFactory(session__seen_agent=session.seen_agent).session
    search = keep_search(text=typed, by=unread)

    page = as_person(unread).get(f"/sessions/?q={search.token}&start=2020-01-01")

    found = page.context["page"].sessions
    assert found in ([], [other, session], [session, other])
    assert "rash" not in page.content.decode().replace(typed, "")


@pytest.mark.parametrize("typed", ["+12025550142", "id:{pk}", "from:2025550142"])
def test_a_session_is_still_found_by_what_it_is_called(as_person, unread, session, typed):
    search = keep_search(text=typed.format(pk=session.pk), by=unread)

    assert as_person(unread).get(f"/sessions/?q={search.token}&start=2020-01-01").context["page"].sessions == [session]


def test_no_file_holds_it(tmp_path, unread, session):
    _, rows = read_jsonl(write(tmp_path, unread, format="jsonl", columns=[column.name for column in COLUMNS])[1])

    [row] = rows
    assert (row["transcript"], row["summary"], row["summary_rating"]) == (None, "", "")
    assert "rash" not in json.dumps(rows)
    notes, _ = read_csv(write(tmp_path, unread)[1])
    assert "# Left empty: transcripts and AI summaries, which you may not read" in notes


def test_the_form_of_an_export_says_so(as_person, unread, session):
    assert "does not cover reading them" in as_person(unread).get("/sessions/export/").content.decode()


def test_who_cannot_read_cannot_label(as_person, unread, session):
    client = as_person(unread)

    page = client.get(f"/sessions/{session.pk}/").content.decode()
    answer = client.post(f"/labels/{session.pk}/", {"code": "GOOD", "client_key": "another-own-key"})

    assert why_not_label(unread) in page
    assert answer.status_code == 403
    assert Label.objects.count() == 1


def test_nobody_is_asked_for_an_opinion_who_cannot_read(unread, reviewer, session):
    assert list(colleagues_for(session, asker=UserFactory())) == [reviewer]


def test_an_incident_is_still_told(as_person, unread, reviewer, session):
    raise_incident(session=session, by=reviewer, line="Somebody is in danger.", client_key="some-own-key", base="https://desk.example.com/")

    assert "Somebody is in danger." in as_person(unread).get(f"/sessions/{session.pk}/").content.decode()


def test_a_citation_names_no_place(as_person, unread, session):
    assert "the transcript changed after this label" not in as_person(unread).get(f"/sessions/{session.pk}/").content.decode()


def test_without_the_grant_there_is_no_address_of_a_recording(as_person, unheard, session):
    recording = RecordingFactory(session=session)
    client = as_person(unheard)

    page = client.get(f"/sessions/{session.pk}/").content.decode()

    assert "does not cover hearing recordings" in page
    assert "<audio" not in page
    assert 'id="player"' not in page
    assert SAID in page
    for headers in ({}, {"Accept": "application/json"}, {"HX-Request": "true"}):
        assert client.get(f"/sessions/{session.pk}/recording/", headers=headers).status_code == 404
    assert client.post(f"/sessions/{session.pk}/recording/").status_code == 404
    token = signing.dumps({"recording": recording.pk, "user": unheard.pk, "link": "x"}, salt="labeling.recording")
    assert client.get(f"/recordings/{token}/").status_code == 404
    assert not Event.objects.filter(kind="recording_heard").exists()


def test_a_session_without_a_recording_says_nothing_of_the_grant(as_person, unheard, session):
    assert "hearing recordings" not in as_person(unheard).get(f"/sessions/{session.pk}/").content.decode()


def test_the_tape_tells_nothing_of_the_turns_to_who_may_not_read(as_person, unread, session):
    RecordingFactory(session=session)

    page = as_person(unread).get(f"/sessions/{session.pk}/").content.decode()

    assert 'id="player"' in page
    assert "rash" not in page
