"""Reading many sessions: one moment of the database, in batches, in constant memory."""

from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice

from django.db import connection, transaction
from django.db.models import F, Field, Func, TextField
from django.urls import reverse

from labeling.exports.batches import BATCH, BATCH_OF_WORDS, Batch
from labeling.exports.columns import Column
from labeling.models import User
from labeling.queries.masked_keys import get_key_mask
from sessions_app.models import SessionQuerySet
from sessions_app.queries.budget import patient

SET = "SELECT set_config('statement_timeout', %s, true), set_config('cursor_tuple_fraction', '1', true)"


class InUtc(Func):
    """A moment as ISO 8601 writes it. The database does so in a tenth of the time that reading and writing a datetime takes here."""

    template = """to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    output_field = TextField()


class SecondsSince1970(Func):
    template = "floor(extract(epoch FROM %(expressions)s))::bigint"
    # Without a type: Django would call int() on each of them.
    output_field = Field()


# Fields that are worked out by the database; any other is a column, or reached from one.
WORKED_OUT = {
    "started_utc": InUtc(F("timestamp")),
    "started_s": SecondsSince1970(F("timestamp")),
    "labeled_utc": InUtc(F("labeled_at")),
    "erased_utc": InUtc(F("erased_at")),
}


@contextmanager
def snapshot(*, seconds: int) -> Iterator[None]:
    """This will show one moment of the database to everything read inside, and give each statement that long."""
    is_outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor, patient(seconds + 1):
        # The first statement of a transaction or none; inside another one, that one's moment is the one there is.
        if is_outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # A cursor is planned for its first tenth unless told that all of it will be read.
        cursor.execute(SET, [f"{seconds}s"])
        yield


def read_batches(sessions: SessionQuerySet, columns: Sequence[Column], *, viewer: User, base: str, unmasked: bool = False) -> Generator[Batch, None, None]:
    """This will read sessions, in their order, through a cursor on the server. `base` is the address of this site."""
    fields = ["id", *sorted({field for column in columns for field in column.fields})]
    size = BATCH_OF_WORDS if any(column.is_long for column in columns) else BATCH
    rows = sessions.values_list(*(WORKED_OUT.get(field, field) for field in fields)).iterator(chunk_size=size)
    pages = _pages(base)
    hides_key = get_key_mask()
    asked = {column.asks for column in columns if column.asks} | ({"shown"} if any(column.is_judgment for column in columns) else set())
    chunk = list(islice(rows, size))
    # PostgreSQL works out the next rows while these are written. Whoever stops in between closes this, which waits for them.
    with ThreadPoolExecutor(1) as ahead:
        while chunk:
            batch = Batch(chunk, fields=fields, viewer=viewer, pages=pages, hides_key=hides_key, unmasked=unmasked)
            for name in asked:
                getattr(batch, name)
            coming = ahead.submit(lambda: list(islice(rows, size)))
            yield batch
            chunk = coming.result()


def _pages(base: str) -> tuple[str, str]:
    """What stands before and after the id in the address of a session's page."""
    before, after = reverse("labeling:session_detail", args=[0]).split("0")
    return base.rstrip("/") + before, after
