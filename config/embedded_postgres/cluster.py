"""The cluster's folder: made whole or not at all, and configured anew at every start."""

import os
import shutil
import tempfile
import time
from pathlib import Path

from config.embedded_postgres.account import Account
from config.embedded_postgres.binaries import Binaries
from config.embedded_postgres.places import PORT, Places
from config.embedded_postgres.unavailable import EmbeddedPostgresUnavailable

SUPERUSER = "review_desk"
DAYS_OF_LOG = 6

LOCAL_ONLY = "local all all trust\n"  # the socket's folder admits nobody but its owner and root

# Nothing a person said or wrote may reach the log: no statements, no parameters, no errors (their first line quotes
# values, "invalid input syntax for type integer: ...") and no details ("Key (...) already exists", "Failed process was
# running: ..."). The application reports its own errors.
SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_file_mode": "0600",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "datestyle": "ISO",
    "lc_messages": "C",
    "lc_monetary": "C",
    "lc_numeric": "C",
    "lc_time": "C",
    "default_text_search_config": "pg_catalog.english",
}


def why_not_open(places: Places, binaries: Binaries) -> str:
    """This will say why these programs must not touch the cluster that is there, or nothing."""
    mark = places.cluster / "PG_VERSION"
    if not mark.is_file():
        return (
            f"The data folder {places.cluster} is damaged, its file PG_VERSION is missing. "
            "Nothing was deleted: restore the folder from a backup, or move it away to begin with an empty database."
        )
    made_by = mark.read_text().strip()
    if made_by != str(binaries.major):
        return (
            f"The data in {places.cluster} was made by PostgreSQL {made_by}, this is {binaries.major}. "
            f"Nothing was changed: set EMBEDDED_POSTGRES_BIN to the bin folder of a PostgreSQL {made_by}, or dump the data with {made_by} "
            f"and load it into {binaries.major}, or move the folder away to begin with an empty database."
        )
    return ""


def create(places: Places, binaries: Binaries) -> None:
    """This will make an empty cluster; raises EmbeddedPostgresUnavailable and leaves nothing behind if it cannot."""
    draft = Path(tempfile.mkdtemp(prefix="unfinished-", dir=places.home))
    try:
        binaries.account.own(draft)
        output = places.home / "initdb.log"
        if not binaries.run("initdb", *_initdb_options(binaries.major), data=draft, output=output):
            words = output.read_text(errors="replace")
            reason = "the disk is full" if "No space left on device" in words else last_complaint(words)
            raise EmbeddedPostgresUnavailable(f"PostgreSQL could not create its data folder {places.cluster}: {reason or f'see {output}'}.")
        draft.rename(places.cluster)
        _remember_names_in(places.home)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def configure(places: Places, account: Account) -> None:
    """This will write the configuration; what ALTER SYSTEM set goes on to win over it."""
    settings = SETTINGS | {"unix_socket_directories": str(places.run), "log_directory": str(places.log)}
    lines = ["# Written at every start. ALTER SYSTEM makes changes that last."]
    lines += [f"{name} = {_quoted(value)}" for name, value in settings.items()]
    places.put_file(places.cluster / "postgresql.conf", "\n".join(lines) + "\n", account)
    places.put_file(places.cluster / "pg_hba.conf", LOCAL_ONLY, account)


def sweep(places: Places) -> None:
    """This will delete what interrupted creations left, and the logs of the week before.

    A server that never runs past midnight would append to those.
    """
    for leftover in places.home.glob("unfinished-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    for log in places.log.glob("postgresql-*.log"):
        if log.lstat().st_mtime < time.time() - DAYS_OF_LOG * 24 * 3600:
            log.unlink(missing_ok=True)


def last_complaint(words: str) -> str:
    """This will pick the reason out of what a PostgreSQL program wrote."""
    for line in reversed(words.splitlines()):
        for mark in ("FATAL:", "PANIC:", "error:"):
            if mark in line:
                return line.partition(mark)[2].strip().rstrip(".")
    return ""


def _initdb_options(major: int) -> list[str]:
    # Letters beyond ASCII must have upper and lower case, and text must sort the same on every machine and after every
    # upgrade of its C library, or indexes break. PostgreSQL 17 has such a locale built in and the carried programs
    # have no ICU; before 17 the C library's C.UTF-8 comes closest.
    builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    locale = builtin if major >= 17 else ["--locale=C.UTF-8"]
    return [
        f"--username={SUPERUSER}", "--encoding=UTF8", *locale, "--lc-messages=C", "--data-checksums",
        "--auth-local=trust", "--auth-host=reject", "--no-instructions",
    ]  # fmt: skip


def _remember_names_in(folder: Path) -> None:
    # After a power failure the new name must still be there: the next start deletes what is called unfinished.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
