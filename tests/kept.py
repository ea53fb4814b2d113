"""What takes long to make is made once in a process, and put back from a copy for each further test that wants it."""

from django.core.cache import cache
from django.db import connection, transaction
from psycopg import sql

# The columns of each table that are written, not worked out.
COLUMNS = """
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
GROUP BY c.relname
"""
_kept = {}


def made_once(make):
    """This will call `make`, which may add rows and change none, or put back the rows it added the first time, under the ids they had."""
    if make not in _kept:
        before = {table: set(rows) for table, rows in _rows()}
        make()
        _kept[make] = {table: added for table, rows in _rows() if (added := [row for row in rows if row not in before[table]])}
        return
    # What was remembered of an id is of an earlier test.
    cache.clear()
    with transaction.atomic(), connection.cursor() as cursor:
        # What triggers write of these rows is among them.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for (table, columns), rows in _kept[make].items():
            with cursor.copy(_copy(table, columns, "FROM STDIN")) as copy:
                copy.write(b"".join(rows))
        cursor.execute("SET LOCAL session_replication_role = origin")


def _rows():
    """Each table with its columns, and all its rows."""
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        for table, columns in cursor.fetchall():
            with cursor.copy(_copy(table, columns, "TO STDOUT")) as copy:
                yield (table, tuple(columns)), b"".join(copy).splitlines(keepends=True)


def _copy(table, columns, direction):
    named = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) {}").format(sql.Identifier(table), named, sql.SQL(direction))
