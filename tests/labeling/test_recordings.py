"""The recording of a session: who may hear it, under which address, and what is written down."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
import time_machine
from django.core import signing
from django.db import connection, connections
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from labeling import tasks
from labeling.demo.seeding import seed_demo
from labeling.models import Event
from labeling.operations.recordings import ask_for_recordings
from labeling.views import recordings as views
from sessions_app.codes import TranscriptState
from sessions_app.models import Recording, Session
from sessions_app.queries.recordings import get_recordings
from sessions_app.recordings import folder
from sessions_app.recordings.fetching import fetch_recording
from sessions_app.recordings.ranges import MOST_AT_ONCE
from tests.factories import NOON, RecordingFactory, SessionFactory, TranscriptFactory
from tests.sessions_app.sounds import wav

pytestmark = pytest.mark.django_db
CONTENT = wav(2_000, [(0, 500)], [(1_000, 1_500)])
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def place(settings, tmp_path):
    settings.RECORDING_DIR = tmp_path / "recordings"
    return settings.RECORDING_DIR


@pytest.fixture
def held(agent):
    """Makes a recording that is here."""

    def make(content=CONTENT, seen_agent=agent, **fields):
        with folder.drafting() as draft:
            draft.write(content)
            name = draft.keep()
        kept = {"state": "held", "file": name, "size": len(content), "media_type": "audio/wav", "duration_ms": 2_000, "held_at": timezone.now()}
        fields.setdefault("session", None)
        session = fields.pop("session") or SessionFactory(seen_agent=seen_agent)
        return RecordingFactory(session=session, **kept | fields)

    return make


def ask(client, session, method="get"):
    answer = getattr(client, method)(f"/sessions/{session.pk}/recording/", headers=JSON)
    assert answer.status_code == 200
    return answer.json()


def address(client, recording):
    return ask(client, recording.session)["parts"][0]["address"]


def body(answer):
    return b"".join(answer.streaming_content)


def heard():
    return Event.objects.filter(kind="recording_heard")


def test_a_recording_that_is_here_is_told_with_an_address_and_nothing_of_its_source(as_person, reviewer, held):
    recording = held(reference="https://vendor.example/secret.wav")

    answer = as_person(reviewer).get(f"/sessions/{recording.session_id}/recording/", headers=JSON)

    assert answer.json()["state"] == "held"
    [part] = answer.json()["parts"]
    assert part | {"address": ""} == {"state": "held", "from": 0.0, "seconds": 2.0, "address": ""}
    assert part["address"].startswith("/recordings/")
    assert "vendor" not in answer.content.decode()
    assert recording.file not in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert not heard().exists()


def test_asking_for_a_pending_one_has_it_fetched_once(as_person, reviewer, manager, client):
    recording = RecordingFactory()

    assert ask(as_person(reviewer), recording.session) == {"state": "pending", "parts": [{"state": "pending", "from": 0.0, "seconds": None, "address": ""}]}
    ask(as_person(manager), recording.session)

    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.args, job.lock) == ("labeling.tasks.fetch_recording", {"recording": recording.pk}, f"recording {recording.pk}")
    assert app.tasks[job.task_name] is tasks.fetch_recording
    assert recording.reference not in str(job.args)


def test_the_page_of_a_session_fetches_nothing_and_holds_no_address(as_person, reviewer, held):
    recording = held(reference="https://vendor.example/secret.wav")
    pending = RecordingFactory(session=recording.session, place=2, starts_ms=2_000)

    page = as_person(reviewer).get(f"/sessions/{recording.session_id}/").content.decode()

    assert 'id="player"' in page
    assert "/recordings/" not in page
    assert recording.file not in page
    assert "vendor.example" not in page
    assert pending.reference not in page
    assert not ProcrastinateJob.objects.exists()


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ([], "none"),
        (["held"], "held"),
        (["held", "pending"], "pending"),
        (["failed", "held"], "held"),
        (["failed", "gone"], "failed"),
        (["gone"], "gone"),
    ],
)
def test_the_state_of_several_parts_is_what_counts(as_person, reviewer, held, agent, states, told):
    session = SessionFactory(seen_agent=agent)
    for number, state in enumerate(states, 1):
        if state == "held":
            held(session=session, place=number)
        else:
            RecordingFactory(session=session, place=number, state=state)

    assert ask(as_person(reviewer), session)["state"] == told


def test_a_failed_one_is_tried_again_only_by_a_post(as_person, reviewer):
    recording = RecordingFactory(state="failed")

    assert ask(as_person(reviewer), recording.session)["state"] == "failed"
    assert not ProcrastinateJob.objects.exists()
    assert ask(as_person(reviewer), recording.session, "post")["state"] == "pending"
    assert ProcrastinateJob.objects.count() == 1


def test_a_chat_has_no_recording_whatever_its_rows_say(as_person, reviewer):
    recording = RecordingFactory(session__channel="chat")

    assert ask(as_person(reviewer), recording.session) == {"state": "none", "parts": []}
    assert 'class="player' not in as_person(reviewer).get(f"/sessions/{recording.session_id}/").content.decode()


def test_a_call_without_a_recording_says_so(as_person, reviewer, agent):
    page = as_person(reviewer).get(f"/sessions/{TranscriptFactory(session__seen_agent=agent).pk}/").content.decode()

    assert "This session has no recording." in page
    assert 'id="player"' not in page


def test_an_erased_session_is_not_heard_any_more(as_person, reviewer, held):
    recording = held()
    client = as_person(reviewer)
    link = address(client, recording)
    recording.session.transcript_state = TranscriptState.ERASED
    recording.session.save(update_fields=["transcript_state"])

    assert ask(client, recording.session)["parts"] == []
    assert client.get(link).status_code == 404


def test_a_session_out_of_scope_is_not_found(as_person, narrow_reviewer, held, other_agent):
    recording = held(seen_agent=other_agent)
    client = as_person(narrow_reviewer)

    for method in ("get", "post"):
        assert getattr(client, method)(f"/sessions/{recording.session_id}/recording/", headers=JSON).status_code == 404
    assert client.get(f"/sessions/{recording.session_id}/recording/", headers={"HX-Request": "true"}).status_code == 404


def test_the_sound_comes_whole_with_headers_that_tell_nothing(as_person, reviewer, held):
    recording = held()
    client = as_person(reviewer)

    answer = client.get(address(client, recording))

    assert (answer.status_code, body(answer)) == (200, CONTENT)
    assert answer["Content-Type"] == "audio/wav"
    assert answer["Content-Disposition"] == "inline"
    assert answer["Content-Length"] == str(len(CONTENT))
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert recording.file not in str(answer.headers)


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-", 0, len(CONTENT) - 1), ("bytes=0-99", 0, 99), ("bytes=100-199", 100, 199), ("bytes=-44", len(CONTENT) - 44, len(CONTENT) - 1)],
)
def test_a_part_of_the_sound_is_answered_as_a_part(as_person, reviewer, held, asked, first, last):
    client = as_person(reviewer)

    answer = client.get(address(client, held()), headers={"Range": asked})

    assert (answer.status_code, body(answer)) == (206, CONTENT[first : last + 1])
    assert answer["Content-Range"] == f"bytes {first}-{last}/{len(CONTENT)}"
    assert answer["Content-Length"] == str(last + 1 - first)


def test_the_rest_of_a_long_recording_comes_in_pieces(as_person, reviewer, held):
    client = as_person(reviewer)
    content = CONTENT + bytes(MOST_AT_ONCE)

    answer = client.get(address(client, held(content)), headers={"Range": "bytes=10-"})

    assert body(answer) == content[10 : 10 + MOST_AT_ONCE]
    assert answer["Content-Range"] == f"bytes 10-{MOST_AT_ONCE + 9}/{len(content)}"


def test_a_long_recording_as_a_whole_counts_as_a_download(as_person, reviewer, held):
    client = as_person(reviewer)
    link = address(client, held(CONTENT + bytes(MOST_AT_ONCE)))

    first, second = client.get(link), client.get(link)

    assert (first.status_code, second.status_code, second["Retry-After"]) == (200, 503, "30")
    assert client.get(link, headers={"Range": "bytes=0-"}).status_code == 206
    assert len(body(first)) == len(CONTENT) + MOST_AT_ONCE
    # What the server does at the end of an answer, without the end of the test's connection.
    del first
    assert client.get(link).status_code == 200


def test_a_part_that_is_not_there_is_refused(as_person, reviewer, held):
    client = as_person(reviewer)

    answer = client.get(address(client, held()), headers={"Range": f"bytes={len(CONTENT)}-"})

    assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(CONTENT)}")


def test_a_part_of_another_version_is_answered_with_the_whole(as_person, reviewer, held):
    client = as_person(reviewer)
    link = address(client, held())
    tag = client.get(link)["ETag"]

    assert client.get(link, headers={"Range": "bytes=0-9", "If-Range": tag}).status_code == 206
    assert client.get(link, headers={"Range": "bytes=0-9", "If-Range": '"another"'}).status_code == 200


def test_asking_for_the_head_sends_no_sound_and_hears_nothing(as_person, reviewer, held):
    client = as_person(reviewer)
    link = address(client, held())

    for headers, status, length in (({}, 200, len(CONTENT)), ({"Range": "bytes=0-9"}, 206, 10)):
        answer = client.head(link, headers=headers)
        assert (answer.status_code, answer["Content-Length"], answer.content) == (status, str(length), b"")
    assert not heard().exists()


def test_hearing_is_written_down_once_a_link(as_person, reviewer, held):
    recording = held()
    client = as_person(reviewer)
    first, second = address(client, recording), address(client, recording)

    for link in (first, first, second):
        client.get(link, headers={"Range": "bytes=0-9"})

    assert [(event.user, event.session, event.subject_kind, event.subject) for event in heard()] == [
        (reviewer.pk, recording.session_id, "recording", recording.pk)
    ] * 2


def test_a_link_is_of_no_use_to_another_person(as_person, reviewer, manager, held):
    link = address(as_person(reviewer), held())

    assert as_person(manager).get(link).status_code == 404
    assert not heard().exists()


def test_a_link_does_not_outlive_the_right_to_see_the_session(as_person, narrow_reviewer, other_agent, held):
    client = as_person(narrow_reviewer)
    link = address(client, held())
    narrow_reviewer.agents.set([other_agent])

    assert client.get(link).status_code == 404


def test_a_link_needs_the_sign_in(client, as_person, reviewer, held):
    link = address(as_person(reviewer), held())
    client.logout()

    assert client.get(link).status_code == 302


def test_a_link_lasts_five_minutes(as_person, reviewer, held):
    client = as_person(reviewer)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        link = address(client, held())
        clock.shift(timedelta(seconds=299))
        assert client.get(link).status_code == 200
        clock.shift(timedelta(seconds=2))
        assert client.get(link).status_code == 410
    assert heard().count() == 1


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "..%2f..%2fetc%2fpasswd",
        "%00",
        "é",
        "a" * 3_000,
        signing.dumps({"recording": 1, "user": 1, "link": "x"}),
        signing.dumps({"recording": 1, "user": 1, "link": "x"}, salt="labeling.recording", key="another key"),
        signing.dumps({"recording": 1, "user": 0, "link": "x"}, salt=views.SALT),
        signing.dumps({"recording": 2**80, "user": 0, "link": "x"}, salt=views.SALT),
    ],
    # What is signed holds the time: as a name it would differ between the processes that run the tests.
    ids=["short", "path", "nul", "accent", "long", "no salt", "other key", "nobody", "no recording"],
)
def test_a_link_that_we_did_not_write_is_not_found(as_person, reviewer, held, token):
    held()

    assert as_person(reviewer).get(f"/recordings/{token}/").status_code == 404


def test_a_changed_link_is_not_found(as_person, reviewer, held):
    client = as_person(reviewer)
    link = address(client, held())

    for position in (13, len(link) // 2, len(link) - 3):
        changed = link[:position] + ("A" if link[position] != "A" else "B") + link[position + 1 :]
        assert client.get(changed).status_code in (404, 410), changed
    assert not heard().exists()


def test_a_file_that_vanished_is_fetched_anew(as_person, reviewer, held, place):
    recording = held()
    client = as_person(reviewer)
    link = address(client, recording)
    (place / recording.file).unlink()

    assert client.get(link).status_code == 410
    recording.refresh_from_db()
    assert (recording.state, recording.file) == ("pending", "")
    assert ask(client, recording.session)["state"] == "pending"
    assert ProcrastinateJob.objects.count() == 1
    assert not heard().exists()


def test_a_file_that_vanished_is_noticed_when_it_is_asked_for(as_person, reviewer, held, place):
    recording = held()
    (place / recording.file).unlink()

    assert ask(as_person(reviewer), recording.session)["state"] == "pending"


def test_no_path_leads_out_of_the_folder(as_person, reviewer, held, place):
    """The name of a file comes from us; a row that says otherwise is a row that somebody tampered with, and it is still only a name."""
    recording = held()
    client = as_person(reviewer)
    link = address(client, recording)
    Recording.objects.update(file="../../../../../../etc/hostname"[:43])

    answer = client.get(link)

    assert answer.status_code == 410
    assert Path("/etc/hostname").exists()


def test_without_script_the_address_plays_or_leads_back(as_person, reviewer, held):
    recording, pending = held(), RecordingFactory()
    client = as_person(reviewer)
    browser = {"Accept": "text/html,*/*"}

    assert client.get(f"/sessions/{recording.session_id}/recording/", headers=browser)["Location"].startswith("/recordings/")
    assert client.get(f"/sessions/{pending.session_id}/recording/", headers=browser)["Location"] == f"/sessions/{pending.session_id}/"


def test_the_tape_comes_as_a_fragment_and_fetches_nothing(as_person, reviewer):
    session = TranscriptFactory(session__timestamp=NOON).session
    RecordingFactory(session=session)

    answer = as_person(reviewer).get(f"/sessions/{session.pk}/recording/", headers={"HX-Request": "true"})

    assert answer.content.decode().strip().startswith('<svg id="recording-tape" viewBox="0 0 138.00 46"')
    assert not ProcrastinateJob.objects.exists()


def test_the_tape_of_a_session_that_has_none_is_not_found(as_person, reviewer):
    client = as_person(reviewer)

    for session in (SessionFactory(), SessionFactory(channel="chat")):
        assert client.get(f"/sessions/{session.pk}/recording/", headers={"HX-Request": "true"}).status_code == 404


def test_the_drawing_says_what_was_measured_and_what_was_not():
    transcript = TranscriptFactory(
        session__timestamp=NOON,
        session__duration=20.0,
        tools=[
            {"uid": "c1", "timestamp": "2026-03-02T12:00:03Z", "tool_name": "find", "tool_error": None},
            {"uid": "c2", "timestamp": "2026-03-02T12:00:06Z", "tool_name": "move", "tool_error": "Timed out"},
        ],
    )
    recording = RecordingFactory(session=transcript.session)

    estimated = get_recordings(transcript.session, transcript)
    Recording.objects.update(duration_ms=20_000, agent_spans=[[0, 2_000], [14_000, 16_000]], caller_spans=[[4_000, 6_000]])
    measured = get_recordings(transcript.session, transcript)

    assert recording.state == "pending"
    assert [(bar.kind, bar.is_measured) for bar in estimated.tape.bars] == [("a", False), ("c", False), ("a", False)]
    assert [(gap.is_measured) for gap in estimated.tape.gaps] == [False]
    assert estimated.measured is None
    assert [(bar.kind, bar.x, bar.width, bar.is_measured) for bar in measured.tape.bars] == [
        ("a", "0.00", "2.00", True),
        ("a", "14.00", "2.00", True),
        ("c", "4.00", "2.00", True),
    ]
    assert [(gap.x, gap.width, gap.is_measured) for gap in measured.tape.gaps] == [("6.00", "8.00", True)]
    assert [(gap.from_ms, gap.until_ms) for gap in measured.measured] == [(6_000, 14_000)]
    assert [(tick.x, tick.is_error) for tick in measured.tape.ticks] == [("3.00", False), ("6.00", True)]


def test_the_demo_shows_every_state_and_makes_no_sound_yet(place):
    seed_demo(sessions=400, seed=7, with_accounts=False, until=NOON)

    recorded = Recording.objects.select_related("session")
    assert {recording.state for recording in recorded} == {"pending", "failed", "gone"}
    assert recorded.values("session").distinct().count() == 60
    assert recorded.filter(place=2).count() == 3
    assert {recording.session.channel for recording in recorded} == {"voice"}
    assert Session.objects.filter(channel="voice", recordings=None).count() > 60
    assert not place.exists()
    for recording in recorded.filter(state="pending").order_by("pk")[:9]:
        fetch_recording(recording_pk=recording.pk)
    assert Recording.objects.filter(state="held").count() == 9
    assert not Recording.objects.filter(state="held", agent_spans=[], caller_spans=[]).exists()


def test_asking_costs_few_statements(as_person, reviewer, held, django_assert_max_num_queries):
    recording = held(asked_at=timezone.now())
    client = as_person(reviewer)
    ask(client, recording.session)

    with django_assert_max_num_queries(10):
        link = address(client, recording)
    client.get(link)
    with django_assert_max_num_queries(6):
        body(client.get(link, headers={"Range": "bytes=0-9"}))


@pytest.mark.django_db(transaction=True)
def test_no_connection_is_held_while_somebody_listens(as_person, reviewer, held):
    client = as_person(reviewer)
    answer = client.get(address(client, held()))

    next(iter(answer.streaming_content))

    assert connection.connection is None


@pytest.mark.django_db(transaction=True)
def test_of_many_who_ask_at_once_one_has_it_fetched_and_one_file_is_made(place):
    transcript = TranscriptFactory(session__timestamp=NOON, session__duration=18.0)
    recording = RecordingFactory(session=transcript.session, reference="demo:-")

    at_once(lambda: ask_for_recordings(recordings=[Recording.objects.get()], at=timezone.now()))
    assert ProcrastinateJob.objects.count() == 1
    at_once(lambda: fetch_recording(recording_pk=recording.pk))

    recording.refresh_from_db()
    assert [path.name for path in place.iterdir()] == [recording.file]


def at_once(act, people=4):
    barrier = Barrier(people)

    def one(_):
        try:
            barrier.wait(timeout=10)
            act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(people) as pool:
        list(pool.map(one, range(people)))


def test_how_somebody_listens_is_remembered(as_person, reviewer):
    client = as_person(reviewer)
    sent = {"playback_speed": "150", "skips_silence": ["off", "on"], "follows_audio": ["off"]}

    assert client.post("/settings/", sent, headers={"HX-Request": "true"}).status_code == 204
    reviewer.refresh_from_db()
    assert (reviewer.playback_speed, reviewer.skips_silence, reviewer.follows_audio, reviewer.shortcuts) == (150, True, False, True)
    client.post("/settings/", {"theme": "dark"}, headers={"HX-Request": "true"})
    reviewer.refresh_from_db()
    assert (reviewer.playback_speed, reviewer.skips_silence, reviewer.follows_audio) == (150, True, False)
    assert client.post("/settings/", {"playback_speed": "300"}, headers={"HX-Request": "true"}).status_code == 422
