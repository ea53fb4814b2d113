"""End somebody's access, for off-boarding scripts."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labeling.models import User
from labeling.operations.people import LastAdmin, deactivate_person
from labeling.policies import LAST_ADMIN

# What a script can tell apart; 1 is any other mistake, 2 an argument that is missing.
UNKNOWN, LAST = 3, 4


class Command(BaseCommand):
    help = (
        "Deactivate a person: sign-ins, API keys and open invitations end at once. Doing it again is no mistake. "
        "Exit code 3: nobody has this address; 4: the last admin."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")

    def handle(self, *, email: str, **options: Any) -> None:
        person = User.objects.filter(email=email.strip().lower().replace("\0", "")).first()
        if person is None:
            raise CommandError("Nobody has this address.", returncode=UNKNOWN)
        try:
            ended = deactivate_person(person=person, by=None)
        except LastAdmin:
            raise CommandError(LAST_ADMIN, returncode=LAST) from None
        state = "Deactivated" if ended.was_active else "Already deactivated"
        self.stdout.write(f"{state}: {person.email}. Ended: {ended.sign_ins} sign-ins, {ended.keys} API keys.")
