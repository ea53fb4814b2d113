"""Retention: deleting what is older than its class is kept, and the report of it. Each batch is a transaction with its count."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import pgtrigger
from django.db import connection, transaction
from django.db.models.functions import Now
from procrastinate.contrib.django import app

from labeling.models import Draft, Event, Label, RetentionRun, User
from labeling.models.event import EventKind
from labeling.models.retention import DataClass
from labeling.operations.comments import rewrite_comments
from labeling.operations.erasing_words import erase_label_words
from labeling.operations.events import record_event
from labeling.queries.holds import get_holds, is_held
from labeling.queries.retention import Aged, get_days, held_events, oldest_event_since, rows_of
from sessions_app.alone import alone
from sessions_app.models import Recording, Session
from sessions_app.operations import drop_transcripts, release_recordings

BATCH = {DataClass.TRANSCRIPT: 100, DataClass.RECORDING: 100, DataClass.LABEL: 200, DataClass.EVENT: 2_000}
ONE_RUN_LOCK, ASK_LOCK = 0x5E7E, 0x5E7F
# A run that was not finished by then does not stand in the way of another.
GIVEN_UP = timedelta(hours=12)
FINISHED = "finished"
# More days than any row is old; the calendar has no day that far back.
MOST_DAYS = 100 * 366
Remove = Callable[[Sequence[str]], None]


class AlreadyRunning(Exception):
    """Another run is under way."""


class Stopped(Exception):
    """The worker has to end; the job is taken up again."""


@dataclass(slots=True)
class Figures:
    """What one class came to. `oldest` is the oldest that is left, on hold or not."""

    days: int
    due: int = 0
    held: int = 0
    deleted: int = 0
    oldest: str = ""


@transaction.atomic
def ask_for_retention(*, by: User | None, is_dry: bool) -> RetentionRun:
    """This will have the worker make a run. One that is still waiting or under way is that one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ASK_LOCK])
    waiting: RetentionRun | None = (
        RetentionRun.objects.filter(run_by=by, is_dry=is_dry, counts__finished=False, run_at__gt=Now() - GIVEN_UP).order_by("-pk").first()
    )
    if waiting and by:
        return waiting
    # One that nobody asked for may be left from a command that was killed. It is gone on with; twice is once.
    run = waiting or begin_retention(by=by, is_dry=is_dry)
    # By name: a task is above an operation.
    app.configure_task("labeling.tasks.run_retention", lock="retention").defer(run=run.pk)
    return run


def ask_for_nightly_retention() -> RetentionRun | None:
    """This will have the worker make a run that nobody asked for, unless everything is kept for good."""
    return ask_for_retention(by=None, is_dry=False) if any(get_days().values()) else None


def begin_retention(*, by: User | None, is_dry: bool) -> RetentionRun:
    """This will open the report of a run."""
    return RetentionRun.objects.create(is_dry=is_dry, run_by=by, counts={FINISHED: False})


def drop_retention(*, run: RetentionRun) -> None:
    """This will take back a report that was opened in vain, or the next night would wait for it."""
    with pgtrigger.ignore("labeling.RetentionRun:retention_run_is_a_fact"):
        RetentionRun.objects.filter(pk=run.pk, counts={FINISHED: False}).delete()


def carry_out_retention(*, run: RetentionRun, remove_recordings: Remove, should_stop: Callable[[], bool] = lambda: False) -> RetentionRun:
    """This will delete what is due, or count it in a dry run, and close the report. It goes on where an earlier attempt was cut off.

    Raises AlreadyRunning, Stopped.
    """
    if run.counts.get(FINISHED):
        return run
    with alone(ONE_RUN_LOCK) as is_alone:
        if not is_alone:
            raise AlreadyRunning
        for data_class, days in sorted(get_days().items()):
            if days is None or run.counts.get(data_class, {}).get(FINISHED):
                continue
            before = run.run_at - timedelta(days=min(days, MOST_DAYS))
            _run_class(run, DataClass(data_class), before, days, remove_recordings, should_stop)
        with transaction.atomic():
            _note(run, {FINISHED: True})
            deleted = sum(figures["deleted"] for name, figures in run.counts.items() if name in DataClass.values)
            record_event(
                kind=EventKind.RETENTION_RUN,
                by=run.run_by,
                subject_kind="retention_run",
                subject=run.pk,
                before="dry run" if run.is_dry else "",
                after=f"{deleted} deleted",
            )
    return run


def _run_class(run: RetentionRun, data_class: DataClass, before: datetime, days: int, remove: Remove, should_stop: Callable[[], bool]) -> None:
    figures = Figures(days=days, deleted=run.counts.get(data_class, {}).get("deleted", 0))
    figures.due = figures.deleted
    oldest: datetime | None = oldest_event_since(before) if data_class == DataClass.EVENT else None
    for rows in rows_of(data_class, before=before):
        due = [row for row in rows if row.at < before and not row.is_held]
        held = [row for row in rows if row.at < before and row.is_held]
        gone: set[int] = set()
        figures.due += len(due)
        figures.held += len(held)
        for start in range(0, 0 if run.is_dry else len(due), BATCH[data_class]):
            gone |= _delete(run, data_class, figures, due[start : start + BATCH[data_class]], before, remove)
            if should_stop():
                raise Stopped
        left = [row.at for row in rows if row.pk not in gone]
        oldest = min([*left, *([oldest] if oldest else [])], default=None)
    figures.oldest = oldest.isoformat() if oldest else ""
    _note(run, {data_class.value: asdict(figures) | {FINISHED: True}})


@transaction.atomic
def _delete(run: RetentionRun, data_class: DataClass, figures: Figures, rows: Sequence[Aged], before: datetime, remove: Remove) -> set[int]:
    """What somebody is writing at, and what a hold covers by now, is left for another night."""
    gone = DELETE[data_class](rows, before, remove)
    figures.deleted += len(gone)
    _note(run, {data_class.value: asdict(figures)})
    return gone


def _delete_transcripts(rows: Sequence[Aged], before: datetime, remove: Remove) -> set[int]:
    sessions = _locked(rows)
    drop_transcripts(sessions=sessions)
    return {session.pk for session in sessions}


def _delete_recordings(rows: Sequence[Aged], before: datetime, remove: Remove) -> set[int]:
    sessions = {session.pk for session in _locked(rows)}
    recordings = list(Recording.objects.filter(pk__in=[row.pk for row in rows if row.session in sessions]))
    remove(release_recordings(recordings=recordings))
    return {recording.pk for recording in recordings}


def _delete_words(rows: Sequence[Aged], before: datetime, remove: Remove) -> set[int]:
    sessions = _locked(rows)
    known = {session.pk for session in sessions}
    labels = [row.pk for row in rows if row.session in known]
    erase_label_words(labels=Label.objects.filter(pk__in=labels))
    # What somebody types now is not old.
    Draft.objects.filter(session__in=sessions, saved_at__lt=before).delete()
    rewrite_comments(sessions=sessions)
    return set(labels)


def _delete_events(rows: Sequence[Aged], before: datetime, remove: Remove) -> set[int]:
    pks = set(Event.objects.filter(pk__in=[row.pk for row in rows]).exclude(held_events(get_holds())).values_list("pk", flat=True))
    with pgtrigger.ignore("labeling.Event:event_is_a_fact"):
        Event.objects.filter(pk__in=pks).delete()
    return pks


DELETE: dict[DataClass, Callable[[Sequence[Aged], datetime, Remove], set[int]]] = {
    DataClass.TRANSCRIPT: _delete_transcripts,
    DataClass.RECORDING: _delete_recordings,
    DataClass.LABEL: _delete_words,
    DataClass.EVENT: _delete_events,
}


def _locked(rows: Sequence[Aged]) -> list[Session]:
    """The sessions of rows, but those that a hold covers by now and those that somebody else has locked."""
    sessions = Session.objects.select_for_update(no_key=True, skip_locked=True).filter(pk__in={row.session for row in rows})
    return list(sessions.exclude(is_held(get_holds())).order_by("pk"))


@transaction.atomic
def _note(run: RetentionRun, counts: dict[str, Any]) -> None:
    """The report is a fact once it is closed. Until then it is written along, so that a killed run has deleted nothing that it does not say."""
    run.counts = run.counts | counts
    with pgtrigger.ignore("labeling.RetentionRun:retention_run_is_a_fact"):
        RetentionRun.objects.filter(pk=run.pk, counts__finished=False).update(counts=run.counts)
