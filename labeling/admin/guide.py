"""The guide in the admin: its versions, which are facts, and its examples."""

from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.admin.lists import ReadOnlyAdmin, ReferenceAdmin
from labeling.forms.guide import NOTE_HELP
from labeling.models import GuideExample, GuideVersion, IssueCategory
from labeling.requests import SignedInRequest
from labeling.views.guide_versions import guide_version_create
from sessions_app.models import Session


@admin.register(GuideVersion)
class GuideVersionAdmin(ReadOnlyAdmin):
    list_display = ("number", "what_changed", "published_at", "published_by")
    search_fields = ("what_changed",)
    ordering = ("-number",)
    list_select_related = ("published_by",)
    fields = ("number", "what_changed", "published_at", "published_by", "good", "ok", "bad", "not_applicable")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return True

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Adding is publishing, and that has a page of its own."""
        return cast(HttpResponse, guide_version_create(cast(SignedInRequest, request)))

    def view_on_site(self, obj: GuideVersion) -> str:
        return reverse("labeling:guide_version_detail", args=[obj.number])


class GuideExampleForm(ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = GuideExample
        fields = ("session", "code", "category", "is_counter_example", "note")
        help_texts = {"note": NOTE_HELP, "session": gettext_lazy("The number of the session.")}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if bool(cleaned.get("code")) == bool(cleaned.get("category")) and "category" not in self.errors:
            raise ValidationError(_("Choose a code or an issue category, and not both."))
        same = GuideExample.objects.filter(session=cleaned.get("session"), code=cleaned.get("code") or "", category=cleaned.get("category"))
        if cleaned.get("session") and same.exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("The session is an example of that already."))
        return cleaned


@admin.register(GuideExample)
class GuideExampleAdmin(ReferenceAdmin):
    """Only sessions of agents that the admin may see, also here."""

    form = GuideExampleForm
    list_display = ("session_number", "code", "category", "is_counter_example", "note", "created_at")
    list_filter = ("code", "is_counter_example")
    search_fields = ("note",)
    ordering = ("-pk",)
    list_select_related = ("category",)
    raw_id_fields = ("session",)

    @admin.display(description=gettext_lazy("session id"), ordering="session_id")
    def session_number(self, example: GuideExample) -> str:
        return str(example.session_id)

    def get_queryset(self, request: HttpRequest) -> QuerySet[GuideExample]:
        return super().get_queryset(request).filter(session__in=_sessions(request))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "session":
            kwargs["queryset"] = _sessions(request)
        elif db_field.name == "category":
            kwargs["queryset"] = IssueCategory.objects.active().in_order()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def _sessions(request: HttpRequest) -> QuerySet[Session]:
    """Without those of which nothing is left."""
    return Session.objects.visible_to(cast(SignedInRequest, request).scope).filter(erased_at=None)
