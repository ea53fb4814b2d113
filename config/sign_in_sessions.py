"""Sign-ins in the database, under keys that look like ours."""

from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore


class SessionStore(DatabaseSessionStore):
    def _validate_session_key(self, key: str | None) -> bool:
        """A cookie can hold a NUL, which the database refuses with an error instead of finding nothing."""
        return bool(key) and len(key or "") >= 8 and (key or "").isascii() and (key or "").isalnum()
