"""The embedded server and its users: it starts when nothing answers and stops when the last user leaves."""

import os
import threading
from contextlib import suppress
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg import sql
from psycopg.conninfo import make_conninfo

from config.embedded_postgres.locks import Seat, alone, exclusive
from config.embedded_postgres.places import Places
from config.embedded_postgres.postmaster import Postmaster
from config.embedded_postgres.unavailable import EmbeddedPostgresUnavailable, saying_which_file


class Server:
    def __init__(self, data: str | Path, bin_folder: str = "") -> None:
        self.places = Places.of(data)
        self.bin_folder = bin_folder
        self._postmaster = Postmaster(self.places, bin_folder)
        self._threads = threading.RLock()
        self._seat: Seat | None = None
        self._has_joined = False

    @classmethod
    def for_settings(cls, settings: dict[str, Any]) -> "Server":
        """This will return this process's one server for the data folder in a DATABASES entry."""
        try:
            data = settings["EMBEDDED"]["DATA"]
        except KeyError as error:
            raise ImproperlyConfigured('config.embedded_postgres needs {"EMBEDDED": {"DATA": folder}}.') from error
        key = os.path.realpath(data), str(settings["EMBEDDED"].get("BIN") or "")
        return _servers.setdefault(key, cls(*key))

    @property
    def address(self) -> dict[str, str]:
        return self._postmaster.address

    def is_answering(self) -> bool:
        return self._postmaster.is_answering()

    def join(self) -> None:
        """This will make the process a user of a running server, once; raises EmbeddedPostgresUnavailable."""
        if not self._has_joined:
            self.ensure_running()

    def ensure_running(self) -> None:
        """This will start the server unless it answers; raises EmbeddedPostgresUnavailable."""
        with self._threads, saying_which_file(self.places.home):
            self._take_seat()
            if not self.is_answering():
                with exclusive(self.places.start_lock):
                    if not self.is_answering():
                        self._postmaster.start()
            self._has_joined = True

    def heal(self, *, create: str) -> None:
        """This will repair what keeps a client from connecting: no server, or no database where one may be created."""
        self.ensure_running()
        if create:
            self._ensure_database(create)

    def stop_if_unused(self) -> None:
        """This will end this process's use, and stop the server if nobody else uses it."""
        with self._threads, saying_which_file(self.places.home):
            if self._seat is None:
                return
            self._seat.leave()
            self._seat, self._has_joined = None, False
            with exclusive(self.places.start_lock), alone(self.places.users_lock) as nobody_is_left:
                if nobody_is_left:
                    self._postmaster.stop()

    def stop(self) -> None:
        """This will stop the server, whoever uses it; raises EmbeddedPostgresUnavailable."""
        if not self.places.cluster.exists():
            return
        with self._threads, saying_which_file(self.places.home), exclusive(self.places.start_lock):
            self._postmaster.stop()

    def forget_parent(self) -> None:
        """This will make a forked child a stranger to the server until it uses it itself."""
        self._threads = threading.RLock()
        if self._seat is not None:
            self._seat.forget()
            self._seat, self._has_joined = None, False

    def _take_seat(self) -> None:
        # Before asking whether the server answers, so that nobody's leaving stops it in between.
        if self._seat is None:
            self.places.make_home()
            self._seat = Seat(self.places.users_lock)
            # Unlike atexit this also runs in processes that multiprocessing forked; below zero it runs after the
            # parent has waited for them.
            Finalize(None, self._leave_quietly, exitpriority=-1)

    def _ensure_database(self, name: str) -> None:
        with psycopg.connect(make_conninfo(**self.address, dbname="postgres"), autocommit=True) as connection:
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None:
                return
            # template0 has seen no local additions; encoding and locale are those the cluster was made with.
            create = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name))
            with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):  # another was quicker
                connection.execute(create)

    def _leave_quietly(self) -> None:
        # The process is ending; whoever comes next meets the same fault and reports it.
        with suppress(EmbeddedPostgresUnavailable):
            self.stop_if_unused()


_servers: dict[tuple[str, str], Server] = {}


def _forget_parent() -> None:
    for server in _servers.values():
        server.forget_parent()


os.register_at_fork(after_in_child=_forget_parent)
