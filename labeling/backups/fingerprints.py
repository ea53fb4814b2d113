"""What a database holds, in numbers that a restored one must have too: rows and a digest of their content, and what guards them."""

from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from psycopg import Cursor, sql

# The open sign-ins stay out of a backup: who finds one is nobody's stranger, and after a restore everybody signs in anew.
SIGN_INS = (Session._meta.db_table, "usersessions_usersession")
# How values are written must not depend on how a server is set up.
PLAIN = """
    SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'iso_8601';
    SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'
"""
# What the database works out by itself is left out: a newer server may spell it otherwise.
COLUMNS = """
    SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace GROUP BY 1 ORDER BY 1
"""
# Added up, so in any order; of each row the first eight bytes of its digest.
CONTENT = """
    SELECT count(*), coalesce(sum(('x' || encode(substr(sha256(convert_to(ROW({columns})::text, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint::numeric), 0)::text
    FROM ONLY {table}
"""
GUARDS = """
    SELECT (SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = current_schema()::regnamespace AND indisvalid),
        (SELECT count(*) FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND contype IN ('p', 'u', 'f', 'c', 'x') AND convalidated),
        (SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
            WHERE c.relnamespace = current_schema()::regnamespace AND NOT tgisinternal AND tgenabled <> 'D')
"""


def left_out() -> list[str]:
    """This will name the tables whose rows are in no backup."""
    return [*SIGN_INS, str(settings.CACHES["default"].get("LOCATION") or "cache")]


def take_fingerprint(cursor: Cursor[Any]) -> dict[str, Any]:
    """This will count and sum up every table. It reads all of the database, in the transaction that is open."""
    cursor.execute(PLAIN)
    cursor.execute(COLUMNS)
    tables = {}
    for table, columns in cursor.fetchall():
        if table not in left_out():
            names = sql.SQL(", ").join(map(sql.Identifier, columns))
            cursor.execute(sql.SQL(CONTENT).format(columns=names, table=sql.Identifier(table)))
            tables[table] = list(cursor.fetchone() or ())
    cursor.execute(GUARDS)
    guards = dict(zip(("indexes", "constraints", "triggers"), cursor.fetchone() or (), strict=True))
    return {"tables": tables, "guards": guards}


def differences(wanted: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """This will say in words where two fingerprints differ; nothing where they are the same."""
    said = []
    for table in sorted(wanted["tables"].keys() | found["tables"].keys()):
        before, after = wanted["tables"].get(table), found["tables"].get(table)
        if before is None or after is None:
            said.append(f"{table}: {'not in the backup' if before is None else 'missing'}")
        elif before[0] != after[0]:
            said.append(f"{table}: {before[0]} rows in the backup, {after[0]} restored")
        elif before[1] != after[1]:
            said.append(f"{table}: the same number of rows, but not the same content")
    said += [
        f"{kind}: {count} in the backup, {found['guards'].get(kind)} restored" for kind, count in wanted["guards"].items() if found["guards"].get(kind) != count
    ]
    return said
