"""Handing out a finished file: to its maker, in its day, with the rights it was made with."""

import gc
import threading
import weakref
from datetime import datetime
from io import BufferedReader, FileIO
from pathlib import Path

from django.utils.translation import gettext_noop

from labeling.exports import folder
from labeling.exports.rights import rights_of
from labeling.models import Export, User
from labeling.models.export import ExportState
from sessions_app.scope import Scope

# A client that reads slowly keeps a thread of the server; a process has four, and pages need some.
MOST_DOWNLOADS = 2
# Who has a download on its way, one each. A forgotten answer can be collected while its own thread holds the lock: it has to be let in again.
_holders: set[int] = set()
_lock = threading.RLock()

EXPIRED = gettext_noop("The link to this file has expired. Make the export again.")
RIGHTS_CHANGED = gettext_noop("Your rights have changed since this file was made, so it is no longer handed out. Make the export again.")
GONE = gettext_noop("The file is no longer on the server. Make the export again.")


class TooManyDownloads(Exception):
    """As many files are on their way from this process as it sends at a time, or one to this person."""


class Download(BufferedReader):
    """An open file that keeps its place among the downloads until it is closed, or forgotten."""

    def __init__(self, raw: FileIO, *, by: User) -> None:
        super().__init__(raw)
        self._give_place_back = weakref.finalize(self, _give_place_back, by.pk)

    def close(self) -> None:
        super().close()
        self._give_place_back()


def open_download(file: Path, *, by: User) -> Download:
    """This will open a file for sending. Raises TooManyDownloads and OSError."""
    raw = FileIO(file)
    if not _take_place(by.pk):
        raw.close()
        raise TooManyDownloads
    return Download(raw, by=by)


def is_expired(export: Export, *, at: datetime) -> bool:
    return export.state == ExportState.READY and export.expires_at is not None and export.expires_at <= at


def why_not_download(export: Export, *, by: User, scope: Scope, at: datetime) -> str:
    """This will say why a file that was ready is not handed out, or "" where it is."""
    if is_expired(export, at=at):
        return EXPIRED
    if folder.find(token=export.token, rights=rights_of(by, scope), format=export.format):
        return ""
    return RIGHTS_CHANGED if folder.holds(export.token) else GONE


def open_file(export: Export, *, by: User, scope: Scope, at: datetime) -> Download | None:
    """This will open a file, where it is handed out. Raises TooManyDownloads."""
    if export.state != ExportState.READY or is_expired(export, at=at):
        return None
    file = folder.find(token=export.token, rights=rights_of(by, scope), format=export.format)
    try:
        return open_download(file, by=by) if file else None
    except FileNotFoundError:
        return None


def _take_place(holder: int) -> bool:
    if _try_place(holder):
        return True
    # An answer that was never sent keeps its place until it is collected.
    gc.collect()
    return _try_place(holder)


def _try_place(holder: int) -> bool:
    with _lock:
        if holder in _holders or len(_holders) >= MOST_DOWNLOADS:
            return False
        _holders.add(holder)
        return True


def _give_place_back(holder: int) -> None:
    with _lock:
        _holders.discard(holder)
