"""The databases that are measured: made once, by `manage.py seed_demo`, and kept for the next run."""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

FOLDER = Path(__file__).resolve().parent.parent.parent


@dataclass
class Database:
    """`name` says what it is for: small, large or text. `given` is an existing database to use instead of making one."""

    name: str
    sessions: int
    transcripts: int
    labels: int | None = None
    given: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    def prepare(self):
        """This will make and fill the database unless it is there. With DATABASE_URL on that server, else on embedded ones."""
        address = os.environ.get("DATABASE_URL", "")
        name = self.given or f"review_desk_bench_{self.sessions}_{self.transcripts}"
        if address:
            _create(address, name)
            self.environment = {"DATABASE_URL": _named(address, name)}
        else:
            self.environment = {"EMBEDDED_DATA": str(FOLDER / ".data" / name)}
        if self.given:
            return
        self._manage("migrate", "--verbosity", "0")
        if self._manage("shell", "--verbosity", "0", "--command", "from sessions_app.models import *; print(Session.objects.exists())") == "False":
            labels = [] if self.labels is None else ["--labels", str(self.labels)]
            self._manage("seed_demo", "--sessions", str(self.sessions), "--transcripts", str(self.transcripts), *labels)

    def surroundings(self, process):
        return os.environ | self.environment | {"REVIEW_DESK_PROCESS": process, "HASHED_STATIC": "1", "PRODUCTION": "0"}

    def _manage(self, *arguments):
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=FOLDER, env=self.surroundings("command"), check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def _named(address, name):
    return urlunsplit(urlsplit(address)._replace(path=f"/{name}"))


def _create(address, name):
    with psycopg.connect(address, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
