"""Locks between processes; the kernel releases them when their holder dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """This will wait for the lock and hold it inside the block."""
    handle = _open(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        _release(handle)


@contextmanager
def alone(path: Path) -> Iterator[bool]:
    """This will say whether nobody has a seat here, and let nobody take one inside the block if so."""
    handle = _open(path)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        _release(handle)


class Seat:
    """One process's place among the users of a server."""

    def __init__(self, path: Path) -> None:
        self._handle = _open(path)
        fcntl.flock(self._handle, fcntl.LOCK_SH)

    def leave(self) -> None:
        _release(self._handle)

    def forget(self) -> None:
        """This will close a forked child's copy, which leaves the parent in its seat."""
        os.close(self._handle)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _release(handle: int) -> None:
    # Closing alone would leave the lock to a child that was forked meanwhile and holds a copy of the handle.
    fcntl.flock(handle, fcntl.LOCK_UN)
    os.close(handle)
