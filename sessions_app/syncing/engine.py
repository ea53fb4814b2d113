"""One sync of one connection: windows of time, page by page, and what each page owes. It can end at any moment, and goes on from there."""

import logging
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from django.db import OperationalError
from django.utils.translation import gettext_noop
from psycopg.errors import DeadlockDetected, LockNotAvailable, QueryCanceled

from sessions_app.alone import alone
from sessions_app.models import Connection, IngestRun
from sessions_app.operations.sync_runs import (
    Cursor,
    Superseded,
    begin_run,
    count_requests,
    finish_run,
    keep_labels,
    keep_records,
    keep_talks,
    move_on,
    stop_run,
)
from sessions_app.reasons import with_values
from sessions_app.sealing import Unreadable, unseal
from sessions_app.syncing import windows
from sessions_app.syncing.reading import read_records, read_talks
from sessions_app.syncing.wanted import wanted_sessions
from sessions_app.upstream.answers import Page
from sessions_app.upstream.client import Patience, Vendor
from sessions_app.upstream.facts import Interrupted, KeyRefused, NoAnswer, NotTaken, UpstreamProblem

logger = logging.getLogger(__name__)
SYNC_LOCK = 0x5E5C
FEWEST = 25
# So many transcripts are kept in one transaction; so many in a row that all fail are an outage, not bad luck.
TALKS, OUTAGE = 100, 8
ASKS = 40
MOST_TRIES = 5
Kept = TypeVar("Kept")
BUSY = (DeadlockDetected, LockNotAvailable, QueryCanceled)
NO_KEY = gettext_noop("There is no key. Type one, and switch the connection on.")
UNREADABLE_KEY = gettext_noop("The key cannot be read with the sealing key of this server. Type it again.")
OURS = with_values(gettext_noop("Something is wrong here, not at the vendor: %(kind)s. The log says where."))


@dataclass(frozen=True, slots=True)
class Synced:
    """How a sync ended. `problem` is a sentence; without one and not finished it goes on next time."""

    is_finished: bool = False
    is_elsewhere: bool = False
    problem: str = ""


def sync_connection(
    *, connection_pk: int, should_stop: Callable[[], bool] = lambda: False, seconds: float | None = None, patience: Patience = Patience()
) -> Synced:
    """This will bring what is new at the vendor, or go on with what was left off. One at a time: a second one ends at once.

    It ends by itself after `seconds`, so that a first sync of years does not keep a worker from everything else.
    """
    deadline = None if seconds is None else time.monotonic() + seconds

    def is_over() -> bool:
        return should_stop() or (deadline is not None and time.monotonic() > deadline)

    row = Connection.objects.select_related("data_source").get(pk=connection_pk)
    with alone(SYNC_LOCK, row.pk) as is_mine:
        if not is_mine:
            return Synced(is_elsewhere=True)
        run = begin_run(connection=row)
        try:
            key = unseal(row.sealed_key)
        except Unreadable:
            return _stopped(run, UNREADABLE_KEY, ends_sync=True)
        if not key:
            return _stopped(run, NO_KEY, ends_sync=True)
        with Vendor(base_url=row.base_url, key=key, patience=patience, should_stop=is_over) as vendor:
            sync = _Sync(row, run, vendor, is_over)
            try:
                return sync.ends()
            finally:
                sync.count()


def _stopped(run: IngestRun, problem: str, *, ends_sync: bool) -> Synced:
    stop_run(run=run, problem=problem, ends_sync=ends_sync)
    return Synced(problem=problem)


class _Sync:
    """One run while it runs: the vendor is asked outside of a transaction, and each answer is kept together with where to go on."""

    def __init__(self, row: Connection, run: IngestRun, vendor: Vendor, is_over: Callable[[], bool]) -> None:
        self.row, self.run, self.vendor, self.is_over = row, run, vendor, is_over
        self.cursor = Cursor.of(run)
        self.start, self.until = run.window_from or row.begins_at, run.window_until or run.started_at
        self.counted, self.failing = 0, 0

    def ends(self) -> Synced:
        try:
            while self.step():
                self.count()
        except Interrupted:
            stop_run(run=self.run)
            return Synced()
        except Superseded:
            return Synced(is_elsewhere=True)
        except KeyRefused as problem:
            return _stopped(self.run, str(problem), ends_sync=True)
        except UpstreamProblem as problem:
            return _stopped(self.run, str(problem), ends_sync=False)
        except OperationalError as problem:
            if not isinstance(problem.__cause__, BUSY):
                raise
            # Somebody holds a row for long: it goes on with the next minute.
            stop_run(run=self.run)
            return Synced()
        except Exception as problem:
            return _stopped(self.run, _told(problem), ends_sync=False)
        return Synced(is_finished=True)

    def step(self) -> bool:
        """This will take one answer, and say whether there is more to do."""
        # Another address or key begins with a sync of its own.
        same = Connection.objects.filter(pk=self.row.pk, is_active=True, base_url=self.row.base_url, sealed_key=self.row.sealed_key)
        if self.is_over() or not same.exists():
            raise Interrupted("The sync has to end.")
        if self.cursor.ask:
            self.ask_one_by_one()
        elif self.cursor.owed:
            self.pay()
        elif self.cursor.at < self.until:
            self.read_page()
        elif self.cursor.phase == "sessions" and self.row.takes_labels:
            self.keep(move_on, after=replace(self.cursor, phase="labels", at=self.start, seconds=windows.LONGEST, page=0))
        else:
            self.keep_try(lambda: finish_run(run=self.run, before=self.cursor))
            return False
        return True

    def read_page(self) -> None:
        cursor = self.cursor
        start, end = windows.bounds(begins=self.row.begins_at, at=cursor.at, seconds=cursor.seconds, until=self.until)
        ask = self.vendor.sessions if cursor.phase == "sessions" else self.vendor.labels
        try:
            page = ask(start=start, end=end, page=cursor.page, limit=cursor.limit)
        except NotTaken:
            self.keep(move_on, after=self.asking_less())
            return
        if page.is_capped and cursor.page == 0:
            self.keep(move_on, after=replace(cursor, limit=len(page.items)))
            return
        if windows.is_too_much(total=page.total, page=cursor.page, size=page.size, is_last=page.is_last, seconds=cursor.seconds):
            self.keep(move_on, after=replace(cursor, page=0, seconds=windows.shorter(seconds=cursor.seconds, total=page.total)))
            return
        after = self.behind(page, end)
        if cursor.phase == "sessions":
            self.keep(keep_records, items=page.items, after=after, takes_transcripts=self.row.takes_transcripts)
        else:
            self.keep(keep_labels, items=page.items, after=after)

    def behind(self, page: Page, end: datetime) -> Cursor:
        """Where to go on after a page."""
        if not page.is_last:
            return replace(self.cursor, page=self.cursor.page + 1)
        rows = self.cursor.page * page.size + len(page.items)
        return replace(self.cursor, at=end, page=0, seconds=windows.next_length(seconds=self.cursor.seconds, rows=rows))

    def asking_less(self) -> Cursor:
        """Too many at once for this vendor, or too deep; where it is neither, it is no use to go on. Raises NotTaken."""
        cursor = self.cursor
        if cursor.page == 0 and cursor.limit > FEWEST:
            return replace(cursor, limit=max(cursor.limit // 2, FEWEST))
        if cursor.page > 0 and cursor.seconds > windows.SHORTEST:
            return replace(cursor, page=0, seconds=windows.shorter(seconds=cursor.seconds, total=None))
        raise NotTaken(gettext_noop("The vendor does not take the question for a list, however little is asked for."))

    def ask_one_by_one(self) -> None:
        now, later = self.cursor.ask[:ASKS], self.cursor.ask[ASKS:]
        records = read_records(self.vendor, now)
        self.keep(keep_records, items=records, after=replace(self.cursor, ask=later), takes_transcripts=self.row.takes_transcripts, by_themselves=True)

    def pay(self) -> None:
        now, later = self.cursor.owed[:TALKS], self.cursor.owed[TALKS:]
        talks = read_talks(self.vendor, wanted_sessions(now))
        self.failing = self.failing + len(talks) if talks and all(talk.problem for talk in talks) else 0
        if self.failing >= OUTAGE:
            raise NoAnswer(talks[0].problem)
        self.keep(keep_talks, talks=talks, after=replace(self.cursor, owed=later))

    def keep(self, take: Callable[..., Cursor], **what: object) -> None:
        self.cursor = self.keep_try(lambda: take(run=self.run, before=self.cursor, **what))

    def keep_try(self, take: Callable[[], Kept]) -> Kept:
        """Somebody else may hold a row for a while."""
        for attempt in range(1, MOST_TRIES):
            try:
                return take()
            except OperationalError as problem:
                if not isinstance(problem.__cause__, BUSY):
                    raise
                time.sleep(0.2 * attempt)
        return take()

    def count(self) -> None:
        asked, self.counted = self.vendor.requests - self.counted, self.vendor.requests
        if asked:
            count_requests(run=self.run, requests=asked)


def _told(problem: Exception) -> str:
    """What went wrong in our own code, and where. Never its message: a database says the row that it refused, and that names a caller."""
    frame = traceback.extract_tb(problem.__traceback__)[-1]
    logger.error("A sync ended with %s in %s, line %s.", type(problem).__name__, frame.filename, frame.lineno)
    return OURS % {"kind": type(problem).__name__}
