"""Exports: asking for one, what became of it, and the audit of both."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_noop
from procrastinate.contrib.django import app

from labeling.models import Export, User
from labeling.models.event import EventKind
from labeling.models.export import ExportState
from labeling.operations.events import record_event
from sessions_app.file_names import make_name

KEPT = timedelta(hours=24)
MOST_UNFINISHED = 3
UNFINISHED = (ExportState.WAITING, ExportState.RUNNING)
WITH_WORDS = frozenset({"transcript", "summary"})
NOT_MADE = gettext_noop("It was not made within a day. Make it again.")


class TooManyUnfinished(Exception):
    """Several exports of this person are still being made."""


@transaction.atomic
def request_export(*, by: User, format: str, columns: Sequence[str], query: str, base: str) -> Export:
    """This will ask the worker for a file. `base` is the address of this site, for links in it. Raises TooManyUnfinished."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if Export.objects.filter(created_by=by, state__in=UNFINISHED).count() >= MOST_UNFINISHED:
        raise TooManyUnfinished
    export = Export.objects.create(token=make_name(), created_by=by, format=format, columns=list(columns), query=query)
    # By name: a task is above an operation. One person's files are made one after the other.
    app.configure_task("labeling.tasks.make_export", lock=f"exports of {by.pk}").defer(export=export.pk, base=base)
    return export


def start_export(*, export: Export) -> None:
    """This will begin anew, whatever an earlier attempt had come to."""
    Export.objects.filter(pk=export.pk, state__in=UNFINISHED).update(state=ExportState.RUNNING, rows=0, expected_rows=None)


def note_rows(*, export: Export, rows: int, expected: int | None, using: str) -> None:
    Export.objects.using(using).filter(pk=export.pk, state=ExportState.RUNNING).update(rows=rows, expected_rows=expected)


@transaction.atomic
def finish_export(*, export: Export, rows: int, size: int, at: datetime) -> bool:
    """This will begin the day in which the file can be had, and say whether it may: what it holds may have been erased meanwhile."""
    changed = Export.objects.filter(pk=export.pk, state__in=UNFINISHED).update(
        state=ExportState.READY, rows=rows, expected_rows=rows, size=size, problem="", finished_at=at, expires_at=at + KEPT
    )
    if changed:
        _record(export, rows=rows, how="")
    return bool(changed)


def fail_export(*, export: Export, problem: str, at: datetime) -> None:
    Export.objects.filter(pk=export.pk, state__in=UNFINISHED).update(state=ExportState.FAILED, problem=problem, finished_at=at)


@transaction.atomic
def record_direct_export(*, by: User, format: str, columns: Sequence[str], query: str, rows: int, at: datetime, unmasked_for: str = "") -> Export:
    """This will write down a file that went straight to the person: there is nothing to keep, so it has expired already.

    `unmasked_for` is the reason why it has no mask.
    """
    export = Export.objects.create(
        token=make_name(),
        created_by=by,
        format=format,
        columns=list(columns),
        query=query,
        state=ExportState.EXPIRED,
        rows=rows,
        expected_rows=rows,
        finished_at=at,
    )
    _record(export, rows=rows, how="", is_masked=not unmasked_for)
    if unmasked_for:
        record_event(kind=EventKind.UNMASKED, by=by, subject_kind="export", subject=export.pk, after=unmasked_for)
    return export


def record_download(*, export: Export) -> None:
    _record(export, rows=export.rows, how="download")


def expire_exports(*, at: datetime) -> list[str]:
    """This will close what is past its day, finished or not, and return the tokens of those whose files stay."""
    Export.objects.filter(state=ExportState.READY, expires_at__lte=at).update(state=ExportState.EXPIRED)
    lost = Q(state__in=UNFINISHED, created_at__lte=at - KEPT)
    Export.objects.filter(lost).update(state=ExportState.FAILED, problem=NOT_MADE, finished_at=at)
    return list(Export.objects.filter(state__in=(*UNFINISHED, ExportState.READY)).values_list("token", flat=True))


def _record(export: Export, *, rows: int, how: str, is_masked: bool = True) -> None:
    by = export.created_by
    holds = [how or export.format, f"{len(export.columns)} columns", *(["text"] if WITH_WORDS & set(export.columns) else [])]
    record_event(
        kind=EventKind.EXPORTED,
        by=by,
        subject_kind="export",
        subject=export.pk,
        before=", ".join(holds),
        after=f"{rows} rows, {'masked' if is_masked else 'unmasked'}",
    )
