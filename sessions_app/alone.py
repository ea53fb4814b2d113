"""Work that only one process does at a time, in the whole installation."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import InterfaceError, OperationalError, connection


@contextmanager
def alone(kind: int, number: int = 0) -> Iterator[bool]:
    """Whether nobody else does it. On this connection, so that a process that is killed holds nobody up.

    Who loses the connection loses the lock with it, and Django opens another one unasked: let such an error out, never try again inside.
    """
    key = [kind, number % 2**31]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        is_alone = bool(cursor.fetchall()[0][0])
    try:
        yield is_alone
    finally:
        # A connection that is gone has given it back, and must not hide what ended the work.
        if is_alone:
            with suppress(OperationalError, InterfaceError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)
