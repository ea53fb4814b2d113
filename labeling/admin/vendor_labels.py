"""Labels and the vendor in the admin: which of its words are which code, and whether ours are written to it."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.admin.lists import ReferenceAdmin
from labeling.forms.pushes import VendorLabelsForm
from labeling.models import User, VendorLabels
from labeling.operations.vendor_settings import change_vendor_labels


@admin.register(VendorLabels)
class VendorLabelsAdmin(ReferenceAdmin):
    form = VendorLabelsForm
    list_display = ("data_source", "pushes", "is_dry_run", "push_after_minutes", "takes_summary_ratings", "outbox")
    ordering = ("pk",)
    list_select_related = ("data_source",)
    fieldsets = (
        (None, {"fields": ("data_source",)}),
        (gettext_lazy("What is taken"), {"fields": ("takes_summary_ratings", "codes")}),
        (gettext_lazy("What is written"), {"fields": ("pushes", "is_dry_run", "push_after_minutes", "pushes_every_label", "pushes_bulk")}),
    )

    @admin.display(description=gettext_lazy("outbox"))
    def outbox(self, vendor: VendorLabels) -> SafeString:
        return format_html('<a href="{}?source={}">{}</a>', reverse("labeling:push_list"), vendor.data_source_id, _("Outbox"))

    def get_readonly_fields(self, request: HttpRequest, obj: VendorLabels | None = None) -> tuple[str, ...]:
        return ("data_source", "pushes_since") if obj else ()

    def get_fieldsets(self, request: HttpRequest, obj: VendorLabels | None = None) -> Any:
        if obj is None or obj.pushes_since is None:
            return self.fieldsets
        (source, taken, (name, written)) = self.fieldsets
        return (source, taken, (name, {"fields": (*written["fields"][:1], "pushes_since", *written["fields"][1:])}))

    def save_model(self, request: HttpRequest, obj: VendorLabels, form: Any, change: bool) -> None:
        """Only what was changed: pushing may note a problem right now."""
        before = VendorLabels.objects.get(pk=obj.pk) if change else None
        changed = [name for name in form.changed_data if name != "codes"]
        # The same words in another order are the same.
        if obj.summary_codes != form.cleaned_data["codes"]:
            obj.summary_codes, changed = form.cleaned_data["codes"], [*changed, "summary_codes"]
        change_vendor_labels(vendor=obj, changed=changed, before=before, by=cast(User, request.user))

    def has_delete_permission(self, request: HttpRequest, obj: VendorLabels | None = None) -> bool:
        """Without it nobody would know what was written since when."""
        return False
