"""What `manage.py check --database default` says of a PostgreSQL that somebody else runs: docs/dba.sql makes one that passes."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from labeling.operations.database_rights import READ_ONLY, fact_tables

OLDEST = 15
EXTENSIONS = ("pg_trgm", "btree_gin")
SERVER = """
    SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding'), current_user, rolsuper,
        current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'),
        has_database_privilege(current_database(), 'CREATE'),
        ARRAY(SELECT extname::text FROM pg_extension), ARRAY(SELECT name::text FROM pg_available_extensions)
    FROM pg_roles WHERE rolname = current_user
"""
# Of each table whether we own it, what we lack to serve pages from it, and whether we could alter what is in it.
TABLES = """
    SELECT relname, pg_has_role(relowner, 'USAGE'), has_table_privilege(c.oid, 'SELECT') AND (relname = ANY(%s) OR has_table_privilege(c.oid, 'INSERT')),
        has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE') OR has_table_privilege(c.oid, 'TRUNCATE')
    FROM pg_class c WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace ORDER BY 1
"""


def check_database(*, databases: Iterable[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """This will ask the server, where the command names the database: `check` alone never connects."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    try:
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(SERVER)
            server = cursor.fetchone()
            cursor.execute(TABLES, [list(READ_ONLY)])
            tables = cursor.fetchall()
    except DatabaseError as problem:
        return [Error(f"The database does not answer: {type(problem).__name__}.", hint="Look at DATABASE_URL and the log of the server.", id="database.E001")]
    return [*_server(*server), *_rights(server[2], server[3], tables)]


def _server(
    version: int, encoding: str, role: str, strong: bool, fsync: str, pages: str, commit: str, may_create: bool, has: list[str], could_have: list[str]
) -> Iterable[CheckMessage]:
    if version < OLDEST:
        yield Error(f"The server is PostgreSQL {version}.", hint=f"Review Desk needs {OLDEST} or newer.", id="database.E002")
    if encoding != "UTF8":
        yield Error(f"The database is encoded in {encoding}.", hint="Make it with ENCODING 'UTF8'.", id="database.E003")
    for name in EXTENSIONS:
        if name not in has and name not in could_have:
            yield Error(
                f"The server does not have the extension {name}.", hint="It comes with PostgreSQL, on Debian in postgresql-contrib.", id="database.E004"
            )
        elif name not in has and not may_create:
            yield Error(f"{role} may not make the extension {name}.", hint=f"As a superuser: CREATE EXTENSION {name};", id="database.E005")
    if fsync == "off" or pages == "off" or commit == "off":
        hint = "fsync, full_page_writes and synchronous_commit must be on, or acknowledged labels are lost when the server falls over."
        yield checks.Warning("The server does not write down what it acknowledges.", hint=hint, id="database.W001")
    if strong and settings.PRODUCTION:
        yield checks.Warning(f"{role} is a superuser.", hint="Use the roles of docs/dba.sql.", id="database.W002")


def _rights(role: str, strong: bool, tables: list[tuple[str, bool, bool, bool]]) -> Iterable[CheckMessage]:
    if all(owned for _, owned, _, _ in tables):
        if tables and settings.PRODUCTION and settings.PROCESS == "web" and not strong:
            hint = "Give the web processes the role of docs/dba.sql that may not alter facts."
            yield checks.Warning(f"Pages are served by {role}, the owner of the tables.", hint=hint, id="database.W003")
        return
    facts, again = fact_tables(), f"As the owner: manage.py grant_app_rights {role}"
    if closed := [name for name, owned, usable, _ in tables if not owned and not usable]:
        yield Error(f"{role} cannot use {', '.join(closed[:5])}{' and more' if len(closed) > 5 else ''}.", hint=again, id="database.E006")
    if open_facts := [name for name, owned, _, alterable in tables if name in facts and (owned or alterable)]:
        yield Error(f"{role} may alter {', '.join(open_facts[:5])}, which are facts.", hint=again, id="database.E007")
