"""Making a backup: a dump and the numbers that prove it, of one moment, in one file."""

import hashlib
import hmac
import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from psycopg import Cursor

from labeling.backups.container import DUMP, MANIFEST, RECORDINGS, Unusable, Writer, in_parts
from labeling.backups.fingerprints import left_out, take_fingerprint
from labeling.backups.places import Place, find_program, running
from labeling.queries.installation import version

SUFFIX = ".backup"
SHORTEST_PASSPHRASE = 16
HELD = "SELECT session_id, place, file, size FROM sessions_app_recording WHERE state = 'held' ORDER BY session_id, place"


@dataclass(frozen=True, slots=True)
class Made:
    path: Path
    size: int
    tables: int
    rows: int
    recordings: int


def make_backup(folder: Path, *, passphrase: str) -> Made:
    """This will write a whole file or none, readable by its owner only. Raises Unusable, OSError, psycopg.Error."""
    if passphrase and len(passphrase) < SHORTEST_PASSPHRASE:
        raise Unusable(f"BACKUP_PASSPHRASE has fewer than {SHORTEST_PASSPHRASE} characters. Nothing was written.")
    place = Place.ours()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with place.connect() as reader, reader.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot(), now(), current_schema(), current_setting('server_version_num')::int / 10000")
        snapshot, taken_at, schema, server = cast(tuple[Any, ...], cursor.fetchone())
        program, major = find_program("pg_dump", server=server)
        head = {"taken_at": taken_at.isoformat(), "version": version(), "server": server, "pg_dump": major, "schema": schema}
        path = folder / f"review-desk-{taken_at:%Y%m%dT%H%M%S}Z{SUFFIX}"
        draft = path.with_suffix(".unfinished")
        try:
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                writer = Writer(file, head, passphrase)
                arguments = ["--format=custom", "--no-owner", "--no-privileges", f"--schema={schema}", f"--snapshot={snapshot}", "--lock-wait-timeout=60s"]
                arguments += [f"--exclude-table-data={schema}.{table}" for table in left_out()]
                with running(program, arguments, place=place, reads=False) as dump:
                    for data in in_parts(dump.read):
                        writer.write(DUMP, data)
                manifest = take_fingerprint(cursor) | {"extensions": _extensions(cursor), "keys": keys(), "recordings": _recordings(cursor, writer)}
                writer.write(MANIFEST, json.dumps(manifest).encode())
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, path)
        finally:
            # What a full disk or a kill of pg_dump left is no backup.
            with suppress(FileNotFoundError):
                draft.unlink()
    rows = sum(count for count, _ in manifest["tables"].values())
    return Made(path, path.stat().st_size, len(manifest["tables"]), rows, manifest["recordings"])


def find_newest(folder: Path) -> Path:
    """This will name the newest backup of a folder. Raises Unusable."""
    found = sorted(folder.glob(f"review-desk-*{SUFFIX}"))
    if not found:
        raise Unusable(f"There is no backup in {folder}.")
    return found[-1]


def clear_older(folder: Path, *, than: datetime) -> int:
    """This will delete the backups that were made before; the name says when. The newest always stays."""
    oldest = f"review-desk-{than:%Y%m%dT%H%M%S}Z"
    gone = [path for path in sorted(folder.glob(f"review-desk-*{SUFFIX}"))[:-1] if path.name < oldest]
    # A process that was killed leaves its draft behind.
    gone += [path for path in folder.glob("review-desk-*.unfinished") if path.stat().st_mtime < time.time() - 86_400]
    for path in gone:
        path.unlink()
    return len(gone)


def keys() -> dict[str, str]:
    """This will say by which keys the database can be read, in a form that nobody can read them from."""
    named = {"SECRET_KEY": settings.SECRET_KEY, "SEALING_KEY": settings.SEALING_KEYS[0], "ERASURE_KEY": settings.ERASURE_KEYS[0]}
    return {name: _mark(key) for name, key in named.items()}


def missing_keys(wanted: dict[str, str]) -> list[str]:
    """This will name the settings whose key, former ones included, is not the one of a backup."""
    here: dict[str, list[str]] = {
        "SECRET_KEY": [settings.SECRET_KEY, *map(str, settings.SECRET_KEY_FALLBACKS)],
        "SEALING_KEY": settings.SEALING_KEYS,
        "ERASURE_KEY": settings.ERASURE_KEYS,
    }
    return [name for name, mark in wanted.items() if mark not in [_mark(key) for key in here.get(name, [])]]


def digest_of(name: str) -> str | None:
    """This will sum up the file of a recording; None where it is not there."""
    try:
        with (Path(settings.RECORDING_DIR) / name).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def _mark(key: str) -> str:
    return hmac.new(key.encode(), b"review desk backup", "sha256").hexdigest()[:16]


def _extensions(cursor: Cursor[Any]) -> list[str]:
    cursor.execute("SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1")
    return [name for (name,) in cursor.fetchall()]


def _recordings(cursor: Cursor[Any], writer: Writer) -> int:
    """This will write down which recordings were held and what their files were; the files themselves can be fetched again."""
    cursor.execute(HELD)
    lines = [json.dumps([session, place, file, size, digest_of(file)]) for session, place, file, size in cursor.fetchall()]
    for first in range(0, len(lines), 10_000):
        writer.write(RECORDINGS, "\n".join(lines[first : first + 10_000]).encode())
    return len(lines)
