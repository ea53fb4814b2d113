"""Webhooks in the admin: listed. Each is a page of its own, with what it was told."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.admin.lists import ReferenceAdmin
from labeling.models import Webhook


@admin.register(Webhook)
class WebhookAdmin(ReferenceAdmin):
    list_display = ("name", "host", "told", "fares")
    list_filter = ("is_active",)
    search_fields = ("name",)
    ordering = ("name", "pk")

    @admin.display(description=gettext_lazy("Address"))
    def host(self, webhook: Webhook) -> str:
        """Without its path, which may hold a token."""
        return urlsplit(webhook.url).netloc

    @admin.display(description=gettext_lazy("Told when"))
    def told(self, webhook: Webhook) -> str:
        return ", ".join(webhook.kinds)

    @admin.display(description=gettext_lazy("How it fares"))
    def fares(self, webhook: Webhook) -> str:
        if not webhook.is_active:
            return _("off: %(why)s") % {"why": webhook.get_off_reason_display()} if webhook.off_reason else _("off")
        return _("failing since %(at)s UTC") % {"at": f"{webhook.failing_since:%Y-%m-%d %H:%M}"} if webhook.failing_since else _("on")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return HttpResponseRedirect(reverse("labeling:webhook_create"))

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        webhook = self.get_object(request, object_id)
        overview = reverse("admin:labeling_webhook_changelist")
        return HttpResponseRedirect(reverse("labeling:webhook_detail", args=[webhook.pk]) if webhook else overview)

    def has_delete_permission(self, request: HttpRequest, obj: Webhook | None = None) -> bool:
        """What it was told stays on record: one that is not wanted any more is switched off."""
        return False
