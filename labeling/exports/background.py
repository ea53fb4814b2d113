"""Making a file in the background, with the rights its maker has at that moment."""

from collections.abc import Callable

from django.http import QueryDict
from django.utils.translation import gettext_noop

from labeling.exports import folder
from labeling.exports.making import is_too_slow, why_not_written, write_rows
from labeling.exports.progress import Progress
from labeling.exports.reading import snapshot
from labeling.exports.rights import rights_of
from labeling.exports.writers import MOST_EXCEL_ROWS, TooManyRows
from labeling.filters import ReviewFilter, Viewpoint
from labeling.models import Export
from labeling.models.export import ExportFormat
from labeling.operations.exports import UNFINISHED, expire_exports, fail_export, finish_export, start_export
from labeling.queries.scopes import get_scope
from labeling.roles import Permission
from sessions_app.models import Session
from sessions_app.queries.budget import OverBudget, within
from sessions_app.queries.database_clock import database_now

COUNT_MS = 60_000
STATEMENT_SECONDS = 600

TOO_MANY_ROWS = gettext_noop("Excel holds at most 1,048,575 rows in a sheet. Choose CSV or JSON lines, or narrow the filter.")
NOT_ALLOWED = gettext_noop("Your account no longer covers reading sessions, so nothing was exported.")
NO_FILTER = gettext_noop("The filter can no longer be read. Open the list of sessions and choose it anew.")
TOO_SLOW = gettext_noop("The database took too long to find these sessions. Narrow the filter, for example by period, and make the export again.")
FAULT = gettext_noop("Something went wrong while the file was made. Nothing was kept; make the export again.")


class Stopped(Exception):
    """The worker has to end; the job is taken up again."""


class Refused(Exception):
    """The maker may not, or the filter says nothing any more. Its words are for the reader."""


def make_file(*, export_pk: int, base: str, should_stop: Callable[[], bool] = lambda: False) -> None:
    """This will make the file of an export, anew where an earlier attempt was cut off. Raises Stopped."""
    export = Export.objects.select_related("created_by").filter(pk=export_pk, state__in=UNFINISHED).first()
    if export is None:
        return
    try:
        folder.clear(export.token)
        _make(export, base, should_stop)
    except Stopped:
        raise
    except FileNotFoundError as problem:
        # A later attempt may have cleared this one away: the worker had been given up as lost. Then there is something of that one.
        if not folder.holds(export.token):
            _fail(export, why_not_written(problem))
    except Refused as refusal:
        _fail(export, str(refusal))
    except TooManyRows:
        _fail(export, TOO_MANY_ROWS)
    except OSError as problem:
        _fail(export, why_not_written(problem))
    except Exception as problem:
        _fail(export, TOO_SLOW if is_too_slow(problem) else FAULT)
        if not is_too_slow(problem):
            raise


def clear_exports() -> int:
    """This will close exports past their day and delete their files, and return how many files went."""
    return folder.clear_all_but(expire_exports(at=database_now()))


def _make(export: Export, base: str, should_stop: Callable[[], bool]) -> None:
    by = export.created_by
    scope = get_scope(by)
    if not by.may(Permission.READ):
        raise Refused(NOT_ALLOWED)
    filtered = ReviewFilter(QueryDict(export.query), queryset=Session.objects.visible_to(scope), request=Viewpoint(by, scope))
    if not filtered.form.is_valid():
        raise Refused(NO_FILTER)
    start_export(export=export)
    with folder.workshop(export.token) as place, Progress(export) as progress:
        file = place / "sessions"

        def note(rows: int) -> None:
            if should_stop():
                raise Stopped
            progress.note(rows)

        with snapshot(seconds=STATEMENT_SECONDS):
            expected = _count(filtered)
            if export.format == ExportFormat.XLSX and expected and expected > MOST_EXCEL_ROWS:
                raise TooManyRows
            progress.expect(expected)
            writer, rows = write_rows(
                file, filtered, by=by, format=export.format, columns=export.columns, query=export.query, base=base, at=database_now(), note=note
            )
        writer.close()
        size = file.stat().st_size
        folder.keep(file, token=export.token, rights=rights_of(by, scope), format=export.format)
    if not finish_export(export=export, rows=rows, size=size, at=database_now()):
        folder.clear(export.token)


def _count(filtered: ReviewFilter) -> int | None:
    try:
        with within(COUNT_MS):
            n: int = filtered.qs.order_by().count()
            return n
    except OverBudget:
        return None


def _fail(export: Export, problem: str) -> None:
    fail_export(export=export, problem=problem, at=database_now())
