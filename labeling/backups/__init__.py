"""Backups: one file with the whole database, whose every byte is checked, and what proves that it can be restored."""
