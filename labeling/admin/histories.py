"""The history of a row in the admin: what the database kept, not what the admin remembers of its own forms."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from labeling.queries.histories import get_history, has_history


class KeptHistory(admin.ModelAdmin):  # type: ignore[type-arg]
    """Where the database keeps no history, the admin's own is shown."""

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not has_history(self.model):
            return super().history_view(request, object_id, extra_context)
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of %(row)s") % {"row": row},
            "object": row,
            "opts": self.opts,
            "module_name": str(self.opts.verbose_name_plural),
            "changes": get_history(self.model, row.pk),
        }
        return TemplateResponse(request, "admin/row_history.html", context)
