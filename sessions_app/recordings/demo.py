"""How a demo session sounds: made from its transcript, always the same, and nobody's voice.

Each turn is a row of syllables from a small bank of its speaker's, in the speaker's lane, and between turns is true silence.
"""

import math
import struct
from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from random import Random
from sys import byteorder

from sessions_app.models import Recording, Transcript
from sessions_app.queries.recordings import Talk, get_talk
from sessions_app.recordings.fetchers import FetchFailed, Gone

RATE = 8_000
FRAME = 4
LOUDNESS = 0.22 * 32767
PITCHES = {"agent": 205.0, "caller": 118.0}
SYLLABLES = 10
# Longer is no demo session; a transcript that lies about its times must not fill the disk.
LONGEST_MS = 30 * 60 * 1000
TAIL_MS = 400


def fetch_demo(recording: Recording, write: Callable[[bytes], None]) -> None:
    """This will make the recording that `reference` speaks of: "demo:from-until" in milliseconds, both may be left out.

    Raises FetchFailed and Gone.
    """
    _, _, told = recording.reference.partition(":")
    if told == "gone":
        raise Gone
    transcript = Transcript.objects.filter(pk=recording.session_id).first()
    begin, _, end = told.partition("-")
    if transcript is None or not all(part == "" or part.isdecimal() for part in (begin, end)):
        raise FetchFailed
    talk = get_talk(recording.session, transcript)
    whole = talk.length_ms + TAIL_MS
    from_ms, until_ms = int(begin or 0), min(int(end or whole), whole, int(begin or 0) + LONGEST_MS)
    if until_ms <= from_ms:
        raise FetchFailed
    frames = _frames(until_ms - from_ms)
    write(_header(frames * FRAME))
    for block in _sound(talk, from_ms, until_ms):
        write(block)


def _sound(talk: Talk, from_ms: int, until_ms: int) -> Iterator[bytes]:
    at = 0
    for number, turn in enumerate(talk.turns):
        start, end = max(turn.from_ms, from_ms), min(turn.until_ms, until_ms)
        if end <= start or _frames(start - from_ms) < at:
            continue
        yield bytes((_frames(start - from_ms) - at) * FRAME)
        at = _frames(end - from_ms)
        yield _speech(turn.speaker, at - _frames(start - from_ms), _luck(f"{number} {turn.speaker} {turn.until_ms - turn.from_ms}"))
    yield bytes((_frames(until_ms - from_ms) - at) * FRAME)


def _speech(speaker: str, frames: int, rng: Random) -> bytes:
    bank = _bank(speaker)
    said: list[bytes] = []
    length = 0
    while length < frames * FRAME:
        said.append(rng.choice(bank))
        length += len(said[-1])
    return b"".join(said)[: frames * FRAME]


@cache
def _bank(speaker: str) -> Sequence[bytes]:
    """Some syllables in this speaker's lane: a tone with overtones that swells and fades, or a hiss and then a tone."""
    rng = _luck(speaker)
    lane = 0 if speaker == "agent" else 1
    bank = []
    for number in range(SYLLABLES):
        frames = _frames(rng.randrange(150, 260))
        pitch = PITCHES[speaker] * rng.uniform(0.88, 1.18)
        hiss = frames // 5 if number % 3 == 0 else 0
        samples = array("h", bytes(frames * FRAME))
        for n in range(frames):
            swell = math.sin(math.pi * n / frames)
            turn = 2 * math.pi * pitch * (1 - 0.06 * n / frames) * n / RATE
            tone = math.sin(turn) + 0.5 * math.sin(2 * turn) + 0.3 * math.sin(5 * turn)
            samples[2 * n + lane] = round(LOUDNESS * swell * (rng.uniform(-1, 1) if n < hiss else tone / 1.8))
        if byteorder == "big":
            samples.byteswap()
        bank.append(samples.tobytes())
    return bank


def _luck(of: str) -> Random:
    return Random(of)  # noqa: S311 - a sound, not a secret


def _frames(ms: int) -> int:
    return ms * RATE // 1000


def _header(length: int) -> bytes:
    return struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + length, b"WAVE", b"fmt ", 16, 1, 2, RATE, RATE * FRAME, FRAME, 16, b"data", length)
