"""Imports: what somebody asked for, how far it has come, and the audit of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from procrastinate.contrib.django import app

from labeling.models import FileImport, User
from labeling.models.event import EventKind
from labeling.models.file_import import ImportKind, ImportMode, ImportState
from labeling.operations.events import record_event
from sessions_app.codes import SourceKind
from sessions_app.models import Source

KEPT = timedelta(days=1)
MOST_AT_ONCE = 4
BUSY = (ImportState.CHECKING, ImportState.RUNNING)
READY = (ImportState.UPLOADED, ImportState.CHECKED)
ENDED = (ImportState.FINISHED, ImportState.FAILED, ImportState.CANCELED)
STARTS_LOCK = 0x1390
COUNTS = ("position", "rows", "created", "changed", "unchanged", "refused", "refused_size")
LEFT_LYING = gettext_noop("It lay here for a day without being taken in, so its file was deleted. Upload it again.")
ERASED = gettext_noop("Something was erased while this file lay here, so it was deleted. Upload it again, without what has to stay erased.")


class NotNow(Exception):
    """Another import of this person is on its way, or as many as the server takes at once. Its words are for the person."""


class NotPossible(Exception):
    """It is no longer in a state for that."""


def begin_import(
    *,
    by: User,
    token: str,
    kind: str,
    format: str,
    size: int,
    columns: Sequence[str],
    shape: Mapping[str, Any],
    mapping: Mapping[str, str],
    earlier: FileImport | None = None,
) -> FileImport:
    """This will keep a file that was uploaded, with what was found out about it, and with the choices of an earlier one like it."""
    return FileImport.objects.create(
        created_by=by,
        token=token,
        file=token,
        kind=kind,
        format=format,
        size=size,
        columns=list(columns),
        shape=dict(shape),
        mapping=dict(mapping),
        mode=earlier.mode if earlier else ImportMode.ATOMIC,
        data_source=earlier.data_source if earlier else None,
    )


def source_for_files(*, name: str) -> Source:
    """This will return the source of that name, made for files where nobody has it."""
    source, _ = Source.objects.get_or_create(name=name, defaults={"kind": SourceKind.FILE})
    return source


@transaction.atomic
def check_import(*, file_import: FileImport, mapping: Mapping[str, str], mode: str, source: str) -> None:
    """This will have a file looked through in the background; "" is no source. A new one is made for files. Raises NotNow, NotPossible."""
    locked = _start(file_import, ImportState.CHECKING)
    locked.mapping, locked.mode, locked.data_source = dict(mapping), mode, source_for_files(name=source) if source else None
    locked.save(update_fields=["mapping", "mode", "data_source"])


@transaction.atomic
def run_import(*, file_import: FileImport) -> None:
    """This will have a file that was looked through taken in. Raises NotNow, NotPossible."""
    if file_import.state != ImportState.CHECKED:
        raise NotPossible
    _start(file_import, ImportState.RUNNING)


def cancel_import(*, file_import: FileImport) -> bool:
    """This will end an import that has not come to its end. What was taken stays; of one that takes all or nothing, nothing does."""
    changed = FileImport.objects.filter(pk=file_import.pk, state__in=(*READY, *BUSY)).update(state=ImportState.CANCELED, finished_at=Now())
    return bool(changed)


def note_import(*, file_import: FileImport, using: str | None = None, **came: Any) -> str:
    """This will write down how far it has come, and return the state in which that found it; "" where it is not to be seen."""
    rows = FileImport.objects.using(using or "default").filter(pk=file_import.pk)
    if rows.filter(state=file_import.state).update(**came):
        return file_import.state
    return rows.values_list("state", flat=True).first() or ""


def finish_check(*, file_import: FileImport, **came: Any) -> None:
    FileImport.objects.filter(pk=file_import.pk, state=ImportState.CHECKING).update(state=ImportState.CHECKED, **came)


@transaction.atomic
def finish_import(*, file_import: FileImport, **came: Any) -> bool:
    """This will end an import that came to its end, with one event for all that it brought."""
    changed = FileImport.objects.filter(pk=file_import.pk, state=ImportState.RUNNING).update(state=ImportState.FINISHED, finished_at=Now(), **came)
    if changed:
        record_import(by=file_import.created_by, kind=file_import.kind, subject=file_import.pk, created=came["created"], changed=came["changed"])
    return bool(changed)


def record_import(*, by: User | None, kind: str, subject: int | None, created: int, changed: int) -> None:
    before = "labels" if kind == ImportKind.LABELS else "sessions"
    record_event(kind=EventKind.IMPORTED, by=by, subject_kind="import", subject=subject, before=before, after=f"{created} new, {changed} changed"[:30])


def return_import(*, file_import: FileImport, problem: str, **came: Any) -> None:
    """This will give an import that took nothing back to its person, who may choose otherwise."""
    FileImport.objects.filter(pk=file_import.pk, state=ImportState.RUNNING).update(state=ImportState.CHECKED, problem=problem[:300], **came)


def fail_import(*, file_import: FileImport, problem: str, **came: Any) -> None:
    FileImport.objects.filter(pk=file_import.pk, state__in=BUSY).update(state=ImportState.FAILED, problem=problem[:300], finished_at=Now(), **came)


def expire_imports(*, at: datetime) -> list[str]:
    """This will let go of files a day after their end, or after nobody went on with them; and return the names of those that stay."""
    FileImport.objects.filter(state__in=READY, created_at__lte=at - KEPT).update(state=ImportState.CANCELED, problem=LEFT_LYING, finished_at=at, file="")
    FileImport.objects.filter(state__in=ENDED, finished_at__lte=at - KEPT).update(file="", first_refused=[])
    return list(FileImport.objects.exclude(file="").values_list("file", flat=True))


def void_imports() -> list[str]:
    """This will let go of every file that is not being read right now, and return their names: an erasure came, and nobody knows who is in them.

    One that is being read takes nothing of who was erased, and its end lets go of it.
    """
    FileImport.objects.filter(state__in=READY).update(state=ImportState.CANCELED, problem=ERASED, finished_at=Now())
    names = list(FileImport.objects.filter(state__in=ENDED).exclude(file="").values_list("file", flat=True))
    FileImport.objects.filter(file__in=names).update(file="", first_refused=[])
    return names


def _start(file_import: FileImport, state: str) -> FileImport:
    with connection.cursor() as cursor:
        # Whoever starts one counts what runs: one after the other.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [STARTS_LOCK])
    locked = FileImport.objects.select_for_update(of=("self",)).get(pk=file_import.pk)
    if locked.state not in READY or not locked.file:
        raise NotPossible
    busy = list(FileImport.objects.filter(state__in=BUSY).values_list("created_by", flat=True))
    if locked.created_by_id in busy:
        raise NotNow(_("Another import of yours is on its way. Wait until it is done, or cancel it."))
    if len(busy) >= MOST_AT_ONCE:
        raise NotNow(_("Four imports are on their way already. Try again when one of them is done."))
    locked.state, locked.problem, locked.finished_at = state, "", None
    for name in COUNTS:
        setattr(locked, name, 0)
    locked.first_refused = []
    locked.save(update_fields=["state", "problem", "finished_at", *COUNTS, "first_refused"])
    # By name: a task is above an operation.
    app.configure_task("labeling.tasks.take_file").defer(file_import=locked.pk)
    return locked
