"""The folder of recordings: private, every file under a random name, and complete or not there."""

import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from sessions_app.file_names import OURS, is_ours, make_name

MOST_BYTES = 200 * 1024 * 1024
# A draft older than this has lost whoever wrote it, and so has a file that no recording names.
ABANDONED_SECONDS = 24 * 3600
DRAFT = ".draft"


class TooLarge(Exception):
    """The recording is larger than one may be."""


class Draft:
    """A file that is being written. It goes unless it is kept."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self.size = 0
        self._file = file

    def write(self, data: bytes) -> None:
        """This will add to the file. Raises TooLarge and OSError."""
        self.size += len(data)
        if self.size > MOST_BYTES:
            raise TooLarge
        self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def keep(self) -> str:
        """This will put the file in its place, whole and at once, and return its name. Raises OSError."""
        self.flush()
        os.fsync(self._file.fileno())
        os.replace(self.path, self.path.with_suffix(""))
        return self.path.stem


@contextmanager
def drafting() -> Iterator[Draft]:
    """This will open a file to write one recording in. Raises OSError."""
    folder = _ensure()
    path = folder / f"{make_name()}{DRAFT}"
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        try:
            yield Draft(path, file)
        finally:
            path.unlink(missing_ok=True)


def open_file(name: str) -> BinaryIO | None:
    """This will open a kept file, or return None where it is gone."""
    try:
        return path_of(name).open("rb")
    except FileNotFoundError:
        return None


def path_of(name: str) -> Path:
    """This will be the place of a kept file. Raises FileNotFoundError for what cannot be the name of one."""
    if not OURS.fullmatch(name):
        raise FileNotFoundError
    return _folder() / name


def holds(name: str) -> bool:
    return bool(OURS.fullmatch(name)) and (_folder() / name).is_file()


def remove(names: Collection[str]) -> None:
    for name in names:
        if OURS.fullmatch(name):
            (_folder() / name).unlink(missing_ok=True)


def clear_abandoned(is_known: Callable[[str], bool]) -> int:
    """This will remove old files that no recording names, and return how many went."""
    oldest = time.time() - ABANDONED_SECONDS
    gone = [path for path in _files() if is_ours(path.name) and _changed_at(path) < oldest and not is_known(path.name)]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _folder() -> Path:
    return Path(settings.RECORDING_DIR)


def _ensure() -> Path:
    folder = _folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _files() -> list[Path]:
    return list(_folder().iterdir()) if _folder().is_dir() else []


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()
