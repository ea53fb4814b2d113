"""The admin: reference data. It counts nothing it does not show, deletes nothing in bulk, and facts are read-only."""

from labeling.admin import categories, connections, facts, guide, keys, people, privacy, retention, vendor_labels, webhooks
from labeling.admin.words import translate_names

__all__ = ["categories", "connections", "facts", "guide", "keys", "people", "privacy", "retention", "vendor_labels", "webhooks"]

translate_names()
