"""The admin: reference data. It counts nothing it does not show, deletes nothing in bulk, and facts are read-only."""

from typing import Any, cast

from django.contrib import admin
from django.contrib.auth.forms import BaseUserCreationForm
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.functional import cached_property

from labeling.models import ApiKey, Event, FixedIssue, Incident, IssueAlias, IssueCategory, Rater, User
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from labeling.operations.taxonomy import rename_category
from sessions_app.models import Agent

MANY = 100_000
# What a change of is written down for the audit, beside the role.
RIGHTS = ("is_active", "all_agents", "agents", "may_unmask")
# Who is told of incidents is written down too, but is no right: anybody may name themselves.
AUDITED = (*RIGHTS, "takes_incidents")
MOST_TEMPLATES, LONGEST_TEMPLATE = 10, 300


class UncountedPaginator(Paginator):  # type: ignore[type-arg]
    """Counting a large table takes longer than showing a page of it."""

    @cached_property
    def count(self) -> int:  # type: ignore[override]
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[:MANY].count()


class ReferenceAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    paginator = UncountedPaginator
    show_full_result_count = False
    list_per_page = 50

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


class IssueAliasInline(admin.TabularInline):  # type: ignore[type-arg]
    """Other names, made by renaming. To take one away would change what old labels mean."""

    model = IssueAlias
    extra = 0
    can_delete = False
    verbose_name_plural = "other names"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class IssueCategoryForm(ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = IssueCategory
        fields = "__all__"  # noqa: DJ007 - the admin names them

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if IssueAlias.objects.filter(text__iexact=name).exclude(category=self.instance.pk).exists():
            raise ValidationError("Another category was called that. Labels that say it mean that one.")
        return name

    def clean_comment_templates(self) -> str:
        """One a line, without empty lines."""
        lines = [line.strip() for line in str(self.cleaned_data["comment_templates"]).splitlines() if line.strip()]
        if len(lines) > MOST_TEMPLATES or any(len(line) > LONGEST_TEMPLATE for line in lines):
            raise ValidationError("At most 10 templates, of at most 300 characters each.")
        return "\n".join(lines)


@admin.register(IssueCategory)
class IssueCategoryAdmin(ReferenceAdmin):
    form = IssueCategoryForm
    list_display = ("name", "group", "severity", "order", "suggested_by_signal", "origin", "retired_at")
    list_filter = ("severity", "origin", ("retired_at", admin.EmptyFieldListFilter))
    list_editable = ("order",)
    search_fields = ("name", "description")
    ordering = ("order", "name", "pk")
    inlines = (IssueAliasInline,)
    readonly_fields = ("merged_into",)

    def save_model(self, request: HttpRequest, obj: IssueCategory, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and "name" in form.changed_data:
            rename_category(category=obj, former_name=form.initial["name"])

    def has_delete_permission(self, request: HttpRequest, obj: IssueCategory | None = None) -> bool:
        """A category is retired: labels that name it keep their words."""
        return False


class FixedIssueForm(ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = FixedIssue
        fields = ("place", "category", "channel", "agent")

    def clean(self) -> dict[str, Any]:
        """Whatever does not apply would leave its key without a chip."""
        cleaned = super().clean() or {}
        category, channel = cleaned.get("category"), cleaned.get("channel")
        if category and channel and category.channels and channel not in category.channels:
            self.add_error("category", f"{category} does not apply to this channel.")
        return cleaned


@admin.register(FixedIssue)
class FixedIssueAdmin(ReferenceAdmin):
    """The closest that exists counts as a whole: an agent on a channel, an agent, a channel, everybody."""

    form = FixedIssueForm
    list_display = ("place", "category", "channel", "agent")
    list_filter = ("channel",)
    list_select_related = ("category", "agent")
    ordering = ("agent__name", "channel", "place", "pk")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        offered: dict[str, Any] = {"category": IssueCategory.objects.active().in_order(), "agent": Agent.objects.order_by("name", "pk")}
        if db_field.name in offered:
            kwargs["queryset"] = offered[db_field.name]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    list_display = ("raised_at", "session_id", "raised_by", "category", "acknowledged_at", "acknowledged_by")
    list_filter = (("acknowledged_at", admin.EmptyFieldListFilter),)
    ordering = ("-raised_at", "-pk")
    list_select_related = ("raised_by", "category", "acknowledged_by")
    raw_id_fields = ("session",)


class UserCreationForm(BaseUserCreationForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("email", "name", "role")

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


@admin.register(User)
class UserAdmin(ReferenceAdmin):
    list_display = ("email", "name", "role", "all_agents", "takes_incidents", "is_active", "last_login")
    list_filter = ("role", "is_active", "takes_incidents")
    search_fields = ("email", "name")
    ordering = ("email",)
    filter_horizontal = ("agents",)
    fields = ("email", "name", "role", "is_active", "all_agents", "agents", "may_unmask", "takes_incidents")
    add_form = UserCreationForm

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:  # type: ignore[type-arg]
        if obj is None:
            kwargs |= {"form": self.add_form, "fields": None}
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        return self.fields if obj else ("email", "name", "role", "password1", "password2")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Nobody raises, lowers or locks out themselves; an address stays: it is how labels of other sources find their person."""
        if obj is None:
            return ()
        return ("email", "role", *RIGHTS) if obj.pk == request.user.pk else ("email",)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Only what was changed: a person may be saving their own choices, or a new password, right now."""
        by = cast(User, request.user)
        if not change:
            super().save_model(request, obj, form, change)
            record_event(kind=EventKind.ROLE_CHANGED, by=by, subject_kind="user", subject=obj.pk, after=obj.role)
            return
        changed = [name for name in form.changed_data if name != "agents"]
        obj.save(update_fields=changed)
        if "role" in changed:
            record_event(kind=EventKind.ROLE_CHANGED, by=by, subject_kind="user", subject=obj.pk, before=form.initial["role"], after=obj.role)
        for name in set(AUDITED) & set(form.changed_data):
            after = "changed" if name == "agents" else str(getattr(obj, name)).lower()
            record_event(kind=EventKind.RIGHT_CHANGED, by=by, subject_kind=f"user {name}", subject=obj.pk, after=after)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """A person is deactivated: their labels stay theirs."""
        return False


@admin.register(Rater)
class RaterAdmin(ReadOnlyAdmin):
    list_display = ("email", "name", "kind", "user")
    list_filter = ("kind",)
    search_fields = ("email", "name")
    ordering = ("email", "pk")
    list_select_related = ("user",)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ("name", "prefix", "user", "expires_at", "last_used_at", "revoked_at")
    search_fields = ("name", "prefix", "user__email")
    ordering = ("-pk",)
    exclude = ("secret_hash",)
    list_select_related = ("user",)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "user", "session", "subject_kind", "subject", "before", "after")
    list_filter = ("kind",)
    ordering = ("-at", "-id")
