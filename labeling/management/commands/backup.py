"""Write a backup of the whole database, of one moment, that can be checked."""

from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from labeling.backups.container import Unusable
from labeling.backups.making import clear_older, make_backup


class Command(BaseCommand):
    help = "Write a backup into the folder BACKUPS, encrypted where BACKUP_PASSPHRASE is set. It can run while people work."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--keep-days", type=int, help="delete backups older than this once the new one is written; the newest always stays")

    def handle(self, *, keep_days: int | None, **options: Any) -> None:
        if keep_days is not None and keep_days < 1:
            raise CommandError("--keep-days is 1 or more.")
        folder = Path(settings.BACKUP_DIR)
        try:
            made = make_backup(folder, passphrase=settings.BACKUP_PASSPHRASE)
            gone = clear_older(folder, than=timezone.now() - timedelta(days=keep_days)) if keep_days else 0
        except Unusable as problem:
            raise CommandError(str(problem)) from problem
        except OSError as problem:
            raise CommandError(f"{problem.strerror or problem}: the backup was not written whole, and what there was of it is gone.") from problem
        except psycopg.Error as problem:
            raise CommandError(f"The database did not answer as it should: {type(problem).__name__}. No backup was written.") from problem
        kind = "encrypted" if settings.BACKUP_PASSPHRASE else "not encrypted: whoever reads the file reads everything"
        self.stdout.write(f"{made.path}")
        self.stdout.write(
            f"{filesizeformat(made.size)}, {kind}. {made.tables} tables, {made.rows} rows, {made.recordings} recordings named. {gone} older ones deleted."
        )
