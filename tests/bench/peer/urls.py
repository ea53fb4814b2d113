"""An admin of one list, as somebody would write it who needs it today."""

from django.contrib import admin
from django.urls import path

from sessions_app.models import Session


class SessionAdmin(admin.ModelAdmin):
    list_display = ["id", "timestamp", "agent_name", "channel", "source", "duration", "label_code", "auto_code", "label_raters"]
    list_filter = ["channel", "label_code", "auto_code", "is_test"]
    search_fields = ["conversation_id", "source", "agent_name"]
    ordering = ["-timestamp", "-id"]
    list_per_page = 50
    raw_id_fields = ["data_source", "seen_agent", "seen_prompt"]


site = admin.AdminSite()
site.register(Session, SessionAdmin)
urlpatterns = [path("peer/", site.urls)]
