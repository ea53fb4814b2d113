"""A limit on how long reading may take, for figures that a page can do without."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TypeVar

from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

Read = TypeVar("Read")
# The former limit is read before the new one is set; two calls in one list of columns would not promise that.
SWAP = """
    WITH former AS MATERIALIZED (SELECT current_setting('statement_timeout') AS setting)
    SELECT setting, set_config('statement_timeout', %s, true) FROM former
"""
RESTORE = "SELECT set_config('statement_timeout', %s, true)"


class OverBudget(Exception):
    """The database did not answer in the time it was given."""


@contextmanager
def within(milliseconds: float) -> Iterator[None]:
    """This will give each statement of the block that long, and leave the transaction around it usable. Raises OverBudget.

    For reading: what the block wrote before it ran out of time is undone.
    """
    # PostgreSQL reads 0 as no limit.
    if milliseconds < 1:
        raise OverBudget
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(SWAP, [f"{int(milliseconds)}ms"])
            former = cursor.fetchall()[0][0]
            yield
            cursor.execute(RESTORE, [former])
    except OperationalError as problem:
        if not isinstance(problem.__cause__, QueryCanceled):
            raise
        raise OverBudget from problem


@contextmanager
def patient(seconds: float) -> Iterator[None]:
    """This will wait that long for each answer inside, where a web process gives up sooner. For within a transaction: the next may have another connection."""
    own = connection.connection
    patience = getattr(own, "patience", None)
    if patience is None:
        yield
        return
    own.patience = max(seconds, patience)
    try:
        yield
    finally:
        own.patience = patience


class Budget:
    """Time that several reads share, from now on."""

    def __init__(self, milliseconds: float) -> None:
        self._ends_at = monotonic() + milliseconds / 1000

    @property
    def left(self) -> float:
        return max(self._ends_at - monotonic(), 0) * 1000

    def spend(self, read: Callable[[], Read], *, waiting: int = 1) -> Read | None:
        """This will return what `read` returns, or None when it takes longer than its share.

        `waiting` is how many reads still come, this one included: what is left is divided among them, so that a slow one
        cannot take the others' part, and what a quick one saves goes to those after it.
        """
        try:
            with within(self.left / waiting):
                return read()
        except OverBudget:
            return None
