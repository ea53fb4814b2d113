"""Applies one migration when told to. See test_migrations."""

from tests.faults.killed import serve


def begin(told):
    from django.core.management import call_command  # noqa: PLC0415 - the settings come first
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415

    # Read once: each child has them.
    MigrationLoader(None)

    def migrate(line):
        call_command("migrate", *line.split(), verbosity=0)

    return migrate


if __name__ == "__main__":
    serve(begin)
