"""What nightly checks found, for the health page and the worker's log."""

import logging

from labeling.models import NightlyCheck
from labeling.models.nightly_check import CheckKind
from sessions_app.queries.database_clock import database_now

logger = logging.getLogger(__name__)


def note_check(kind: CheckKind, repaired: int) -> int:
    """This will write down that a check has ended, and how much it put right; which it returns."""
    now = database_now()
    found = {"repaired": repaired, "repaired_at": now} if repaired else {}
    NightlyCheck.objects.update_or_create(kind=kind, defaults={"ended_at": now} | found)
    if repaired:
        logger.warning("The nightly check has put right: %s, %d.", kind.label, repaired)
    return repaired
