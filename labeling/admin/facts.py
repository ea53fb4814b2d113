"""What the admin only shows: raters, incidents, the audit."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy

from labeling.admin.lists import HappenedFilter, ReadOnlyAdmin
from labeling.masking import mask_text
from labeling.models import Event, Incident, Rater


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    list_display = ("raised_at", "session_number", "raised_by", "category", "acknowledged_at", "acknowledged_by")
    list_filter = (("acknowledged_at", HappenedFilter),)
    ordering = ("-pk",)
    list_select_related = ("raised_by", "category", "acknowledged_by")
    raw_id_fields = ("session",)
    # What a colleague typed may name a caller.
    exclude = ("line", "note")
    readonly_fields = ("masked_line", "masked_note")

    @admin.display(description=gettext_lazy("session id"), ordering="session_id")
    def session_number(self, incident: Incident) -> str:
        return str(incident.session_id)

    @admin.display(description=gettext_lazy("line"))
    def masked_line(self, incident: Incident) -> str:
        return mask_text(incident.line, incident.raised_by)

    @admin.display(description=gettext_lazy("note"))
    def masked_note(self, incident: Incident) -> str:
        return mask_text(incident.note, incident.raised_by) or "–"


@admin.register(Rater)
class RaterAdmin(ReadOnlyAdmin):
    list_display = ("email", "name", "kind", "user")
    list_filter = ("kind",)
    search_fields = ("email", "name")
    # As an index has them.
    ordering = ("kind", "email", "pk")
    list_select_related = ("user",)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    """Its list is a page of its own, with pages by key: ten million events are neither counted nor skipped over."""

    list_display = ("at", "kind")
    ordering = ("-at", "-id")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("labeling:audit_list"))
