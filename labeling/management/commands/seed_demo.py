"""Fill an empty database with demo data."""

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from labeling.demo.loading import LoaderDied, load_demo, tidy
from labeling.demo.seeding import DEMO_SEED, DEMO_SESSIONS, seed_demo
from sessions_app.models import Session

# Up to here through the operations, like any other data; a larger demo is loaded by COPY.
MOST_BY_OPERATIONS = 20_000
MOST_SPEAKING = 100_000


class Command(BaseCommand):
    help = "Fill an empty database with demo sessions, transcripts and labels. The same numbers give the same data."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sessions", type=int, default=DEMO_SESSIONS)
        parser.add_argument("--seed", type=int, default=DEMO_SEED)
        parser.add_argument(
            "--transcripts",
            type=int,
            default=None,
            help=f"How many sessions, the newest, have a transcript. Default: all, but at most {MOST_SPEAKING:,}. The others look like erased ones.",
        )
        parser.add_argument(
            "--labels", type=int, default=None, help="About how many labels in all, half of them auto-ratings. Default: 1.6 a session, mostly auto-ratings."
        )

    def handle(self, *, sessions: int, seed: int, transcripts: int | None, labels: int | None, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("Demo data does not belong in a production database.")
        if sessions < 1:
            raise CommandError("--sessions must be at least 1.")
        if (transcripts or 0) < 0 or (labels or 0) < 0:
            raise CommandError("--transcripts and --labels must not be negative.")
        if Session.objects.exists():
            raise CommandError("This database already has sessions; demo data goes into an empty one.")
        try:
            if sessions <= MOST_BY_OPERATIONS and transcripts is None and labels is None:
                seed_demo(sessions=sessions, seed=seed, with_accounts=False)
            else:
                self._load(sessions, seed, MOST_SPEAKING if transcripts is None else transcripts, labels)
        except DatabaseError as problem:
            full = "DiskFull" in type(problem.__cause__ or problem).__name__
            raise CommandError(
                "The disk is full. Nothing was written; make room and run the command again." if full else f"Nothing was written: {problem}"
            ) from problem
        except LoaderDied as problem:
            raise CommandError(f"Nothing was written: a process that made the data ended. {problem}") from problem
        self.stdout.write(f"Made {Session.objects.count():,} sessions.")

    def _load(self, sessions: int, seed: int, transcripts: int, labels: int | None) -> None:
        # Elsewhere a forked process may not use the system's libraries.
        processes = (os.cpu_count() or 1) if sys.platform == "linux" else 1
        loaded = load_demo(sessions=sessions, transcripts=min(transcripts, sessions), labels=labels, seed=seed, processes=processes)
        tidy()
        rate = loaded.rows / max(loaded.copy_seconds, 0.001)
        self.stderr.write(
            f"{loaded.rows:,} rows in {loaded.copy_seconds:,.0f} s, {rate:,.0f} rows a second; indexes and foreign keys in {loaded.index_seconds:,.0f} s."
        )
