"""Which database is meant, as psycopg and PostgreSQL's own programs are told, and those programs.

A password goes through the environment of a program: everybody on the machine can read its arguments.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from glob import glob
from pathlib import Path
from typing import IO, Any, cast

import psycopg
from django.conf import settings
from django.db import connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import Conninfo

from config.embedded_postgres.binaries import find_programs
from config.embedded_postgres.unavailable import EmbeddedPostgresUnavailable
from labeling.backups.container import Unusable

KNOWN = {option.keyword.decode() for option in Conninfo.get_defaults()} - {"password", "options"}
# From this version on pg_restore asks for a setting that older servers refuse.
ASKS_TOO_MUCH = 17


@dataclass(frozen=True, slots=True)
class Place:
    """A database by the parameters of libpq, and the password apart."""

    address: dict[str, Any]
    password: str

    @classmethod
    def ours(cls) -> "Place":
        return cls.of(connection.get_connection_params())

    @classmethod
    def at(cls, url: str) -> "Place":
        return cls.of(conninfo_to_dict(url))

    @classmethod
    def of(cls, parameters: dict[str, Any]) -> "Place":
        return cls({key: value for key, value in parameters.items() if key in KNOWN and value is not None}, str(parameters.get("password") or ""))

    def named(self, name: str) -> "Place":
        return replace(self, address=self.address | {"dbname": name})

    def connect(self, *, autocommit: bool = False) -> psycopg.Connection[Any]:
        password: dict[str, Any] = {"password": self.password} if self.password else {}
        # Counting takes as long as it takes, and waits while a program reads.
        patient = "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0 -c jit=off"
        return psycopg.connect(make_conninfo(**self.address), autocommit=autocommit, options=patient, **password)


class ProgramFailed(Unusable):
    """A program of PostgreSQL ended with an error. Its first line stands here; the others may hold what a row held."""


def find_program(name: str, *, server: int) -> tuple[Path, int]:
    """This will find pg_dump or pg_restore of the server's own version, or else of the next newer one. Raises Unusable."""
    folders = [*os.get_exec_path(), *sorted(glob("/usr/lib/postgresql/*/bin"))]
    with suppress(EmbeddedPostgresUnavailable):
        folders.append(str(find_programs(str(settings.DATABASES["default"].get("EMBEDDED", {}).get("BIN") or ""))))
    found = [(major, path) for path in dict.fromkeys(Path(folder, name) for folder in folders) if (major := _major(path))]
    newer = name == "pg_dump" or server >= ASKS_TOO_MUCH
    fitting = sorted((major for major, _ in found if major == server or (newer and major > server)))
    if not fitting:
        have = ", ".join(sorted({str(major) for major, _ in found})) or "none"
        raise Unusable(f"{name} of PostgreSQL {server} is needed and was not found (found: {have}). Install the package postgresql-client-{server}.")
    return next((path, major) for major, path in found if major == fitting[0])


@contextmanager
def running(program: Path, arguments: Iterable[str], *, place: Place, reads: bool) -> Iterator[IO[bytes]]:
    """This will run a program and hand out its output, or its input where it `reads`. Raises ProgramFailed."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")} | {"LC_ALL": "C"}
    if place.password:
        environment["PGPASSWORD"] = place.password
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL} if reads else {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE}
    with tempfile.TemporaryFile() as words:
        command: list[str] = [str(program), *arguments, f"--dbname={make_conninfo(**place.address)}"]
        process = subprocess.Popen(command, env=environment, stderr=words, **pipes)
        pipe = cast(IO[bytes], process.stdin if reads else process.stdout)
        try:
            yield pipe
            pipe.close()
        except BrokenPipeError:
            pass  # it ended early, and says below why
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.wait():
            words.seek(0)
            said = [line for line in words.read(100_000).decode(errors="replace").splitlines() if "error" in line.lower()]
            raise ProgramFailed(said[0] if said else f"{program.name} ended with {process.returncode}.")


def _major(path: Path) -> int:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    except OSError:
        return 0
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else 0
