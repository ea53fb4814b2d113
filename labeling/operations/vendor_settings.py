"""What an admin says of labels and the vendor: saved, audited, and followed by what waits."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from labeling.models import User, VendorLabels
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from labeling.operations.pushes import drop_waiting
from labeling.operations.rating_jobs import ask_for_ratings

SWITCHED_OFF = gettext_noop("Pushing was switched off before it was sent.")
FOLLOWS_SWITCH = ("pushes_since", "problem", "problem_at", "resumes_at")


@transaction.atomic
def change_vendor_labels(*, vendor: VendorLabels, changed: Sequence[str], before: VendorLabels | None, by: User) -> None:
    """This will save what an admin changed, each setting an event. Labels from the switching on are pushed; what waits at the switching off is not."""
    if "pushes" in changed or before is None:
        # By the database's clock, which also dates labels.
        vendor.pushes_since = Now() if vendor.pushes else None  # type: ignore[assignment]
        vendor.problem, vendor.problem_at, vendor.resumes_at = "", None, None
    if before is None:
        vendor.save()
    elif changed:
        vendor.save(update_fields=[*changed, *(FOLLOWS_SWITCH if "pushes" in changed else ())])
    if not vendor.pushes or "pushes" in changed:
        # Also at the switching on: somebody may have labeled at the moment of the switching off.
        drop_waiting(Q(data_source=vendor.data_source_id), SWITCHED_OFF)
    if {"summary_codes", "takes_summary_ratings"} & set(changed):
        ask_for_ratings(source_pk=vendor.data_source_id)
    for name in changed:
        was, now = (_told(row, name) if row else "" for row in (before, vendor))
        record_event(kind=EventKind.CONNECTION_CHANGED, by=by, subject_kind="vendor_labels", subject=vendor.pk, before=was, after=now)


def _told(vendor: VendorLabels, name: str) -> str:
    value = getattr(vendor, name)
    return f"{name}: {len(value)} words" if isinstance(value, dict) else f"{name}: {value}"
