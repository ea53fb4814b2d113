"""Which sessions a legal hold covers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labeling.models import LegalHold
from sessions_app.models import Session
from sessions_app.queries.budget import OverBudget, within

# What a preview counts to, and for how long.
MOST_COUNTED = 10_000
COUNT_MS = 2_000


@dataclass(frozen=True, slots=True)
class Covered:
    """How many sessions, as far as they were counted; `n` is None where that took too long."""

    n: int | None

    @property
    def words(self) -> str:
        if self.n is None:
            return _("More sessions than could be counted in time")
        words = (
            ngettext("%(n)s session or more", "%(n)s sessions or more", self.n)
            if self.n >= MOST_COUNTED
            else ngettext("%(n)s session", "%(n)s sessions", self.n)
        )
        return words % {"n": number_format(min(self.n, MOST_COUNTED))}


def get_holds() -> list[LegalHold]:
    """This will be the holds in force."""
    return list(LegalHold.objects.filter(lifted_at=None).order_by("pk"))


def is_held(holds: Iterable[LegalHold], *, prefix: str = "") -> Q:
    """This will be the condition that a session is covered by one of the holds. `prefix` leads to the session from another table."""
    covered = Q(pk__in=[])
    for hold in holds:
        covered |= covered_by(hold.session_id, hold.agent_id, hold.since, hold.until, prefix=prefix)
    return covered


def covered_by(session: int | None, agent: int | None, since: datetime | None, until: datetime | None, *, prefix: str = "") -> Q:
    """This will be the condition of one hold: everything it names must hold, and one that names nothing covers every session."""
    # Also what could stand for "everything" in an OR is a condition of its own: an empty one would say nothing there.
    covered = Q((f"{prefix}pk__isnull", False))
    if session is not None:
        covered &= Q((f"{prefix}pk", session))
    if agent is not None:
        covered &= Q((f"{prefix}seen_agent", agent))
    if since is not None:
        covered &= Q((f"{prefix}timestamp__gte", since))
    if until is not None:
        covered &= Q((f"{prefix}timestamp__lt", until))
    return covered


def count_covered(covered: Q) -> Covered:
    """This will count what a hold would cover, up to a limit."""
    try:
        with within(COUNT_MS):
            return Covered(Session.objects.filter(covered).order_by()[:MOST_COUNTED].count())
    except OverBudget:
        return Covered(None)
