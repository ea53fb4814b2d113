"""After a restore: erase again whoever was erased since the backup was made."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from labeling.exports.erased_files import FILES
from labeling.operations.erasure import replay_erasures
from labeling.operations.erasure_list import UnreadableLine, read_lines
from labeling.queries.holds import get_holds


class Command(BaseCommand):
    help = "Erase again whoever is on the list of erasures. Run it after a restore, before anybody signs in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="The list. Default: the one that ERASURE_LIST names.")

    def handle(self, *, file: Path | None, **options: Any) -> None:
        path = file or Path(settings.ERASURE_LIST)
        if not path.exists():
            raise CommandError(
                f"There is no list at {path}. Where nobody was ever erased there is none, and nothing is left to do; else name the file, or set ERASURE_LIST."
            )
        try:
            replayed = replay_erasures(lines=list(read_lines(path)), files=FILES)
        except UnreadableLine as problem:
            raise CommandError(f"{problem} Nothing was erased. Put the line right, or take it out if it is no erasure.") from problem
        self.stdout.write(f"{len(get_holds())} legal holds are in force.")
        self.stdout.write(f"{replayed.lines} lines, {replayed.sessions} sessions erased again, {replayed.held} left because of a legal hold.")
        if replayed.unknown:
            raise CommandError(f"{replayed.unknown} erasures were written with a key that is not here. Put it into ERASURE_KEY_FALLBACKS and run this again.")
