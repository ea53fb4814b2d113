"""The web process: what the application server loads."""

import gc
import os
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver
from django.utils import translation
from django.utils.http import parse_header_parameters

from config.frames import with_room

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Set here so that only a serving process gets the connection pool and the short time-outs.
os.environ.setdefault("REVIEW_DESK_PROCESS", "web")


class Utf8Request(WSGIRequest):
    """Everything here is UTF-8: another charset in a header would name a codec that breaks before any page is reached."""

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


# Nothing that is loaded from here on goes away again; looking through it meanwhile took a fifth of the time to start.
gc.disable()
handler = get_wsgi_application()
handler.request_class = Utf8Request

# What is loaded by now stays: to walk through it again at every full collection took up to 70 ms out of a page, at random.
# The addresses first, because with them come all views.
get_resolver().url_patterns  # noqa: B018
gc.collect()
gc.freeze()
gc.enable()


@with_room
def application(environ: dict[str, Any], start_response: Any) -> Any:
    """What the application server calls for each request."""
    # An installation speaks one language. Where none was activated, each of the five hundred words of a page looks for it in vain first.
    with translation.override(settings.LANGUAGE_CODE, deactivate=True):
        return handler(environ, start_response)
