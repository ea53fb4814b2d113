"""Exports: the sessions a filter matches, as a file. What may be in it, how it is read, written, kept and made."""
