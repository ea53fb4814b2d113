"""Make an API key from a script. It is the last line that this prints, and is never shown again."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from labeling.models import User
from labeling.models.api_key import KeyScope
from labeling.operations.api_keys import KeyRefused, create_api_key
from sessions_app.queries.database_clock import database_now

DAYS, MOST_DAYS = 365, 730


class Command(BaseCommand):
    help = "Make an API key for a person and print it, once, as the last line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, help="the address of whom the key acts for")
        parser.add_argument("--scopes", required=True, help=f"'all', or some of {','.join(KeyScope.values)}, separated by commas")
        parser.add_argument("--name", default="script", help="what the list of keys calls it")
        parser.add_argument("--days", type=int, default=DAYS, help=f"how long it works, at most {MOST_DAYS}")
        parser.add_argument("--rate", type=int, default=600, help="requests a minute, at most 60000")

    def handle(self, **options: Any) -> None:
        scopes = KeyScope.values if options["scopes"] == "all" else [scope.strip() for scope in options["scopes"].split(",") if scope.strip()]
        unknown = sorted(set(scopes) - set(KeyScope.values))
        if unknown or not scopes:
            raise CommandError(f"There is no scope {', '.join(unknown) or 'given'}. Scopes are: {', '.join(KeyScope.values)}.")
        if not 1 <= options["days"] <= MOST_DAYS or not 1 <= options["rate"] <= 60_000 or not 1 <= len(options["name"]) <= 100:
            raise CommandError(f"--days goes from 1 to {MOST_DAYS}, --rate from 1 to 60000, and --name has 1 to 100 characters.")
        user = User.objects.filter(email=options["user"].strip().lower()).first()
        if user is None:
            raise CommandError("Nobody has this address.")
        expires_at = database_now() + timedelta(days=options["days"])
        try:
            row, key = create_api_key(user=user, name=options["name"], scopes=scopes, expires_at=expires_at, rate_per_minute=options["rate"], by=None)
        except KeyRefused as refused:
            raise CommandError(refused.reason) from refused
        self.stdout.write(f"Key {row.prefix} for {user.email}, until {row.expires_at:%Y-%m-%d}. It is shown only now:")
        self.stdout.write(key)
