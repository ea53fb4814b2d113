"""Connections to the vendor: saved, and followed in what labeling knows: how long words are kept, and what a sync brought."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from labeling.models import User, VendorLabels
from labeling.models.event import EventKind
from labeling.models.retention import DataClass
from labeling.operations.events import record_event
from labeling.queries.retention import get_days
from sessions_app.codes import SourceKind
from sessions_app.models import Connection, IngestRun, Source
from sessions_app.models.ingest_run import RunState
from sessions_app.operations.ingesting import Kept
from sessions_app.queries.connections import SYNCS
from sessions_app.queries.database_clock import database_now
from sessions_app.sealing import seal

KIND = "connection"
MOST_DAYS = 100 * 366
NAME = "Vendor"
SHORT = 30


@transaction.atomic
def save_connection(*, connection: Connection, changed: Sequence[str], key: str, by: User, source_name: str = "") -> Connection:
    """This will save a connection as an admin filled it in. `key` is sealed; empty keeps the stored one, but never for another address.

    A new one without a source gets one, which is the primary one where there is none yet: whose ids are the wire's can be told
    once only.
    """
    before = Connection.objects.select_for_update().filter(pk=connection.pk).first() if connection.pk else None
    columns = list(changed)
    if key:
        connection.sealed_key, columns = seal(key), [*columns, "sealed_key"]
    elif before and before.base_url != connection.base_url:
        connection.sealed_key, columns = "", [*columns, "sealed_key"]
    if not connection.sealed_key and connection.is_active:
        connection.is_active, columns = False, [*columns, "is_active"]
    if connection.problem and ({"is_active", "base_url"} & set(columns) or key):
        connection.problem, connection.failed_at, columns = "", None, [*columns, "problem", "failed_at"]
    if before and connection.begins_at < before.begins_at:
        columns = [*columns, *_begin_anew(connection)]
    if before is None:
        if connection.data_source_id is None:
            connection.data_source = _source(source_name)
        connection.save()
        # What is taken of its ratings, and that nothing is written there, stands in a row from the start.
        VendorLabels.objects.get_or_create(data_source=connection.data_source)
    elif columns:
        connection.save(update_fields=list(dict.fromkeys(columns)))
    for name in dict.fromkeys([*changed, *(["key"] if "sealed_key" in columns else [])]):
        was, now = ("", "") if name in ("key", "base_url") else (_told(before, name), _told(connection, name))
        if name == "key":
            now = "typed" if key else "cleared"
        record_event(kind=EventKind.CONNECTION_CHANGED, by=by, subject_kind=f"{KIND} {name}"[:SHORT], subject=connection.pk, before=was, after=now)
    return connection


def ask_for_sync(*, connection_pk: int) -> bool:
    """This will have the worker sync a connection, and say whether none waits already."""
    try:
        # By name: a task is above an operation.
        with transaction.atomic():
            app.configure_task("labeling.tasks.sync", queueing_lock=f"sync:{connection_pk}").defer(connection=connection_pk)
    except AlreadyEnqueued:
        return False
    return True


def ask_for_retry(*, connection: Connection, only: int | None, by: User) -> None:
    """This will have the worker try again what was rejected, one record or all of them."""
    with transaction.atomic():
        record_event(kind=EventKind.JOB_RETRIED, by=by, subject_kind="rejected record" if only else "rejected records", subject=only or connection.pk)
        app.configure_task("labeling.tasks.retry_rejected_records").defer(connection=connection.pk, only=only)


def kept_since() -> Kept:
    """This will say since when words and sounds are kept, by the rules of retention."""
    days = get_days()
    return Kept(words=_since(days.get(DataClass.TRANSCRIPT)), sounds=_since(days.get(DataClass.RECORDING)))


def note_sync(run: IngestRun) -> None:
    """This will put into the audit what a sync brought, where it brought anything."""
    if run.created or run.changed or run.labels:
        told = f"{run.created} new, {run.changed} changed"
        record_event(kind=EventKind.INGESTED, by=None, subject_kind="ingest_run", subject=run.pk, after=told[:SHORT])


def _source(name: str) -> Source:
    """The name of a vendor's source is told on pages and in exports, so it is the admin's."""
    has_primary = Source.objects.filter(is_primary=True).exists()
    return Source.objects.create(name=name or NAME, kind=SourceKind.VENDOR, is_primary=not has_primary)


def _begin_anew(connection: Connection) -> list[str]:
    """What lies before the earlier beginning was never read: everything is read once more, and what is here already changes nothing."""
    IngestRun.objects.filter(data_source=connection.data_source_id, kind__in=SYNCS).exclude(state=RunState.FINISHED).update(state=RunState.STOPPED, cursor={})
    connection.synced_until, connection.caught_up_at = None, None
    return ["synced_until", "caught_up_at"]


def _since(days: int | None) -> datetime | None:
    return None if days is None else database_now() - timedelta(days=min(days, MOST_DAYS))


def _told(connection: Connection | None, name: str) -> str:
    return str(getattr(connection, name))[:SHORT] if connection else ""
