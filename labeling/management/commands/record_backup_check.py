"""Note that a backup was restored somewhere and found whole. The operator's own tool calls this at its end, with BACKUP=external."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labeling.models import BackupCheck
from sessions_app.queries.database_clock import database_now


class Command(BaseCommand):
    help = "Note that a backup was restored somewhere else and found whole."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--taken-at", required=True, help="when the backup was made, such as 2026-11-21T03:00:00Z")
        parser.add_argument("--note", default="", help="where it lies, or what was looked at")

    def handle(self, **options: Any) -> None:
        try:
            taken_at = datetime.fromisoformat(options["taken_at"])
        except ValueError as problem:
            raise CommandError("--taken-at is a date and time such as 2026-11-21T03:00:00Z.") from problem
        taken_at = taken_at if taken_at.tzinfo else taken_at.replace(tzinfo=UTC)
        if taken_at > database_now():
            raise CommandError("--taken-at lies ahead of now.")
        if len(options["note"]) > 200:
            raise CommandError("--note has at most 200 characters.")
        BackupCheck.objects.create(taken_at=taken_at, note=options["note"])
        self.stdout.write("Noted")
