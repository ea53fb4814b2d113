"""Queries whose SQL is written once: for a query for a few rows Django takes several times as long to write it anew as the database to answer.

    @compiled
    def own_draft(session: Any, user: Any) -> QuerySet[Draft]:
        return Draft.objects.filter(session=session, user=user)

    draft = own_draft.first(session.pk, person.pk)

The function is called with marks in place of the values, so nothing in it may look at one, at a setting or at the clock. What the
shape of the query depends on is given by keyword; each shape is written once. A value is never None: in SQL nothing equals that.
A number that no column holds, which an address may name, equals nothing either, and is not asked for.

What is asked again and again on a connection the server prepares, so that it is neither read nor planned anew. So a query that is
written here finds its rows by keys, or walks an index as far as its limit: its plan is one for any value.
"""

import copy
from collections.abc import Callable, Hashable, Iterable, Sequence
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.backends.postgresql.base import ServerBindingCursor  # type: ignore[attr-defined]
from django.db.models import BooleanField, Expression, IntegerField, Lookup, QuerySet, Subquery
from django.db.models.sql import UpdateQuery
from django.db.transaction import TransactionManagementError

from sessions_app.bulk import array_text

R = TypeVar("R")
Written = tuple[str, Sequence[Any]]


class Given(Expression):
    """The mark of a value that comes later."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


class AnyOf(Lookup):  # type: ignore[type-arg]
    """A number that is one of many, sent as one array: AnyOf(F("session"), sessions). Of a list of thousands, each a placeholder,
    Django and psycopg take longer than the database."""

    prepare_rhs = False
    output_field = BooleanField()
    array = "bigint[]"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, given = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::{self.array})", (*given, self.rhs if isinstance(self.rhs, Given) else self.listed(self.rhs))

    def listed(self, values: Iterable[Any]) -> Any:
        return list(values)


class AnyText(AnyOf):
    array = "text[]"

    def listed(self, values: Iterable[str]) -> str:
        return array_text(values)


class HowMany(Subquery):
    """The number of rows of a question, as a column of another."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


class compiled(Generic[R]):  # noqa: N801
    """A query for rows; see the module."""

    def __init__(self, function: Callable[..., QuerySet[Any, R]]) -> None:
        self._marked = _Marked(function)
        self._shapes: dict[Hashable, _Select | None] = {}

    def all(self, *values: Any, **shape: Hashable) -> list[R]:
        key = tuple(shape.items())
        if key not in self._shapes:
            try:
                self._shapes[key] = _Select(self._marked(shape))
            except EmptyResultSet:
                self._shapes[key] = None
        select = self._shapes[key]
        if select is None or not self._marked.can_match(values):
            return []
        if select.is_locking and connection.get_autocommit():
            raise TransactionManagementError(f"{self._marked.name} locks rows, which takes a transaction.")
        with _preparing_cursor() as cursor:
            cursor.execute(select.sql, self._marked.filled(select.params, values))
            return select.rows(cursor.fetchall())

    def first(self, *values: Any, **shape: Hashable) -> R | None:
        """This will be the first row; a query that could give many cuts itself."""
        rows = self.all(*values, **shape)
        return rows[0] if rows else None


class compiled_update:  # noqa: N801
    """An UPDATE: the function returns which rows, and what is set. Calling it tells how many they were."""

    def __init__(self, function: Callable[..., tuple[QuerySet[Any], dict[str, Any]]]) -> None:
        self._marked = _Marked(function)
        self._shapes: dict[Hashable, Written] = {}

    def __call__(self, *values: Any, **shape: Hashable) -> int:
        key = tuple(shape.items())
        if key not in self._shapes:
            queryset, changes = self._marked(shape)
            query = queryset.query.chain(UpdateQuery)
            query.add_update_values(changes)
            self._shapes[key] = query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
        if not self._marked.can_match(values):
            return 0
        sql, params = self._shapes[key]
        with _preparing_cursor() as cursor:
            cursor.execute(sql, self._marked.filled(params, values))
            changed: int = cursor.rowcount
        return changed


def _preparing_cursor() -> Any:
    """One that sends values apart from the statement. Django's own writes them into it, and the server sees another statement each time."""
    cursor: Any = connection.cursor()
    cursor.cursor = ServerBindingCursor(connection.connection)  # type: ignore[call-arg]
    return cursor


class _Marked:
    """A function that builds a query, and the marks of its values."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.name = function.__name__
        self._function = function
        self._marks = [Given(place) for place in range(function.__code__.co_argcount)]

    def __call__(self, shape: dict[str, Hashable]) -> Any:
        return self._function(*self._marks, **shape)

    def can_match(self, values: Sequence[Any]) -> bool:
        """PostgreSQL would take a greater number for a numeric, and compare it with every row of the table."""
        return all(not isinstance(value, int) or -(2**63) <= value < 2**63 for value in values)

    def filled(self, params: Sequence[Any], values: Sequence[Any]) -> tuple[Any, ...]:
        if len(values) != len(self._marks) or any(value is None for value in values):
            raise ValueError(f"{self.name} takes {len(self._marks)} values, none of them None.")
        return tuple(values[one.place] if isinstance(one, Given) else one for one in params)


class _Select:
    def __init__(self, queryset: QuerySet[Any, Any]) -> None:
        self.is_locking = queryset.query.select_for_update
        self._iterable: Any = queryset._iterable_class  # type: ignore[attr-defined]
        self._compiler: Any = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        self.sql, self.params = self._compiler.as_sql()

    def rows(self, fetched: list[Any]) -> list[Any]:
        """Django's own way from what was fetched to objects, tuples or single values."""
        if not fetched:
            return []
        compiler = copy.copy(self._compiler)
        compiler.execute_sql = lambda *args, **kwargs: [fetched]
        query = SimpleNamespace(get_compiler=lambda *args, **kwargs: compiler)
        return list(self._iterable(SimpleNamespace(db=DEFAULT_DB_ALIAS, query=query, _known_related_objects={})))
