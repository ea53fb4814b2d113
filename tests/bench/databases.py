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
    """`name` says what it is for: small, middle, large, text or empty. `given` is an existing database to use instead of making one."""

    name: str
    sessions: int
    transcripts: int = 0
    labels: int | None = None
    given: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    def prepare(self):
        """This will make and fill the database unless it is there. With DATABASE_URL on that server, else on embedded ones."""
        address = os.environ.get("DATABASE_URL", "")
        name = self.given or f"review_desk_bench_{self.name}_{self.sessions}"
        if address:
            _create(address, name)
            self.environment = {"DATABASE_URL": _named(address, name)}
        else:
            self.environment = {"EMBEDDED_DATA": str(FOLDER / ".data" / name)}
        self.manage("migrate", "--verbosity", "0")
        if self.given or not self.sessions:
            return
        if self.manage("shell", "--verbosity", "0", "--command", "from sessions_app.models import *; print(Session.objects.exists())") == "False":
            labels = [] if self.labels is None else ["--labels", str(self.labels)]
            self.manage("seed_demo", "--sessions", str(self.sessions), "--transcripts", str(self.transcripts), *labels)

    def surroundings(self, process):
        return os.environ | self.environment | {"REVIEW_DESK_PROCESS": process, "HASHED_STATIC": "1", "PRODUCTION": "0"}

    def manage(self, *arguments):
        return self.run("manage.py", *arguments)

    def run(self, *arguments):
        """What a command of Python says on standard output, with this database. What it ends with is for its caller to read out of that."""
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=FOLDER, env=self.surroundings("command"), check=arguments[0] == "manage.py", stdout=subprocess.PIPE, text=True)
        return done.stdout.strip()


def _named(address, name):
    return urlunsplit(urlsplit(address)._replace(path=f"/{name}"))


def _create(address, name):
    with psycopg.connect(address, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
