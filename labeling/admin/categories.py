"""Issue categories and the six fixed chips, in the admin."""

from collections.abc import Iterator
from typing import Any, cast

import pghistory
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminIntegerFieldWidget
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.admin.lists import ReadOnlyAdmin, ReferenceAdmin
from labeling.forms.categories import template_lines, why_not_templates
from labeling.models import CategoryChange, FixedIssue, IncomingIssue, IssueAlias, IssueCategory, User
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from labeling.operations.guide import publish_categories
from labeling.operations.taxonomy import follow_word
from labeling.queries.issues import one_spaced
from labeling.queries.taxonomy import why_not_delete, why_not_name
from labeling.requests import SignedInRequest
from labeling.views.inbox import inbox_list
from sessions_app.codes import Channel
from sessions_app.models import Agent
from sessions_app.reading_order import ByName


class IssueAliasInline(admin.TabularInline):  # type: ignore[type-arg]
    """Other names, made by renaming, by the inbox or a file. To take one away would change what old labels mean."""

    model = IssueAlias
    extra = 0
    can_delete = False
    verbose_name_plural = gettext_lazy("other names")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class IssueCategoryForm(ModelForm):  # type: ignore[type-arg]
    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Channels"),
        choices=Channel.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None checked means every channel."),
    )

    class Meta:
        model = IssueCategory
        fields = "__all__"  # noqa: DJ007 - the admin names them

    def clean_name(self) -> str:
        name = one_spaced(str(self.cleaned_data["name"]))
        if why_not := why_not_name(name, category=self.instance if self.instance.pk else None):
            raise ValidationError(why_not)
        return name

    def clean_comment_templates(self) -> str:
        """One a line, without empty lines."""
        lines = template_lines(str(self.cleaned_data["comment_templates"]))
        if why_not := why_not_templates(lines):
            raise ValidationError(why_not)
        return "\n".join(lines)


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("active", _("Active")), ("retired", _("Retired")), ("merged", _("Merged"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[IssueCategory]) -> QuerySet[IssueCategory]:
        if self.value() == "active":
            return queryset.filter(retired_at=None, merged_into=None)
        if self.value() == "retired":
            return queryset.filter(retired_at__isnull=False, merged_into=None)
        return queryset.filter(merged_into__isnull=False) if self.value() == "merged" else queryset


class GroupFilter(admin.AllValuesFieldListFilter):
    """Categories of no group have a link of their own, which needs words."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": choice["display"] or _("No group")}


@admin.register(IssueCategory)
class IssueCategoryAdmin(ReferenceAdmin):
    """What labels mean by a category (its name, merges, being retired) is changed by actions that show first what refers to it."""

    form = IssueCategoryForm
    list_display = ("name", "group", "severity", "order", "channel_words", "suggested_by_signal", "state")
    list_filter = (StateFilter, "severity", ("group", GroupFilter), "origin")
    list_editable = ("order",)
    list_select_related = ("merged_into",)
    search_fields = ("name", "group", "description", "aliases__text")
    ordering = ("order", "name", "pk")
    inlines = (IssueAliasInline,)
    add_fields = (
        "name",
        "group",
        "order",
        "severity",
        "origin",
        "description",
        "example",
        "counter_example",
        "channels",
        "comment_templates",
        "suggested_by_signal",
    )

    @admin.display(description=gettext_lazy("channels"))
    def channel_words(self, category: IssueCategory) -> str:
        return ", ".join(str(Channel(channel).label) for channel in category.channels) or _("every channel")

    @admin.display(description=gettext_lazy("state"))
    def state(self, category: IssueCategory) -> str:
        if category.merged_into:
            return _("merged into %(merged_into)s") % {"merged_into": category.merged_into}
        return _("retired") if category.retired_at else _("active")

    def get_fields(self, request: HttpRequest, obj: IssueCategory | None = None) -> tuple[str, ...]:
        return (*self.add_fields, "retired_at", "merged_into") if obj else self.add_fields

    def get_readonly_fields(self, request: HttpRequest, obj: IssueCategory | None = None) -> tuple[str, ...]:
        return ("name", "retired_at", "merged_into") if obj else ()

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        """A field in a list has no label beside it."""
        return super().get_changelist_form(request, **kwargs | {"widgets": {"order": AdminIntegerFieldWidget(attrs={"aria-label": _("Order")})}})

    def get_inline_instances(self, request: HttpRequest, obj: IssueCategory | None = None) -> list[Any]:
        return super().get_inline_instances(request, obj) if obj else []

    def save_model(self, request: HttpRequest, obj: IssueCategory, form: Any, change: bool) -> None:
        """Only what was changed: somebody may be renaming or merging it right now."""
        by = cast(User, request.user)
        with pghistory.context(user=by.pk):
            if change:
                obj.save(update_fields=form.changed_data)
            else:
                super().save_model(request, obj, form, change)
        if change and form.changed_data:
            record_event(kind=EventKind.CATEGORY_CHANGED, by=by, subject_kind="issue_category", subject=obj.pk, after="edited")
        elif not change:
            record_event(kind=EventKind.CATEGORY_CHANGED, by=by, subject_kind="issue_category", subject=obj.pk, after="made")
            follow_word(word=obj.name, category=obj, by=by)
        publish_categories(by=by)

    def has_delete_permission(self, request: HttpRequest, obj: IssueCategory | None = None) -> bool:
        """One that was ever used is retired: labels that name it keep their words."""
        return obj is not None and super().has_delete_permission(request, obj) and not why_not_delete(obj)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """One that somebody began to use meanwhile is no matter of rights: the page says why it stays."""
        category = self.get_object(request, unquote(object_id))
        if category and super().has_delete_permission(request, category) and (why := why_not_delete(category)):
            messages.warning(request, why)
            return redirect("admin:labeling_issuecategory_change", category.pk)
        return super().delete_view(request, object_id, extra_context)

    def delete_model(self, request: HttpRequest, obj: IssueCategory) -> None:
        with pghistory.context(user=cast(User, request.user).pk):
            record_event(
                kind=EventKind.CATEGORY_CHANGED, by=cast(User, request.user), subject_kind="issue_category", subject=obj.pk, after="deleted, never used"
            )
            super().delete_model(request, obj)
            publish_categories(by=cast(User, request.user))


@admin.register(CategoryChange)
class CategoryChangeAdmin(ReadOnlyAdmin):
    """What was done to the categories, by whom, and how far the sessions have followed."""

    list_display = ("changed_at", "kind", "category", "other", "text", "changed_by", "state", "progress")
    list_display_links = None
    list_filter = ("kind", "state", "category")
    list_select_related = ("category", "other", "changed_by")
    ordering = ("-changed_at", "-pk")

    @admin.display(description=gettext_lazy("sessions"))
    def progress(self, change: CategoryChange) -> str:
        link = reverse("labeling:category_change_detail", args=[change.pk])
        return format_html('<a href="{}">{}</a>', link, _("%(n)s of %(total)s") % {"n": change.handled, "total": change.total})


@admin.register(IncomingIssue)
class IncomingIssueAdmin(ReadOnlyAdmin):
    """The list is the inbox."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return cast(HttpResponse, inbox_list(cast(SignedInRequest, request)))


class FixedIssueForm(ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = FixedIssue
        fields = ("place", "category", "channel", "agent")

    def clean(self) -> dict[str, Any]:
        """Whatever does not apply would leave its key without a chip."""
        cleaned = super().clean() or {}
        category, channel = cleaned.get("category"), cleaned.get("channel")
        if category and channel and category.channels and channel not in category.channels:
            self.add_error("category", _("%(category)s does not apply to this channel.") % {"category": category})
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
        offered: dict[str, Any] = {"category": IssueCategory.objects.active().in_order(), "agent": Agent.objects.order_by(ByName("name"), "pk")}
        if db_field.name in offered:
            kwargs["queryset"] = offered[db_field.name]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
