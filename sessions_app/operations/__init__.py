"""The only writes of sessions: take in records and transcripts, and point a session at what its labels add up to."""

from sessions_app.operations.agents import see_agents, see_prompts
from sessions_app.operations.pointing import POINTED_COLUMNS, Pointed, point_at_label
from sessions_app.operations.rekeying import AFTER_REKEY, session_key
from sessions_app.operations.search_words import repair_search_words
from sessions_app.operations.sessions import upsert_sessions
from sessions_app.operations.transcripts import Held, derived_columns, store_transcript, store_transcripts

__all__ = [
    "AFTER_REKEY",
    "POINTED_COLUMNS",
    "Held",
    "Pointed",
    "derived_columns",
    "point_at_label",
    "repair_search_words",
    "see_agents",
    "see_prompts",
    "session_key",
    "store_transcript",
    "store_transcripts",
    "upsert_sessions",
]
