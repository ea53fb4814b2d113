"""Import labels of sessions that are here, from a file on the server."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from labeling.imports.commanding import add_options, run_command
from labeling.models.file_import import ImportKind


class Command(BaseCommand):
    help = "Import labels of sessions that are here from CSV or JSON lines. The same file again adds nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_options(parser, ImportKind.LABELS)

    def handle(self, **options: Any) -> None:
        run_command(self, ImportKind.LABELS, options)
