"""What people asked for, taken out where it names somebody: searches, filters and their names. It stands beside sessions, not on one."""

from collections import Counter
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

import pgtrigger
from django.apps import apps
from django.db.models import Model
from django.db.models.functions import Now

from labeling.codes import ERASED_WORDS
from labeling.models import BulkAction, CategoryChange, Draw, Export, IncomingIssue, IssueAlias, Queue, Run, SavedView, Search
from sessions_app.operations.rejecting import forget_naming
from sessions_app.queries.search_text import values_in

LOOK = 5_000
# Where a filter is kept as the query of an address, and what else these rows say in words.
Columns = tuple[tuple[type[Model], tuple[str, ...]], ...]
KEPT: Columns = ((SavedView, ("query", "name")), (Run, ("query", "name")), (BulkAction, ("query", "reason")), (Export, ("query",)))
# A rule that named somebody finds nothing any more. Without that part it would find, and draw each night, what it was never meant to.
RULES: Columns = ((Queue, ("query", "name")), (Draw, ("query",)))
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
    for model, columns in RULES:
        counts["filters"] += _erase_columns(model, columns, names, instead=ERASED_WORDS)
    for pk, text in IssueAlias.objects.values_list("pk", "text"):
        if names(text):
            IssueAlias.objects.filter(pk=pk).update(text=f"(erased {pk})")
    with pgtrigger.ignore("labeling.IssueAliasHistory:append_only"):
        _erase_columns(apps.get_model("labeling", "IssueAliasHistory"), ("text",), names)
    _erase_columns(CategoryChange, ("text",), names)
    counts["rejected"] = forget_naming(names=names)
    return counts


def without_names(query: str, names: Names, *, instead: str = "") -> str:
    """This will leave out the values of a query that name somebody, or write something else for them."""
    pairs = parse_qsl(query, keep_blank_values=True)
    if not any(names(value) for _, value in pairs):
        return query
    return urlencode([(name, instead if names(value) else value) for name, value in pairs if instead or not names(value)])


def _erase_columns(model: type[Model], columns: tuple[str, ...], names: Names, *, instead: str = "") -> int:
    changed = 0
    for row in model._default_manager.only("pk", *columns).iterator(chunk_size=LOOK):
        before = {column: getattr(row, column) for column in columns}
        after = {column: _without(column, text, names, instead) for column, text in before.items()}
        told = {column: text for column, text in after.items() if text != before[column]}
        if told:
            changed += model._default_manager.filter(pk=row.pk).update(**told)
    return changed


def _without(column: str, text: str, names: Names, instead: str) -> str:
    if column == "query":
        return without_names(text, names, instead=instead)
    return ERASED_WORDS if names(text) else text
