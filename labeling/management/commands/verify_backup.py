"""Prove that a backup can be restored: into a scratch database, compared table by table, and noted."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from labeling.backups.container import Unusable
from labeling.backups.making import find_newest
from labeling.backups.restoring import verify_backup


class Command(BaseCommand):
    help = "Restore a backup into a scratch database, compare rows and content with what was backed up, drop it, and note when that was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="?", help="Default: the newest in BACKUPS.")

    def handle(self, *, file: Path | None, **options: Any) -> None:
        try:
            path = file or find_newest(Path(settings.BACKUP_DIR))
            verified = verify_backup(path, passphrase=settings.BACKUP_PASSPHRASE)
        except Unusable as problem:
            raise CommandError(str(problem)) from problem
        except OSError as problem:
            raise CommandError(f"{problem.strerror or problem}: {problem.filename or ''}") from problem
        except psycopg.Error as problem:
            raise CommandError(f"The database did not do it: {problem}") from problem
        self.stdout.write(
            f"{path.name}: restored and the same. {verified.tables} tables, {verified.rows} rows, as of {verified.taken_at:%Y-%m-%d %H:%M:%S} UTC."
        )
        for name in verified.missing_keys:
            self.stderr.write(f"{name} is not the one this backup was made with. Keep the former one with the backup.")
