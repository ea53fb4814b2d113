"""Fetching: once, whole or not at all, under a name that says nothing."""

import logging
import os
import resource
import stat
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.utils import timezone

from sessions_app.codes import SourceKind
from sessions_app.models import Recording
from sessions_app.recording_operations import PATIENCE, Copy, hold_recording, want_recording
from sessions_app.recordings import folder
from sessions_app.recordings.fetchers import FetchFailed, Gone
from sessions_app.recordings.fetching import FETCHERS, UNHEARD, clear_recordings, fetch_recording
from tests.factories import NOON, RecordingFactory, SessionFactory, TranscriptFactory
from tests.sessions_app.sounds import wav

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def place(settings, tmp_path):
    settings.RECORDING_DIR = tmp_path / "recordings"
    return settings.RECORDING_DIR


@pytest.fixture
def source(monkeypatch):
    """Sets what the source of the factories gives."""

    def gives(fetcher):
        monkeypatch.setitem(FETCHERS, SourceKind.INGEST, fetcher)

    return gives


def writing(content):
    def fetcher(recording, write):
        for start in range(0, len(content), 1_000):
            write(content[start : start + 1_000])

    return fetcher


def fetched(recording):
    fetch_recording(recording_pk=recording.pk)
    recording.refresh_from_db()
    return recording


def names(place):
    return sorted(path.name for path in place.iterdir()) if place.is_dir() else []


def test_a_recording_is_kept_whole_and_private_and_measured_on_the_sessions_clock(source, place):
    content = wav(10_000, [(0, 2_000)], [(3_000, 5_000)])
    source(writing(content))

    recording = fetched(RecordingFactory(starts_ms=60_000, reference="a/b/../../etc/passwd"))

    assert (recording.state, recording.media_type, recording.size, recording.duration_ms) == ("held", "audio/wav", len(content), 10_000)
    assert recording.agent_spans == [[60_000, 62_000]]
    assert recording.caller_spans == [[63_000, 65_000]]
    assert names(place) == [recording.file]
    assert len(recording.file) == 43
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert stat.S_IMODE((place / recording.file).stat().st_mode) == 0o600
    assert (place / recording.file).read_bytes() == content


def test_a_wav_that_lies_about_its_length_is_kept_with_the_length_it_has(source):
    source(writing(wav(2_000, [(0, 1_000)], [], told=0xFFFFFFFF)))

    assert fetched(RecordingFactory()).duration_ms == 2_000


def cut_off(recording, write):
    write(wav(1_000, [], [])[:500])
    raise FetchFailed


def unreachable(recording, write):
    write(b"RIFF")
    raise ConnectionResetError(104, "Connection reset by peer")


@pytest.mark.parametrize(
    ("fetcher", "state"),
    [
        (cut_off, "failed"),
        (unreachable, "failed"),
        (writing(b"<!doctype html><title>Sign in</title>"), "failed"),
        (writing(b""), "failed"),
    ],
)
def test_what_did_not_come_whole_leaves_nothing(source, place, fetcher, state):
    source(fetcher)

    recording = fetched(RecordingFactory())

    assert (recording.state, recording.file) == (state, "")
    assert names(place) == []


def test_what_its_source_has_lost_is_gone(source, place):
    def lost(recording, write):
        raise Gone

    source(lost)

    assert fetched(RecordingFactory()).state == "gone"


def test_a_recording_larger_than_one_may_be_is_refused(source, place, monkeypatch):
    monkeypatch.setattr(folder, "MOST_BYTES", 5_000)
    source(writing(wav(1_000, [], [])))

    assert fetched(RecordingFactory()).state == "failed"
    assert names(place) == []


@contextmanager
def files_of_at_most(size):
    """No file of this process may become larger: as good as a full disk, and the rest of the machine does not notice."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_said_in_the_log_without_a_place(source, place, caplog):
    source(writing(wav(5_000, [], [])))
    recording = RecordingFactory(reference="https://vendor.example/secret")

    with caplog.at_level(logging.ERROR), files_of_at_most(10_000):
        fetched(recording)

    assert (recording.state, names(place)) == ("failed", [])
    assert caplog.messages == ["A recording could not be fetched or kept: File too large."]


def test_a_fault_of_ours_is_not_hidden(source):
    def broken(recording, write):
        raise ZeroDivisionError

    source(broken)
    recording = RecordingFactory()

    with pytest.raises(ZeroDivisionError):
        fetch_recording(recording_pk=recording.pk)
    recording.refresh_from_db()
    assert recording.state == "failed"


def test_a_source_that_nobody_can_fetch_from_fails():
    assert fetched(RecordingFactory(session__data_source__kind=SourceKind.FILE)).state == "failed"


def test_a_recording_that_is_held_or_not_there_is_not_fetched(source):
    source(cut_off)

    assert fetched(RecordingFactory(state="held", file="x", size=1)).state == "held"
    fetch_recording(recording_pk=0)


def test_of_two_fetches_at_once_one_file_stays(source, place):
    content = wav(1_000, [], [])
    recording = RecordingFactory()

    def overtaken(seen, write):
        """Another worker is done while this one is still writing."""
        FETCHERS[SourceKind.INGEST] = writing(content)
        fetch_recording(recording_pk=recording.pk)
        write(content)

    source(overtaken)
    fetched(recording)

    assert names(place) == [recording.file]
    assert recording.state == "held"


def test_several_people_ask_and_one_fetch_is_made():
    recording = RecordingFactory()

    assert [want_recording(recording=recording, at=NOON + timedelta(seconds=n)) for n in range(3)] == [True, False, False]
    assert want_recording(recording=recording, at=NOON + PATIENCE + timedelta(seconds=1)) is True


def test_a_failed_recording_gets_another_try_only_when_asked_for():
    recording = RecordingFactory(state="failed", asked_at=NOON)

    assert want_recording(recording=recording, at=NOON) is False
    assert want_recording(recording=recording, at=NOON, again=True) is True
    assert (recording.state, Recording.objects.get().state) == ("pending", "pending")


def test_a_recording_that_is_gone_is_not_fetched_again():
    assert want_recording(recording=RecordingFactory(state="gone"), at=NOON, again=True) is False


def test_what_nobody_asked_for_in_a_month_is_deleted_and_can_be_had_again(source, place):
    source(writing(wav(1_000, [(0, 500)], [])))
    old, used, fresh = (fetched(RecordingFactory()) for _ in range(3))
    now = timezone.now()
    Recording.objects.filter(pk__in=[old.pk, used.pk]).update(held_at=now - UNHEARD - timedelta(hours=1), asked_at=now - UNHEARD - timedelta(hours=1))
    Recording.objects.filter(pk=used.pk).update(asked_at=now - timedelta(days=1))

    assert clear_recordings() == 1

    old.refresh_from_db()
    assert (old.state, old.file, old.agent_spans) == ("pending", "", [[0, 500]])
    assert names(place) == sorted([used.file, fresh.file])
    assert fetched(old).state == "held"


def test_files_that_belong_to_nothing_are_cleared_after_a_day(source, place):
    source(writing(wav(1_000, [], [])))
    kept = fetched(RecordingFactory())
    yesterday = time.time() - folder.ABANDONED_SECONDS - 60
    abandoned, orphan, young, theirs = f"{'a' * 43}.draft", "o" * 43, "y" * 43, "Holiday.mp3"
    for name in (abandoned, orphan, young, theirs):
        (place / name).write_bytes(b"x")
    for name in (abandoned, orphan, theirs, kept.file):
        os.utime(place / name, (yesterday, yesterday))

    assert clear_recordings() == 2
    assert names(place) == sorted([kept.file, theirs, young])


def test_clearing_where_nothing_was_ever_fetched_is_nothing(place):
    assert clear_recordings() == 0


def test_a_demo_session_sounds_like_its_transcript_every_time(place):
    session = TranscriptFactory(session__timestamp=NOON, session__duration=18.0).session
    first, second = fetched(RecordingFactory(session=session, reference="demo:-")), fetched(RecordingFactory(session=session, place=2, reference="demo:-"))

    assert (place / first.file).read_bytes() == (place / second.file).read_bytes()
    assert (first.media_type, first.duration_ms) == ("audio/wav", 18_400)
    starts = [span[0] for span in sorted([*first.agent_spans, *first.caller_spans])]
    assert [round(start / 1000) for start in starts] == [0, 4, 14]
    assert len(first.agent_spans) == 2


def test_a_demo_session_in_two_parts_lies_on_one_clock():
    session = TranscriptFactory(session__timestamp=NOON, session__duration=18.0).session
    first = fetched(RecordingFactory(session=session, reference="demo:-4000"))
    second = fetched(RecordingFactory(session=session, place=2, starts_ms=4_000, reference="demo:4000-"))

    assert (first.duration_ms, second.duration_ms) == (4_000, 14_400)
    assert first.caller_spans == []
    assert [round(start / 1000) for start, _ in second.caller_spans] == [4]


@pytest.mark.parametrize(
    ("reference", "state"), [("demo:gone", "gone"), ("demo:lost", "failed"), ("demo:9-1", "failed"), ("demo:²-", "failed"), ("demo:-", "failed")]
)
def test_a_demo_reference_that_says_nothing_fails(reference, state):
    assert fetched(RecordingFactory(session=SessionFactory(duration=None), reference=reference)).state == state


def test_in_production_nothing_is_made_up(settings):
    settings.PRODUCTION = True
    session = TranscriptFactory(session__timestamp=NOON).session

    assert fetched(RecordingFactory(session=session, reference="demo:-")).state == "failed"


def test_two_minutes_of_demo_sound_are_made_in_no_time(place):
    turns = [
        {"uid": f"t{n}", "timestamp": f"2026-03-02T12:{n * 6 // 60:02}:{n * 6 % 60:02}Z", "source": "agent" if n % 2 else "user", "text": "Word " * 14}
        for n in range(20)
    ]
    session = TranscriptFactory(turns=turns, session__timestamp=NOON, session__duration=120.0).session
    begun = time.perf_counter()

    assert fetched(RecordingFactory(session=session, reference="demo:-")).state == "held"
    assert time.perf_counter() - begun < 1.5


def test_a_slower_fetch_does_not_replace_what_is_held():
    recording = RecordingFactory(state="held", file="first", size=1)

    assert hold_recording(recording=recording, copy=Copy("second", "audio/wav", 1, None, [], []), at=NOON) is False
    recording.refresh_from_db()
    assert recording.file == "first"
