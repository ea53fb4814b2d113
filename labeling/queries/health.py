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
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
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
NOT_ASKED = gettext_lazy("could not be asked")

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
            _("Sync and jobs"),
            [*_asked(_("Sync"), _sync), *_asked(_("Worker"), _worker), *_asked(_("Jobs"), _jobs), *_asked(_("Failed jobs"), lambda: _failed(failed))],
        ),
        (_("Database"), [*_asked(_("Activity"), _activity), *_asked(_("Size"), _size), *_asked(_("Migrations"), _migrations)]),
        (_("Nightly checks"), list(_asked(_("Nightly checks"), _nightly_checks))),
        (_("Disk and backup"), [*_disks(), *_asked(_("Last verified backup"), _backup)]),
        (_("Sign-in and version"), [*_asked(_("Break-glass account"), _break_glass), Figure("Review Desk", version())]),
    ]
    return Health(groups, failed)


def is_periodic(task: str) -> bool:
    return any(name == task for name, _ in app.periodic_registry.periodic_tasks)


def _asked(name: str, ask: Callable[[], Iterable[Figure]]) -> list[Figure]:
    try:
        with within(PART_MS):
            return list(ask())
    except OverBudget:
        return [Figure(name, str(NOT_ASKED), _("The database took longer than %(ms)s ms to say.") % {"ms": PART_MS})]
    except (DatabaseError, OSError) as problem:
        return [Figure(name, str(NOT_ASKED), _("%(problem)s. The log of the database says more.") % {"problem": type(problem).__name__})]


def _row(sql: str, *values: Any) -> Any:
    return _rows(sql, *values)[0]


def _rows(sql: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _sync() -> Iterable[Figure]:
    statuses = get_statuses()
    for status in statuses:
        name = _("Sync") if len(statuses) == 1 else _("Sync of %(data_source)s") % {"data_source": status.connection.data_source}
        behind = status.state if status.lag is None else _("%(state)s, %(lag_words)s behind") % {"state": status.state, "lag_words": status.lag_words}
        yield Figure(name, behind, status.bad)
    if not statuses:
        yield Figure(_("Sync"), _("no vendor connection yet"))


def _worker() -> Iterable[Figure]:
    beats = list(ProcrastinateWorker.objects.order_by("-last_heartbeat").values_list("last_heartbeat", flat=True)[:50])
    now = database_now()
    alive = [beat for beat in beats if beat >= now - BEAT]
    if alive:
        yield Figure(_("Worker"), _("%(n)s at work, the last sign %(age)s ago") % {"n": len(alive), "age": _age(now - alive[0])})
    else:
        last = _("the last sign %(age)s ago") % {"age": _age(now - beats[0])} if beats else _("none was ever seen")
        yield Figure(_("Worker"), last, _("No worker runs: exports, bulk actions, mails and the nightly work wait. Start manage.py work."))


def _jobs() -> Iterable[Figure]:
    due, later, running, oldest = _row(JOBS)
    too_long = oldest is not None and oldest > LONG_WAIT
    yield Figure(
        _("Jobs waiting"),
        _("%(due)s, %(later)s for later") % {"due": due, "later": later},
        _("The oldest waits since %(age)s. Is the worker busy, or stopped?") % {"age": _age(oldest)} if too_long else "",
    )
    yield Figure(_("Jobs running"), f"{running}")


def _failed(failed: list[FailedJob]) -> Iterable[Figure]:
    failed += [FailedJob(pk, task.rsplit(".", 1)[-1], attempts, at, not is_periodic(task)) for pk, task, attempts, at in _rows(FAILED, MOST_FAILED)]
    a_day_ago = database_now() - timedelta(days=1)
    recent = sum(1 for job in failed if job.failed_at and job.failed_at > a_day_ago)
    shown = _("%(recent)s or more") % {"recent": recent} if recent == MOST_FAILED else f"{recent}"
    yield Figure(_("Failed in 24 hours"), shown, _("They are below. Why is in the worker's log, by the job's number.") if recent else "")


def _activity() -> Iterable[Figure]:
    transaction_age, statement_age = _row(ACTIVITY)
    bad = transaction_age is not None and transaction_age > OLD_TRANSACTION
    yield Figure(
        _("Oldest transaction"), _age(transaction_age), _("It keeps the database from cleaning up. See who holds it in pg_stat_activity.") if bad else ""
    )
    bad = statement_age is not None and statement_age > LONG_STATEMENT
    yield Figure(_("Longest running statement"), _age(statement_age), _("Nothing here should take that long but an export or a migration.") if bad else "")


def _size() -> Iterable[Figure]:
    yield Figure(_("Size"), filesizeformat(_row("SELECT pg_database_size(current_database())")[0]))


def _migrations() -> Iterable[Figure]:
    missing = _missing_migrations()
    yield Figure(
        _("Migrations"), _("all applied") if not missing else _("%(n)s not applied") % {"n": len(missing)}, _("Run manage.py migrate.") if missing else ""
    )


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
    how = "manage.py verify_backup" if settings.BACKUP == "own" else _("manage.py record_backup_check after a trial restore")
    if last is None:
        yield Figure(_("Last verified backup"), _("never"), _("Nobody has restored a backup and looked. Run %(how)s.") % {"how": how})
        return
    bad = ""
    if database_now() - last.verified_at > OLD_BACKUP:
        bad = _("That is more than 24 hours ago. Run %(how)s.") % {"how": how}
    elif last.verified_at - last.taken_at > 2 * OLD_BACKUP:
        bad = _("The backup that was verified is itself more than two days old. Is a newer one made?")
    yield Figure(
        _("Last verified backup"),
        _("%(verified_at)s UTC, of a backup made %(taken_at)s UTC")
        % {"verified_at": f"{last.verified_at:%Y-%m-%d %H:%M}", "taken_at": f"{last.taken_at:%Y-%m-%d %H:%M}"},
        bad,
    )


def _nightly_checks() -> Iterable[Figure]:
    checks = list(NightlyCheck.objects.order_by("kind"))
    for check in checks:
        value = _("checked %(at)s UTC") % {"at": f"{check.ended_at:%Y-%m-%d %H:%M}"}
        if check.repaired_at:
            repaired = {"at": f"{check.ended_at:%Y-%m-%d %H:%M}", "n": number_format(check.repaired), "repaired_at": f"{check.repaired_at:%Y-%m-%d %H:%M}"}
            value = _("checked %(at)s UTC; put right %(n)s on %(repaired_at)s UTC") % repaired
        bad = ""
        if database_now() - check.ended_at > OLD_CHECK:
            bad = _("That is more than two days ago. Does a worker run at night?")
        elif check.repaired_at and database_now() - check.repaired_at < ANNOUNCED:
            bad = _("What was stored differed from what it is worked out from. It is right again; should it go on, something writes past the application.")
        yield Figure(check.get_kind_display(), value, bad)
    if not checks:
        yield Figure(_("Nightly checks"), _("none has ended yet; they run every night"))


def _break_glass() -> Iterable[Figure]:
    at = get_last_break_glass()
    bad = _("It was used in the last seven days. If nobody knows why, deactivate it and look into the audit.")
    yield Figure(
        _("Break-glass account"),
        _("used %(at)s UTC") % {"at": f"{at:%Y-%m-%d %H:%M}"} if at else _("never used"),
        bad if at and database_now() - at < ANNOUNCED else "",
    )


def _disks() -> list[Figure]:
    folders = {
        _("Room for exports"): settings.EXPORT_DIR,
        _("Room for recordings"): settings.RECORDING_DIR,
        _("Room for uploaded files"): settings.IMPORT_DIR,
    }
    embedded = settings.DATABASES["default"].get("EMBEDDED")
    return [_disk(name, Path(folder)) for name, folder in (folders | ({_("Room for database"): embedded["DATA"]} if embedded else {})).items()]


def _disk(name: str, folder: Path) -> Figure:
    """A folder that is not there yet will be made where its nearest parent is."""
    try:
        usage = shutil.disk_usage(next(place for place in (folder, *folder.parents) if place.exists()))
    except OSError as problem:
        return Figure(name, str(NOT_ASKED), _("%(problem)s. May this process read the folder?") % {"problem": type(problem).__name__})
    bad = _("The disk is nearly full.") if usage.free < LITTLE_ROOM or usage.free < usage.total * LITTLE_SHARE else ""
    return Figure(name, _("%(free)s of %(total)s free") % {"free": filesizeformat(usage.free), "total": filesizeformat(usage.total)}, bad)


def _age(span: timedelta | None) -> str:
    if span is None:
        return _("none")
    seconds = max(int(span.total_seconds()), 0)
    if seconds >= 2 * 86_400:
        return ngettext("%(n)s day", "%(n)s days", seconds // 86_400) % {"n": seconds // 86_400}
    if seconds >= 2 * 3_600:
        return ngettext("%(n)s hour", "%(n)s hours", seconds // 3_600) % {"n": seconds // 3_600}
    if seconds >= 2 * 60:
        return ngettext("%(n)s minute", "%(n)s minutes", seconds // 60) % {"n": seconds // 60}
    return _("%(n)s s") % {"n": seconds}
