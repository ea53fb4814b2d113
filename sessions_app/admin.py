"""The admin's view of where sessions come from. Sessions themselves are read on their own pages, never here."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from sessions_app.models import Agent, Prompt, Source
from sessions_app.reading_order import ByName


class UncountedPaginator(Paginator):  # type: ignore[type-arg]
    """Counting a large table takes longer than showing a page of it."""

    most = 100_000

    @cached_property
    def count(self) -> int:  # type: ignore[override]
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[: self.most].count()


class ReadingOrderList(ChangeList):
    """Names stand in reading order, also where somebody sorts by their column."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        # A name that is one of its kind by its codes may not be so by its letters.
        return [*(_by_letters(field) for field in super().get_ordering(request, queryset)), "pk"]


def _by_letters(field: Any) -> Any:
    name = field.removeprefix("-") if isinstance(field, str) else ""
    if name != "name" and not name.endswith("__name"):
        return field
    return ByName(name).desc() if field != name else ByName(name)


class SeenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """What was seen on sessions is told by their source, so nobody edits it."""

    paginator = UncountedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 0

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ReadingOrderList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "data_source__id__exact"

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        """PostgreSQL takes no NUL, and what is typed into a box of choices may hold one."""
        return super().get_search_results(request, queryset, search_term.replace("\0", ""))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Source)
class SourceAdmin(SeenAdmin):
    list_display = ("name", "kind", "is_primary", "created_at")
    ordering = ("name", "pk")


@admin.register(Agent)
class AgentAdmin(SeenAdmin):
    list_display = ("name", "key", "type", "time_zone", "data_source", "first_seen_at")
    list_filter = ("data_source",)
    search_fields = ("name", "key")
    ordering = ("name", "pk")
    list_select_related = ("data_source",)


@admin.register(Prompt)
class PromptAdmin(SeenAdmin):
    list_display = ("name", "version_number", "version", "data_source", "first_seen_at")
    search_fields = ("name",)
    ordering = ("-pk",)
    list_select_related = ("data_source",)
