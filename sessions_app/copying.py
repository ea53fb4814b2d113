"""Rows as the text that COPY reads, and the COPY itself."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from operator import attrgetter
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models
from psycopg import Cursor, sql

from sessions_app.bulk import array_text
from sessions_app.search_words import VECTOR, Words

NULL = r"\N"
NOTHING = {type(None)}


class Filling:
    """How rows of one model are written: the columns that are given, and each value as text.

    Left out are ids that the database gives, and times of its clock. A search vector is given by its words; the
    database makes it.
    """

    def __init__(self, model: type[models.Model], *, with_ids: bool) -> None:
        fields: list[Any] = [field for field in model._meta.concrete_fields if _is_given(field, with_ids)]
        vectors = [field for field in fields if isinstance(field, SearchVectorField)]
        self.table: str = model._meta.db_table
        self.staging = f"staged_{self.table}" if vectors else ""
        self._plain: list[str] = [str(field.column) for field in fields if field not in vectors]
        self._vectors: list[str] = [str(field.column) for field in vectors]
        # Vectors come last, as two texts each.
        ordered = [field for field in fields if field not in vectors] + vectors
        self._values = attrgetter(*(field.attname for field in ordered))
        self._writers: list[Callable[[Any], str]] = [_writer(field) for field in ordered]

    def text(self, rows: Sequence[Any]) -> bytes:
        """This will write rows as COPY reads them."""
        # Column by column: most are of one kind, and plain as they stand.
        columns = zip(*map(self._values, rows), strict=True)
        cells = [_cells(write, column) for write, column in zip(self._writers, columns, strict=True)]
        return "\n".join([*map("\t".join, zip(*cells, strict=True)), ""]).encode()

    def prepare(self, cursor: Cursor[Any]) -> None:
        """This will make the table in which rows wait for their vectors, if they have any."""
        if self.staging:
            given = sql.SQL(", ").join([*map(sql.Identifier, self._plain), sql.SQL("''::text AS english"), sql.SQL("''::text AS spanish")])
            statement = sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA")
            cursor.execute(statement.format(sql.Identifier(self.staging), given, sql.Identifier(self.table)))

    def copy(self, cursor: Cursor[Any], text: bytes) -> None:
        """This will send rows to the table, by way of the staging table where they need vectors."""
        columns = sql.SQL(", ").join(map(sql.Identifier, [*self._plain, *(["english", "spanish"] if self.staging else [])]))
        with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(self.staging or self.table), columns)) as copy:
            copy.write(text)
        if self.staging:
            statement = sql.SQL("INSERT INTO {table} ({plain}, {vector}) SELECT {plain}, {made} FROM {staging}").format(
                table=sql.Identifier(self.table),
                plain=sql.SQL(", ").join(map(sql.Identifier, self._plain)),
                vector=sql.Identifier(*self._vectors),
                made=sql.SQL(VECTOR.format(texts="staged.english, staged.spanish")),
                staging=sql.SQL("{} AS staged").format(sql.Identifier(self.staging)),
            )
            cursor.execute(statement)
            cursor.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(self.staging)))


def copy_rows(model: type[models.Model], rows: Sequence[Any], *, with_ids: bool) -> None:
    """This will insert rows, in the transaction of the caller: instances of the model, or anything with its attributes.

    Django's INSERT took ten times as long.
    """
    if rows:
        how = filling(model, with_ids=with_ids)
        with connection.cursor() as cursor:
            how.copy(cursor.cursor, how.text(rows))


@cache
def filling(model: type[models.Model], *, with_ids: bool = False) -> Filling:
    return Filling(model, with_ids=with_ids)


def _is_given(field: Any, with_ids: bool) -> bool:
    if isinstance(field, models.AutoField) or (field.primary_key and not field.is_relation):
        return with_ids
    by_database = field.db_default is not models.NOT_PROVIDED and not field.editable
    return not by_database


def _writer(field: Any) -> Callable[[Any], str]:
    if isinstance(field, SearchVectorField):
        return _words
    if isinstance(field, models.JSONField):
        return _json
    return _array if isinstance(field, ArrayField) else _value


def _cells(write: Callable[[Any], str], column: Sequence[Any]) -> Sequence[str]:
    kinds = set(map(type, column))
    if kinds == NOTHING:
        return [NULL] * len(column)
    if write is _value and len(kinds) == 1:
        (kind,) = kinds
        if kind is not str:
            return list(map(_BY_TYPE.get(kind, write), column))
        if _is_plain("".join(column)):
            return column
    return [NULL if value is None else write(value) for value in column]


def _value(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return _escaped(value)
    return _BY_TYPE[kind](value) if kind in _BY_TYPE else _escaped(str(value))


def _is_plain(text: str) -> bool:
    return "\\" not in text and text.isprintable()


def _escaped(text: str) -> str:
    if _is_plain(text):
        return text
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def _json(value: Any) -> str:
    return "{}" if value == {} else _escaped(json.dumps(value, ensure_ascii=False))


def _array(value: list[str]) -> str:
    return _escaped(array_text(value))


def _words(words: Words) -> str:
    return f"{_escaped(words.english)}\t{_escaped(words.spanish)}"


_BY_TYPE: dict[type, Callable[[Any], str]] = {
    int: str,
    float: repr,
    bool: lambda value: "t" if value else "f",
    datetime: datetime.isoformat,
}
