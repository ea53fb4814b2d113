"""Import sessions from a file on the server, of any size."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from labeling.imports.commanding import add_options, run_command
from labeling.models.file_import import ImportKind


class Command(BaseCommand):
    help = "Import sessions, with their transcripts where the file has them, from CSV or JSON lines. The same file again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser, ImportKind.SESSIONS)

    def handle(self, **options: Any) -> None:
        run_command(self, ImportKind.SESSIONS, options)
