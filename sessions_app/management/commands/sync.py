"""Bring what is new at the vendor, once or again and again, without a worker."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from sessions_app.models import Connection
from sessions_app.queries.connections import due_connections, last_run
from sessions_app.syncing.engine import sync_connection

PAUSE_SECONDS = 10.0


class Command(BaseCommand):
    help = "Bring sessions, transcripts and labels from the vendor, over every active connection. Goes on where it was cut off."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="Sync every active connection now, and end; else whenever one is due.")

    def handle(self, *, once: bool, **options: Any) -> None:
        if once:
            problems = [self._sync(pk) for pk in Connection.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True)]
            if not problems:
                raise CommandError("There is no active connection. An admin makes one under Vendor connections.")
            if any(problems):
                raise CommandError("Not everything was brought.")
            return
        while True:
            for pk in due_connections():
                self._sync(pk)
            time.sleep(PAUSE_SECONDS)

    def _sync(self, pk: int) -> str:
        """How it went, in a line; and what was wrong."""
        outcome = sync_connection(connection_pk=pk)
        row = Connection.objects.select_related("data_source").get(pk=pk)
        run = last_run(row)
        if outcome.is_elsewhere:
            self.stdout.write(f"{row.data_source}: another process is at it.")
        elif run is not None:
            told = (
                f"{run.created} new, {run.changed} changed, {run.transcripts} transcripts, {run.labels} labels, {run.refused} rejected, {run.requests} requests"
            )
            self.stdout.write(f"{row.data_source}: {told}.{' ' + outcome.problem if outcome.problem else ''}")
        return outcome.problem
