"""Erase a person or a session, or count what that would take."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labeling.exports.erased_files import FILES
from labeling.models import Erasure
from labeling.operations.erasure import NothingToErase, carry_out_erasure, order_erasure
from labeling.queries.erasure import Subject, caller, get_preview, one_session
from sessions_app.models import Session


class Command(BaseCommand):
    help = "Erase a session, or everything of a person. The number or address is asked for, or read from the input: a command line is kept in histories."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--session", type=int, help="The ID of one session.")
        parser.add_argument("--reference", default="", help="The number of the request at your side; never whom it is about.")
        parser.add_argument("--resume", type=int, help="Go on with an erasure that failed, by its number.")
        parser.add_argument("--dry-run", action="store_true", help="Only count.")
        parser.add_argument("--yes", action="store_true", help="Do not ask again.")

    def handle(self, *, session: int | None, reference: str, resume: int | None, dry_run: bool, yes: bool, **options: Any) -> None:
        if resume is not None:
            self._carry_out(self._erasure(resume))
            return
        subject = self._subject(session)
        if not subject.digests:
            raise CommandError("That names nobody. Give a phone number, an address or a name.")
        preview = get_preview(subject, seconds=None)
        self.stdout.write(f"Sessions: {len(preview.sessions)}, of which {preview.held} are on legal hold.")
        for name, n in preview.counts:
            self.stdout.write(f"{name}: {n}")
        if preview.mentions:
            self.stdout.write(f"Named in the words of other sessions, which stay: {', '.join(str(pk) for pk in preview.mentions)}")
        if dry_run:
            return
        if not yes and input(f"Type erase {len(preview.sessions)} to go on: ").strip() != f"erase {len(preview.sessions)}":
            raise CommandError("Nothing was erased.")
        try:
            erasure = order_erasure(subject=subject, by=None, reference=reference, sessions=preview.sessions, in_background=False)
        except NothingToErase as problem:
            raise CommandError("That names nobody.") from problem
        self._carry_out(erasure, preview.sessions)

    def _subject(self, session: int | None) -> Subject:
        if session is None:
            return caller(getpass.getpass("Phone number, address or name: ") if sys.stdin.isatty() else sys.stdin.readline().strip())
        found = Session.objects.select_related("data_source").filter(pk=session, erased_at=None).first()
        if found is None:
            raise CommandError("There is no such session, or it is erased already.")
        return one_session(found)

    def _erasure(self, pk: int) -> Erasure:
        erasure = Erasure.objects.filter(pk=pk).first()
        if erasure is None:
            raise CommandError("There is no such erasure.")
        return erasure

    def _carry_out(self, erasure: Erasure, sessions: list[int] | None = None) -> None:
        carry_out_erasure(erasure_pk=erasure.pk, files=FILES, sessions=sessions or ())
        erasure.refresh_from_db()
        self.stdout.write(f"Erasure {erasure.pk}: {erasure.get_state_display()}. {erasure.counts.get('sessions', 0)} sessions.")
