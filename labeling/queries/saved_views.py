"""The saved views a person may open, what is in them, and whether an address departs from one."""

from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict

from labeling.models import SavedView, User
from sessions_app.compiled import compiled
from sessions_app.queries.budget import Budget

Count = TypeVar("Count")
COUNTS_BUDGET_MS = 400
# Says that an address means its own filter, also where that is none at all: no key would mean the filter of the view.
REFINED = "refined"


def get_views(person: User) -> list[SavedView]:
    """This will return the shared views and the person's own."""
    return _views.all(person.pk)


@compiled
def _views(person: Any) -> QuerySet[SavedView]:
    return SavedView.objects.open_to(person).in_order().select_related("owner", "changed_by")


def get_view(slug: str, person: User) -> SavedView | None:
    """This will return a view that the person may open."""
    # PostgreSQL takes no NUL, and an address may hold one.
    if not slug.isprintable():
        return None
    return SavedView.objects.open_to(person.pk).select_related("owner", "changed_by").filter(slug=slug).first()


def get_default_view(person: User) -> SavedView | None:
    """This will return the view that the person begins with, if they chose one and may still open it."""
    if person.default_view_id is None:
        return None
    return SavedView.objects.open_to(person.pk).filter(pk=person.default_view_id).first()


def get_view_counts(views: Sequence[SavedView], count: Callable[[SavedView], Count]) -> dict[int, Count | None]:
    """This will count each view by its id, within 400 ms for all of them. None stands for one that took too long."""
    budget = Budget(COUNTS_BUDGET_MS)
    counts = {view.pk: budget.spend(partial(count, view), waiting=len(views) - number) for number, view in enumerate(views)}
    # An equal share for each first, so that a slow one holds nobody up; then what is left, in order.
    for view in views:
        if counts[view.pk] is None:
            counts[view.pk] = budget.spend(partial(count, view))
    return counts


def canonical_query(given: QueryDict, known_keys: Collection[str]) -> str:
    """This will write a filter in one way: the known keys only, each value once, in order. Pages and empty fields are left out."""
    return urlencode([(key, value) for key in sorted(given) if key in known_keys for value in sorted(set(given.getlist(key))) if value])


def query_in_force(view: SavedView, given: QueryDict, known_keys: Collection[str]) -> str:
    """This will return the filter that an address below a view means: its own as a whole, or the view's where it has none."""
    own = canonical_query(given, known_keys)
    return own if own or REFINED in given else canonical_query(QueryDict(view.query), known_keys)


def is_refined(view: SavedView, given: QueryDict, known_keys: Collection[str]) -> bool:
    """This will say whether an address below a view shows something else than the view."""
    return query_in_force(view, given, known_keys) != canonical_query(QueryDict(view.query), known_keys)
