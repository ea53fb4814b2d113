"""Whether an installation can serve, and how it fares: each figure says in words when it is bad."""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.functions import Now
from django.template.defaultfilters import filesizeformat
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateWorker

from labeling.models import BackupCheck, NightlyCheck
from labeling.queries.installation import version
from labeling.queries.sign_ins import get_last_break_glass
from sessions_app.queries.budget import OverBudget, within
from sessions_app.queries.connections import get_statuses
from sessions_app.queries.database_clock import database_now

# The worker beats every ten seconds; three missed beats are a worker that is gone.
BEAT = timedelta(seconds=30)
PART_MS = 500
MOST_FAILED = 20
# From when on a figure is bad.
OLD_TRANSACTION, LONG_STATEMENT, OLD_BACKUP, LONG_WAIT = timedelta(minutes=10), timedelta(minutes=2), timedelta(hours=24), timedelta(minutes=15)
ANNOUNCED, OLD_CHECK = timedelta(days=7), timedelta(days=2)
LITTLE_ROOM, LITTLE_SHARE = 2 * 1024**3, 0.05
NOT_ASKED = "could not be asked"

ACTIVITY = """
    SELECT statement_timestamp() - min(xact_start), statement_timestamp() - min(query_start) FILTER (WHERE state = 'active')
    FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database() AND backend_type = 'client backend'
"""
JOBS = """
    SELECT count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()),
        count(*) FILTER (WHERE status = 'todo' AND scheduled_at > now()),
        count(*) FILTER (WHERE status = 'doing'),
        now() - min(coalesce(scheduled_at, (SELECT min(at) FROM procrastinate_events WHERE job_id = procrastinate_jobs.id)))
            FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now())
    FROM procrastinate_jobs WHERE status IN ('todo', 'doing')
"""
FAILED = """
    SELECT id, task_name, attempts, (SELECT max(at) FROM procrastinate_events WHERE job_id = procrastinate_jobs.id AND type = 'failed')
    FROM procrastinate_jobs WHERE status = 'failed' ORDER BY id DESC LIMIT %s
"""
FAILED_JOBS = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'"


@dataclass(frozen=True, slots=True)
class Figure:
    """`bad` is empty, or says what is wrong and what to do."""

    name: str
    value: str
    bad: str = ""


@dataclass(frozen=True, slots=True)
class FailedJob:
    pk: int
    task: str
    attempts: int
    failed_at: datetime | None
    # A job with a schedule comes again by itself.
    can_be_retried: bool


@dataclass(frozen=True, slots=True)
class Health:
    groups: list[tuple[str, list[Figure]]]
    failed: list[FailedJob]

    @property
    def is_bad(self) -> bool:
        return any(figure.bad for _, figures in self.groups for figure in figures)


def get_readiness() -> dict[str, bool]:
    """This will say yes or no to each part, and nothing else: the page is open to everybody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {
        "database": True,
        "migrations": not _missing_migrations(),
        "worker": ProcrastinateWorker.objects.filter(last_heartbeat__gte=Now() - BEAT).exists(),
    }


def get_health() -> Health:
    """This will ask each part by itself: one that does not answer is a bad figure, and the others still say theirs."""
    failed: list[FailedJob] = []
    groups = [
        (
            "Sync and jobs",
            [*_asked("Sync", _sync), *_asked("Worker", _worker), *_asked("Jobs", _jobs), *_asked("Failed jobs", lambda: _failed(failed))],
        ),
        ("Database", [*_asked("Activity", _activity), *_asked("Size", _size), *_asked("Migrations", _migrations)]),
        ("Nightly checks", list(_asked("Nightly checks", _nightly_checks))),
        ("Disk and backup", [*_disks(), *_asked("Last verified backup", _backup)]),
        ("Sign-in and version", [*_asked("Break-glass account", _break_glass), Figure("Review Desk", version())]),
    ]
    return Health(groups, failed)


def is_periodic(task: str) -> bool:
    return any(name == task for name, _ in app.periodic_registry.periodic_tasks)


def _asked(name: str, ask: Callable[[], Iterable[Figure]]) -> list[Figure]:
    try:
        with within(PART_MS):
            return list(ask())
    except OverBudget:
        return [Figure(name, NOT_ASKED, f"The database took longer than {PART_MS} ms to say.")]
    except (DatabaseError, OSError) as problem:
        return [Figure(name, NOT_ASKED, f"{type(problem).__name__}. The log of the database says more.")]


def _row(sql: str, *values: Any) -> Any:
    return _rows(sql, *values)[0]


def _rows(sql: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _sync() -> Iterable[Figure]:
    statuses = get_statuses()
    for status in statuses:
        name = "Sync" if len(statuses) == 1 else f"Sync of {status.connection.data_source}"
        behind = status.state if status.lag is None else f"{status.state}, {status.lag_words} behind"
        yield Figure(name, behind, status.bad)
    if not statuses:
        yield Figure("Sync", "no vendor connection yet")


def _worker() -> Iterable[Figure]:
    beats = list(ProcrastinateWorker.objects.order_by("-last_heartbeat").values_list("last_heartbeat", flat=True)[:50])
    now = database_now()
    alive = [beat for beat in beats if beat >= now - BEAT]
    if alive:
        yield Figure("Worker", f"{len(alive)} at work, the last sign {_age(now - alive[0])} ago")
    else:
        last = f"the last sign {_age(now - beats[0])} ago" if beats else "none was ever seen"
        yield Figure("Worker", last, "No worker runs: exports, bulk actions, mails and the nightly work wait. Start manage.py work.")


def _jobs() -> Iterable[Figure]:
    due, later, running, oldest = _row(JOBS)
    too_long = oldest is not None and oldest > LONG_WAIT
    yield Figure("Jobs waiting", f"{due}, {later} for later", f"The oldest waits since {_age(oldest)}. Is the worker busy, or stopped?" if too_long else "")
    yield Figure("Jobs running", f"{running}")


def _failed(failed: list[FailedJob]) -> Iterable[Figure]:
    failed += [FailedJob(pk, task.rsplit(".", 1)[-1], attempts, at, not is_periodic(task)) for pk, task, attempts, at in _rows(FAILED, MOST_FAILED)]
    a_day_ago = database_now() - timedelta(days=1)
    recent = sum(1 for job in failed if job.failed_at and job.failed_at > a_day_ago)
    shown = f"{recent} or more" if recent == MOST_FAILED else f"{recent}"
    yield Figure("Failed in 24 hours", shown, "They are below. Why is in the worker's log, by the job's number." if recent else "")


def _activity() -> Iterable[Figure]:
    transaction_age, statement_age = _row(ACTIVITY)
    bad = transaction_age is not None and transaction_age > OLD_TRANSACTION
    yield Figure("Oldest transaction", _age(transaction_age), "It keeps the database from cleaning up. See who holds it in pg_stat_activity." if bad else "")
    bad = statement_age is not None and statement_age > LONG_STATEMENT
    yield Figure("Longest running statement", _age(statement_age), "Nothing here should take that long but an export or a migration." if bad else "")


def _size() -> Iterable[Figure]:
    yield Figure("Size", filesizeformat(_row("SELECT pg_database_size(current_database())")[0]))


def _migrations() -> Iterable[Figure]:
    missing = _missing_migrations()
    yield Figure("Migrations", "all applied" if not missing else f"{len(missing)} not applied", "Run manage.py migrate." if missing else "")


def _missing_migrations() -> set[tuple[str, str]]:
    return set(_on_disk() - set(MigrationRecorder(connection).applied_migrations()))


@lru_cache(maxsize=1)
def _on_disk() -> frozenset[tuple[str, str]]:
    """By the names of their files: to read them, as `migrate` does, takes longer than all the rest of the page."""
    found = set()
    for config in apps.get_app_configs():
        name, _ = MigrationLoader.migrations_module(config.label)
        # An application without migrations may have a module of that name.
        spec = find_spec(name) if name else None
        folders = (spec.submodule_search_locations if spec else None) or []
        found |= {(config.label, file.stem) for folder in folders for file in Path(folder).glob("[0-9a-z]*.py")}
    return frozenset(found)


def _backup() -> Iterable[Figure]:
    last = BackupCheck.objects.order_by("-verified_at", "-pk").first()
    how = "manage.py verify_backup" if settings.BACKUP == "own" else "manage.py record_backup_check after a trial restore"
    if last is None:
        yield Figure("Last verified backup", "never", f"Nobody has restored a backup and looked. Run {how}.")
        return
    bad = ""
    if database_now() - last.verified_at > OLD_BACKUP:
        bad = f"That is more than 24 hours ago. Run {how}."
    elif last.verified_at - last.taken_at > 2 * OLD_BACKUP:
        bad = "The backup that was verified is itself more than two days old. Is a newer one made?"
    yield Figure("Last verified backup", f"{last.verified_at:%Y-%m-%d %H:%M} UTC, of a backup made {last.taken_at:%Y-%m-%d %H:%M} UTC", bad)


def _nightly_checks() -> Iterable[Figure]:
    checks = list(NightlyCheck.objects.order_by("kind"))
    for check in checks:
        put_right = f"; put right {check.repaired:,} on {check.repaired_at:%Y-%m-%d %H:%M} UTC" if check.repaired_at else ""
        bad = ""
        if database_now() - check.ended_at > OLD_CHECK:
            bad = "That is more than two days ago. Does a worker run at night?"
        elif check.repaired_at and database_now() - check.repaired_at < ANNOUNCED:
            bad = "What was stored differed from what it is worked out from. It is right again; should it go on, something writes past the application."
        yield Figure(check.get_kind_display(), f"checked {check.ended_at:%Y-%m-%d %H:%M} UTC{put_right}", bad)
    if not checks:
        yield Figure("Nightly checks", "none has ended yet; they run every night")


def _break_glass() -> Iterable[Figure]:
    at = get_last_break_glass()
    bad = "It was used in the last seven days. If nobody knows why, deactivate it and look into the audit."
    yield Figure("Break-glass account", f"used {at:%Y-%m-%d %H:%M} UTC" if at else "never used", bad if at and database_now() - at < ANNOUNCED else "")


def _disks() -> list[Figure]:
    folders = {"Exports": settings.EXPORT_DIR, "Recordings": settings.RECORDING_DIR, "Uploaded files": settings.IMPORT_DIR}
    embedded = settings.DATABASES["default"].get("EMBEDDED")
    return [_disk(name, Path(folder)) for name, folder in (folders | ({"Database": embedded["DATA"]} if embedded else {})).items()]


def _disk(name: str, folder: Path) -> Figure:
    """A folder that is not there yet will be made where its nearest parent is."""
    try:
        usage = shutil.disk_usage(next(place for place in (folder, *folder.parents) if place.exists()))
    except OSError as problem:
        return Figure(f"Room for {name.lower()}", NOT_ASKED, f"{type(problem).__name__}. May this process read the folder?")
    bad = "The disk is nearly full." if usage.free < LITTLE_ROOM or usage.free < usage.total * LITTLE_SHARE else ""
    return Figure(f"Room for {name.lower()}", f"{filesizeformat(usage.free)} of {filesizeformat(usage.total)} free", bad)


def _age(span: timedelta | None) -> str:
    if span is None:
        return "none"
    seconds = max(int(span.total_seconds()), 0)
    for size, word in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {word}"
    return f"{seconds} s"
