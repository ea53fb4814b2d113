"""Restore a backup into an empty database, all of it or nothing, and say what has to follow."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from labeling.backups.container import Unusable
from labeling.backups.restoring import restore_backup

THEN = """Before anybody signs in:
1. manage.py migrate
2. manage.py grant_app_rights ROLE, where web processes have a role of their own: no rights are in a backup.
3. Place the legal holds again that were placed since the backup: the restore took them.
4. manage.py replay_erasures, with the newest list of erasures.
Everybody signs in anew. What changed after the backup was made is not in it."""


class Command(BaseCommand):
    help = "Restore a backup into the database of DATABASE_URL, which must be empty."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            restored = restore_backup(file, passphrase=settings.BACKUP_PASSPHRASE)
        except Unusable as problem:
            raise CommandError(str(problem)) from problem
        except OSError as problem:
            raise CommandError(f"{problem.strerror or problem}: {problem.filename or file}") from problem
        except (DatabaseError, psycopg.Error) as problem:
            raise CommandError(f"The database did not do it: {problem}") from problem
        self.stdout.write(f"Restored as of {restored.taken_at:%Y-%m-%d %H:%M:%S} UTC: {restored.tables} tables, {restored.rows} rows, all as they were.")
        for name in restored.missing_keys:
            self.stderr.write(f"{name} is not the one this backup was made with: what stands on it cannot be read. Set it, or add it to {name}_FALLBACKS.")
        if restored.recordings_lost:
            self.stderr.write(f"{restored.recordings_lost} of {restored.recordings} recordings are not in the folder as they were: put the folder back too.")
        self.stdout.write(THEN)
