"""Which filter to remove where all of them together leave nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from labeling.filters.review_filter import ReviewFilter
from labeling.filters.words import Chip
from sessions_app.paging import count_up_to_limit
from sessions_app.queries.budget import Budget

BUDGET_MS = 200


@dataclass(frozen=True, slots=True)
class Removal:
    chip: Chip
    n: int
    is_more: bool


def get_helpful_removal(filtered: ReviewFilter, chips: Sequence[Chip]) -> Removal | None:
    """This will name the one filter without which most sessions match, as far as that can be counted quickly."""
    budget = Budget(BUDGET_MS)
    found = []
    for place, chip in enumerate(chips):
        counted = budget.spend(partial(_count_without, filtered, chip), waiting=len(chips) - place)
        if counted and counted[0]:
            found.append(Removal(chip, *counted))
    return max(found, key=lambda removal: removal.n, default=None)


def _count_without(filtered: ReviewFilter, chip: Chip) -> tuple[int, bool]:
    return count_up_to_limit(filtered.without(chip.name).qs)
