"""Pointing a session at what its labels add up to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sessions_app.bulk import update_rows
from sessions_app.models import Session


@dataclass(frozen=True, slots=True)
class Pointed:
    """What the labels of one session add up to; `labeling` works it out."""

    label_id: int | None = None
    code: str | None = None
    raters: int = 0
    agreeing: int = 0
    is_settled: bool = False
    new_since: bool = False
    labeled_at: datetime | None = None
    auto_code: str | None = None
    sample_code: str | None = None
    sample_weight: float | None = None
    was_reviewed: bool = False
    blind_code: str | None = None
    pairs: int = 0
    agreeing_pairs: int = 0


POINTED_COLUMNS = {
    "label_id": "session_label_id",
    "code": "label_code",
    "raters": "label_raters",
    "agreeing": "label_agreeing",
    "is_settled": "label_is_settled",
    "new_since": "label_new_since",
    "labeled_at": "labeled_at",
    "auto_code": "auto_code",
    "sample_code": "sample_code",
    "sample_weight": "sample_weight",
    "was_reviewed": "was_reviewed",
    "blind_code": "blind_code",
    "pairs": "pairs",
    "agreeing_pairs": "agreeing_pairs",
}


def point_at_label(*, pointed: Sequence[tuple[Session, Pointed]]) -> list[Session]:
    """This will copy what the labels add up to onto sessions that the caller has locked, and return those that changed."""
    changed = []
    for session, target in pointed:
        values = {column: getattr(target, name) for name, column in POINTED_COLUMNS.items()}
        if any(getattr(session, column) != value for column, value in values.items()):
            for column, value in values.items():
                setattr(session, column, value)
            changed.append(session)
    update_rows(changed, list(POINTED_COLUMNS.values()))
    return changed
