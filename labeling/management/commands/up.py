"""Start everything: migrate, demo data in an empty embedded database, web and worker."""

import fcntl
import logging
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any, TextIO

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from config import processes
from config.embedded_postgres.places import Places
from labeling.demo.seeding import DEMO_SEED, DEMO_SESSIONS, SignIn, seed_demo
from labeling.models import User
from sessions_app.models import Session

OUR_APPS = ("labeling", "sessions_app")


class Command(BaseCommand):
    help = "Run Review Desk: prepare the database, then serve pages and work in the background until Ctrl-C."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *, port: int, **options: Any) -> None:
        lock = self._only_one_here()
        if not processes.is_port_free(port):
            raise CommandError(f"Port {port} is taken. Stop what uses it, or run `make run PORT={port + 123}`.")
        static = processes.prepare_static_files(settings.BASE_DIR, settings.STATIC_ROOT)
        is_embedded = "EMBEDDED" in settings.DATABASES["default"]
        # On the screen the lines of the audit would push away what has to be read there.
        audit_log = settings.AUDIT_LOG or (str(settings.BASE_DIR / ".data" / "audit.jsonl") if is_embedded else "")
        try:
            with _audit_into(audit_log):
                sign_ins = self._prepare()
            if static and static.wait() != 0:
                raise CommandError("The static files could not be prepared; what went wrong stands above.")
        except DatabaseError as problem:
            raise CommandError(_one_sentence(problem)) from problem
        except OSError as problem:
            raise CommandError(f"{problem.strerror}: {problem.filename}. Nothing was lost; put that right and run the command again.") from problem
        except KeyboardInterrupt:
            self.stderr.write("Stopped before the start was complete. Nothing was lost; run the command again.")
            sys.exit(130)
        connection.close()
        code = processes.run(port=port, folder=settings.BASE_DIR, audit_log=audit_log, when_ready=lambda: self._greet(port, sign_ins))
        lock.close()
        # Honcho reports the signal that ended its processes; a Ctrl-C is how this command is meant to end.
        sys.exit(0 if code in (0, 130, -2, -15, 143) else code)

    def _only_one_here(self) -> TextIO:
        folder = Path(settings.BASE_DIR) / ".data"
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            lock = (folder / "up.lock").open("a")
        except OSError as problem:
            raise CommandError(f"Review Desk cannot write to {folder}: {problem.strerror}. Make the folder writable and run the command again.") from problem
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise CommandError("Review Desk already runs from this folder. Use that one, or stop it with Ctrl-C first.") from problem
        return lock

    def _prepare(self) -> list[SignIn]:
        loader = MigrationLoader(connection)
        unknown = sorted(key for key in loader.applied_migrations if key[0] in OUR_APPS and key not in loader.disk_migrations)
        if unknown:
            newest = ".".join(unknown[-1])
            raise CommandError(
                f"The database was made by a newer version of Review Desk (it has {newest}). Update this folder to that version and run the command again."
            )
        self.stdout.write("Preparing the database.")
        call_command("migrate", verbosity=0, interactive=False)
        is_embedded = "EMBEDDED" in settings.DATABASES["default"]
        if not is_embedded:
            return []
        if User.objects.exists() or Session.objects.exists():
            # For root they lie outside of the folder, and outlive it.
            if folder := settings.DATABASES["default"]["EMBEDDED"].get("DATA"):
                self.stdout.write(f"Going on with the data in {Places.of(folder).home}")
            return []
        self.stdout.write(f"Making demo data: {DEMO_SESSIONS:,} sessions.")
        return seed_demo(sessions=DEMO_SESSIONS, seed=DEMO_SEED, with_accounts=True)

    def _greet(self, port: int, sign_ins: list[SignIn]) -> None:
        lines = [f"\nReview Desk is ready: http://localhost:{port}"]
        if sign_ins:
            width = max(len(sign_in.email) for sign_in in sign_ins)
            lines.append("The first page lets you try it as a reviewer, a manager or an admin. With a password, shown this once:")
            lines += [f"  {sign_in.role:<8}  {sign_in.email:<{width}}  {sign_in.password}" for sign_in in sign_ins]
        lines.append("Stop with Ctrl-C.\n")
        self.stdout.write("\n".join(lines))


@contextmanager
def _audit_into(file: str) -> Iterator[None]:
    """This will write what the audit says meanwhile into a file, if one is named."""
    audit = logging.getLogger("review_desk.audit")
    usual = audit.handlers
    audit.handlers = [WatchedFileHandler(file, delay=True, encoding="utf-8")] if file else usual
    try:
        yield
    finally:
        audit.handlers = usual


def _one_sentence(problem: BaseException) -> str:
    """The database's own first line, and what to do."""
    first = str(problem).strip().splitlines()[0] if str(problem).strip() else type(problem).__name__
    if "No space left" in str(problem) or "DiskFull" in type(problem.__cause__ or problem).__name__:
        return "The disk is full. Nothing was lost; make room and run the command again."
    return first if first.endswith(".") else f"The database did not answer as it should: {first}. Nothing was lost; run the command again."
