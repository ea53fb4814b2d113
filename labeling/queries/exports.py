"""An export as a page shows it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from labeling.clock import Shown, show
from labeling.models import Export, User
from labeling.models.export import ExportState


@dataclass(frozen=True, slots=True)
class ExportLine:
    """`percent` is None where nobody knows how many rows there will be."""

    export: Export
    state: str
    made: Shown
    expires: Shown | None
    percent: int | None
    is_unfinished: bool
    is_ready: bool
    is_direct: bool


def get_export_line(export: Export, *, viewer: User, at: datetime) -> ExportLine:
    """This will put an export in words; a link past its day has expired, whether or not it was swept up."""
    state = ExportState(export.state)
    if state == ExportState.READY and export.expires_at and export.expires_at <= at:
        state = ExportState.EXPIRED
    is_direct = state == ExportState.EXPIRED and export.expires_at is None
    return ExportLine(
        export=export,
        state=_("Downloaded at once") if is_direct else str(state.label),
        made=show(export.created_at, agent_zone=viewer.time_zone, viewer=viewer),
        expires=show(export.expires_at, agent_zone=viewer.time_zone, viewer=viewer) if export.expires_at else None,
        percent=min(export.rows * 100 // export.expected_rows, 100) if export.expected_rows else None,
        is_unfinished=state in (ExportState.WAITING, ExportState.RUNNING),
        is_ready=state == ExportState.READY,
        is_direct=is_direct,
    )
