"""Invented sessions to try the application with: pure functions, no database."""

from sessions_app.demo.generate import generate
from sessions_app.demo.records import DemoSession, Evidence, Truth

__all__ = ["DemoSession", "Evidence", "Truth", "generate"]
