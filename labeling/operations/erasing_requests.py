"""What people asked for, taken out where it names somebody: searches, filters and their names. It stands beside sessions, not on one."""

from collections import Counter
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

from django.db.models import Model
from django.db.models.functions import Now

from labeling.codes import ERASED_WORDS
from labeling.models import BulkAction, CategoryChange, Export, IncomingIssue, Run, SavedView, Search
from sessions_app.operations.rejecting import forget_naming
from sessions_app.queries.search_text import values_in

LOOK = 5_000
# Where a filter is kept as the query of an address, and what else these rows say in words.
KEPT = ((SavedView, ("query", "name")), (Run, ("query", "name")), (BulkAction, ("query", "reason")), (Export, ("query",)))
Names = Callable[[str], bool]


def erase_requests(*, names: Names) -> Counter[str]:
    """This will forget the searches that name somebody, and take what names them out of filters; and return how many of each kind."""
    counts: Counter[str] = Counter()
    rows = Search.objects.values_list("pk", "token", "text").iterator(chunk_size=LOOK)
    telling = {token: pk for pk, token, text in rows if any(names(value) for value in values_in(text))}
    counts["searches"] = Search.objects.filter(pk__in=list(telling.values())).delete()[0]
    for model, columns in KEPT:
        # A filter names a search by its token, which means nothing any more.
        counts["filters"] += _erase_columns(model, columns, lambda text: text in telling or names(text))
    for pk, text in IncomingIssue.objects.values_list("pk", "text"):
        if names(text):
            counts["issues"] += IncomingIssue.objects.filter(pk=pk).update(text=f"(erased {pk})", ignored_at=Now())
    _erase_columns(CategoryChange, ("text",), names)
    counts["rejected"] = forget_naming(names=names)
    return counts


def without_names(query: str, names: Names) -> str:
    """This will leave out the values of a query that name somebody."""
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if not names(value)]
    return query if len(kept) == len(pairs) else urlencode(kept)


def _erase_columns(model: type[Model], columns: tuple[str, ...], names: Names) -> int:
    changed = 0
    for row in model._default_manager.only("pk", *columns).iterator(chunk_size=LOOK):
        before = {column: getattr(row, column) for column in columns}
        after = {column: _without(column, text, names) for column, text in before.items()}
        told = {column: text for column, text in after.items() if text != before[column]}
        if told:
            changed += model._default_manager.filter(pk=row.pk).update(**told)
    return changed


def _without(column: str, text: str, names: Names) -> str:
    if column == "query":
        return without_names(text, names)
    return ERASED_WORDS if names(text) else text
