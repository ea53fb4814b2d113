"""Addresses of the pages."""

from django.urls import path, re_path

from labeling.views import api, arrivals, exports, health, home, labels, saved_views, session_lists, session_pages, settings_pages, summary

app_name = "labeling"

urlpatterns = [
    path("", home.home, name="home"),
    path("review/", home.review_home, name="review_home"),
    path("sessions/", session_lists.session_list, name="session_list"),
    path("sessions/v/<slug:slug>/", session_lists.session_list, name="saved_view_sessions"),
    path("sessions/counts/", session_lists.session_counts, name="session_counts"),
    path("sessions/find/", session_lists.session_find, name="session_find"),
    path("sessions/arrivals/", arrivals.session_arrivals, name="session_arrivals"),
    path("sessions/default/", saved_views.default_sessions, name="default_sessions"),
    path("sessions/export/", exports.export_create, name="export_create"),
    path("sessions/<int:pk>/", session_pages.session_detail, name="session_detail"),
    path("labels/<int:session_pk>/", labels.label_create, name="label_create"),
    path("labels/<int:session_pk>/<int:label_pk>/withdrawal/", labels.withdrawal_create, name="withdrawal_create"),
    path("views/", saved_views.saved_view_list, name="saved_view_list"),
    path("views/<slug:slug>/", saved_views.saved_view_detail, name="saved_view_detail"),
    path("views/<slug:slug>/default/", saved_views.view_default_create, name="view_default_create"),
    path("views/<slug:slug>/default/withdrawal/", saved_views.view_default_withdrawal, name="view_default_withdrawal"),
    path("views/<slug:slug>/deletion/", saved_views.view_deletion_create, name="view_deletion_create"),
    path("exports/", exports.export_list, name="export_list"),
    path("exports/<slug:token>/", exports.export_detail, name="export_detail"),
    path("exports/<slug:token>/file/", exports.export_file, name="export_file"),
    path("summary/", summary.summary, name="summary"),
    path("settings/", settings_pages.settings_update, name="settings_update"),
    path("activity/", settings_pages.activity_create, name="activity_create"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    re_path(r"^api/(?P<path>.*)$", api.api_missing, name="api_missing"),
]
