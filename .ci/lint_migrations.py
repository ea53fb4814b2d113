"""Looks for migrations that would lock or break a running installation."""

import os
import subprocess
import sys
from importlib import import_module
from io import StringIO
from pathlib import Path

import django

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# What makes the tables of an empty database locks nobody; every later migration has to hold.
FIRST = ("0001_", "0002_cache_table")
SQUAWK_IGNORES = "prefer-bigint-over-int,prefer-identity,prefer-text-field,prefer-robust-stmts,require-timeout-settings,prefer-bigint-over-smallint"

# What one migration may do although others may not, and why.
EXCUSED = {
    "0003_browse": ",adding-foreign-key-constraint",  # on the table of people, which is scanned in a moment
    "0006_govern": ",ban-drop-constraint",  # as in 0004
    "0017_wire": ",ban-drop-constraint",  # as in 0004
    "0021_queues": ",ban-drop-constraint",  # as in 0004
    "0027_returned_strings": ",ban-drop-constraint",  # as in 0004
    "0004_review": ",ban-drop-constraint",  # the kinds of events become more, and the wider rule takes the place of the narrower at once
}


# A migration outside a transaction is begun again from its first operation: what it may consist of finds its own work done.
REPEATABLE = {
    "config.indexes.AddIndexConcurrently",
    "django.contrib.postgres.operations.RemoveIndexConcurrently",
    "django.contrib.postgres.operations.ValidateConstraint",
}


def main() -> int:
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 - needs the settings above
    from django_migration_linter import MigrationLinter  # noqa: PLC0415

    linter = MigrationLinter(str(ROOT), include_apps=["labeling", "sessions_app"], no_cache=True, ignore_name=["0002_cache_table"], quiet=["ok", "ignore"])
    linter.lint_all_migrations()
    failed = bool(linter.has_errors)
    for app in ("sessions_app", "labeling"):
        for file in sorted((ROOT / app / "migrations").glob("0*.py")):
            if file.stem.startswith(FIRST):
                continue
            sql = call_command("sqlmigrate", app, file.stem, no_color=True, stdout=StringIO())
            # Beside this Python, which need not be the one on the path.
            squawk = Path(sys.executable).with_name("squawk")
            failed |= subprocess.run([squawk, f"--exclude={SQUAWK_IGNORES}{EXCUSED.get(file.stem, '')}"], input=sql, text=True, check=False).returncode != 0
            failed |= bool(_once_only(app, file.stem))
    return int(failed)


def _once_only(app: str, name: str) -> set[str]:
    """What cannot be begun again in a migration that an interruption would leave half done. Prints it."""
    migration = import_module(f"{app}.migrations.{name}").Migration
    found = set() if migration.atomic else {f"{type(one).__module__}.{type(one).__qualname__}" for one in migration.operations} - REPEATABLE
    for operation in sorted(found):
        sys.stderr.write(f"{app} {name}: outside a transaction, and {operation} cannot be begun again after an interruption. See config/indexes.py.\n")
    return found


if __name__ == "__main__":
    sys.exit(main())
