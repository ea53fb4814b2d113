"""The folder of exports: private, named by tokens only, and holding nothing that no export answers for."""

import os
import re
import secrets
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from sessions_app.file_names import is_ours

# A workshop older than this has lost whoever worked in it.
ABANDONED_SECONDS = 24 * 3600
SPOOL = "spool"
SPOOLED = re.compile(rf"{SPOOL}\.[0-9a-f]{{16}}")


@contextmanager
def workshop(name: str) -> Iterator[Path]:
    """This will make a folder to write one file in, and clear it away with everything that was left in it."""
    folder = _ensure() / f"{name}.{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep(file: Path, *, token: str, rights: str, format: str) -> None:
    """This will put a complete file in its place, at once. Raises FileNotFoundError where another attempt cleared this one away."""
    os.replace(file, _ensure() / _name(token, rights, format))


def find(*, token: str, rights: str, format: str) -> Path | None:
    """This will find the file that was made with these rights."""
    file = Path(settings.EXPORT_DIR) / _name(token, rights, format)
    return file if file.is_file() else None


def holds(token: str) -> bool:
    return any(path.name.partition(".")[0] == token for path in _things())


def clear(token: str) -> None:
    """This will remove whatever there is of an export, finished or not."""
    for path in _things():
        if path.name.partition(".")[0] == token:
            _remove(path)


def clear_all_but(tokens: Collection[str]) -> int:
    """This will remove what belongs to no export of those, and workshops that were abandoned; and return how many it removed."""
    oldest = time.time() - ABANDONED_SECONDS
    things = _things()
    gone = [path for path in things if is_ours(path.name) and path.name.partition(".")[0] not in tokens]
    gone += [path for path in things if SPOOLED.fullmatch(path.name) and _changed_at(path) < oldest]
    for path in gone:
        _remove(path)
    return len(gone)


def _name(token: str, rights: str, format: str) -> str:
    return f"{token}.{rights}.{format}"


def _ensure() -> Path:
    folder = Path(settings.EXPORT_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _things() -> list[Path]:
    folder = Path(settings.EXPORT_DIR)
    return list(folder.iterdir()) if folder.is_dir() else []


def _changed_at(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return time.time()


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
