"""Delete what is older than its class is kept, or count it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labeling.exports.erased_files import FILES
from labeling.operations.retention import AlreadyRunning, begin_retention, carry_out_retention, drop_retention
from labeling.queries.retention import get_report


class Command(BaseCommand):
    help = "Delete transcripts, recordings, words of labels and events that are older than the admin says they are kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="Only count.")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        run = begin_retention(by=None, is_dry=dry_run)
        try:
            carry_out_retention(run=run, remove_recordings=FILES.remove_recordings)
        except AlreadyRunning:
            drop_retention(run=run)
            raise CommandError("Another run is under way. Wait for its report, then run the command again.") from None
        for line in get_report(run):
            self.stdout.write(
                f"{line.name}: kept for good."
                if line.days is None
                else f"{line.name}, kept {line.days} days: {line.due} due, {line.held} on hold, {line.deleted} deleted. Oldest left: {line.oldest or 'none'}."
            )
