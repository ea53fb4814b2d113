"""Recordings: fetched when somebody wants to hear them, kept in a private folder for a while."""
