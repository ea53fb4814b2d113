"""The only writes of sessions: take in records and transcripts, and point a session at what its labels add up to."""

from sessions_app.operations.agents import see_agents, see_prompts
from sessions_app.operations.batches import PARTS, look_at_batch, take_batch
from sessions_app.operations.erasing import WAS_ERASED, drop_transcripts, erase_sessions, release_recordings
from sessions_app.operations.folding import StillWritten, count_days, fold_deltas
from sessions_app.operations.locking import lock_session
from sessions_app.operations.pointing import POINTED_COLUMNS, Pointed, point_at_label
from sessions_app.operations.recounting import recount, recount_sessions
from sessions_app.operations.rekeying import AFTER_MOVE, AFTER_REKEY, session_key
from sessions_app.operations.search_words import MASKED_KEYS, renew_search_words, repair_search_words
from sessions_app.operations.sessions import Ingested, upsert_sessions
from sessions_app.operations.transcripts import Held, derived_columns, store_transcript, store_transcripts

__all__ = [
    "AFTER_MOVE",
    "AFTER_REKEY",
    "MASKED_KEYS",
    "PARTS",
    "POINTED_COLUMNS",
    "WAS_ERASED",
    "Held",
    "Ingested",
    "Pointed",
    "StillWritten",
    "count_days",
    "derived_columns",
    "drop_transcripts",
    "erase_sessions",
    "fold_deltas",
    "lock_session",
    "look_at_batch",
    "point_at_label",
    "recount",
    "recount_sessions",
    "release_recordings",
    "renew_search_words",
    "repair_search_words",
    "see_agents",
    "see_prompts",
    "session_key",
    "store_transcript",
    "store_transcripts",
    "take_batch",
    "upsert_sessions",
]
