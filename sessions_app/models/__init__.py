"""What happened, as tables."""

from sessions_app.models.agent import Agent, Prompt
from sessions_app.models.connection import Connection
from sessions_app.models.ingest_run import IngestRun
from sessions_app.models.recording import Recording
from sessions_app.models.rejected_record import RejectedRecord
from sessions_app.models.session import Session, SessionQuerySet
from sessions_app.models.session_delta import DayMark, SessionDay, SessionDelta, SessionKey, SessionTotal, Total
from sessions_app.models.source import Source
from sessions_app.models.transcript import Transcript

__all__ = [
    "Agent",
    "Connection",
    "DayMark",
    "IngestRun",
    "Prompt",
    "Recording",
    "RejectedRecord",
    "Session",
    "SessionDay",
    "SessionDelta",
    "SessionKey",
    "SessionQuerySet",
    "SessionTotal",
    "Source",
    "Total",
    "Transcript",
]
