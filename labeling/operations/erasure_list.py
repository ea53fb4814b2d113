"""The list of erasures outside of the database. A restore takes the table back to what it was; this file it does not."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from labeling.models.erasure import SubjectKind

DIGEST = 64


class UnreadableLine(Exception):
    """A line of the list is not what was written. Its words say which."""


@dataclass(frozen=True, slots=True)
class Line:
    """One erasure: when it was ordered, and whom it is about as a keyed digest."""

    at: datetime
    kind: str
    digest: str


def append_line(line: Line) -> None:
    """This will write an erasure down for good, before anything is erased. Raises OSError."""
    path = Path(settings.ERASURE_LIST)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = (json.dumps(asdict(line) | {"at": line.at.isoformat()}) + "\n").encode()
    # One write at the end of the file: two processes at once leave two whole lines.
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        if os.write(file, written) != len(written):
            raise OSError("The line was cut off.")
        os.fsync(file)
    finally:
        os.close(file)


def read_lines(path: Path) -> Iterator[Line]:
    """This will read the list; one that is not there is empty. A last line that was cut off is left out. Raises UnreadableLine, OSError."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return
    lines = text.split("\n")
    for number, written in enumerate(lines, start=1):
        if not written.strip():
            continue
        try:
            told = json.loads(written)
            line = Line(at=datetime.fromisoformat(told["at"]), kind=told["kind"], digest=told["digest"])
            if line.kind not in SubjectKind.values or len(line.digest) != DIGEST or line.at.tzinfo is None:
                raise ValueError
        except (ValueError, KeyError, TypeError, AttributeError):
            if number == len(lines):
                return
            raise UnreadableLine(f"Line {number} of the list cannot be read.") from None
        yield line
