"""What every list of the admin holds to."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteMixin, AutocompleteSelect, AutocompleteSelectMultiple
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from labeling.admin.histories import KeptHistory
from labeling.models import User
from sessions_app.admin import ReadingOrderList, UncountedPaginator
from sessions_app.models import Agent

# Of these there may be more than a select box can hold.
MANY_TO_CHOOSE_FROM = (Agent, User)


class HappenedFilter(admin.EmptyFieldListFilter):
    """Whether something happened, by the field that says when: "revoked", yes or no."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _(self.field.name.removesuffix("_at").replace("_", " "))

    def choices(self, changelist: Any) -> Iterator[Any]:
        words = (_("All"), _("No"), _("Yes"))
        return ({**choice, "display": word} for choice, word in zip(super().choices(changelist), words, strict=True))


class NumbersOnly(AutocompleteMixin):
    """A form that comes back looks its choices up again, and the library asks the database also for what is no number."""

    def optgroups(self, name: str, value: Sequence[str], attrs: Any = None) -> Any:
        numbers = [one for one in value if str(one).isdecimal() and len(str(one)) < 19]
        return super().optgroups(name, numbers, attrs)


class ChooseOne(NumbersOnly, AutocompleteSelect):
    pass


class ChooseSeveral(NumbersOnly, AutocompleteSelectMultiple):
    pass


class ReferenceAdmin(KeptHistory):
    paginator = UncountedPaginator
    show_full_result_count = False
    # A number beside each filter would count the whole table once for each.
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    # With "show all" a list would be as long as its table.
    list_max_show_all = 0

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ReadingOrderList]:
        return ReadingOrderList

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        fields = [*self.opts.fields, *self.opts.many_to_many]
        return [*super().get_autocomplete_fields(request), *(field.name for field in fields if field.related_model in MANY_TO_CHOOSE_FROM)]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", ChooseOne(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", ChooseSeveral(db_field, self.admin_site))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """A list filters by its own filters only: any other name could ask for a password's hash, letter by letter."""
        fields = [entry[0] if isinstance(entry, tuple) else str(entry) for entry in self.list_filter]
        # PostgreSQL takes no NUL, and an address may hold one.
        return "\0" not in str(value) and lookup in {f"{field}{ending}" for field in fields for ending in ("__exact", "__isempty", "__isnull")}

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        return super().get_search_results(request, queryset, search_term.replace("\0", ""))

    def message_user(self, request: HttpRequest, message: Any, *args: Any, **kwargs: Any) -> None:
        """A message states the fact. What the library calls successful just happened, so the word goes."""
        words = str(message).replace(" successfully", "")
        # Taking a word out leaves what was escaped as it was.
        super().message_user(request, SafeString(words) if isinstance(message, SafeString) else words, *args, **kwargs)

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
