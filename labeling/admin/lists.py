"""What every list of the admin holds to."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from labeling.admin.histories import KeptHistory
from labeling.models import User
from sessions_app.admin import UncountedPaginator
from sessions_app.models import Agent

# Of these there may be more than a select box can hold.
MANY_TO_CHOOSE_FROM = (Agent, User)


class ReferenceAdmin(KeptHistory):
    paginator = UncountedPaginator
    show_full_result_count = False
    # A number beside each filter would count the whole table once for each.
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    # With "show all" a list would be as long as its table.
    list_max_show_all = 0

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        fields = [*self.opts.fields, *self.opts.many_to_many]
        return [*super().get_autocomplete_fields(request), *(field.name for field in fields if field.related_model in MANY_TO_CHOOSE_FROM)]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """A list filters by its own filters only: any other name could ask for a password's hash, letter by letter."""
        fields = [entry[0] if isinstance(entry, tuple) else str(entry) for entry in self.list_filter]
        return lookup in {f"{field}{ending}" for field in fields for ending in ("__exact", "__isempty", "__isnull")}

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions


class ReadOnlyAdmin(ReferenceAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
