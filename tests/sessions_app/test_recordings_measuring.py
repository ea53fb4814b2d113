"""What the bytes of a recording say, also where they lie."""

import struct
import time

import pytest

from sessions_app.recordings.measuring import Measured, measure, media_type_of
from tests.sessions_app.sounds import wav


@pytest.fixture
def measured(tmp_path):
    def read(content):
        path = tmp_path / "sound"
        path.write_bytes(content)
        return measure(path)

    return read


def close(spans, wanted):
    return len(spans) == len(wanted) and all(abs(a - b) <= 20 for span, other in zip(spans, wanted, strict=True) for a, b in zip(span, other, strict=True))


@pytest.mark.parametrize(
    ("head", "named"),
    [
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x00", "audio/mpeg"),
        (b"\xff\xfb\x90\x00" * 4, "audio/mpeg"),
        (b"OggS\x00\x02" + bytes(10), "audio/ogg"),
        (b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00", "audio/mp4"),
        (b"\x1aE\xdf\xa3" + bytes(12), "audio/webm"),
        (b"<!doctype html>", ""),
        (b"RIFF\x00\x00\x00\x00AVI LIST", ""),
        (b"%PDF-1.7", ""),
        (b"", ""),
        (b"\xff", ""),
    ],
)
def test_a_file_is_known_by_its_first_bytes(head, named):
    assert media_type_of(head) == named


def test_each_side_is_heard_in_its_own_lane(measured):
    found = measured(wav(10_000, [(0, 2_000), (6_000, 8_000)], [(3_000, 5_000)]))

    assert found.duration_ms == 10_000
    assert close(found.agent, [(0, 2_000), (6_000, 8_000)])
    assert close(found.caller, [(3_000, 5_000)])


@pytest.mark.parametrize(("rate", "width"), [(8_000, 1), (16_000, 2), (44_100, 2)])
def test_other_rates_and_widths_are_measured_too(measured, rate, width):
    found = measured(wav(3_000, [(1_000, 2_000)], [], rate=rate, width=width))

    assert found.duration_ms == 3_000
    assert close(found.agent, [(1_000, 2_000)])
    assert found.caller == []


def test_a_breath_does_not_end_a_stretch_and_a_click_does_not_begin_one(measured):
    found = measured(wav(5_000, [(0, 1_000), (1_200, 2_000), (3_000, 3_020)], []))

    assert close(found.agent, [(0, 2_000)])


def test_of_one_lane_only_the_length_is_told(measured):
    assert measured(wav(2_500, [(0, 1_000)])) == Measured(2_500)


@pytest.mark.parametrize("told", [0, 10, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_header_that_lies_about_the_length_is_not_believed_beyond_the_file(measured, told):
    found = measured(wav(2_000, [(0, 1_000)], [], told=told))

    assert found.duration_ms == (0 if told == 10 else 2_000)
    assert found.agent == [] if told == 10 else close(found.agent, [(0, 1_000)])


def test_other_chunks_before_the_samples_are_passed_over(measured):
    found = measured(wav(1_000, [(0, 500)], [], extra=b"LIST" + struct.pack("<I", 5) + b"abcde\0"))

    assert found.duration_ms == 1_000


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF",
        b"RIFF\x00\x00\x00\x00WAVE",
        b"RIFF\x00\x00\x00\x00WAVEdata\x04\x00\x00\x00abcd",
        b"RIFF\x00\x00\x00\x00WAVEfmt \x04\x00\x00\x00abcddata\x04\x00\x00\x00abcd",
        b"RIFF\x00\x00\x00\x00WAVEjunk\xff\xff\xff\xffabcd",
        wav(1_000, [], [], kind=7),
        wav(1_000, [], [], rate=1),
        wav(1_000, [], [], [], []),
        b"ID3" + bytes(5_000),
    ],
)
def test_what_is_no_plain_wav_is_not_measured(measured, content):
    assert measured(content) == Measured()


def test_a_wav_that_was_cut_off_in_the_middle_of_a_sample_is_measured(measured):
    assert measured(wav(1_000, [(0, 500)], [])[:-3]).duration_ms == 999


def test_ten_minutes_are_measured_quickly(measured):
    content = wav(600_000, [], [])
    begun = time.perf_counter()

    assert measured(content).duration_ms == 600_000
    assert time.perf_counter() - begun < 3
