"""Give the role that serves pages its rights: everything but altering what is kept for good."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labeling.operations.database_rights import NoSuchRole, RoleTooStrong, grant_app_rights


class Command(BaseCommand):
    help = "Give a role of the database the rights to serve pages, without UPDATE, DELETE or TRUNCATE on facts. Run it as the owner, after each migration."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("role", help="the role that the web processes sign in to the database with")

    def handle(self, *, role: str, **options: Any) -> None:
        try:
            kept = grant_app_rights(role)
        except NoSuchRole as missing:
            raise CommandError(f"The database has no role {role}. Make it first: CREATE ROLE {role} LOGIN PASSWORD '…'.") from missing
        except RoleTooStrong as strong:
            raise CommandError(f"Nothing was changed. {strong.why} Use a role of its own for the web processes.") from strong
        self.stdout.write(f"{role} can only add to: {', '.join(kept)}.")
