"""Bringing what is new at the vendor: what is asked for when, and in which order it is kept."""
