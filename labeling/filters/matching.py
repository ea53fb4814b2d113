"""The sessions of a filter as ids in its order, to be frozen in a run or acted on together."""

from dataclasses import dataclass

from django.db.models import Q

from labeling.filters.review_filter import ReviewFilter
from sessions_app.queries.budget import within

BUDGET_MS = 4_000


@dataclass(frozen=True, slots=True)
class Matching:
    """`is_cut`: more match than were asked for. `is_partial`: a search ran out of time, so more may match."""

    ids: list[int]
    is_cut: bool
    is_partial: bool


def find_matching(filtered: ReviewFilter, most: int, *, budget_ms: int | None = None) -> Matching:
    """This will find the first of a valid filter's sessions. Raises OverBudget."""
    with within(BUDGET_MS if budget_ms is None else budget_ms):
        ids = filtered.find(Q(), key=None, order=filtered.order, backward=False, limit=most + 1)
    return Matching(ids[:most], is_cut=len(ids) > most, is_partial=filtered.searched_to is not None)
