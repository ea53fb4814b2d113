"""Making a file while a request waits, and the part of it that a background job shares."""

import errno
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from time import monotonic

from django.db import OperationalError, connection
from django.utils.translation import gettext_noop
from psycopg.errors import QueryCanceled

from labeling.exports import folder
from labeling.exports.about import about
from labeling.exports.catalog import columns_named
from labeling.exports.handing_out import Download, TooManyDownloads, open_download
from labeling.exports.reading import read_batches, snapshot
from labeling.exports.writers import Writer, open_writer
from labeling.filters import ReviewFilter
from labeling.gate import drawn_for
from labeling.models import User
from labeling.operations.exports import record_direct_export
from labeling.policies import needs_own_label_first
from sessions_app.queries.budget import OverBudget, within
from sessions_app.queries.database_clock import database_now

# From here on a file is made in the background.
AT_ONCE = 50_000
# Also what takes longer than this, such as many transcripts: proxies give up on an answer after a minute.
AT_ONCE_SECONDS = 15
COUNT_MS = 3_000
# A statement fetches one batch; only the first one may have to sort.
STATEMENT_SECONDS = 20
# Of all requests of all web processes, so that pages always find a thread.
PLACES = 4
LOCK_OF_PERSON, LOCK_OF_PLACE = 0x6578706F, 0x65787070

NO_ROOM = gettext_noop("The server's disk is full. Nothing was kept; ask whoever runs the server to make room, then make the export again.")
NOT_WRITTEN = gettext_noop("The file could not be written on the server. Nothing was kept; ask whoever runs the server, then make the export again.")


class NotNow(Exception):
    """The file cannot be made within a request: others are being made, or the database takes too long."""


class CannotWrite(Exception):
    """The disk refused. Its words are for the reader."""


def count_for_request(filtered: ReviewFilter, limit: int) -> int | None:
    """This will count sessions up to a limit, or say None when that takes too long."""
    try:
        with within(COUNT_MS):
            n: int = filtered.qs.order_by()[:limit].count()
            return n
    except OverBudget:
        return None


def make_now(filtered: ReviewFilter, *, by: User, format: str, columns: Sequence[str], query: str, base: str, unmasked_for: str = "") -> Download:
    """This will make a file while the request waits, without a mask where a reason for that is given. Raises NotNow, CannotWrite and TooManyRows.

    First the whole file, then the answer: the database is read as fast as it gives, whatever the pace of the client, and
    a failure is an answer of its own instead of half a file.
    """
    at = database_now()
    deadline = monotonic() + AT_ONCE_SECONDS

    def note(rows: int) -> None:
        if monotonic() > deadline:
            raise NotNow

    try:
        with folder.workshop(folder.SPOOL) as place:
            file = place / "sessions"
            with snapshot(seconds=STATEMENT_SECONDS):
                _take_place(by)
                unmasked = bool(unmasked_for)
                writer, rows = write_rows(file, filtered, by=by, format=format, columns=columns, query=query, base=base, at=at, note=note, unmasked=unmasked)
            writer.close()
            # The folder goes at the end of this block; an open file outlives its name.
            opened = open_download(file, by=by)
    except TooManyDownloads as problem:
        raise NotNow from problem
    except OSError as problem:
        raise CannotWrite(why_not_written(problem)) from problem
    except OperationalError as problem:
        if is_too_slow(problem):
            raise NotNow from problem
        raise
    record_direct_export(by=by, format=format, columns=columns, query=query, rows=rows, at=at, unmasked_for=unmasked_for)
    return opened


def write_rows(
    file: Path,
    filtered: ReviewFilter,
    *,
    by: User,
    format: str,
    columns: Sequence[str],
    query: str,
    base: str,
    at: datetime,
    note: Callable[[int], None] = lambda rows: None,
    unmasked: bool = False,
) -> tuple[Writer, int]:
    """This will write the sessions of a filter inside a snapshot, and return how many they were. `note` is told after each batch.

    Closing is left to the caller, outside the snapshot: packing a large Excel file takes a minute.
    """
    chosen = columns_named(columns)
    described = about(filtered, query=query, viewer=by, columns=tuple(column.name for column in chosen), at=at, unmasked=unmasked)
    if filtered.gate and any(column.is_judgment for column in chosen):
        described = described.with_hidden(_count_hidden(filtered))
    writer = open_writer(format, file, columns=chosen, about=described)
    rows = 0
    try:
        with closing(read_batches(filtered.order.sorted(filtered.qs), chosen, viewer=by, base=base, unmasked=unmasked)) as batches:
            for batch in batches:
                writer.write(batch)
                rows += len(batch)
                note(rows)
    except BaseException:
        writer.abandon()
        raise
    return writer, rows


def is_too_slow(problem: BaseException) -> bool:
    return isinstance(problem, OperationalError) and isinstance(problem.__cause__, QueryCanceled)


def why_not_written(problem: OSError) -> str:
    return NO_ROOM if problem.errno in (errno.ENOSPC, errno.EDQUOT) else NOT_WRITTEN


def _count_hidden(filtered: ReviewFilter) -> int:
    """What somebody is to judge unseen is few among all that a file may hold; who labels first has labeled few of it."""
    drawn = None if needs_own_label_first(filtered.viewer) else drawn_for(filtered.viewer)
    rows = filtered.qs.order_by()
    n: int = (rows.exclude(filtered.gate) if drawn is None else rows.filter(pk__in=drawn)).count()
    return n


def _take_place(by: User) -> None:
    """One file at a time for a person, and four for all: held by the transaction. Raises NotNow."""
    with connection.cursor() as cursor:
        for lock, key in ((LOCK_OF_PERSON, by.pk % 2**31), *((LOCK_OF_PLACE, number) for number in range(PLACES))):
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [lock, key])
            is_held = cursor.fetchall()[0][0]
            if lock == LOCK_OF_PERSON and not is_held:
                raise NotNow
            if lock == LOCK_OF_PLACE and is_held:
                return
    raise NotNow
