"""Restoring a backup into an empty database, and proving on a scratch database that one can be."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

from config.embedded_postgres.places import Places
from labeling.backups.container import DUMP, RECORDINGS, Backup, Unusable, open_backup
from labeling.backups.fingerprints import differences, take_fingerprint
from labeling.backups.making import digest_of, missing_keys
from labeling.backups.places import Place, find_program, running
from labeling.models import BackupCheck

SCRATCH = "Scratch database of verify_backup: it may be dropped."
IN_USE = """
    SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_toast%'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')
"""


@dataclass(frozen=True, slots=True)
class Restored:
    """`missing_keys` are settings without which some of it cannot be read, `recordings` are those whose file is gone or another."""

    taken_at: datetime
    tables: int
    rows: int
    missing_keys: list[str]
    recordings: int
    recordings_lost: int


def restore_backup(path: Path, *, passphrase: str) -> Restored:
    """This will restore into the database of the settings, which must be empty, whole or not at all. Raises Unusable, OSError, DatabaseError, psycopg.Error."""
    backup = open_backup(path, passphrase)
    # An embedded database whose folder was moved away is made again by the first connection of Django's, and by no other.
    connection.ensure_connection()
    return _restore(backup, Place.ours())


def verify_backup(path: Path, *, passphrase: str) -> Restored:
    """This will restore into a database made for that, compare, drop it, and note that it was done. Raises Unusable, OSError, psycopg.Error."""
    backup = open_backup(path, passphrase)
    ours = Place.ours()
    server = Place.at(settings.VERIFY_DATABASE_URL) if settings.VERIFY_DATABASE_URL else ours
    with _scratch(server, f"{str(ours.address['dbname'])[:50]}_verify") as scratch:
        restored = _restore(backup, scratch)
    BackupCheck.objects.create(taken_at=restored.taken_at, note=f"{path.name}: {restored.tables} tables, {restored.rows} rows"[:200])
    return restored


def _how_to_empty() -> str:
    if "EMBEDDED" not in settings.DATABASES["default"]:
        return "Make an empty one."
    return f"Stop everything, move the folder {Places.of(settings.DATABASES['default']['EMBEDDED']['DATA']).home} away, and run this again."


def _restore(backup: Backup, place: Place) -> Restored:
    # The whole file is read before anything is written.
    manifest = backup.manifest()
    schema = backup.head["schema"]
    with place.connect(autocommit=True) as owner:
        (server,) = _row(owner, "SELECT current_setting('server_version_num')::int / 10000")
        (tables,) = _row(owner, IN_USE)
        if tables:
            raise Unusable(f"The database {place.address['dbname']} is not empty: it has {tables} tables and sequences. Nothing was changed. {_how_to_empty()}")
        if server < backup.head["server"]:
            raise Unusable(f"The backup is of PostgreSQL {backup.head['server']}, this server is {server}: restore it on one that is not older.")
        program, major = find_program("pg_restore", server=server)
        if major < backup.head["pg_dump"]:
            raise Unusable(f"pg_dump {backup.head['pg_dump']} wrote the backup, and pg_restore {major} cannot read it. Install a newer postgresql-client.")
        owner.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
        for extension in manifest["extensions"]:
            owner.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
    arguments = ["--format=custom", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", f"--schema={schema}"]
    with running(program, arguments, place=place, reads=True) as restoring:
        for kind, data in backup.parts():
            if kind == DUMP:
                restoring.write(data)
    with place.connect() as reader, reader.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        if different := differences(manifest, take_fingerprint(cursor)):
            raise Unusable("What was restored is not what was backed up. " + "; ".join(different) + ".")
    rows = sum(count for count, _ in manifest["tables"].values())
    lost = sum(1 for _, _, file, _, digest in _recordings(backup) if digest is None or digest_of(file) != digest)
    taken_at = datetime.fromisoformat(backup.head["taken_at"])
    return Restored(taken_at, len(manifest["tables"]), rows, missing_keys(manifest["keys"]), manifest["recordings"], lost)


@contextmanager
def _scratch(server: Place, name: str) -> Iterator[Place]:
    """An empty database for the time of the block. One that a killed verification left is dropped first, and nothing else ever is."""
    with server.connect(autocommit=True) as maker:
        found = maker.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name]).fetchone()
        if found and found[0] != SCRATCH:
            raise Unusable(f"There is a database {name} that verify_backup did not make. Rename it, or set VERIFY_DATABASE_URL to another server.")
        drop = sql.SQL("DROP DATABASE {}").format(sql.Identifier(name))
        try:
            if found:
                maker.execute(drop)
            maker.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name)))
        except psycopg.errors.InsufficientPrivilege as refused:
            raise Unusable(
                "This role may not make a database to restore into. Allow it (ALTER ROLE … CREATEDB), or set VERIFY_DATABASE_URL to where one may."
            ) from refused
        except (psycopg.errors.ObjectInUse, psycopg.errors.DuplicateDatabase) as busy:
            raise Unusable("Another verification is running.") from busy
        try:
            maker.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(SCRATCH)))
            maker.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
            yield server.named(name)
        finally:
            maker.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _recordings(backup: Backup) -> Iterator[list[Any]]:
    for kind, data in backup.parts():
        if kind == RECORDINGS:
            yield from map(json.loads, data.splitlines())


def _row(owner: psycopg.Connection[Any], text: str) -> Any:
    return owner.execute(text).fetchone()
