"""From an address to a condition on sessions."""

from sessions_app.filters.session_filter import SessionFilter

__all__ = ["SessionFilter"]
