"""Indexes and foreign keys out of the way of a load, and back: building them once is cheaper than at each row.

Both happen in the load's own transaction, so a failure leaves everything as it was. Adding a foreign key again checks
every row of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Cursor, sql

_INDEXES = """
    SELECT pg_index.indexrelid::regclass::text, pg_get_indexdef(pg_index.indexrelid)
    FROM pg_index
    WHERE pg_index.indrelid = ANY(%s::regclass[])
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE pg_constraint.conindid = pg_index.indexrelid AND pg_constraint.contype IN ('p', 'u', 'x'))
    ORDER BY 1
"""
_FOREIGN_KEYS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
    FROM pg_constraint
    WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])
    ORDER BY 1, 2
"""


_MEMORY = """
    SELECT set_config(
        'maintenance_work_mem', greatest(pg_size_bytes(current_setting('maintenance_work_mem')), pg_size_bytes('512MB')) / 1024 || 'kB', true
    )
"""


@dataclass(frozen=True, slots=True)
class Aside:
    """What was put aside: each by name and by the statement that makes it again."""

    indexes: list[tuple[str, str]]
    foreign_keys: list[tuple[str, str]]

    def __len__(self) -> int:
        return len(self.indexes) + len(self.foreign_keys)


def put_aside(cursor: Cursor[Any], tables: Sequence[str]) -> Aside:
    """This will drop the indexes that no constraint needs, and the foreign keys that lead away from these tables."""
    # A table with checks still to come cannot be altered.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    indexes = cursor.execute(_INDEXES, [list(tables)]).fetchall()
    foreign_keys = cursor.execute(_FOREIGN_KEYS, [list(tables)]).fetchall()
    for name, _ in indexes:
        cursor.execute(sql.SQL("DROP INDEX {}").format(sql.SQL(name)))
    for table, name, _ in foreign_keys:
        cursor.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.SQL(table), sql.Identifier(name)))
    add = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}")
    return Aside(
        [(name, definition) for name, definition in indexes],
        [(name, add.format(sql.SQL(table), sql.Identifier(name), sql.SQL(definition)).as_string(cursor)) for table, name, definition in foreign_keys],
    )


def give_memory(cursor: Cursor[Any]) -> None:
    """This will let this transaction build with half a gigabyte, or with more where the server is set so."""
    cursor.execute(_MEMORY)
