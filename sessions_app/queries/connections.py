"""How the connections to the vendor fare: which are due for a sync, how far each one is, and what was rejected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sessions_app.models import Connection, IngestRun, RejectedRecord
from sessions_app.models.ingest_run import RunKind, RunState
from sessions_app.models.rejected_record import RecordKind
from sessions_app.queries.database_clock import database_now
from sessions_app.reasons import say

SYNCS = (RunKind.BACKFILL, RunKind.SYNC)
# What was left off because something is wrong is not tried again at once.
REST = timedelta(minutes=5)
# A run that has said nothing for so long is no longer one: its process was killed.
SILENT = timedelta(minutes=3)
MOST_RUNS, MOST_REJECTED = 10, 100
# How many schedules may be missed until that is bad.
MISSED = 4


@dataclass(frozen=True, slots=True)
class Status:
    """One connection and how it fares. `lag` is how long ago everything there was is here; None before the first sync is over."""

    connection: Connection
    runs: list[IngestRun]
    rejected: dict[str, int]
    lag: timedelta | None
    share: int | None
    state: str
    bad: str = ""

    @property
    def lag_words(self) -> str:
        """How far behind, for people; the lag of a moment is that of the schedule."""
        if self.lag is None:
            return _("unknown until the first sync is over")
        minutes = int(self.lag.total_seconds() // 60)
        if minutes >= 2_880:
            return ngettext("%(n)s day", "%(n)s days", minutes // 1_440) % {"n": minutes // 1_440}
        if minutes >= 120:
            return ngettext("%(n)s hour", "%(n)s hours", minutes // 60) % {"n": minutes // 60}
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}


def due_connections(*, at: datetime | None = None) -> list[int]:
    """This will be the connections whose sync is to begin, or to go on."""
    now = at or database_now()
    return [row.pk for row in Connection.objects.filter(is_active=True).order_by("pk") if _is_due(row, now)]


def get_statuses(connections: Sequence[Connection] | None = None) -> list[Status]:
    """This will say of each connection how it fares."""
    rows = Connection.objects.select_related("data_source").order_by("pk") if connections is None else connections
    now = database_now()
    return [_status(row, now) for row in rows]


def get_rejected(connection: Connection) -> list[RejectedRecord]:
    """This will be what was rejected last, without what it said: that names callers."""
    return list(RejectedRecord.objects.filter(data_source=connection.data_source_id).defer("payload").order_by("-last_at", "-pk")[:MOST_REJECTED])


def last_run(connection: Connection) -> IngestRun | None:
    return IngestRun.objects.filter(data_source=connection.data_source_id, kind__in=SYNCS).order_by("-started_at", "-pk").first()


def _is_due(row: Connection, now: datetime) -> bool:
    last = last_run(row)
    if last and last.state != RunState.FINISHED:
        rest = {RunState.FAILED: min(REST, timedelta(minutes=row.every_minutes)), RunState.RUNNING: SILENT}.get(RunState(last.state))
        return rest is None or last.heard_at <= now - rest
    return row.succeeded_at is None or row.succeeded_at + timedelta(minutes=row.every_minutes) <= now


def _status(row: Connection, now: datetime) -> Status:
    runs = list(IngestRun.objects.filter(data_source=row.data_source_id, kind__in=SYNCS).order_by("-started_at", "-pk")[:MOST_RUNS])
    rejected = dict(RejectedRecord.objects.filter(data_source=row.data_source_id).order_by("kind").values_list("kind").annotate(n=Count("pk")))
    lag = now - row.synced_until if row.caught_up_at and row.synced_until else None
    late = timedelta(minutes=row.every_minutes) * MISSED + REST
    bad = say(row.problem) if row.problem else ""
    if not bad and row.is_active and lag is not None and lag > late:
        bad = _("No sync has come to its end for a while. Does the worker run?")
    return Status(row, runs, {str(RecordKind(kind).label): n for kind, n in rejected.items()}, lag, _share(runs), _state(row, runs, now), bad)


def _state(row: Connection, runs: Sequence[IngestRun], now: datetime) -> str:
    if not row.is_active:
        return _("switched off")
    last = runs[0] if runs else None
    if last is None:
        return _("waiting for its first sync")
    if last.state == RunState.RUNNING and last.heard_at > now - SILENT:
        return _("first sync under way") if last.kind == RunKind.BACKFILL else _("sync under way")
    if last.state == RunState.FINISHED:
        return _("up to date")
    return _("failed, tried again soon") if last.state == RunState.FAILED else _("goes on soon")


def _share(runs: Sequence[IngestRun]) -> int | None:
    """How much of the newest run's span is read, in percent; None once it is over."""
    last = runs[0] if runs else None
    if last is None or last.state == RunState.FINISHED or not last.cursor or not last.window_from or not last.window_until:
        return None
    if last.cursor["phase"] != "sessions":
        return 99
    whole = (last.window_until - last.window_from).total_seconds()
    done = (datetime.fromisoformat(last.cursor["at"]) - last.window_from).total_seconds()
    return min(int(100 * done / whole), 99) if whole > 0 else 99


def forgettable_runs(*, before: datetime) -> list[int]:
    """The syncs that came to their end long ago, but for the newest of each source."""
    runs = IngestRun.objects.filter(kind__in=SYNCS)
    newest = runs.order_by("data_source", "-started_at", "-pk").distinct("data_source").values_list("pk", flat=True)
    old = runs.filter(state=RunState.FINISHED, started_at__lt=before).exclude(pk__in=list(newest))
    return list(old.values_list("pk", flat=True))
