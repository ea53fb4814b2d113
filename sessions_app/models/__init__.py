"""What happened, as tables."""

from sessions_app.models.agent import Agent, Prompt
from sessions_app.models.recording import Recording
from sessions_app.models.session import Session, SessionQuerySet
from sessions_app.models.session_delta import SessionDelta, SessionKey
from sessions_app.models.source import Source
from sessions_app.models.transcript import Transcript

__all__ = ["Agent", "Prompt", "Recording", "Session", "SessionDelta", "SessionKey", "SessionQuerySet", "Source", "Transcript"]
