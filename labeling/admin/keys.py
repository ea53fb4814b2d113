"""API keys in the admin: listed, renamed, limited, revoked. Making one is a page of its own, because it shows the key."""

from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy

from labeling.admin.lists import HappenedFilter, ReferenceAdmin
from labeling.models import ApiKey, User
from labeling.models.event import EventKind
from labeling.operations.events import record_event


@admin.register(ApiKey)
class ApiKeyAdmin(ReferenceAdmin):
    list_display = ("name", "prefix", "user", "expires_at", "last_used_at", "revoked_at")
    list_filter = (("revoked_at", HappenedFilter),)
    search_fields = ("name", "prefix", "user__email")
    ordering = ("-pk",)
    fields = ("name", "rate_per_minute", "prefix", "user", "scopes", "created_at", "created_by", "expires_at", "last_used_at", "revoked_at", "revoked_by")
    readonly_fields = ("prefix", "user", "scopes", "created_at", "created_by", "expires_at", "last_used_at", "revoked_at", "revoked_by")
    list_select_related = ("user",)
    actions = ("revoke_selected",)
    change_form_template = "admin/api_key_change.html"

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("labeling:api_key_create"))

    @admin.action(description=gettext_lazy("Revoke selected keys"))
    def revoke_selected(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> HttpResponse:
        """The next page asks first."""
        query = urlencode({"key": list(keys.values_list("pk", flat=True))}, doseq=True)
        return HttpResponseRedirect(f"{reverse('labeling:api_key_revocation')}?{query}")

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        """Only what was changed: the key may be in use right now, or revoked by somebody else."""
        with transaction.atomic():
            obj.save(update_fields=form.changed_data)
            if "rate_per_minute" in form.changed_data:
                record_event(
                    kind=EventKind.RIGHT_CHANGED,
                    by=cast(User, request.user),
                    subject_kind="api_key rate_per_minute",
                    subject=obj.pk,
                    before=str(form.initial["rate_per_minute"]),
                    after=str(obj.rate_per_minute),
                )

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """Labels refer to the key that made them."""
        return False
