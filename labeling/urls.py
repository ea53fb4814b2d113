"""Addresses of the pages."""

from django.urls import path, re_path

from labeling.views import api, health, home, labels, session_pages, settings_pages, summary

app_name = "labeling"

urlpatterns = [
    path("", home.home, name="home"),
    path("review/", home.review_home, name="review_home"),
    path("sessions/", session_pages.session_list, name="session_list"),
    path("sessions/find/", session_pages.session_find, name="session_find"),
    path("sessions/<int:pk>/", session_pages.session_detail, name="session_detail"),
    path("labels/<int:session_pk>/", labels.label_create, name="label_create"),
    path("labels/<int:session_pk>/<int:label_pk>/withdrawal/", labels.withdrawal_create, name="withdrawal_create"),
    path("summary/", summary.summary, name="summary"),
    path("settings/", settings_pages.settings_update, name="settings_update"),
    path("activity/", settings_pages.activity_create, name="activity_create"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    re_path(r"^api/(?P<path>.*)$", api.api_missing, name="api_missing"),
]
