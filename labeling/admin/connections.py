"""Connections to the vendor in the admin: made, changed, and switched off. How one fares is a page of its own."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.admin.lists import ReferenceAdmin
from labeling.forms.connections import ConnectionForm
from labeling.models import User
from labeling.operations.connections import save_connection
from sessions_app.models import Connection


@admin.register(Connection)
class ConnectionAdmin(ReferenceAdmin):
    form = ConnectionForm
    list_display = ("base_url", "data_source", "is_active", "synced_until", "problem", "fares")
    ordering = ("pk",)
    list_select_related = ("data_source",)
    fieldsets = (
        (None, {"fields": ("data_source", "source_name", "base_url", "key", "is_active")}),
        (gettext_lazy("What is brought"), {"fields": ("begins_at", "takes_transcripts", "takes_labels")}),
        (gettext_lazy("When"), {"fields": ("every_minutes", "overlap_hours")}),
    )

    @admin.display(description=gettext_lazy("How it fares"))
    def fares(self, connection: Connection) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("labeling:connection_detail", args=[connection.pk]), _("Status"))

    def get_readonly_fields(self, request: HttpRequest, obj: Connection | None = None) -> tuple[str, ...]:
        return ("data_source",) if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: Connection | None = None) -> Any:
        if obj is None:
            return self.fieldsets
        (name, first), *others = self.fieldsets
        return ((name, {"fields": tuple(field for field in first["fields"] if field != "source_name")}), *others)

    def save_model(self, request: HttpRequest, obj: Connection, form: Any, change: bool) -> None:
        """Only what was changed: a sync may be writing right now."""
        had_key = bool(obj.sealed_key)
        given = form.cleaned_data
        save_connection(connection=obj, changed=form.columns, key=given.get("key", ""), by=cast(User, request.user), source_name=given.get("source_name", ""))
        if had_key and not obj.sealed_key:
            self.message_user(
                request, _("The stored key was for the former address. It is cleared, and nothing is brought until a key is typed."), level="WARNING"
            )

    def has_delete_permission(self, request: HttpRequest, obj: Connection | None = None) -> bool:
        """Without it nobody would know how far it was read. One that is not wanted any more is switched off."""
        return False
