"""Migrations run once: what they made is kept on the server as a template, and each worker's database is a copy of it."""

import hashlib
from contextlib import contextmanager
from importlib.metadata import distributions
from pathlib import Path

from django.apps import apps
from django.conf import settings
from psycopg import sql

# A plan must depend on the test alone. What autovacuum would count meanwhile is a table without rows, because the rows of a test are never
# committed, and with plans for empty tables a question over five hundred sessions took minutes.
STEADY_TABLES = """
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE 'ALTER TABLE ' || name || ' SET (autovacuum_enabled = off)';
    END LOOP;
END
$$
"""


def ready_template(connection):
    """This will return the name of a migrated database, made anew when the migrations or the libraries are no longer those it was made by."""
    name = f"test_{connection.settings_dict['NAME']}_template"
    wanted = made_by()
    with connection.creation._nodb_cursor() as cursor:
        # Whoever comes first makes it, the others of the same run wait for that. Released with the connection.
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() != (wanted,):
            migrate(connection, name)
            # Written last: what was interrupted has no mark and is made again.
            cursor.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(wanted)))
    return name


def made_by():
    """This will sum up everything that a migrated database depends on: the migrations of every application, and the libraries that run them."""
    files = [file for app in apps.get_app_configs() for file in sorted(Path(app.path, "migrations").rglob("*.py"))]
    libraries = sorted(f"{one.name} {one.version}" for one in distributions())
    parts = [*(file.read_text() for file in files), *libraries, STEADY_TABLES]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def migrate(connection, name):
    with named(connection, name):
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
        with connection.cursor() as cursor:
            cursor.execute(STEADY_TABLES)
        # Nobody may be connected to what is copied.
        connection.close()


@contextmanager
def named(connection, name):
    """Django makes a test database under the name that the settings say, and leaves that name in the settings."""
    own, for_tests = settings.DATABASES[connection.alias], connection.settings_dict["TEST"]
    before, test_before = own["NAME"], for_tests["NAME"]
    for_tests["NAME"] = name
    try:
        yield
    finally:
        own["NAME"] = connection.settings_dict["NAME"] = before
        for_tests["NAME"] = test_before
