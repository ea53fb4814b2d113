"""Demo data of any size: made by all processors, written by COPY, indexes built after. One transaction."""

import gc
import multiprocessing
import os
import queue
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Model
from psycopg import Cursor, sql

from labeling.demo.erased import remember
from labeling.demo.ground import lay_ground
from labeling.demo.indexes import Aside, give_memory, put_aside
from labeling.demo.judging import shares_for
from labeling.demo.periods import Period, cut_periods
from labeling.demo.progress import Progress
from labeling.demo.recordings import seed_recordings
from labeling.demo.rows import FILLED, WITH_IDS, Chunk, Known, PeriodRows
from labeling.demo.seeding import this_hour
from labeling.models import IssueCategory, VerdictDay, VerdictDelta
from labeling.queries.masked_keys import get_key_mask
from sessions_app.codes import FIRST_OWN_ID
from sessions_app.copying import filling
from sessions_app.demo.crowd import agents_seen
from sessions_app.models import Session, SessionDay, SessionDelta
from sessions_app.operations import count_days, see_agents, see_prompts
from sessions_app.records import read_record

WAITING = 3
ADDED_UP: tuple[type[Model], ...] = (SessionDay, VerdictDay)


@dataclass(frozen=True, slots=True)
class Loaded:
    rows: int
    copy_seconds: float
    index_seconds: float


class LoaderDied(Exception):
    """A process that made rows ended before its work did; the message is its trace, if it could leave one."""


def load_demo(
    *, sessions: int, transcripts: int, labels: int | None, seed: int, processes: int, stream: Any = sys.stderr, until: datetime | None = None
) -> Loaded:
    """This will fill an empty database, all or nothing. The newest `transcripts` sessions speak.

    `labels` is about how many labels there are in all, half of them auto-ratings; None gives the usual shares. Raises
    LoaderDied. What is not part of the transaction, the caller does after it: `tidy()`.
    """
    until = until or this_hour()
    shares = shares_for(labels, sessions) if labels is not None else (1.0, 1.0)
    periods = cut_periods(sessions=sessions, transcripts=transcripts, seed=seed, until=until)
    with transaction.atomic(), connection.cursor() as wrapper:
        cursor = wrapper.cursor
        known = _know(sessions=sessions, silent=sessions - transcripts, seed=seed, until=until, shares=shares)
        progress = Progress(sessions, stream)
        aside = put_aside(cursor, [model._meta.db_table for model in FILLED])
        _copy(cursor, _chunks(known, periods, processes), progress)
        copied = progress.seconds
        _put_back(cursor, aside, progress)
        seed_recordings()
        return Loaded(progress.rows, copied, progress.seconds - copied)


def tidy() -> None:
    """This will do what the hour and autovacuum would in their own time: without it no page is read from an index alone. Outside a transaction."""
    for family in (SessionDelta, VerdictDelta):
        count_days(family)
    with connection.cursor() as cursor:
        for model in ADDED_UP + FILLED:
            cursor.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(model._meta.db_table)))


def _know(*, sessions: int, silent: int, seed: int, until: datetime, shares: tuple[float, float]) -> Known:
    ground = lay_ground(seed=seed, until=until, shares=shares)
    records = {
        platform: [read_record(fields | {"timestamp": until, "session_id": "1"}, keeps_vendor_ids=False) for kind, fields in agents_seen() if kind == platform]
        for platform in ground.sources
    }
    return Known(
        ground=ground,
        agents={platform: see_agents(source, records[platform]) for platform, source in ground.sources.items()},
        prompts={platform: see_prompts(source, records[platform]) for platform, source in ground.sources.items()},
        categories=dict(IssueCategory.objects.values_list("name", "pk")),
        erased=remember(sessions=silent, seed=seed, until=until),
        sessions=sessions,
        hides_key=get_key_mask(),
    )


def _copy(cursor: Cursor[Any], chunks: Iterator[Chunk], progress: Progress) -> None:
    for model in FILLED:
        filling(model, with_ids=model in WITH_IDS).prepare(cursor)
    with closing(chunks):  # type: ignore[type-var]
        for chunk in chunks:
            for model, text in chunk.texts.items():
                filling(model, with_ids=model in WITH_IDS).copy(cursor, text)
            progress.add(sessions=chunk.sessions, rows=chunk.rows)
    for model in WITH_IDS:
        # The vendor's ids are below the ones we give, and no sequence gives them.
        cursor.execute(
            sql.SQL("SELECT setval(pg_get_serial_sequence(%s, 'id'), max(id)) FROM {table} HAVING max(id) >= %s").format(
                table=sql.Identifier(model._meta.db_table)
            ),
            [model._meta.db_table, FIRST_OWN_ID if model is Session else 1],
        )


def _put_back(cursor: Cursor[Any], aside: Aside, progress: Progress) -> None:
    give_memory(cursor)
    for name, statement in [*aside.indexes, *aside.foreign_keys]:
        begun = time.monotonic()
        cursor.execute(statement)
        progress.say(f"{name} in {time.monotonic() - begun:.1f} s")


def _chunks(known: Known, periods: Sequence[Period], processes: int) -> Iterator[Chunk]:
    if processes == 1:
        for period in periods:
            yield from PeriodRows(known, period).chunks()
        return
    context = multiprocessing.get_context("fork")
    tasks, results = context.SimpleQueue(), context.Queue(WAITING)
    for task in [*periods, *[None] * processes]:
        tasks.put(task)
    makers = [context.Process(target=_make, args=(known, tasks, results), daemon=True) for _ in range(processes)]
    for maker in makers:
        maker.start()
    try:
        yield from _results(results, makers)
    finally:
        for maker in makers:
            maker.terminate()
            maker.join()


def _make(known: Known, tasks: Any, results: Any) -> None:
    # Rows hold no circles; looking for some took a tenth of the time.
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
    parent = os.getppid()
    try:
        while period := tasks.get():
            for chunk in PeriodRows(known, period).chunks():
                _put(results, chunk, parent)
        _put(results, None, parent)
    except Exception:
        _put(results, traceback.format_exc(), parent)


def _put(results: Any, result: Chunk | str | None, parent: int) -> None:
    """A parent that was killed will never read: whoever waits for it ends too."""
    while os.getppid() == parent:
        try:
            results.put(result, timeout=5)
            return
        except queue.Full:
            continue
    os._exit(1)


def _results(results: Any, makers: Sequence[Any]) -> Iterator[Chunk]:
    working = len(makers)
    while working:
        try:
            result = results.get(timeout=10)
        except queue.Empty:
            if any(maker.exitcode not in (None, 0) for maker in makers):
                raise LoaderDied("killed") from None
            continue
        if isinstance(result, str):
            raise LoaderDied(result)
        if result is None:
            working -= 1
        else:
            yield result
