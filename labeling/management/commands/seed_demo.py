"""Fill an empty database with demo data."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from labeling.demo.seeding import DEMO_SEED, DEMO_SESSIONS, seed_demo
from sessions_app.models import Session


class Command(BaseCommand):
    help = "Fill an empty database with demo sessions, transcripts and labels. The same numbers give the same data."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sessions", type=int, default=DEMO_SESSIONS)
        parser.add_argument("--seed", type=int, default=DEMO_SEED)

    def handle(self, *, sessions: int, seed: int, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("Demo data does not belong in a production database.")
        if sessions < 1:
            raise CommandError("--sessions must be at least 1.")
        if Session.objects.exists():
            raise CommandError("This database already has sessions; demo data goes into an empty one.")
        try:
            seed_demo(sessions=sessions, seed=seed, with_accounts=False)
        except DatabaseError as problem:
            full = "DiskFull" in type(problem.__cause__).__name__
            raise CommandError(
                "The disk is full. Nothing was written; make room and run the command again." if full else f"Nothing was written: {problem}"
            ) from problem
        self.stdout.write(f"Made {Session.objects.count():,} sessions.")
