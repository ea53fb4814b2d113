"""The folder of imports: private, with names of ours only. Beside a file lie the rows of it that were refused."""

import csv
import io
import os
import time
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import BinaryIO, Self

from django.conf import settings

from labeling.exports.cells import guard
from sessions_app.file_names import is_ours

REFUSED = ".refused"
HEAD = ("row", "what is wrong", "the row as it came")
# Of a file whose every row is wrong this many are listed; the count is of all.
MOST_LISTED = 100_000
ABANDONED_SECONDS = 6 * 3600


def path_of(token: str) -> Path:
    return Path(settings.IMPORT_DIR) / token


def refused_path(token: str) -> Path:
    return Path(settings.IMPORT_DIR) / f"{token}{REFUSED}"


def create(token: str) -> BinaryIO:
    """This will open a new file that nobody else reads."""
    ensure()
    return os.fdopen(os.open(path_of(token), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def clear(token: str) -> None:
    """This will remove a file and its refused rows."""
    if token:
        path_of(token).unlink(missing_ok=True)
        refused_path(token).unlink(missing_ok=True)


def clear_all_but(tokens: Collection[str]) -> int:
    """This will remove what belongs to no import of those, and return how many files it removed. A file on its way here belongs to none yet."""
    oldest = time.time() - ABANDONED_SECONDS
    gone = [path for path in ensure().iterdir() if is_ours(path.name) and path.name.removesuffix(REFUSED) not in tokens and path.stat().st_mtime < oldest]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


class RefusedRows:
    """A table that a spreadsheet shows and never works out, written as the import goes on."""

    def __init__(self, path: Path, *, size: int = 0, listed: int = 0) -> None:
        """What an earlier attempt wrote after its last word is written anew: it goes on at `size`."""
        self._listed = listed
        self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
        self._file.truncate(size)
        self._file.seek(size)
        if not size:
            self._file.write(b"\xef\xbb\xbf")
            self._write([HEAD])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self._file.close()

    def add(self, rows: Iterable[tuple[int, str, str]]) -> int:
        """This will write rows, and return the size of the file."""
        room = list(rows)[: max(MOST_LISTED - self._listed, 0)]
        self._listed += len(room)
        self._write([(str(number), sentence, guard(raw.rstrip("\r\n"))) for number, sentence, raw in room])
        self._file.flush()
        return self._file.tell()

    def _write(self, rows: Iterable[tuple[str, ...]]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
        self._file.write(text.getvalue().encode("utf-8", "replace"))


def ensure() -> Path:
    folder = Path(settings.IMPORT_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
