"""The admin: reference data. It counts nothing it does not show, deletes nothing in bulk, and facts are read-only."""

from labeling.admin import categories, facts, guide, keys, people, privacy, retention

__all__ = ["categories", "facts", "guide", "keys", "people", "privacy", "retention"]
