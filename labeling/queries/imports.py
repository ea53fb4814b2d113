"""An import as a page shows it, and what was chosen for files with the same columns."""

from collections.abc import Sequence
from dataclasses import dataclass

from labeling.clock import Shown, show
from labeling.models import FileImport, User
from labeling.models.file_import import ImportKind, ImportMode, ImportState

MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class ImportLine:
    """`percent` is how much of the file was read."""

    file_import: FileImport
    made: Shown
    percent: int
    is_moving: bool
    is_open: bool
    is_labels: bool
    has_refused: bool

    @property
    def may_run(self) -> bool:
        """All rows or none: with one that cannot be taken there is nothing to begin."""
        one = self.file_import
        takes_some = one.created + one.unchanged > 0
        return one.state == ImportState.CHECKED and takes_some and (one.mode == ImportMode.KEEP_GOOD or not one.refused)


def get_import_line(file_import: FileImport, *, viewer: User) -> ImportLine:
    one = file_import
    return ImportLine(
        file_import=one,
        made=show(one.created_at, agent_zone=viewer.time_zone, viewer=viewer),
        percent=min(one.position * 100 // one.size, 100) if one.size else 0,
        is_moving=one.state in (ImportState.CHECKING, ImportState.RUNNING),
        is_open=one.state in (ImportState.UPLOADED, ImportState.CHECKED),
        is_labels=one.kind == ImportKind.LABELS,
        has_refused=bool(one.refused and one.file),
    )


def get_imports(viewer: User) -> list[ImportLine]:
    """Every admin's: who watches over data wants to know what others brought."""
    rows = FileImport.objects.select_related("created_by", "data_source").order_by("-pk")[:MOST_LISTED]
    return [get_import_line(row, viewer=viewer) for row in rows]


def get_earlier(*, kind: str, columns: Sequence[str]) -> FileImport | None:
    """This will be the latest import of a file with the very same columns that came to its end."""
    rows = FileImport.objects.filter(kind=kind, columns=list(columns), state=ImportState.FINISHED)
    return rows.select_related("data_source").order_by("-pk").first()
