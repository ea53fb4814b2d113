"""Small WAV files, made for a test: who is loud when, in milliseconds."""

import struct
from array import array

RATE = 8_000


def wav(length_ms, *lanes, rate=RATE, width=2, told=None, extra=b"", kind=1):
    """This will make a file with one list of loud stretches a lane; `told` is what its header says instead of its length."""
    frames = length_ms * rate // 1000
    quiet, loud = (128, 200) if width == 1 else (0, 9_000)
    samples = array("B" if width == 1 else "h", [quiet]) * (frames * len(lanes))
    for lane, spans in enumerate(lanes):
        for start, end in spans:
            for frame in range(start * rate // 1000, min(end * rate // 1000, frames)):
                samples[frame * len(lanes) + lane] = loud
    data = samples.tobytes()
    form = struct.pack("<HHIIHH", kind, len(lanes), rate, rate * len(lanes) * width, len(lanes) * width, width * 8)
    body = b"fmt " + struct.pack("<I", len(form)) + form + extra + b"data" + struct.pack("<I", len(data) if told is None else told) + data
    return b"RIFF" + struct.pack("<I", (4 + len(body)) & 0xFFFFFFFF) + b"WAVE" + body
