"""What a recording's bytes say: its kind, and of a plain WAV how long it is and who is heard when."""

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from sys import byteorder
from typing import BinaryIO

HEAD_BYTES = 16
WAV = "audio/wav"
WINDOW_MS = 20
# A voice is louder than a hundredth of full scale; a breath between words does not end a stretch, a click does not begin one.
QUIET = 0.012
BREATH_MS, CLICK_MS = 300, 60
MOST_SPANS = 5_000
PCM, EXTENSIBLE = 1, 0xFFFE
RATES = range(4_000, 192_001)


@dataclass(frozen=True, slots=True)
class Measured:
    """What could be measured; spans are [from, until] in milliseconds of the recording."""

    duration_ms: int | None = None
    agent: list[list[int]] = field(default_factory=list)
    caller: list[list[int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Wav:
    channels: int
    rate: int
    width: int
    start: int
    length: int


def media_type_of(head: bytes) -> str:
    """This will name what the first bytes are, or "" for nothing that we play."""
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return WAV
    if head[:4] == b"OggS":
        return "audio/ogg"
    if head[4:8] == b"ftyp":
        return "audio/mp4"
    if head[:4] == b"\x1aE\xdf\xa3":
        return "audio/webm"
    if head[:3] == b"ID3" or (len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2):
        return "audio/mpeg"
    return ""


def measure(path: Path) -> Measured:
    """This will measure a WAV of plain samples; of two lanes the left is the agent and the right the caller. Raises OSError."""
    with path.open("rb") as file:
        wav = _read_header(file, path.stat().st_size)
        if wav is None:
            return Measured()
        frames = wav.length // (wav.channels * wav.width)
        duration_ms = frames * 1000 // wav.rate
        if wav.channels != 2:
            return Measured(duration_ms)
        agent, caller = _Lane(), _Lane()
        for loud_left, loud_right in _windows(file, wav):
            agent.add(loud_left)
            caller.add(loud_right)
        return Measured(duration_ms, agent.spans(duration_ms), caller.spans(duration_ms))


class _Lane:
    """One side, window by window."""

    def __init__(self) -> None:
        self._window = 0
        self._found: list[list[int]] = []

    def add(self, is_loud: bool) -> None:
        at, self._window = self._window * WINDOW_MS, self._window + 1
        if not is_loud:
            return
        if self._found and at - self._found[-1][1] < BREATH_MS:
            self._found[-1][1] = at + WINDOW_MS
        else:
            self._found.append([at, at + WINDOW_MS])

    def spans(self, duration_ms: int) -> list[list[int]]:
        return [[start, min(end, duration_ms)] for start, end in self._found if end - start >= CLICK_MS][:MOST_SPANS]


def _read_header(file: BinaryIO, size: int) -> _Wav | None:
    """A WAV that was streamed does not know its length, and others lie: what lies in the file counts."""
    if media_type_of(file.read(12)) != WAV:
        return None
    form: tuple[int, int, int] | None = None
    while len(head := file.read(8)) == 8:
        name, length = struct.unpack("<4sI", head)
        if name == b"data":
            start = file.tell()
            return _Wav(*form, start, min(length or size, size - start)) if form else None
        body = file.read(min(length, 40)) if name == b"fmt " else b""
        if name == b"fmt ":
            form = _read_form(body)
        if name == b"fmt " and form is None:
            return None
        file.seek(length + length % 2 - len(body), 1)
    return None


def _read_form(body: bytes) -> tuple[int, int, int] | None:
    if len(body) < 16:
        return None
    kind, channels, rate, _, block, bits = struct.unpack("<HHIIHH", body[:16])
    if kind == EXTENSIBLE and len(body) >= 26:
        kind = int(struct.unpack("<H", body[24:26])[0])
    is_plain = kind == PCM and bits in (8, 16) and channels in (1, 2) and rate in RATES and block == channels * bits // 8
    return (channels, rate, bits // 8) if is_plain else None


def _windows(file: BinaryIO, wav: _Wav) -> Iterator[tuple[bool, bool]]:
    """Whether each side is louder than quiet, 20 ms at a time."""
    per_window = wav.rate * WINDOW_MS // 1000 * 2
    left = wav.length - wav.length % (2 * wav.width)
    file.seek(wav.start)
    high, low = (128 + round(128 * QUIET), 128 - round(128 * QUIET)) if wav.width == 1 else (round(32768 * QUIET), -round(32768 * QUIET))
    while left > 0:
        data = file.read(min(left, per_window * wav.width * 200))
        if not data:
            return
        left -= len(data)
        samples = array("B" if wav.width == 1 else "h", data[: len(data) - len(data) % wav.width])
        if wav.width == 2 and byteorder == "big":
            samples.byteswap()
        for start in range(0, len(samples), per_window):
            window = samples[start : start + per_window]
            yield _is_loud(window[::2], high, low), _is_loud(window[1::2], high, low)


def _is_loud(side: "array[int]", high: int, low: int) -> bool:
    return bool(side) and (max(side) > high or min(side) < low)
