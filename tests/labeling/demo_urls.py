"""The site as it is while somebody tries it on their own machine."""

from django.urls import include, path

from config.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]
urlpatterns = [*urlpatterns, path("accounts/demo/", include("labeling.demo_urls"))]
