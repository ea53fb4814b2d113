"""A run of a sync: each page it read is kept together with where to go on, in one transaction. Never while the vendor is asked."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self, TypeVar

from django.db import transaction
from django.db.models.functions import Now

from sessions_app.models import Connection, IngestRun, RejectedRecord, Session
from sessions_app.models.ingest_run import RunKind, RunState
from sessions_app.models.rejected_record import RecordKind
from sessions_app.operations.ingesting import Talk, take_labels, take_records, take_talks
from sessions_app.queries.connections import SYNCS, forgettable_runs
from sessions_app.queries.database_clock import database_now

# Records of one page, unless the vendor gives fewer at once.
LIMIT = 250
FIRST_WINDOW = 86_400.0
MOST_AGAIN = 2_000
LONGEST_PROBLEM = 300
MOST_ATTEMPTS = 5
RUN_KEPT = timedelta(days=90)
Item = TypeVar("Item")
# labeling puts a run into the audit. It registers here, because sessions_app must not import it.
AFTER_SYNC: list[Callable[[IngestRun], None]] = []


class Superseded(Exception):
    """Somebody else goes on with this run, or it was begun anew."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a run goes on: first what is owed of earlier pages, then page by page through windows of time."""

    phase: str
    at: datetime
    seconds: float
    limit: int
    page: int = 0
    # Ids of records to ask for one by one, whose last word a list did not say.
    ask: tuple[str, ...] = ()
    # Sessions whose transcripts are to be asked for, and those to be asked for again by the next run.
    owed: tuple[int, ...] = ()
    again: tuple[int, ...] = ()

    def as_json(self) -> dict[str, Any]:
        held = asdict(self)
        return held | {"at": self.at.isoformat(), "ask": list(self.ask), "owed": list(self.owed), "again": list(self.again)}

    @classmethod
    def of(cls, run: IngestRun) -> Self:
        held = run.cursor
        moved = {"at": datetime.fromisoformat(held["at"]), "ask": tuple(held["ask"]), "owed": tuple(held["owed"]), "again": tuple(held["again"])}
        return cls(**(held | moved))


@transaction.atomic
def begin_run(*, connection: Connection) -> IngestRun:
    """This will go on with the run that did not come to its end, or open one: the first from the beginning, later ones with an overlap."""
    runs = IngestRun.objects.filter(data_source=connection.data_source_id, kind__in=SYNCS).order_by("-started_at", "-pk")
    last = runs.select_for_update().first()
    if last and last.state != RunState.FINISHED and last.cursor:
        IngestRun.objects.filter(pk=last.pk).update(state=RunState.RUNNING, problem="", heard_at=Now())
        last.state, last.problem = RunState.RUNNING, ""
        return last
    start, kind, until = connection.begins_at, RunKind.BACKFILL, max(database_now(), connection.begins_at)
    seconds = FIRST_WINDOW
    if connection.caught_up_at is not None and connection.synced_until is not None:
        start, kind = max(start, connection.synced_until - timedelta(hours=connection.overlap_hours)), RunKind.SYNC
        seconds = max((until - start).total_seconds(), 1.0)
    again = tuple(last.cursor.get("again", ())) if last and last.state == RunState.FINISHED else ()
    return IngestRun.objects.create(
        data_source_id=connection.data_source_id,
        kind=kind,
        window_from=start,
        window_until=until,
        cursor=Cursor("sessions", start, seconds, LIMIT, owed=_once(again, _failed_lately(connection))).as_json(),
    )


@transaction.atomic
def keep_records(*, run: IngestRun, before: Cursor, after: Cursor, items: Sequence[Any], takes_transcripts: bool, by_themselves: bool = False) -> Cursor:
    """This will take records and move on, with what they owe. Raises Superseded."""
    locked = _locked(run, before)
    taken = take_records(data_source=locked.data_source, items=items, run=locked, takes_transcripts=takes_transcripts, by_themselves=by_themselves)
    found = taken.ingested
    cursor = replace(after, ask=_once(after.ask, taken.doubtful), owed=_once(after.owed, taken.owed))
    # What was asked for by itself was counted with its page.
    created, unchanged = (found.created, 0 if by_themselves else found.unchanged)
    return _write(locked, cursor, created=created, changed=found.changed, unchanged=unchanged, refused=0 if by_themselves else len(found.refused))


@transaction.atomic
def keep_talks(*, run: IngestRun, before: Cursor, after: Cursor, talks: Sequence[Talk]) -> Cursor:
    """This will take what was said, and move on. Raises Superseded."""
    locked = _locked(run, before)
    taken = take_talks(data_source=locked.data_source, talks=talks, run=locked)
    cursor = replace(after, again=_once(after.again, taken.young)[-MOST_AGAIN:])
    return _write(locked, cursor, transcripts=taken.kept, refused=taken.refused, labels=taken.labels)


@transaction.atomic
def keep_labels(*, run: IngestRun, before: Cursor, after: Cursor, items: Sequence[Any]) -> Cursor:
    """This will take labels, and move on. Raises Superseded."""
    locked = _locked(run, before)
    taken = take_labels(data_source=locked.data_source, items=items, run=locked)
    return _write(locked, after, labels=taken.taken, refused=len(taken.refused))


@transaction.atomic
def move_on(*, run: IngestRun, before: Cursor, after: Cursor) -> Cursor:
    """This will write down where the run is, where nothing else was read. Raises Superseded."""
    return _write(_locked(run, before), after)


@transaction.atomic
def finish_run(*, run: IngestRun, before: Cursor) -> None:
    """This will close a run that read everything, and say that of its connection. Raises Superseded."""
    locked = _locked(run, before)
    now = database_now()
    locked.state, locked.finished_at, locked.heard_at, locked.cursor = RunState.FINISHED, now, now, {"again": list(before.again)}
    locked.save(update_fields=["state", "finished_at", "heard_at", "cursor"])
    connection = Connection.objects.select_for_update().get(data_source=locked.data_source_id)
    connection.synced_until, connection.succeeded_at, connection.problem, connection.failed_at = locked.window_until, now, "", None
    connection.caught_up_at = connection.caught_up_at or now
    connection.save(update_fields=["synced_until", "succeeded_at", "problem", "failed_at", "caught_up_at"])
    for listener in AFTER_SYNC:
        listener(locked)


@transaction.atomic
def stop_run(*, run: IngestRun, problem: str = "", ends_sync: bool = False) -> None:
    """This will write down that a run was left off, and why: it is gone on with later. `ends_sync` waits for somebody to look at the connection first."""
    state = RunState.FAILED if problem else RunState.STOPPED
    told = problem[:LONGEST_PROBLEM]
    if not IngestRun.objects.filter(pk=run.pk, state=RunState.RUNNING).update(state=state, problem=told, heard_at=Now()) or not problem:
        return
    connections = Connection.objects.filter(data_source=run.data_source_id)
    connections.update(problem=told, failed_at=Now())
    if ends_sync:
        connections.update(is_active=False)


@transaction.atomic
def count_requests(*, run: IngestRun, requests: int) -> None:
    """This will add to how often the vendor was asked, and say that the run is alive."""
    locked = IngestRun.objects.select_for_update().get(pk=run.pk)
    locked.requests, locked.heard_at = locked.requests + requests, database_now()
    locked.save(update_fields=["requests", "heard_at"])


def clear_runs() -> int:
    """This will forget the syncs of three months ago, but for the newest of each source. The nightly work."""
    return IngestRun.objects.filter(pk__in=forgettable_runs(before=database_now() - RUN_KEPT)).delete()[0]


def _failed_lately(connection: Connection) -> list[int]:
    """Sessions whose transcripts could not be had, however old they are; after some tries only when somebody asks for it."""
    rows = RejectedRecord.objects.filter(data_source=connection.data_source_id, kind=RecordKind.TRANSCRIPT, attempts__lt=MOST_ATTEMPTS)
    names = list(rows.order_by("-last_at", "-pk").values_list("external_id", flat=True)[:MOST_AGAIN])
    return list(Session.objects.filter(data_source=connection.data_source_id, external_id__in=names).order_by("pk").values_list("pk", flat=True))


def _locked(run: IngestRun, before: Cursor) -> IngestRun:
    locked = IngestRun.objects.select_for_update(of=("self",)).select_related("data_source").get(pk=run.pk)
    if locked.state != RunState.RUNNING or locked.cursor != before.as_json():
        raise Superseded
    return locked


def _write(locked: IngestRun, cursor: Cursor, **counts: int) -> Cursor:
    locked.cursor, locked.heard_at = cursor.as_json(), database_now()
    for name, n in counts.items():
        setattr(locked, name, getattr(locked, name) + n)
    locked.save(update_fields=["cursor", "heard_at", *counts])
    return cursor


def _once(earlier: Sequence[Item], more: Sequence[Item]) -> tuple[Item, ...]:
    return tuple(dict.fromkeys((*earlier, *more)))
