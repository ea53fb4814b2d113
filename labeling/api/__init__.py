"""The API: one object, mounted at /api/. `v1` speaks the vendor's dialect, `desk/v1` is what the vendor has no words for."""

from ninja import NinjaAPI

from labeling.api import (
    conversations,
    desk,
    exports,
    ingest,
    queues,
    recordings,
    session_debug,
    session_labels,
    sessions,
    summaries,
    transcripts,
    webhooks,
)
from labeling.api.access import SyllableApiKey
from labeling.api.answers import WireRenderer, answer_problems

api = NinjaAPI(
    title="Review Desk",
    version="1",
    urls_namespace="api",
    # Ours, and for people who are signed in: labeling/views/api.py.
    openapi_url=None,
    docs_url=None,
    auth=SyllableApiKey(),
    renderer=WireRenderer(),
)
answer_problems(api)
# What stands below a session comes before it: "transcript" is no id.
for prefix, part in (("v1/sessions/recording", recordings.router), ("v1/sessions", transcripts.router), ("v1/sessions", sessions.router)):
    api.add_router(prefix, part)
api.add_router("v1/conversations", conversations.router)
api.add_router("v1/session_debug", session_debug.router)
api.add_router("v1/session_labels", session_labels.router)
api.add_router("desk/v1", desk.router)
for part in (ingest.router, queues.router, summaries.router, exports.router, webhooks.router):
    api.add_router("desk/v1/", part)

patterns, app_name, namespace = api.urls
# Without ninja's own page at the root: what is at no address is answered by one view.
urls = ([pattern for pattern in patterns if getattr(pattern, "name", "") != "api-root"], app_name, namespace)
