"""An import in the background: looking through a file, or taking it in, going on where an earlier attempt was cut off."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, BinaryIO

from django.db import OperationalError, connection, connections, transaction
from django.utils.translation import gettext_noop

from labeling.imports import folder
from labeling.imports.folder import RefusedRows
from labeling.imports.labels import LabelRows
from labeling.imports.restoring import ExportRows
from labeling.imports.running import Came, Canceled, RowsRefused, Run, Stopped
from labeling.imports.sessions import SessionRows
from labeling.imports.taking import Taker
from labeling.models import Erasure, FileImport
from labeling.models.file_import import ImportKind, ImportMode, ImportState
from labeling.operations.imports import BUSY, expire_imports, fail_import, finish_check, finish_import, note_import, return_import, void_imports
from labeling.roles import Permission
from sessions_app.ingest.shapes import Shape
from sessions_app.models import Source
from sessions_app.queries.database_clock import database_now

ALIAS = "import_progress"
NOT_ALLOWED = gettext_noop("Your account no longer covers imports, so nothing more was taken.")
GONE = gettext_noop("The file is no longer on the server. Upload it again.")
FAULT = gettext_noop("Something went wrong on the server. Upload the file again, and tell who runs it if that happens twice.")
REFUSED = gettext_noop("A row cannot be taken, so none was. Correct the rows below, or take the good ones only.")


def take_file(*, file_import_pk: int, should_stop: Callable[[], bool] = lambda: False) -> None:
    """This will do what an import waits for. Raises Stopped, and what the database refuses for a while."""
    file_import = FileImport.objects.select_related("created_by", "data_source").filter(pk=file_import_pk, state__in=BUSY).first()
    if file_import is None:
        return
    try:
        if not file_import.created_by.may(Permission.ADMINISTER):
            fail_import(file_import=file_import, problem=NOT_ALLOWED)
            return
        with folder.path_of(file_import.file).open("rb") as file:
            _take(file_import, file, should_stop)
    except Canceled:
        return
    except FileNotFoundError:
        fail_import(file_import=file_import, problem=GONE)
    except (Stopped, OperationalError):
        raise
    except Exception:
        fail_import(file_import=file_import, problem=FAULT)
        raise
    finally:
        # What an erasure would have let go of, had it not been read at that moment.
        if Erasure.objects.filter(erased_at__gte=file_import.created_at).exists():
            for name in void_imports():
                folder.clear(name)


def taker_of(*, kind: str, shape: Shape, mapping: dict[str, str], source: Source | None) -> Taker:
    """This will be what takes the rows of a file: an export of ours, sessions of one source, or labels."""
    if kind == ImportKind.LABELS:
        return LabelRows(source=source, mapping=mapping)
    if source is None:
        return ExportRows()
    return SessionRows(source=source, mapping=mapping)


def clear_imports() -> int:
    """This will delete the files whose day is over, and return how many files went."""
    return folder.clear_all_but(expire_imports(at=database_now()))


def _take(file_import: FileImport, file: BinaryIO, should_stop: Callable[[], bool]) -> None:
    goes_on = file_import.state == ImportState.RUNNING and file_import.mode == ImportMode.KEEP_GOOD
    came = Came(**{name: getattr(file_import, name) for name in Came.__dataclass_fields__}) if goes_on else Came()
    shape = Shape.of(file_import.shape)
    with RefusedRows(folder.refused_path(file_import.file), size=came.refused_size, listed=came.refused) as refused, _Notes(file_import) as notes:
        run = Run(
            file,
            shape,
            taker_of(kind=file_import.kind, shape=shape, mapping=file_import.mapping, source=file_import.data_source),
            refused,
            notes.within if goes_on else notes.beside,
            should_stop,
            came,
        )
        if file_import.state == ImportState.CHECKING:
            came = run.look_through()
            finish_check(file_import=file_import, **_as_told(came))
        elif goes_on:
            came = run.take_good()
            finish_import(file_import=file_import, **_as_told(came))
        else:
            _take_all(file_import, run)


def _take_all(file_import: FileImport, run: Run) -> None:
    try:
        with transaction.atomic():
            came = run.take_all()
            if not finish_import(file_import=file_import, **_as_told(came)):
                raise Canceled
    except RowsRefused:
        told = _as_told(run.came) | {"created": 0, "changed": 0, "unchanged": 0}
        return_import(file_import=file_import, problem=REFUSED, **told)


class _Notes:
    """How far it has come, written in the transaction of what was taken, or on a connection of its own: what is written inside one is seen by nobody."""

    def __init__(self, file_import: FileImport) -> None:
        self._file_import = file_import

    def __enter__(self) -> "_Notes":
        connections[ALIAS] = connection.copy(ALIAS)
        return self

    def __exit__(self, *problem: object) -> None:
        connections[ALIAS].close()
        del connections[ALIAS]

    def within(self, came: Came) -> None:
        if note_import(file_import=self._file_import, **_as_told(came)) != self._file_import.state:
            raise Canceled

    def beside(self, came: Came) -> None:
        if note_import(file_import=self._file_import, using=ALIAS, **_as_told(came)) not in (self._file_import.state, ""):
            raise Canceled


def _as_told(came: Came) -> dict[str, Any]:
    return asdict(came)
