"""Reading a page of a list by number, and how many rows there are; and refusing what would read through everything."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import QuerySet

from sessions_app.api.grammar import NARROW, Asked
from sessions_app.api.problems import Refused
from sessions_app.api.session_table import Conditions
from sessions_app.queries.budget import OverBudget, within

# Counted exactly up to here, and beyond it not told.
COUNTED = 10_000
# So many rows are read through without dates to bound them.
MOST_READ = 50_000
# Where PostgreSQL expects this many nobody has to count.
SURELY_MANY = 4 * MOST_READ
BUDGET_MS = 1_500

Row = TypeVar("Row")
Rows = QuerySet[Any, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """The keys of one page in order; `total` is None where there are more than we count."""

    keys: list[Any]
    total: int | None


def find_page(rows: Rows, asked: Asked) -> Found:
    """This will read the keys of the page that was asked for, and count. Raises Refused where that takes too long."""
    return in_time(lambda: _find(rows, asked))


def in_time(read: Callable[[], Row]) -> Row:
    """Raises Refused."""
    try:
        with within(BUDGET_MS):
            return read()
    except OverBudget:
        raise Refused(400, NARROW) from None


def refuse_what_reads_everything(sessions: Rows, asked: Asked, wanted: Conditions, *, reads_all: bool = False) -> None:
    """This will refuse, without dates, a search in texts or an order without an index over more than 50,000 rows, and
    a search without an index for what is so rare that as many would be read through. Raises Refused.

    `reads_all` says that the list needs all of its rows before it has the first.
    """
    is_ordered = asked.order_by in ("", "timestamp") and not reads_all
    if asked.is_dated or (wanted.is_exact and is_ordered and not wanted.rest):
        return
    base = sessions.filter(wanted.base)
    if not _are_many(base):
        return
    if wanted.is_exact and is_ordered and expected(base) * COUNTED <= expected(base.filter(wanted.rest)) * MOST_READ:
        return
    raise Refused(400, NARROW)


def expected(rows: Rows) -> int:
    """This will be how many rows PostgreSQL expects, from its statistics."""
    plan = json.loads(rows.order_by().values("pk").explain(format="json") or "[]")
    return int(plan[0]["Plan"]["Plan Rows"]) if plan else 0


def list_answer(items: Sequence[Any], asked: Asked, total: int | None) -> dict[str, Any]:
    pages = None if total is None or asked.limit == 0 else -(-total // asked.limit)
    return {"items": items, "page": asked.page, "page_size": asked.limit, "total_pages": pages, "total_count": total}


def _find(rows: Rows, asked: Asked) -> Found:
    keys = list(rows.values_list("pk", flat=True)[asked.offset : asked.offset + asked.limit]) if asked.limit else []
    # A page that is not full is the last one, and tells how many there are; one that is far away, that there are more than we count.
    is_last = 0 < len(keys) < asked.limit or (not keys and asked.page == 0 and asked.limit > 0)
    n = asked.offset + len(keys) if is_last or (keys and asked.offset >= COUNTED) else rows.order_by()[: COUNTED + 1].count()
    return Found(keys, n if n <= COUNTED else None)


def _are_many(rows: Rows) -> bool:
    return in_time(lambda: expected(rows) > SURELY_MANY or rows.order_by()[: MOST_READ + 1].count() > MOST_READ)
